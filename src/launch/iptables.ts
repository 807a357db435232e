import { runCommand } from './run-command.js';

/** The chains that the portmap plugin makes on first use and never removes. */
const PORTMAP_CHAINS = ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-SETMARK', 'CNI-HOSTPORT-MASQ'];

export const FAMILIES = ['iptables', 'ip6tables'] as const;
export type Family = (typeof FAMILIES)[number];

/** A nat table; `present` is false while nobody used it, which `iptables-save` shows by leaving it out. */
export interface NatTable {
  present: boolean;
  /** Chains that somebody added to the kernel's own. */
  chains: string[];
  /** Rules as `iptables-save` prints them: `-A CHAIN …`. */
  rules: string[];
}

/** Reads the nat table out of the output of `iptables-save`. */
export function parseNat(saved: string): NatTable {
  const section = saved
    .split(/^(?=\*)/m)
    .filter((part) => part.startsWith('*nat\n'))
    .flatMap((part) => part.split('\n'));
  return {
    present: section.length > 0,
    chains: section.flatMap((line) => /^:(\S+) - /.exec(line)?.[1] ?? []),
    rules: section.filter((line) => line.startsWith('-A ')),
  };
}

/** The nat table as it is. Reading all tables at once is what does not create them. */
export async function readNat(family: Family): Promise<NatTable> {
  const { ok, stdout } = await runCommand(`${family}-save`, []);
  return parseNat(ok ? stdout : '');
}

/** Whether rules can be added to the nat table; the look may load the kernel's module for it. */
export async function natUsable(family: Family): Promise<boolean> {
  return (await runCommand(family, ['-w', '5', '-t', 'nat', '-S'])).ok;
}

/**
 * What removes a network's rules from a nat table, as input of `iptables-restore --noflush`; empty if nothing is to be
 * removed. The plugins put the network's name into the comment of the rules that lead to a pod's chain. The chains in
 * `dropChains` go as well, provided that no pod of anyone is left in them.
 */
export function removalScript({ chains, rules }: NatTable, network: string, dropChains: readonly string[]): string {
  const target = (rule: string): string => / -j (\S+)/.exec(rule)?.[1] ?? '';
  const chainOf = (rule: string): string => rule.split(' ')[1] ?? '';
  const named = rules.filter((rule) => rule.includes(`name: \\"${network}\\" `));
  const podChains = new Set(named.map(target).filter((chain) => chain.startsWith('CNI-')));
  const othersPods = rules.some((rule) => chainOf(rule) === 'CNI-HOSTPORT-DNAT' && !named.includes(rule));
  const shared = othersPods ? [] : dropChains;
  const doomedChains = chains.filter((chain) => podChains.has(chain) || shared.includes(chain));
  const doomedRules = rules.filter(
    (rule) => (doomedChains.includes(target(rule)) || named.includes(rule)) && !doomedChains.includes(chainOf(rule)),
  );
  if (doomedRules.length + doomedChains.length === 0) return '';
  const lines = [
    ...doomedRules.map((rule) => rule.replace('-A ', '-D ')),
    ...doomedChains.map((chain) => `-F ${chain}`),
    ...doomedChains.map((chain) => `-X ${chain}`),
  ];
  return ['*nat', ...lines, 'COMMIT', ''].join('\n');
}

/**
 * Removes what the CNI plugins left in the nat tables for a network.
 * @param before the tables from before the first launch: given, what the plugins share and was not there goes too
 * @returns one line for each family that could not be cleaned
 */
export async function removeRules(network: string, before?: Record<Family, NatTable>): Promise<string[]> {
  const clean = async (family: Family): Promise<string[]> => {
    const nat = await readNat(family);
    if (!nat.present) return [];
    const dropChains = before ? PORTMAP_CHAINS.filter((chain) => !before[family].chains.includes(chain)) : [];
    const script = removalScript(nat, network, dropChains);
    if (script !== '') {
      const { ok, problem } = await runCommand(`${family}-restore`, ['-w', '5', '--noflush'], script);
      if (!ok) return [`${family} rules of network ${network}: ${problem}`];
    }
    if (before?.[family].present === false) await dropEmptyTable(family);
    return [];
  };
  return (await Promise.all(FAMILIES.map(clean))).flat();
}

/** Makes the kernel forget a nat table that came into being with us and that nobody uses. */
async function dropEmptyTable(family: Family): Promise<void> {
  const { present, chains, rules } = await readNat(family);
  if (present && chains.length + rules.length === 0)
    await runCommand(`${family}-restore`, ['-w', '5'], '*nat\nCOMMIT\n');
}
