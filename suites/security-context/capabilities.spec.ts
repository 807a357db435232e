import { readFile } from 'node:fs/promises';
import { check, spec, type Container, type SpecContext, type ContainerHost } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { capabilitiesUpTo, firstAndExeced, inKernelOrder, parseProcesses } from './process.js';
import { succeeds } from './mounts.js';

const PROTO = 'api.proto: Capability, LinuxContainerSecurityContext.capabilities';

/** What an unprivileged container never has by default: each is enough to take over the node or its network. */
const NEVER_BY_DEFAULT = `DAC_READ_SEARCH NET_ADMIN SYS_MODULE SYS_RAWIO SYS_PTRACE SYS_ADMIN SYS_BOOT SYS_TIME
  SYSLOG MAC_ADMIN MAC_OVERRIDE BPF PERFMON CHECKPOINT_RESTORE`.split(/\s+/);

const withCapabilities = (add: string[], drop: string[] = []): ContainerInput => ({
  linux: { security_context: { capabilities: { add_capabilities: add, drop_capabilities: drop } } },
});

/** The runtime's default set, which is its own choice, as root in a container that asks for no change has it. */
async function defaultSet(pod: ContainerHost): Promise<string[]> {
  const [[, first]] = await firstAndExeced(await pod.start());
  return first.capabilities.bounding;
}

/** Root's permitted, effective and bounding set are exactly these; nothing goes by inheritance. */
async function has(container: Container, names: Iterable<string>, when: string): Promise<void> {
  const set = inKernelOrder(names);
  const expected = { permitted: set, effective: set, bounding: set, ambient: [] };
  for (const [who, { capabilities }] of await firstAndExeced(container)) {
    const { permitted, effective, bounding, ambient } = capabilities;
    check.equal({ permitted, effective, bounding, ambient }, expected, `${who} has exactly these capabilities ${when}`);
  }
}

/** All there are: those of this process where it shares the node, for the node may lack some; else all of the kernel. */
async function all(t: SpecContext, container: Container): Promise<string[]> {
  const known = capabilitiesUpTo(await container.output(['/bin/cat', '/proc/sys/kernel/cap_last_cap']));
  if (!t.env.settings.hostAccess) return known;
  const own = parseProcesses(await readFile('/proc/self/status', 'utf8'))[0]?.capabilities.bounding ?? [];
  return known.filter((name) => own.includes(name));
}

