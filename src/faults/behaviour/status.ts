import type { Container, ContainerStatus } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import {
  changeAnswer,
  changeContainerFacts,
  changeContainerStatus,
  changeListedContainers,
  changePodFacts,
  ended,
  handling,
  together,
  type Answer,
  type Asked,
  type Plant,
  type UnaryRpc,
} from './shapes.js';

/* What ContainerStatus and PodSandboxStatus say, where it is not a field that is simply left out. */

/** Answers each request for `ms` with what it answered the first time. */
function cached(rpc: UnaryRpc, ms: number): Plant {
  return (planting) => {
    const answers = new Map<string, { at: number; answer: Answer<UnaryRpc> }>();
    return changeAnswer(rpc, (answer, request) => {
      const key = keyOf(request);
      const old = answers.get(key);
      if (old !== undefined && Date.now() - old.at < ms) return old.answer;
      answers.set(key, { at: Date.now(), answer });
      return answer;
    })(planting);
  };
}

/** Answers with what the call before was answered, if it came within `ms`. */
function ofPreviousCall(rpc: UnaryRpc, ms: number): Plant {
  return (planting) => {
    let previous: { at: number; answer: Answer<UnaryRpc> } | undefined;
    return changeAnswer(rpc, (answer) => {
      const said = previous !== undefined && Date.now() - previous.at < ms ? previous.answer : answer;
      previous = { at: Date.now(), answer };
      return said;
    })(planting);
  };
}

const keyOf = (request: Asked<UnaryRpc>): string => JSON.stringify(request, (_, value: unknown) => String(value));

/** A process that ended by itself is noticed late, or never. */
const exitNoticedAfter = (ms: number): Plant =>
  changeContainerStatus((status) => {
    const since = Date.now() - Number(status.finished_at / 1_000_000n);
    if (!ended(status) || since > ms) return {};
    return { state: 'CONTAINER_RUNNING', finished_at: 0n, exit_code: 0, reason: '' };
  });

