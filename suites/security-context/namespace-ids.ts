import { readlink } from 'node:fs/promises';
import { randomInt } from 'node:crypto';
import type { Input } from '../../src/client/cri.js';
import type { NamespaceOption } from '../../src/client/generated/types.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import type { PodConfig } from '../../fixtures/configs/pod.js';
import type { Container, SpecContext, ContainerHost } from '../../src/kit/index.js';

const KINDS = ['ipc', 'mnt', 'net', 'pid', 'uts'] as const;
export type NamespaceKind = (typeof KINDS)[number];
export type NamespaceIds = Record<NamespaceKind, string>;

const PRINT_IDS = `for kind in ${KINDS.join(' ')}; do readlink /proc/self/ns/$kind; done`;

/** A container that tells which namespaces its first process is in, and can be found in a list of processes. */
export interface Marked {
  container: Container;
  /** The only argument of its first process, an unusual number. */
  marker: string;
}

/** Namespace options as part of a pod's or container's config. */
export function namespaces(options: Input<NamespaceOption>): PodConfig & ContainerInput {
  return { linux: { security_context: { namespace_options: options } } };
}

/** Starts a container whose first process notes its namespaces and then sleeps. */
export async function startMarked(pod: ContainerHost, overrides: ContainerInput = {}): Promise<Marked> {
  const marker = String(randomInt(1e9, 1e10));
  const note = `{ ${PRINT_IDS}; echo $$; } > /tmp/.ids && mv /tmp/.ids /tmp/ids`;
  const command = ['/bin/sh', '-c', `${note}; exec /bin/sleep ${marker}`];
  return { container: await pod.start({ ...overrides, command }), marker };
}

/** Namespace ids, such as `pid:[4026531836]`, of the first process and of an exec'ed one; and the first one's own pid. */
export async function namespaceIds(
  t: SpecContext,
  { container }: Marked,
): Promise<{ first: NamespaceIds; execed: NamespaceIds; pid: number }> {
  const script = `test -e /tmp/ids && cat /tmp/ids && ${PRINT_IDS}`;
  const { stdout } = await t.eventually(
    'the first process of the container runs, and another one can read its namespaces',
    () => container.exec(['/bin/sh', '-c', script]),
    ({ exitCode }) => exitCode === 0,
  );
  const lines = stdout.trim().split('\n');
  const ids = (from: number): NamespaceIds =>
    Object.fromEntries(KINDS.map((kind, index) => [kind, lines[from + index] ?? ''])) as NamespaceIds;
  return { first: ids(0), pid: Number(lines[KINDS.length]), execed: ids(KINDS.length + 1) };
}

/** Whether a container sees the first process of a marked one in its /proc. */
export async function sees(viewer: Marked, { marker }: Marked): Promise<boolean> {
  // The list is made before grep starts, and none of the shell's own arguments is the marker alone. What follows
  // grep keeps the shell from becoming grep itself.
  const script = `grep -lzx ${marker} /proc/[0-9]*/cmdline 2>/dev/null; true`;
  return (await viewer.container.exec(['/bin/sh', '-c', script])).stdout !== '';
}

/**
 * The node's namespace of a kind: that of this process if it shares the runtime's host, else the one a second pod
 * reports that asked for it.
 */
export async function nodeNamespace(t: SpecContext, kind: 'ipc' | 'net' | 'pid'): Promise<string> {
  if (t.env.settings.hostAccess) return readlink(`/proc/self/ns/${kind}`);
  const pod = await t.pods.runOnHostNetwork(namespaces({ ipc: 'NODE', pid: 'NODE' }));
  return (await namespaceIds(t, await startMarked(pod))).first[kind];
}
