import { check, type Container, type Pod } from '../../src/kit/index.js';

/** The addresses in PodSandboxStatus: the primary one, and all of them with the primary one first. */
export async function reportedAddresses(pod: Pod): Promise<{ ip: string; all: string[] }> {
  const { network } = await pod.status();
  const ip = check.present(network?.ip, 'PodSandboxStatus.network.ip is set for a pod with its own network');
  return { ip, all: [ip, ...(network?.additional_ips ?? []).map((address) => address.ip)] };
}

/** Every interface that a container sees, with its addresses of global scope. */
export async function globalAddresses(container: Container): Promise<{ name: string; addresses: string[] }[]> {
  const text = await container.output(['/bin/ip', 'addr', 'show']);
  // An interface starts at the margin: `2: eth0@if7: <BROADCAST,...`; `inet ADDRESS/LENGTH ... scope global` follows.
  return text.split(/\n(?=\d+:)/).map((block) => {
    const [, name = ''] = /^\d+: ([^:@]+)/.exec(block) ?? [];
    const found = block.matchAll(/^\s+inet6? ([^/\s]+)\S* .*scope global/gm);
    return { name, addresses: [...found].flatMap(([, address]) => address ?? []) };
  });
}
