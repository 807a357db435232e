import { expect, test } from 'vitest';
import { onRecord, parseMatrix } from '../../../src/prove/matrix.js';

const PAGE = `
# Proof

| fault                    | killed by                 | what it said                                                       |
| ------------------------ | ------------------------- | ------------------------------------------------------------------ |
| \`behaviour/one\`          | \`a/first\` \`b/second\`      | container 1f9856af48ad becomes CONTAINER_EXITED                     |
| \`response/Version.version\` | \`c/third\`                 | \`ls \\*\` of a 30 s old directory                                    |

- \`behaviour/other\`: excluded.
`;

const matrix = parseMatrix(PAGE);

test('rows of the page are read, prose is not', () => {
  expect([...matrix.keys()]).toEqual(['behaviour/one', 'response/Version.version']);
  expect(matrix.get('behaviour/one')?.specs).toEqual(['a/first', 'b/second']);
});

test.each([
  [
    'the same rule of another container',
    'behaviour/one',
    'a/first',
    'container 59958d7a40cb becomes CONTAINER_EXITED',
    true,
  ],
  ['another rule', 'behaviour/one', 'a/first', 'the runtime answers', false],
  [
    'a spec of which the page does not have the rule',
    'behaviour/one',
    'b/second',
    'container 1f9856af48ad becomes CONTAINER_EXITED',
    false,
  ],
  ['what the page’s formatting changed', 'response/Version.version', 'c/third', '`ls *` of a 31 s old directory', true],
  ['a fault that is not there', 'behaviour/two', 'a/first', '', false],
])('%s', (_what, fault, spec, rule, expected) => {
  expect(onRecord(matrix.get(fault), { spec, rule, observed: '' })).toBe(expected);
});
