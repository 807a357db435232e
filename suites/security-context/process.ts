import type { Container } from '../../src/kit/index.js';

/** The five capability sets of a process, as names without `CAP_` in the kernel's order. */
export interface CapabilitySets {
  inheritable: string[];
  permitted: string[];
  effective: string[];
  bounding: string[];
  ambient: string[];
}

/** What /proc/PID/status says of a process: the kernel's word, whatever was asked for. */
export interface Process {
  pid: number;
  name: string;
  /** Real, effective, saved and file system id; all alike unless a program changed them. */
  uid: number[];
  gid: number[];
  /** The supplementary groups, ascending, each once. */
  groups: number[];
  capabilities: CapabilitySets;
  /** `0` none, `1` strict, `2` filter. */
  seccomp: string;
  /** `0` or `1`. */
  noNewPrivs: string;
  /** Lists such as `0-3,8`. */
  cpus: string;
  memoryNodes: string;
}

/** From bit 0 on; source: linux/capability.h. */
const CAPABILITIES = `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
  NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE
  SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL
  SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`.split(
  /\s+/,
);

/** Names of the capabilities in a mask as /proc prints it, hexadecimal. One that is newer than our list is its bit. */
export function capabilityNames(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  const numbers = Array.from({ length: 64 }, (_, number) => number).filter((number) => (bits >> BigInt(number)) & 1n);
  return numbers.map((number) => CAPABILITIES[number] ?? String(number));
}

/** Every capability up to the kernel's last one, given the text of /proc/sys/kernel/cap_last_cap. */
export function capabilitiesUpTo(last: string): string[] {
  return Array.from({ length: Number(last) + 1 }, (_, number) => CAPABILITIES[number] ?? String(number));
}

/** Sorts capabilities as {@link capabilityNames} does. */
export function inKernelOrder(names: Iterable<string>): string[] {
  const position = (name: string): number => (CAPABILITIES.includes(name) ? CAPABILITIES.indexOf(name) : Number(name));
  return [...new Set(names)].sort((a, b) => position(a) - position(b));
}

/** Reads one or more /proc/PID/status files that were printed one after another. */
export function parseProcesses(text: string): Process[] {
  return text.split(/^(?=Name:)/m).map((status) => {
    const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
    const numbers = (name: string): number[] => field(name).split(/\s+/).filter(Boolean).map(Number);
    const set = (name: string): string[] => capabilityNames(field(name));
    return {
      pid: Number(field('Pid')),
      name: field('Name'),
      uid: numbers('Uid'),
      gid: numbers('Gid'),
      groups: [...new Set(numbers('Groups'))].sort((a, b) => a - b),
      capabilities: {
        inheritable: set('CapInh'),
        permitted: set('CapPrm'),
        effective: set('CapEff'),
        bounding: set('CapBnd'),
        ambient: set('CapAmb'),
      },
      seccomp: field('Seccomp'),
      noNewPrivs: field('NoNewPrivs'),
      cpus: field('Cpus_allowed_list'),
      memoryNodes: field('Mems_allowed_list'),
    };
  });
}

/** A process and what to call it in a rule. */
export type Named = [who: string, process: Process];

/**
 * The first process of a container and one that ExecSync starts: a runtime sets up the two on different ways. The
 * container must have process ids of its own (pid: CONTAINER), so that its first process is number 1.
 */
export async function firstAndExeced(container: Container): Promise<[first: Named, execed: Named]> {
  const text = await container.output(['/bin/cat', '/proc/1/status', '/proc/self/status']);
  const [first, execed] = parseProcesses(text) as [Process, Process];
  return [
    ['the first process', first],
    ['an exec’ed process', execed],
  ];
}

/**
 * Every process of a pod that shares its process ids (pid: POD), seen from one of its containers: that of the sandbox,
 * which is number 1, the containers' first ones, and an exec'ed one.
 */
export async function podProcesses(container: Container): Promise<Named[]> {
  // The shell lists the directory before it starts cat, so nothing of this is gone when it is read.
  const processes = parseProcesses(await container.shell('cat /proc/[0-9]*/status'));
  return processes.map((process) => [roleOf(process), process]);
}

function roleOf({ pid, name }: Process): string {
  if (pid === 1) return 'the process of the sandbox';
  return name === 'sh' ? 'an exec’ed process' : 'the first process of a container';
}

/** Four times the same id, as in the lines Uid and Gid. */
export function allFour(id: number): number[] {
  return [id, id, id, id];
}
