import type { Argv, CommandModule } from 'yargs';
import { loadSpecs } from '../../runner/suites.js';
import { selectSpecs } from '../../runner/select.js';
import { connectionOptions, runOptions } from '../options.js';
import { runRequest, type RunArguments } from '../run-request.js';
import { vet } from '../vet.js';

/** `crivet run`: vets a runtime and leaves the reports. */
export function runCommand(version: string): CommandModule {
  return {
    command: ['run [patterns..]'],
    describe: 'Vet a runtime',
    builder: (argv: Argv) =>
      argv
        .positional('patterns', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'Groups or globs of the specs to run [default: all]',
        })
        .options(connectionOptions)
        .options(runOptions)
        .example('$0 run --launch containerd', 'vet a private containerd')
        .example('$0 run images streaming -r /run/crio/crio.sock', 'vet two groups of a CRI-O'),
    handler: async (args) => {
      const request = runRequest(args as unknown as RunArguments);
      const specs = selectSpecs(await loadSpecs(), request.selection);
      process.exitCode = await vet(request, specs, version);
    },
  };
}
