import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { renderJUnit } from '../../../src/reports/index.js';
import type { RunRecord } from '../../../src/kit/record.js';
import { callRecord, mixedRun, runRecord, specRecord } from './records.js';

const XSD = readFileSync(new URL('../../data/junit.xsd', import.meta.url), 'utf8');

async function xmlErrors(xml: string): Promise<string[]> {
  const { errors } = await validateXML({ xml: { fileName: 'junit.xml', contents: xml }, schema: XSD });
  return errors.map((error) => error.message);
}

/** What a reader gets from escaped text; only for documents that xmllint accepted. */
function unescape(text: string): string {
  return text
    .replace(/&#x([0-9A-F]+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

function all(pattern: RegExp, xml: string): string[] {
  return [...xml.matchAll(pattern)].map((match) => unescape(match[1] ?? ''));
}

describe('renderJUnit', () => {
  it('renders every outcome', async () => {
    await expect(renderJUnit(mixedRun())).toMatchFileSnapshot('../../data/junit.golden.xml');
  });

  it('is valid for every outcome and for a run without specs', async () => {
    expect(await xmlErrors(renderJUnit(mixedRun()))).toEqual([]);
    expect(await xmlErrors(renderJUnit(runRecord([])))).toEqual([]);
    expect(await xmlErrors(renderJUnit(mixedRun({ runtime: null, specs: [] })))).toEqual([]);
  });

  it('is held to a schema that can say no', async () => {
    const xml = renderJUnit(mixedRun());
    expect(await xmlErrors(xml.replace('<skipped message="', '<skipped note="'))).not.toEqual([]);
    expect(await xmlErrors(xml.replace('.500Z"', '.500"'))).not.toEqual([]);
    expect(await xmlErrors(xml.replace('</failure>', ']]></failure>'))).not.toEqual([]);
  });

  it('counts every selected spec once', () => {
    const xml = renderJUnit(mixedRun());
    expect(/<testsuites [^>]*>/.exec(xml)?.[0]).toBe(
      '<testsuites name="crivet" tests="9" failures="2" errors="3" skipped="2">',
    );
    expect(all(/<testcase name="([^"]*)"/g, xml).sort()).toEqual([...mixedRun().selected].sort());
  });

  it('gives the same bytes for the same record, wherever it is rendered', () => {
    const xml = renderJUnit(mixedRun());
    expect(renderJUnit(JSON.parse(JSON.stringify(mixedRun())) as RunRecord)).toBe(xml);
    expect(xml).not.toContain('/home/me');
    expect(xml).not.toContain('containerd.sock');
  });

  it('shortens long messages and long lists of calls, and says where they are whole', () => {
    const poll = callRecord({ method: 'RuntimeService/ContainerStatus' });
    const big = callRecord({ method: 'RuntimeService/ExecSync', response: { stdout: 'x'.repeat(5000) } });
    const calls = [big, ...Array.from({ length: 99 }, () => poll)];
    const xml = renderJUnit(runRecord([specRecord({ id: 'exec/output', outcome: 'failed', reason: 'no', calls })]));
    expect(xml).toContain('… (5013 characters: see run.json, calls[0].response)');
    expect(xml).toContain('… 70 calls left out: see run.json, exec/output, calls 5 to 74');
    expect(xml.match(/#\d+ RuntimeService/g)).toHaveLength(30);
    expect(xml).toContain('#99 RuntimeService/ContainerStatus');
  });

  it('shows a record that no selection announced rather than losing it', () => {
    const run = runRecord([specRecord({ id: 'a/late', outcome: 'failed', reason: 'no' })], { selected: [] });
    expect(renderJUnit(run)).toContain('<testcase name="a/late"');
  });
});

/** What runtimes, kernels and attackers print: any code units, and the traps of XML and terminals by name. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
      fc.constantFrom(']]>', ']]>]]>', '<![CDATA[', '&amp;', '&#0;', '<!--', '-->', '<?xml?>', '"', "'", '\r\n', '\t'),
      fc.constantFrom('\u0000', '\u0008', '\ufffe', '\uffff', '\ud800', '\udfff', '\u{1fffe}', '\u0085', '\u2028', '#text'),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('renderJUnit with whatever a runtime prints', () => {
  it('is always valid, and keeps the text but for what XML cannot hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 30, maxLength: 60 }), async (texts) => {
        const specs = texts.map((text, n) =>
          specRecord({
            id: `g${n % 3}/s${n}`,
            title: text,
            why: text,
            leaks: [text],
            outcome: (['failed', 'unsupported', 'error'] as const)[n % 3] ?? 'failed',
            reason: text,
            ...(n % 3 === 0 ? { violation: { rule: text, expected: text, observed: text } } : {}),
            calls: [callRecord({ method: text, request: text, error: { code: 'INTERNAL', details: text } })],
            notes: [{ atMs: 0, kind: 'info', text }],
          }),
        );
        const xml = renderJUnit(runRecord(specs));
        expect(await xmlErrors(xml)).toEqual([]);
        for (const [n, text] of texts.entries()) {
          // Terminal sequences begin with one of these two; what they swallow is another test's matter.
          if (/[\u001b\u009b]/.test(text)) continue;
          const kept = Array.from(text, (char) => (isXmlChar(char.codePointAt(0) ?? 0) ? char : '\ufffd')).join('');
          const found = xml.slice(xml.indexOf(`"g${n % 3}/s${n}"`));
          const testCase = found.slice(0, found.indexOf('</testcase>'));
          expect(all(/<property name="why" value="([^"]*)"/g, testCase)).toEqual([kept]);
          expect(all(/<system-out>([^<]*)</g, testCase)).toEqual([`left behind: ${kept}\ninfo after 0.0 ms: ${kept}`]);
          if (n % 3 === 0) expect(all(/<failure [^>]*>([^<]*)</g, testCase)[0]).toContain(`observed: ${kept}\n`);
          else if (text.trim() === '') expect(testCase).toContain('no reason was recorded');
          else if (n % 3 === 2) expect(all(/<error [^>]*>([^<]*)</g, testCase)[0]).toContain(`reason:   ${kept}\n`);
          else expect(all(/<skipped message="([^"]*)"/g, testCase)).toEqual([`unsupported: ${kept}`]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('drops terminal sequences whole', () => {
    const reason = '\u001b[31mred\u001b[0m and \u001b]8;;http://x\u0007link\u001b]8;;\u0007';
    const xml = renderJUnit(runRecord([specRecord({ id: 'a/b', outcome: 'error', reason })]));
    expect(xml).toContain('message="not judged: red and link"');
  });
});

/** Char of XML 1.0, section 2.2. */
function isXmlChar(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}
