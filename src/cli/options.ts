import type { Options } from 'yargs';

/** A table of options, as yargs takes it. */
export type OptionsOf = Record<string, Options>;

/* Every option, once. The commands pick theirs; `--help` and the checks follow from here. */

const group = { connection: 'Runtime:', selection: 'Specs:', run: 'Run:', images: 'Images:' };

export const connectionOptions = {
  'runtime-endpoint': {
    type: 'string',
    alias: 'r',
    requiresArg: true,
    group: group.connection,
    describe:
      'CRI socket: unix:///path, /path or tcp://host:port [default: crictl.yaml, else the first well-known socket]',
  },
  'image-endpoint': {
    type: 'string',
    alias: 'i',
    requiresArg: true,
    group: group.connection,
    describe: 'Socket of the image service, if it is another one',
  },
  'runtime-handler': {
    type: 'string',
    requiresArg: true,
    default: '',
    group: group.connection,
    describe: 'RuntimeClass handler for every sandbox',
  },
} satisfies Record<string, Options>;

export const selectionOptions = {
  spec: {
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    group: group.selection,
    describe: 'Run only specs that match this glob or group (repeatable)',
  },
  skip: {
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    group: group.selection,
    describe: 'Leave out specs that match this glob or group (repeatable)',
  },
  level: {
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    group: group.selection,
    describe: 'Run only this level: must, should, feature or feature:NAME (repeatable)',
  },
  kubernetes: {
    type: 'string',
    requiresArg: true,
    group: group.selection,
    describe: 'Run only rules that the kubelet of this release relies on, as 1.NN',
  },
  parity: {
    type: 'boolean',
    default: false,
    group: group.selection,
    describe: 'Run only specs that cover what critest checks, too',
  },
} satisfies Record<string, Options>;

export const imageOptions = {
  busybox: {
    type: 'string',
    requiresArg: true,
    group: group.images,
    describe: 'Static busybox that images are made of [default: the one on PATH]',
  },
  'registry-listen': {
    type: 'string',
    requiresArg: true,
    group: group.images,
    describe: 'Where the embedded registry listens, host:port [default: 127.0.0.1, a free port]',
  },
  'registry-advertise': {
    type: 'string',
    requiresArg: true,
    group: group.images,
    describe: 'How the runtime reaches it, host:port, where that differs',
  },
  images: {
    type: 'string',
    requiresArg: true,
    group: group.images,
    describe: 'YAML or JSON file that maps our image names to your own references; nothing is served then',
  },
} satisfies Record<string, Options>;

export const runOptions = {
  launch: {
    type: 'string',
    requiresArg: true,
    group: group.connection,
    describe: 'Start a private runtime of this kind and vet that one (containerd)',
  },
  binary: {
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    group: group.connection,
    describe: 'With --launch: use this program, as name=/path (repeatable)',
  },
  'host-access': {
    choices: ['auto', 'yes', 'no'] as const,
    default: 'auto' as const,
    group: group.connection,
    describe: "Whether crivet shares the runtime's host: files, mounts, networks [auto: yes for a unix socket]",
  },
  'cgroup-driver': {
    choices: ['auto', 'cgroupfs', 'systemd'] as const,
    default: 'auto' as const,
    group: group.connection,
    describe: 'Form of cgroup parents [auto: ask the runtime]',
  },
  'streaming-ca': {
    type: 'string',
    requiresArg: true,
    group: group.connection,
    describe: 'CA file for a TLS streaming server',
  },
  'streaming-insecure': {
    type: 'boolean',
    default: false,
    group: group.connection,
    describe: 'Accept any certificate of a TLS streaming server',
  },
  ...selectionOptions,
  slow: {
    type: 'boolean',
    default: false,
    group: group.selection,
    describe: 'Run specs that take minutes, too; without it they have to be named by id',
  },
  concurrency: {
    type: 'number',
    requiresArg: true,
    default: 8,
    group: group.run,
    describe: 'Specs under way at a time',
  },
  timeout: {
    type: 'number',
    requiresArg: true,
    default: 60,
    group: group.run,
    describe: 'Deadline of a spec, in seconds',
  },
  'fail-fast': { type: 'boolean', default: false, group: group.run, describe: 'End the run at the first violation' },
  seed: {
    type: 'number',
    requiresArg: true,
    group: group.run,
    describe: 'Order of the specs [default: random, and shown]',
  },
  'report-dir': {
    type: 'string',
    requiresArg: true,
    default: 'reports',
    group: group.run,
    describe: 'Where run.json and junit.xml go',
  },
  ...imageOptions,
} satisfies Record<string, Options>;