spec(
  {
    id: 'security-context/capability-default',
    title: 'by default root has a bounded set of harmless capabilities, and another user none',
    level: 'must',
    since: '1.20',
    why: 'Root in an ordinary container must not be root on the node.',
    sources: [PROTO, 'CVE-2022-24769: inheritable capabilities are empty'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    for (const [who, { capabilities }] of await firstAndExeced(await pod.start())) {
      const { effective, permitted, bounding, inheritable, ambient } = capabilities;
      const excess = bounding.filter((name) => NEVER_BY_DEFAULT.includes(name));
      check.equal(excess, [], `${who} of an unprivileged container has no capability over the node`);
      check.equal(
        { effective, permitted },
        { effective: bounding, permitted: bounding },
        `${who} as root can use its set`,
      );
      check.equal({ inheritable, ambient }, { inheritable: [], ambient: [] }, `${who} passes none on by inheritance`);
    }
    const added = { capabilities: { add_capabilities: ['NET_ADMIN'] }, run_as_user: { value: 1001 } };
    const user = await pod.start({ linux: { security_context: added } });
    for (const [who, { capabilities }] of await firstAndExeced(user)) {
      const { effective, permitted, ambient } = capabilities;
      const none = { effective: [], permitted: [], ambient: [] };
      check.equal({ effective, permitted, ambient }, none, `${who} of a user other than root has none to use`);
      check.includes(capabilities.bounding, 'NET_ADMIN', `${who} may gain the added one from a program’s file`);
    }
  },
);

spec(
  {
    id: 'security-context/capability-add',
    title: 'add_capabilities adds these to the default set, for that container only',
    level: 'must',
    since: '1.20',
    why: 'A container gets the one power it needs without being privileged.',
    sources: [PROTO],
    parity: ['security-context/capability-add'],
  },
  async (t) => {
    const pod = await t.pods.run();
    const added = await pod.start(withCapabilities(['NET_ADMIN', 'SYS_TIME']));
    const plain = await pod.start();
    const base = await defaultSet(pod);
    await has(added, [...base, 'NET_ADMIN', 'SYS_TIME'], 'under add NET_ADMIN, SYS_TIME');
    await has(plain, base, 'where nothing was asked for');
    // Two addresses, so that neither attempt can fail for what the other did.
    const address = (last: number): string => `/bin/ip addr add 192.0.2.${last}/32 dev lo`;
    check.equal(await succeeds(added, address(1)), true, 'NET_ADMIN lets a container add an address to its interface');
    check.equal(await succeeds(plain, address(2)), false, 'a container without NET_ADMIN cannot add an address');
  },
);

spec(
  {
    id: 'security-context/capability-drop',
    title: 'drop_capabilities takes these from the default set',
    level: 'must',
    since: '1.20',
    why: 'Images are hardened by taking away what they do not need, such as raw sockets.',
    sources: [PROTO],
    parity: ['security-context/capability-drop'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const base = await defaultSet(pod);
    // CHOWN and its like are in every default set; NET_RAW is not in all.
    const dropped = [...base.slice(0, 2), 'NET_RAW'];
    const container = await pod.start(withCapabilities([], dropped));
    const left = base.filter((name) => !dropped.includes(name));
    await has(container, left, `under drop ${dropped.join(', ')}`);
  },
);

spec(
  {
    id: 'security-context/capability-add-all',
    title: 'add_capabilities ALL gives every capability the node has, and drops still count',
    level: 'must',
    since: '1.20',
    why: 'ALL stands for all capabilities; a container that asks for all but one must not keep that one.',
    sources: [`${PROTO}: ALL`],
    parity: ['security-context/capability-add-all'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start(withCapabilities(['ALL']));
    const everything = await all(t, container);
    await has(container, everything, 'under add ALL');
    const allBut = await pod.start(withCapabilities(['ALL'], ['SYS_ADMIN', 'NET_ADMIN']));
    const left = everything.filter((name) => name !== 'SYS_ADMIN' && name !== 'NET_ADMIN');
    await has(allBut, left, 'under add ALL and drop SYS_ADMIN, NET_ADMIN');
  },
);

spec(
  {
    id: 'security-context/capability-drop-all',
    title: 'drop_capabilities ALL leaves none in any set, or those that are added beside it',
    level: 'must',
    since: '1.20',
    why: 'The restricted Pod Security Standard demands drop ALL, with NET_BIND_SERVICE as the only one to add.',
    sources: [`${PROTO}: ALL`, 'Pod Security Standards: restricted'],
    parity: ['security-context/capability-drop-all'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const none = { inheritable: [], permitted: [], effective: [], bounding: [], ambient: [] };
    for (const [who, { capabilities }] of await firstAndExeced(await pod.start(withCapabilities([], ['ALL'])))) {
      check.equal(capabilities, none, `${who} has no capability in any set under drop ALL`);
    }
    const one = await pod.start(withCapabilities(['NET_BIND_SERVICE'], ['ALL']));
    await has(one, ['NET_BIND_SERVICE'], 'under drop ALL and add NET_BIND_SERVICE');
  },
);

spec(
  {
    id: 'security-context/capability-ambient',
    title: 'add_ambient_capabilities lets a user other than root use these',
    level: 'should',
    since: '1.24',
    why: 'Without the ambient set a container that is not root cannot use a capability it was given.',
    sources: ['api.proto: Capability.add_ambient_capabilities', 'KEP-2763'],
    expectations: [34],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const set = ['NET_BIND_SERVICE', 'SYS_TIME'];
    const capabilities = { add_capabilities: set, add_ambient_capabilities: set, drop_capabilities: ['ALL'] };
    const container = await pod.start({ linux: { security_context: { capabilities, run_as_user: { value: 1001 } } } });
    const expected = { inheritable: set, permitted: set, effective: set, bounding: set, ambient: set };
    const [[who, first]] = await firstAndExeced(container);
    check.equal(first.capabilities, expected, `${who} has them in its ambient set, and so in all others`);
  },
);

spec(
  {
    id: 'security-context/capability-names-of-any-case',
    title: 'capabilities are added and dropped by name in whatever case, ALL among them',
    level: 'should',
    since: '1.20',
    why: 'The API server takes any text for a capability. One that stays for the spelling of its drop goes unnoticed.',
    sources: [
      PROTO,
      'containerd: internal/cri/util InStringSlice ("case insensitive"), internal/cri/opts WithCapabilities',
    ],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const lower = await pod.start(withCapabilities(['net_admin'], ['all']));
    await has(lower, ['NET_ADMIN'], 'under drop all and add net_admin');
    // In every default set.
    const dropped = await pod.start(withCapabilities([], ['chown']));
    for (const [who, { capabilities }] of await firstAndExeced(dropped)) {
      check.excludes(capabilities.bounding, 'CHOWN', `${who} lacks CHOWN under drop chown`);
    }
  },
);
