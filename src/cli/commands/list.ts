import type { CommandModule } from 'yargs';
import { kubernetesRelease } from '../checks.js';
import { selectionOptions } from '../options.js';
import { loadSpecs } from '../../runner/suites.js';
import { selectSpecs } from '../../runner/select.js';

interface ListArguments {
  patterns: string[];
  spec: string[];
  skip: string[];
  level: string[];
  kubernetes: string | undefined;
  parity: boolean;
  json: boolean;
}

/** `crivet list`: the specs of a selection, as a table or as JSON. */
export const listCommand: CommandModule<object, ListArguments> = {
  command: 'list [patterns..]',
  describe: 'List the specs',
  builder: (argv) =>
    argv
      .positional('patterns', { type: 'string', array: true, default: [] as string[], describe: 'Groups or globs' })
      .options(selectionOptions)
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
  handler: async (args) => {
    const specs = selectSpecs(await loadSpecs(), {
      include: [...args.patterns, ...args.spec],
      exclude: args.skip,
      levels: args.level,
      kubernetes: kubernetesRelease(args.kubernetes),
      parity: args.parity,
      slow: true,
    });
    if (args.json) {
      const shown = specs.map(
        ({
          id,
          title,
          level,
          since,
          group,
          parity = [],
          expectations = [],
          sources,
          why,
          requires = [],
          slow = false,
        }) => {
          return { id, title, level, since, group, why, parity, expectations, sources, requires, slow };
        },
      );
      console.log(JSON.stringify(shown, null, 2));
      return;
    }
    const width = Math.max(...specs.map(({ id }) => id.length));
    for (const { id, level, since, title } of specs)
      console.log(`${id.padEnd(width)}  ${level.padEnd(6)}  ${since}  ${title}`);
    console.log(`${specs.length} ${specs.length === 1 ? 'spec' : 'specs'}`);
  },
};
