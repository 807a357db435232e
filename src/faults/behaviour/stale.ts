import { isDeepStrictEqual } from 'node:util';
import type { Container, ContainerStatus, PodSandbox, PodSandboxStatus } from '../../client/generated/types.js';
import { conditions, meetsAll } from './matching.js';
import { handling, together, type Plant } from './shapes.js';

/* What a runtime still says for a while after a call that has changed it. */

/** Which answers are behind. */
export type Where = 'status' | 'list';

/** For `ms` after the call ContainerStatus or ListContainers say of the container what they said before. */
export function staleContainer(
  rpc: 'StartContainer' | 'StopContainer' | 'RemoveContainer',
  where: readonly Where[],
  ms = 1_500,
): Plant {
  return (planting) => {
    const memory = new Memory<ContainerStatus, Container>(ms);
    const keep = handling(rpc, async ({ request: { container_id: id }, forward }, { cri: { runtime } }) => {
      const { status } = await runtime.ContainerStatus({ container_id: id }).catch(() => ({ status: null }));
      const { containers } = await runtime.ListContainers({ filter: { id } });
      const answer = await forward();
      memory.keep(id, status, containers[0]);
      return answer;
    });
    const oldStatus = handling('ContainerStatus', async ({ request: { container_id }, forward }, { shown }) => {
      const status = memory.status(container_id);
      if (status === null) return forward();
      const now = await forward().catch(() => undefined);
      if (!isDeepStrictEqual(now?.status, status)) shown();
      return { status };
    });
    const oldListing = handling('ListContainers', async ({ request: { filter }, forward }, { cri, shown }) => {
      const now = await forward();
      if (memory.items().length === 0) return now;
      const { containers } = await cri.runtime.ListContainers({});
      const said = memory.over(containers).filter((item) => meetsAll(conditions(filter, item)));
      if (differ(said, now.containers)) shown();
      return { containers: said };
    });
    const behind = { status: oldStatus, list: oldListing };
    return together(keep, ...where.map((name) => behind[name]))(planting);
  };
}

/** For `ms` after the call PodSandboxStatus or ListPodSandbox say of the sandbox what they said before. */
export function stalePod(rpc: 'StopPodSandbox' | 'RemovePodSandbox', where: readonly Where[], ms = 1_500): Plant {
  return (planting) => {
    const memory = new Memory<PodSandboxStatus, PodSandbox>(ms);
    const keep = handling(rpc, async ({ request: { pod_sandbox_id: id }, forward }, { cri: { runtime } }) => {
      const { status } = await runtime.PodSandboxStatus({ pod_sandbox_id: id }).catch(() => ({ status: null }));
      const { items } = await runtime.ListPodSandbox({ filter: { id } });
      const answer = await forward();
      memory.keep(id, status, items[0]);
      return answer;
    });
    const oldStatus = handling('PodSandboxStatus', async ({ request: { pod_sandbox_id }, forward }, { shown }) => {
      const status = memory.status(pod_sandbox_id);
      if (status === null) return forward();
      const now = await forward().catch(() => undefined);
      if (!isDeepStrictEqual(now?.status, status)) shown();
      return { status };
    });
    const oldListing = handling('ListPodSandbox', async ({ request: { filter }, forward }, { cri, shown }) => {
      const now = await forward();
      if (memory.items().length === 0) return now;
      const { items } = await cri.runtime.ListPodSandbox({});
      const said = memory.over(items).filter((item) => meetsAll(conditions(filter, item)));
      if (differ(said, now.items)) shown();
      return { items: said };
    });
    const behind = { status: oldStatus, list: oldListing };
    return together(keep, ...where.map((name) => behind[name]))(planting);
  };
}

/** What was said of things before something happened to them. */
class Memory<Status, Item extends { id: string }> {
  private readonly kept = new Map<string, { until: number; status: Status | null; item: Item | undefined }>();

  constructor(private readonly ms: number) {}

  keep(id: string, status: Status | null, item: Item | undefined): void {
    this.kept.set(id, { until: Date.now() + this.ms, status, item });
  }

  status(id: string): Status | null {
    const entry = this.kept.get(id);
    return entry !== undefined && Date.now() < entry.until ? entry.status : null;
  }

  items(): Item[] {
    const fresh = [...this.kept.values()].filter(({ until }) => Date.now() < until);
    return fresh.flatMap(({ item }) => item ?? []);
  }

  /** The list with what is remembered in place of what is true. */
  over(items: readonly Item[]): Item[] {
    const old = this.items();
    return [...items.filter(({ id }) => !old.some((item) => item.id === id)), ...old];
  }
}

/** Whether two lists differ in more than their order. */
function differ<Item extends { id: string }>(one: readonly Item[], other: readonly Item[]): boolean {
  const sorted = (items: readonly Item[]): Item[] => [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  return !isDeepStrictEqual(sorted(one), sorted(other));
}
