import type { Argv, CommandModule, InferredOptionTypes } from 'yargs';
import { catalogue } from '../../faults/catalogue.js';
import { loadSpecs } from '../../runner/suites.js';
import { wholeNumber } from '../checks.js';
import { connectionOptions, imageOptions, runOptions, type OptionsOf } from '../options.js';
import { planOf } from '../prove/plan.js';
import { proveRuntime } from '../prove/prove.js';
import { runRequest, type RunArguments } from '../run-request.js';

const options = {
  ...connectionOptions,
  launch: runOptions.launch,
  binary: runOptions.binary,
  'host-access': runOptions['host-access'],
  'cgroup-driver': runOptions['cgroup-driver'],
  'streaming-ca': runOptions['streaming-ca'],
  'streaming-insecure': runOptions['streaming-insecure'],
  'report-dir': { ...runOptions['report-dir'], describe: 'Where proof.json goes' },
  seed: { ...runOptions.seed, describe: 'Choice and order of the faults [default: random, and shown]' },
  ...imageOptions,
  spec: {
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    group: 'Proof:',
    describe: 'Only these specs: what would break them? (repeatable)',
  },
  fault: {
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    group: 'Proof:',
    describe: 'Only these faults or benign variations: who notices? (glob, repeatable)',
  },
  sample: {
    type: 'number',
    requiresArg: true,
    group: 'Proof:',
    describe: 'Only so many faults of the recorded kill matrix, and the specs that killed them',
  },
  first: {
    type: 'boolean',
    group: 'Proof:',
    describe: 'Leave a fault at its first kill [default: yes, but with --spec or --fault no]',
  },
  lanes: {
    type: 'number',
    requiresArg: true,
    default: 10,
    group: 'Proof:',
    describe: 'Faults under trial at a time; three times as many while the processors are idle',
  },
  'benign-rounds': {
    type: 'number',
    requiresArg: true,
    default: 3,
    group: 'Proof:',
    describe: 'Runs of the whole suite under each benign variation',
  },
  resume: {
    type: 'boolean',
    default: false,
    group: 'Proof:',
    describe: 'Keep what proof.json says of specs and faults that have not changed',
  },
  markdown: {
    type: 'string',
    requiresArg: true,
    group: 'Proof:',
    describe: 'Write the kill matrix to this file, too',
  },
} satisfies OptionsOf;

export type ProveArguments = InferredOptionTypes<typeof options>;

/** `crivet prove`: plants faults between the specs and a real runtime, and shows which specs notice. */
export function proveCommand(version: string): CommandModule<object, ProveArguments> {
  return {
    command: 'prove',
    describe: 'Prove that the specs can fail: plant faults before a runtime and see who notices',
    builder: (argv: Argv) =>
      argv
        .options(options)
        .example('$0 prove --launch containerd', 'the whole proof')
        .example("$0 prove --launch containerd --fault 'request/ExecSync.*'", 'who notices')
        .example('$0 prove --launch containerd --spec images/list-filter', 'what would break this spec'),
    handler: async (args) => {
      const lanes = wholeNumber('lanes', args.lanes, 1, 64);
      const benignRounds = wholeNumber('benign-rounds', args['benign-rounds'], 0, 100);
      const sample = args.sample === undefined ? undefined : wholeNumber('sample', args.sample, 1, 100_000);
      const selection = { patterns: [], skip: [], level: [], parity: false, kubernetes: undefined };
      const scheduling = { concurrency: 8, failFast: false, timeout: 60 };
      const request = runRequest({ ...args, ...selection, ...scheduling } as unknown as RunArguments);
      const { resume, markdown, first } = args;
      const wanted = { spec: args.spec, fault: args.fault, sample, first, lanes, benignRounds, seed: request.seed };
      const specs = await loadSpecs();
      const faults = catalogue();
      const plan = planOf(specs, faults, wanted);
      const all = { specs, faults: Object.values(faults).flat() };
      process.exitCode = await proveRuntime(request, plan, { version, resume, markdown, all });
    },
  };
}
