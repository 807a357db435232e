import type { PodSandbox } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { handling, stateOf } from './shapes.js';
import { attemptsOf, listedOf, ofOnePod, sandboxAttemptsOf } from './relations.js';

/* Calls about a container or sandbox that has ended, and what they do to the one that came after it. */

export const successorFaults: Fault[] = [
  {
    id: 'behaviour/stop-of-old-attempt-stops-new',
    title: 'StopContainer of an EXITED attempt of a container stops the running one',
    plant: handling('StopContainer', async ({ request, forward }, planting) => {
      if ((await stateOf(planting, request.container_id)) !== 'CONTAINER_EXITED') return forward();
      for (const { id, state } of await attemptsOf(planting, request.container_id)) {
        if (state !== 'CONTAINER_RUNNING') continue;
        planting.shown();
        await planting.cri.runtime.StopContainer({ container_id: id, timeout: 0 });
      }
      return forward();
    }),
  },
  {
    id: 'behaviour/stop-of-old-sandbox-stops-new',
    title: 'StopPodSandbox of a stopped sandbox stops the newer attempt of the pod',
    plant: handling('StopPodSandbox', async ({ request: { pod_sandbox_id }, forward }, planting) => {
      const { runtime } = planting.cri;
      const [own] = (await runtime.ListPodSandbox({ filter: { id: pod_sandbox_id } })).items;
      const newer = (await sandboxAttemptsOf(planting, pod_sandbox_id)).filter(
        ({ state }) => state === 'SANDBOX_READY',
      );
      const answer = await forward();
      if (own?.state !== 'SANDBOX_NOTREADY') return answer;
      for (const { id } of newer) {
        planting.shown();
        await runtime.StopPodSandbox({ pod_sandbox_id: id });
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/remove-of-old-attempt-stops-new',
    title: 'RemoveContainer of an EXITED attempt of a container stops the running one',
    plant: handling('RemoveContainer', async ({ request, forward }, planting) => {
      const others = await attemptsOf(planting, request.container_id);
      const answer = await forward();
      for (const { id, state } of others) {
        if (state !== 'CONTAINER_RUNNING') continue;
        planting.shown();
        await planting.cri.runtime.StopContainer({ container_id: id, timeout: 0 });
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/remove-again-removes-successor',
    title: 'RemoveContainer of a container that was removed removes the one created under its name since',
    plant: (planting) => {
      const removed = new Map<string, { pod: string; name: string; attempt: number }>();
      return handling('RemoveContainer', async ({ request: { container_id: id }, forward }) => {
        const { runtime } = planting.cri;
        const own = await listedOf(planting, id);
        const answer = await forward();
        const { name = '', attempt = 0 } = own?.metadata ?? {};
        const before = removed.get(id);
        if (own !== undefined) removed.set(id, { pod: own.pod_sandbox_id, name, attempt });
        if (own !== undefined || before === undefined) return answer;
        const { containers } = await runtime.ListContainers({ filter: { pod_sandbox_id: before.pod } });
        for (const { id: successor, metadata } of containers) {
          if (metadata?.name !== before.name || metadata.attempt !== before.attempt) continue;
          planting.shown();
          await runtime.RemoveContainer({ container_id: successor });
        }
        return answer;
      })(planting);
    },
  },
  {
    id: 'behaviour/remove-sandbox-again-removes-successor',
    title: 'RemovePodSandbox of a sandbox that was removed removes the one run with its metadata since',
    plant: (planting) => {
      const removed = new Map<string, PodSandbox>();
      return handling('RemovePodSandbox', async ({ request: { pod_sandbox_id: id }, forward }) => {
        const { runtime } = planting.cri;
        const { items } = await runtime.ListPodSandbox({});
        const own = items.find((item) => item.id === id);
        const before = removed.get(id);
        const answer = await forward();
        if (own !== undefined) removed.set(id, own);
        if (own !== undefined || before === undefined) return answer;
        for (const item of items) {
          if (!ofOnePod(item, before) || item.metadata?.attempt !== before.metadata?.attempt) continue;
          planting.shown();
          await runtime.RemovePodSandbox({ pod_sandbox_id: item.id });
        }
        return answer;
      })(planting);
    },
  },
  {
    id: 'behaviour/successor-has-labels-of-removed',
    title:
      'a container that is created with the name and attempt of a removed one has the labels and annotations of that',
    plant: (planting) => {
      const known = new Map<string, { labels: Record<string, string>; annotations: Record<string, string> }>();
      return handling('CreateContainer', async ({ request, forward }) => {
        const { config, pod_sandbox_id: pod } = request;
        if (config === null) return forward();
        const key = JSON.stringify([pod, config.metadata?.name, config.metadata?.attempt]);
        const own = { labels: config.labels, annotations: config.annotations };
        const said = known.get(key) ?? own;
        if (JSON.stringify(said) !== JSON.stringify(own)) planting.shown();
        const answer = await forward({ ...request, config: { ...config, ...said } });
        known.set(key, said);
        return answer;
      })(planting);
    },
  },
];
