import { check } from '../../src/kit/index.js';

type Info = Record<string, string>;

/** The rule of every `info` map: empty by default, filled if the request was verbose. */
export function checkVerbosity(rpc: string, terse: Info, verbose: Info): void {
  check.equal(terse, {}, `${rpc} has no info unless asked to be verbose`);
  const observed = Object.keys(verbose);
  check.that(observed.length > 0, `${rpc} has info if asked to be verbose`, { expected: 'at least one key', observed });
}

/** Values of an `info` map "should be in json format". */
export function checkJson(rpc: string, info: Info): void {
  for (const [key, text] of Object.entries(info)) {
    check.that(isJson(text), `${rpc}: info['${key}'] is JSON`, { expected: 'JSON', observed: text });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
