import { isDeepStrictEqual } from 'node:util';
import type { Fault } from '../fault.js';
import { changeAnswer, handling, together, type Plant, type UnaryRpc } from './shapes.js';
import { failingDuring, laterLost, listedOf, overlapping } from './relations.js';

/* Calls that overlap, and containers of the same name in different pods. */

const ofContainer = ({ container_id }: { container_id: string }): string => container_id;

/** A call that comes while another one of the RPC is under way gets the answer of that one, whatever was asked. */
const shared = (rpc: UnaryRpc): Plant =>
  overlapping(rpc, (earlier, { request, forward }, { shown }) => {
    if (isDeepStrictEqual(earlier.request, request)) return forward();
    shown();
    return earlier.answer;
  });

export const atOnceFaults: Fault[] = [
  {
    id: 'behaviour/runs-at-once-share-address',
    title: 'PodSandboxStatus gives pods that were run at once the same address',
    plant: (planting) => {
      const twins = new Map<string, string>();
      const addresses = new Map<string, string>();
      return together(
        overlapping('RunPodSandbox', async (earlier, { forward }) => {
          const [first, own] = await Promise.all([earlier.answer.catch(() => undefined), forward()]);
          if (first !== undefined) twins.set(own.pod_sandbox_id, first.pod_sandbox_id);
          return own;
        }),
        changeAnswer('PodSandboxStatus', async (answer, _, { cri }) => {
          const { status } = answer;
          const twin = twins.get(status?.id ?? '');
          if (!status?.network?.ip || twin === undefined) return answer;
          const first = await cri.runtime.PodSandboxStatus({ pod_sandbox_id: twin }).catch(() => undefined);
          const ip = first?.status?.network?.ip || addresses.get(twin);
          if (!ip) return answer;
          addresses.set(twin, ip);
          return { ...answer, status: { ...status, network: { ...status.network, ip } } };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/creates-at-once-same-name-both-made',
    title: 'of two CreateContainer at once with the same name and attempt each makes a container',
    plant: overlapping('CreateContainer', ({ request: earlier }, { request, forward }, { shown }) => {
      const { config, pod_sandbox_id } = request;
      if (!config?.metadata || pod_sandbox_id !== earlier.pod_sandbox_id) return forward();
      if (!isDeepStrictEqual(config.metadata, earlier.config?.metadata)) return forward();
      shown();
      const metadata = { ...config.metadata, name: `${config.metadata.name}-2` };
      return forward({ ...request, config: { ...config, metadata } });
    }),
  },
  {
    id: 'behaviour/runs-at-once-same-metadata-both-run',
    title: 'of two RunPodSandbox at once with the same metadata each runs a sandbox',
    plant: overlapping('RunPodSandbox', ({ request: earlier }, { request, forward }, { shown }) => {
      const { config } = request;
      if (!config?.metadata || !isDeepStrictEqual(config.metadata, earlier.config?.metadata)) return forward();
      shown();
      const metadata = { ...config.metadata, name: `${config.metadata.name}-2` };
      return forward({ ...request, config: { ...config, metadata } });
    }),
  },
  {
    id: 'behaviour/removes-at-once-one-lost',
    title: 'of two RemoveContainer at once, of different containers, the later says OK and does nothing',
    plant: laterLost('RemoveContainer', ofContainer),
  },
  {
    id: 'behaviour/stops-at-once-one-lost',
    title: 'of two StopContainer at once, of different containers, the later says OK and does nothing',
    plant: laterLost('StopContainer', ofContainer),
  },
  {
    id: 'behaviour/updates-at-once-one-lost',
    title: 'of two UpdateContainerResources at once, of different containers, the later says OK and does nothing',
    plant: laterLost('UpdateContainerResources', ofContainer),
  },
  {
    id: 'behaviour/reopens-at-once-one-lost',
    title: 'of two ReopenContainerLog at once, of different containers, the later says OK and does nothing',
    plant: laterLost('ReopenContainerLog', ofContainer),
  },
  {
    id: 'behaviour/stop-takes-namesakes-along',
    title: 'StopContainer stops containers of the same name in other pods, too',
    plant: handling('StopContainer', async ({ request, forward }, planting) => {
      const { runtime } = planting.cri;
      const own = await listedOf(planting, request.container_id);
      const answer = await forward();
      const { containers } = await runtime.ListContainers({ filter: { state: { state: 'CONTAINER_RUNNING' } } });
      const others = containers.filter(
        ({ id, metadata }) => own !== undefined && id !== own.id && metadata?.name === own.metadata?.name,
      );
      if (others.length > 0) planting.shown();
      await Promise.all(others.map(({ id }) => runtime.StopContainer({ container_id: id, timeout: 0 })));
      return answer;
    }),
  },
  {
    id: 'behaviour/lists-at-once-share-an-answer',
    title:
      'a ListContainers that comes while another one is under way gets the answer of that one, whatever its filter',
    plant: overlapping('ListContainers', async (earlier, { forward }, { shown }) => {
      const [said, right] = await Promise.all([earlier.answer, forward()]);
      const ids = ({ containers }: typeof said): string =>
        containers
          .map(({ id }) => id)
          .sort()
          .join();
      if (ids(said) !== ids(right)) shown();
      return said;
    }),
  },
  {
    id: 'behaviour/list-fails-during-remove',
    title: 'ListContainers is NotFound while a container is being removed',
    plant: failingDuring('RemoveContainer', 'ListContainers', 'container not found'),
  },
  {
    id: 'behaviour/statuses-at-once-share-an-answer',
    title: 'of two ContainerStatus at once, of different containers, the later gets the answer of the earlier',
    plant: shared('ContainerStatus'),
  },
  {
    id: 'behaviour/stats-lists-at-once-share-an-answer',
    title: 'of two ListContainerStats at once, the later gets the answer of the earlier, whatever its filter',
    plant: shared('ListContainerStats'),
  },
  {
    id: 'behaviour/pod-stats-at-once-share-an-answer',
    title: 'of two PodSandboxStats at once, of different sandboxes, the later gets the answer of the earlier',
    plant: shared('PodSandboxStats'),
  },
];
