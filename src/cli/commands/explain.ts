import type { CommandModule } from 'yargs';
import { loadSpecs } from '../../runner/suites.js';
import { selectSpecs } from '../../runner/select.js';

/** `crivet explain ID`: what a spec demands, why, and where that is written. */
export const explainCommand: CommandModule<object, { id: string }> = {
  command: 'explain <id>',
  describe: 'Say what a spec demands, why, and where that is written',
  builder: (argv) => argv.positional('id', { type: 'string', demandOption: true, describe: 'Id of a spec, or a glob' }),
  handler: async ({ id }) => {
    const specs = selectSpecs(await loadSpecs(), { include: [id], exclude: [], levels: [], kubernetes: undefined });
    for (const spec of specs) {
      const { parity = [], expectations = [], requires = [], optionalRpcs = [] } = spec;
      const lines: [string, string[]][] = [
        ['level', [spec.level]],
        ['since', [`Kubernetes ${spec.since}`]],
        ['why', [spec.why]],
        ['sources', spec.sources],
        ['needs', requires],
        ['may be unimplemented', optionalRpcs],
        ['critest parity', parity],
        ['kubelet expectations', expectations.map(String)],
      ];
      console.log(`${spec.id}\n  ${spec.title}\n`);
      for (const [name, values] of lines) if (values.length > 0) console.log(`  ${name}: ${values.join('\n    ')}`);
      console.log('');
    }
  },
};
