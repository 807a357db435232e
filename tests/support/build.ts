import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { check as checks, SpecContext } from '../../src/kit/index.js';
import type { SpecDefinition } from '../../src/kit/define.js';
import { MAIN } from './crivet.js';

/** Annotate the parameter with it: assertions want to be declared. */
export type Check = typeof checks;

/**
 * The body of a spec that is written into a build of crivet: as its own source text, so it may use its parameters and
 * globals only.
 */
export type WrittenBody = (t: SpecContext, check: Check) => Promise<void>;

export type WrittenSpecs = Record<string, WrittenBody | [Partial<SpecDefinition>, WrittenBody]>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of the build whose suites are these specs and no others, for specs that misbehave on purpose. */
export class Build {
  private readonly directory = mkdtempSync(join(tmpdir(), 'build-'));
  readonly main = join(this.directory, 'dist/src/cli/main.js');

  constructor(specs: WrittenSpecs) {
    const dist = join(dirname(MAIN), '../..');
    for (const part of ['src', 'fixtures'])
      cpSync(join(dist, part), join(this.directory, 'dist', part), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(this.directory, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(this.directory, 'node_modules'));
    for (const [id, spec] of Object.entries(specs)) {
      const [given, body] = Array.isArray(spec) ? spec : [{}, spec];
      this.write(id, given, body);
    }
  }

  private write(id: string, given: Partial<SpecDefinition>, body: WrittenBody): void {
    const definition = { id, title: 't', level: 'must', since: '1.20', why: 'w', sources: ['s'], ...given };
    const file = join(this.directory, 'dist/suites', `${id}.spec.js`);
    mkdirSync(dirname(file), { recursive: true });
    const source = `import { check, spec } from '../../src/kit/index.js';
const body = ${body.toString()};
spec(${JSON.stringify(definition)}, (t) => body(t, check));
`;
    writeFileSync(file, source);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
