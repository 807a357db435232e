import { isDeepStrictEqual } from 'node:util';
import type { LinuxContainerResources } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { changeContainerFacts, changeRequest, doNothing, handling, together, type Plant } from './shapes.js';
import { listedOf, namedIn, siblingsOf } from './relations.js';

/* UpdateContainerResources of the wrong container, and again. */

/** What updates set goes to the next attempt of the container, whatever its own config says. */
const updatesInherited: Plant = (planting) => {
  const set = new Map<string, Partial<LinuxContainerResources>>();
  return together(
    handling('UpdateContainerResources', async ({ request: { container_id, linux }, forward }) => {
      const answer = await forward();
      const own = await listedOf(planting, container_id);
      if (own === undefined || linux === null) return answer;
      const key = namedIn(own.pod_sandbox_id, own.metadata);
      const changed = Object.entries(linux).filter(([, value]) => typeof value === 'bigint' && value !== 0n);
      set.set(key, { ...set.get(key), ...Object.fromEntries(changed) });
      return answer;
    }),
    changeRequest('CreateContainer', (request) => {
      const { config, pod_sandbox_id } = request;
      const before = set.get(namedIn(pod_sandbox_id, config?.metadata ?? null));
      if (before === undefined || !config?.linux?.resources) return request;
      const resources = { ...config.linux.resources, ...before };
      return { ...request, config: { ...config, linux: { ...config.linux, resources } } };
    }),
  )(planting);
};

/** A lower memory limit than the present one is not set. */
const neverShrinks: Plant = (planting) => {
  const limits = new Map<string, bigint>();
  return together(
    handling('CreateContainer', async ({ request: { config }, forward }) => {
      const answer = await forward();
      limits.set(answer.container_id, config?.linux?.resources?.memory_limit_in_bytes ?? 0n);
      return answer;
    }),
    handling('UpdateContainerResources', async ({ request, forward }) => {
      const { container_id: id, linux } = request;
      const [asked, limit] = [linux?.memory_limit_in_bytes ?? 0n, limits.get(id) ?? 0n];
      if (linux !== null && asked > 0n && asked < limit) {
        planting.shown();
        return forward({ ...request, linux: { ...linux, memory_limit_in_bytes: limit } });
      }
      const answer = await forward();
      if (asked > 0n) limits.set(id, asked);
      return answer;
    }),
  )(planting);
};

/** Of updates of one container that follow each other within a second the first is applied. */
const updatesDebounced: Plant = (planting) => {
  const last = new Map<string, { at: number; linux: LinuxContainerResources | null }>();
  return handling('UpdateContainerResources', async ({ request: { container_id: id, linux }, forward }) => {
    const before = last.get(id);
    if (before !== undefined && Date.now() - before.at < 1000 && !isDeepStrictEqual(before.linux, linux)) {
      planting.shown();
      return {};
    }
    const answer = await forward();
    last.set(id, { at: Date.now(), linux });
    return answer;
  })(planting);
};

export const updateFaults: Fault[] = [
  {
    id: 'behaviour/update-spreads-over-pod',
    title: 'UpdateContainerResources changes all containers of the pod',
    plant: handling('UpdateContainerResources', async ({ request, forward }, planting) => {
      const answer = await forward();
      for (const { id, state } of await siblingsOf(planting, request.container_id)) {
        if (state === 'CONTAINER_EXITED') continue;
        planting.shown();
        await planting.cri.runtime.UpdateContainerResources({ ...request, container_id: id }).catch(() => undefined);
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/update-again-refused',
    title: 'UpdateContainerResources refuses a request like the one before',
    plant: (planting) => {
      const last = new Map<string, string>();
      return handling('UpdateContainerResources', ({ request, forward }) => {
        const asked = JSON.stringify(request.linux, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        if (last.get(request.container_id) === asked) {
          planting.shown();
          throw new Refusal('FAILED_PRECONDITION', 'nothing to update');
        }
        last.set(request.container_id, asked);
        return forward();
      })(planting);
    },
  },
  {
    id: 'behaviour/update-never-lowers-memory',
    title: 'UpdateContainerResources says OK to a lower memory limit and keeps the higher one',
    plant: neverShrinks,
  },
  {
    id: 'behaviour/update-within-a-second-lost',
    title: 'of two UpdateContainerResources of a container within a second the later says OK and does nothing',
    plant: updatesDebounced,
  },
  {
    id: 'behaviour/next-attempt-updated-resources',
    title: 'the next attempt of a container has the resources that an update gave the one before',
    plant: updatesInherited,
  },
  {
    id: 'behaviour/update-of-shares-alone-lost',
    title: 'UpdateContainerResources with nothing but cpu_shares says OK and does nothing',
    plant: doNothing('UpdateContainerResources', ({ linux }) => {
      const set = Object.entries(linux ?? {}).filter(([, value]) => typeof value === 'bigint' && value !== 0n);
      return linux?.cpuset_cpus === '' && set.length === 1 && set[0]?.[0] === 'cpu_shares';
    }),
  },
  {
    id: 'behaviour/update-replaces-annotations',
    title: 'the annotations of UpdateContainerResources take the place of those of the container',
    plant: (planting) => {
      const given = new Map<string, Record<string, string>>();
      return together(
        handling('UpdateContainerResources', async ({ request: { container_id, annotations }, forward }) => {
          const answer = await forward();
          if (Object.keys(annotations).length > 0) given.set(container_id, annotations);
          return answer;
        }),
        changeContainerFacts(({ id, annotations }) => ({ annotations: given.get(id) ?? annotations })),
      )(planting);
    },
  },
];