export const statusFaults: Fault[] = [
  {
    id: 'behaviour/status-cached',
    title: 'ContainerStatus repeats its last answer about a container for a second',
    plant: cached('ContainerStatus', 1_000),
  },
  {
    id: 'behaviour/sandbox-status-cached',
    title: 'PodSandboxStatus repeats its last answer about a sandbox for a second',
    plant: cached('PodSandboxStatus', 1_000),
  },
  {
    id: 'behaviour/status-of-previous-call',
    title: 'ContainerStatus answers with the container that was asked for just before',
    plant: ofPreviousCall('ContainerStatus', 200),
  },
  {
    id: 'behaviour/sandbox-status-of-previous-call',
    title: 'PodSandboxStatus answers with the sandbox that was asked for just before',
    plant: ofPreviousCall('PodSandboxStatus', 200),
  },
  {
    id: 'behaviour/exit-never-noticed',
    title: 'a container whose process ended by itself stays RUNNING',
    source: 'containerd#10025',
    plant: (planting) => {
      const stopped = new Set<string>();
      return together(
        handling('StopContainer', ({ request, forward }) => {
          stopped.add(request.container_id);
          return forward();
        }),
        changeContainerStatus((status) =>
          ended(status) && !stopped.has(status.id)
            ? { state: 'CONTAINER_RUNNING', finished_at: 0n, exit_code: 0, reason: '' }
            : {},
        ),
      )(planting);
    },
  },
  {
    id: 'behaviour/exit-noticed-late',
    title: 'a container whose process ended is RUNNING for another fifteen seconds',
    source: 'containerd#12678',
    plant: exitNoticedAfter(15_000),
  },
  {
    id: 'behaviour/exited-looks-unknown',
    title: 'an EXITED container has the state UNKNOWN',
    source: 'containerd#4655',
    plant: changeContainerFacts((facts) => (ended(facts) ? { state: 'CONTAINER_UNKNOWN' } : {})),
  },
  {
    id: 'behaviour/exited-looks-created',
    title: 'ListContainers shows an EXITED container as CREATED',
    plant: changeListedContainers((item) => (ended(item) ? { state: 'CONTAINER_CREATED' } : {})),
  },
  {
    id: 'behaviour/created-looks-running',
    title: 'a container that was never started looks RUNNING',
    plant: changeContainerFacts(({ state }) => (state === 'CONTAINER_CREATED' ? { state: 'CONTAINER_RUNNING' } : {})),
  },
  {
    id: 'behaviour/status-of-exited-not-found',
    title: 'ContainerStatus of an EXITED container is NotFound',
    plant: changeAnswer('ContainerStatus', (answer) => {
      if (answer.status?.state === 'CONTAINER_EXITED') throw new Refusal('NOT_FOUND', 'container not found');
      return answer;
    }),
  },
  {
    id: 'behaviour/status-mounts-only-while-running',
    title: 'ContainerStatus has no mounts once the container is EXITED',
    plant: changeContainerStatus((status) => (ended(status) ? { mounts: [] } : {})),
  },
  {
    id: 'behaviour/status-mounts-swapped',
    title: 'ContainerStatus.mounts have host_path and container_path the wrong way round',
    plant: changeContainerStatus(({ mounts }) => ({
      mounts: mounts.map((mount) => ({
        ...mount,
        host_path: mount.container_path,
        container_path: mount.host_path,
      })),
    })),
  },
  {
    id: 'behaviour/status-mounts-doubled',
    title: 'ContainerStatus.mounts has every mount twice',
    plant: changeContainerStatus(({ mounts }) => ({ mounts: [...mounts, ...mounts] })),
  },
  {
    id: 'behaviour/status-log-path-relative',
    title: 'ContainerStatus.log_path is relative to the log directory of the pod',
    plant: changeContainerStatus(({ log_path }) => ({ log_path: log_path.split('/').slice(-2).join('/') })),
  },
  {
    id: 'behaviour/status-log-path-of-first-attempt',
    title: 'ContainerStatus.log_path is always that of the first attempt',
    plant: changeContainerStatus(({ log_path }) => ({ log_path: log_path.replace(/\d+\.log$/, '0.log') })),
  },
  {
    id: 'behaviour/status-image-ref-does-not-resolve',
    title: 'image_ref of a container names no image that ImageStatus finds',
    source: 'cri-o#5479',
    plant: changeContainerFacts(({ image_ref }) => ({ image_ref: image_ref.replace(/^sha256:../, 'sha256:00') })),
  },
  {
    id: 'behaviour/status-image-of-last-container',
    title: 'ContainerStatus.image is that of the container asked for before',
    plant: (planting) => {
      let last: ContainerStatus['image'] = null;
      return changeContainerStatus(({ image }) => {
        const said = last ?? image;
        last = image;
        return { image: said };
      })(planting);
    },
  },
  {
    id: 'behaviour/status-info-always',
    title: 'ContainerStatus has info although nobody asked it to be verbose',
    plant: handling('ContainerStatus', ({ request, forward }, { shown }) => {
      if (!request.verbose) shown();
      return forward({ ...request, verbose: true });
    }),
  },
  {
    id: 'behaviour/sandbox-status-info-always',
    title: 'PodSandboxStatus has info although nobody asked it to be verbose',
    plant: handling('PodSandboxStatus', ({ request, forward }, { shown }) => {
      if (!request.verbose) shown();
      return forward({ ...request, verbose: true });
    }),
  },
  {
    id: 'behaviour/status-info-is-no-json',
    title: 'the values of info in a verbose ContainerStatus are no JSON',
    plant: changeAnswer('ContainerStatus', ({ info, ...answer }) => ({ ...answer, info: unquoted(info) })),
  },
  {
    id: 'behaviour/sandbox-status-info-is-no-json',
    title: 'the values of info in a verbose PodSandboxStatus are no JSON',
    plant: changeAnswer('PodSandboxStatus', ({ info, ...answer }) => ({ ...answer, info: unquoted(info) })),
  },
  {
    id: 'behaviour/sandbox-status-timestamp-without-containers',
    title: 'PodSandboxStatus has a timestamp, and no statuses of the containers',
    source: 'containerd#10728',
    plant: changeAnswer('PodSandboxStatus', (answer) => ({
      ...answer,
      timestamp: BigInt(Date.now()) * 1_000_000n,
      containers_statuses: [],
    })),
  },
  {
    id: 'behaviour/sandbox-status-running-containers-only',
    title: 'PodSandboxStatus has a timestamp, and the statuses of running containers only',
    source: 'containerd#10728',
    plant: changeAnswer('PodSandboxStatus', async (answer, { pod_sandbox_id }, { cri: { runtime } }) => {
      const { containers } = await runtime.ListContainers({
        filter: { pod_sandbox_id, state: { state: 'CONTAINER_RUNNING' } },
      });
      const statuses = containers.map(({ id }) => runtime.ContainerStatus({ container_id: id }));
      const containers_statuses = (await Promise.all(statuses)).flatMap(({ status }) => status ?? []);
      return { ...answer, timestamp: BigInt(Date.now()) * 1_000_000n, containers_statuses };
    }),
  },
  {
    id: 'behaviour/listing-of-neighbour',
    title: 'ListContainers gives every container the pod_sandbox_id of the first one listed',
    plant: changeListedContainers((_, all) => ({ pod_sandbox_id: all[0]?.pod_sandbox_id ?? '' })),
  },
  {
    id: 'behaviour/listing-has-short-ids',
    title: 'ListContainers has ids of 12 digits',
    plant: changeListedContainers(({ id }: Container) => ({ id: id.slice(0, 12) })),
  },
  {
    id: 'behaviour/sandbox-listing-has-short-ids',
    title: 'PodSandboxStatus and ListPodSandbox have ids of 12 digits',
    plant: changePodFacts(({ id }) => ({ id: id.slice(0, 12) })),
  },
  {
    id: 'behaviour/status-has-short-id',
    title: 'ContainerStatus has an id of 12 digits',
    plant: changeContainerStatus(({ id }) => ({ id: id.slice(0, 12) })),
  },
];

/** The text of JSON without its quotation marks, as Go's %v prints a map. */
function unquoted(info: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(info).map(([key, value]) => [key, value.replaceAll('"', '')]));
}
