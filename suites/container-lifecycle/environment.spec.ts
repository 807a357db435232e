import { writeFile } from 'node:fs/promises';
import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { accounts } from '../../fixtures/images/rootfs.js';
import { environment } from '../shared/environment.js';

/** Environment and arguments that the first process of a container was started with, once it is the `pause` of ours. */
async function startedWith(
  t: SpecContext,
  container: Container,
): Promise<{ variables: Record<string, string>; args: string[] }> {
  // No variable is empty, so the first empty entry is what lies between the two.
  const script = "cat /proc/1/environ; printf '\\0'; cat /proc/1/cmdline";
  return t.eventually(
    'the first process of the container is the program of its config',
    async () => {
      const entries = (await container.shell(script)).split('\0');
      const [end, args] = [entries.indexOf(''), entries.slice(entries.indexOf('') + 1, -1)];
      const variables = entries
        .slice(0, end)
        .map((entry) => [entry.replace(/=.*$/s, ''), entry.replace(/^[^=]*=/, '')]);
      return { variables: Object.fromEntries(variables) as Record<string, string>, args };
    },
    ({ args }) => args[0] === '/bin/pause',
    { describe: ({ args }) => args.join(' ').slice(0, 200) },
  );
}

const beginning = (variables: Record<string, string>, prefix: string): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith(prefix)));

/** Arguments that a runtime might be tempted to read or to tidy up, by what is special about them. */
const WORDS: [what: string, word: string][] = [
  ['characters of many scripts', 'Größe – ✓ 漢字 🚀'],
  ['several lines', 'set -e\n\n\tif true; then\r\n  echo "two"\nfi\n'],
  ['blanks at its ends', ' \t a  b '],
  ['what shells and the kubelet expand', '$HOME $(HOME) ${HOME} `id` ~ * %s \\n \\'],
  ['the form of an option', '--privileged=true'],
  ['the form of a variable', 'CRIVET_WORD=1'],
];

/** As many as service links and a config map of some size make. */
const MANY = Array.from({ length: 300 }, (_, index) => String(index));

spec(
  {
    id: 'container-lifecycle/envs-of-any-form',
    title: 'arguments and variables of any form, length and number reach a container as they are',
    level: 'must',
    since: '1.20',
    why: 'envFrom makes a variable of each key of a config map: keys are file names, values are whole files and certificates. Scripts are given as one argument.',
    sources: [
      'api.proto: ContainerConfig.command, ContainerConfig.args, ContainerConfig.envs, KeyValue',
      'kubelet: kubelet_pods.go makeEnvironmentVariables (envFrom); apimachinery validation IsEnvVarName',
      'kubernetes: pkg/api/pod/warnings.go (a second variable of a name "hides previous definition")',
    ],
    expectations: [33],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // Linux takes 128 KiB for one argument or variable, its name included.
    const long = Array.from({ length: 12_800 }, (_, index) => String(index).padStart(8, '0')).join('');
    const lines = '-----BEGIN-----\nfirst=1\r\n\n\tsecond: "2"\n-----END-----\n';
    const named = { 'crivet.a-b.yaml': 'dots and dashes', 'crivet-': 'c', CRIVET_CASE: 'upper', crivet_case: 'lower' };
    // Runtimes give these values of their own where the config does not.
    const claimed = { HOSTNAME: 'of-config', HOME: '/of/config', PATH: '/bin:/of/config', TERM: 'of-config' };
    const many = Object.fromEntries(MANY.map((number) => [`CRIVET_MANY_${number}`, number]));
    // As when the author of a pod lays a variable of his own over one of a template.
    const twice = { key: 'CRIVET_TWICE', value: Buffer.from('last') };
    const envs = [
      ...environment({ CRIVET_TWICE: 'first', ...many, ...named, ...claimed, CRIVET_LINES: lines, CRIVET_LONG: long }),
      twice,
    ];
    const words = WORDS.map(([, word]) => word);
    const sent = ['/bin/pause', ...words, ...words, long, ...MANY];
    const container = await pod.start({
      command: sent.slice(0, 1 + words.length),
      args: sent.slice(1 + words.length),
      envs,
    });
    const { variables: seen, args } = await startedWith(t, container);

    for (const [name, value] of Object.entries({ ...named, ...claimed }))
      check.equal(seen[name], value, `the value of the variable ${name}`);
    check.equal(seen['CRIVET_TWICE'], 'last', 'the value of a variable that envs has twice: the later one counts');
    check.equal(seen['CRIVET_LINES'], lines, 'the value of a variable that is several lines');
    checkLong(seen['CRIVET_LONG'], long, 'the value of a variable of 100 KiB');
    check.equal(beginning(seen, 'CRIVET_MANY_'), many, `${MANY.length} variables`);

    check.equal(args.length, sent.length, 'the number of words in command and args');
    for (const [index, [what, word]] of WORDS.entries()) {
      check.equal(args[1 + index], word, `a word of command with ${what}`);
      check.equal(args[1 + words.length + index], word, `a word of args with ${what}`);
    }
    checkLong(args[1 + 2 * words.length], long, 'an argument of 100 KiB');
    check.equal(args.slice(-MANY.length), MANY, `the last ${MANY.length} arguments`);
  },
);

