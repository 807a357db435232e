import type { PodSandboxConfig } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { failingDuring, laterLost, ofOnePod, overlapping } from './relations.js';
import { changeAnswer, handling, type Plant } from './shapes.js';

/* Pods beside each other: calls that overlap, and pods of one name. */

const ofSandbox = ({ pod_sandbox_id }: { pod_sandbox_id: string }): string => pod_sandbox_id;

/** The call does the same to pods of the same name in other namespaces or of another uid. */
const takesNamesakes = (rpc: 'StopPodSandbox' | 'RemovePodSandbox'): Plant =>
  handling(rpc, async ({ request, forward }, { cri: { runtime }, shown }) => {
    const { items } = await runtime.ListPodSandbox({});
    const own = items.find(({ id }) => id === request.pod_sandbox_id);
    const answer = await forward();
    for (const other of items) {
      if (!own || other.id === own.id || other.metadata?.name !== own.metadata?.name || ofOnePod(other, own)) continue;
      shown();
      await runtime[rpc]({ pod_sandbox_id: other.id });
    }
    return answer;
  });

/** Of RunPodSandbox calls that overlap, the later one is made with something of the earlier one. */
const runsShare = (field: keyof PodSandboxConfig): Plant =>
  overlapping('RunPodSandbox', ({ request: earlier }, { request, forward }, { shown }) => {
    const [first, own] = [earlier.config, request.config];
    if (first === null || own === null || JSON.stringify(first[field], big) === JSON.stringify(own[field], big))
      return forward();
    shown();
    return forward({ ...request, config: { ...own, [field]: first[field] } });
  });

const big = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

export const podsBesideFaults: Fault[] = [
  {
    id: 'behaviour/runs-at-once-one-refused',
    title: 'RunPodSandbox refuses a second pod while another one is being set up',
    plant: ({ shown }) => {
      let busy = 0;
      return {
        RunPodSandbox: async ({ forward }) => {
          if (busy > 0) {
            shown();
            throw new Refusal('UNKNOWN', 'network setup in progress');
          }
          busy += 1;
          try {
            return await forward();
          } finally {
            busy -= 1;
          }
        },
      };
    },
  },
  {
    id: 'behaviour/stop-sandboxes-at-once-one-lost',
    title: 'of two StopPodSandbox at once, of different sandboxes, the later says OK and does nothing',
    plant: laterLost('StopPodSandbox', ofSandbox),
  },
  {
    id: 'behaviour/remove-sandboxes-at-once-one-lost',
    title: 'of two RemovePodSandbox at once, of different sandboxes, the later says OK and does nothing',
    plant: laterLost('RemovePodSandbox', ofSandbox),
  },
  {
    id: 'behaviour/list-sandboxes-fails-during-run',
    title: 'ListPodSandbox is NotFound while a sandbox is being run',
    plant: failingDuring('RunPodSandbox', 'ListPodSandbox', 'sandbox not found'),
  },
  {
    id: 'behaviour/runs-at-once-share-labels',
    title: 'of two RunPodSandbox at once the later sandbox gets the labels of the earlier',
    plant: runsShare('labels'),
  },
  {
    id: 'behaviour/runs-at-once-share-dns-config',
    title: 'of two RunPodSandbox at once the later sandbox gets the resolv.conf of the earlier',
    plant: runsShare('dns_config'),
  },
  {
    id: 'behaviour/stop-sandbox-takes-namesakes-along',
    title: 'StopPodSandbox stops pods of the same name in other namespaces, too',
    plant: takesNamesakes('StopPodSandbox'),
  },
  {
    id: 'behaviour/list-sandboxes-of-one-namespace',
    title: 'ListPodSandbox without a filter lists the sandboxes of one namespace only, that of the first',
    plant: changeAnswer('ListPodSandbox', ({ items }) => ({
      items: items.filter(({ metadata }) => metadata?.namespace === items[0]?.metadata?.namespace),
    })),
  },
];