function checkLong(seen: string | undefined, sent: string, what: string): void {
  check.equal(seen?.length, sent.length, `the length of ${what}`);
  check.that(seen === sent, `${what} is the one of the request`, {
    expected: 'the same text',
    observed: 'another one of the same length',
  });
}

spec(
  {
    id: 'container-lifecycle/next-attempt-has-its-own-config',
    title:
      'the next attempt of a container has command, environment, directory, mounts and image of its own request, not of the one before',
    level: 'must',
    since: '1.20',
    why: 'A changed image of a running pod and a changed config map take effect when the container is started again; each attempt has a termination log of its own.',
    sources: [
      'api.proto: ContainerMetadata.attempt, ContainerConfig',
      'kubelet: kuberuntime_manager.go computePodActions (containerChanged), kuberuntime_container.go startContainer',
      'kubelet: kuberuntime_container.go makeMounts (termination log)',
    ],
    expectations: [33],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const name = `again-${nonce()}`;
    const envs = [
      environment({ CRIVET_BOTH: 'one', CRIVET_ONE: '1' }),
      environment({ CRIVET_BOTH: 'two', CRIVET_TWO: '2' }),
    ] as const;
    const [config, nextConfig] = await Promise.all([0, 1].map((attempt) => ownConfig(t, name, attempt)));
    const before = await pod.start({ ...config, envs: envs[0], command: ['/bin/pause', 'one'], working_dir: '/etc' });
    await before.stop(0);
    const next = { ...nextConfig, envs: envs[1], command: ['/bin/pause'], args: ['two'], working_dir: '/data' };
    const container = await pod.start(next, 'entrypoint-cmd');
    check.notEqual(
      (await container.status()).image_ref,
      (await before.status()).image_ref,
      'image_ref of the second attempt, which is of another image',
    );
    const { variables, args } = await startedWith(t, container);
    check.equal(
      beginning(variables, 'CRIVET_'),
      { CRIVET_BOTH: 'two', CRIVET_TWO: '2', CRIVET_IMAGE: 'from image' },
      'the environment of the second attempt: that of its image and of its config',
    );
    check.equal(args, ['/bin/pause', 'two'], 'command and args of the second attempt');
    const mounted = nextConfig?.mounts === undefined ? '' : `cat ${TERMINATION_LOG}`;
    const seen = await container.shell(`readlink /proc/1/cwd; ${mounted}`);
    const expected = ['/data', ...(mounted === '' ? [] : ['of attempt 1'])];
    check.equal(seen.split('\n'), expected, 'working directory and mounted file of the second attempt');
  },
);

const TERMINATION_LOG = '/dev/termination-log';

/** What is each attempt's own: its number, and with access to the host a mounted file that names it. */
async function ownConfig(t: SpecContext, name: string, attempt: number): Promise<ContainerInput> {
  const metadata = { name, attempt };
  if (!t.env.settings.hostAccess) return { metadata };
  const host_path = `${await t.directory()}/log`;
  await writeFile(host_path, `of attempt ${attempt}\n`);
  return { metadata, mounts: [{ host_path, container_path: TERMINATION_LOG }] };
}

spec(
  {
    id: 'container-lifecycle/variables-of-the-runtime',
    title: 'HOSTNAME is the host name of the pod and HOME that of the user in the image, if the config has neither',
    level: 'should',
    since: '1.20',
    why: 'No image knows the name of its pod, and the kubelet sets neither variable. Members of clusters name themselves by HOSTNAME; shells and build tools keep their files in HOME.',
    sources: [
      'api.proto: PodSandboxConfig.hostname, ContainerConfig.envs',
      'containerd: internal/cri/server container_create.go (HOSTNAME); runc: libcontainer init_linux.go (HOME)',
    ],
  },
  async (t) => {
    const hostname = `host-${nonce()}`;
    const pod = await t.pods.run({ hostname });
    const { uid } = accounts['default-user'];
    const container = await pod.start({ linux: { security_context: { run_as_user: { value: uid } } } });
    const { variables } = await startedWith(t, container);
    const execed = (await container.shell('echo $HOSTNAME; echo $HOME')).split('\n');
    for (const [who, seen] of [
      ['the first process', [variables['HOSTNAME'], variables['HOME']]],
      ['an exec’ed process', execed],
    ] as const) {
      check.equal(seen, [hostname, '/home/default-user'], `HOSTNAME and HOME of ${who}`);
    }
  },
);
