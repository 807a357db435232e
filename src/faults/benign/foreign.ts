import type {
  Container,
  ContainerStats,
  ContainerStatus,
  Image,
  PodSandbox,
  PodSandboxStats,
  PodSandboxStatus,
} from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { changeFound, changeListed } from '../behaviour/image-facts.js';
import { changeAnswer, changeRefusal, together, type Plant } from '../behaviour/shapes.js';

/* Pods, containers and images that others run on the node: specs are guests there. */

const POD = 'f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0f';
const CONTAINER = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';
const IMAGE = 'sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
const NAME = 'registry.example.com/team/web';

const labels = {
  'io.kubernetes.pod.name': 'web-0',
  'io.kubernetes.pod.namespace': 'production',
  'io.kubernetes.pod.uid': '5c1e6a5e-0000-4000-8000-1234567890ab',
  app: 'web',
};
const annotations = { 'example.com/owner': 'somebody else' };
const metadata = { name: 'web-0', uid: labels['io.kubernetes.pod.uid'], namespace: 'production', attempt: 2 };
const name = { name: 'web', attempt: 5 };
const spec = { image: `${NAME}:v1`, annotations: {}, user_specified_image: '', runtime_handler: '', image_ref: '' };

interface Things {
  pod: PodSandbox;
  container: Container;
  image: Image;
}

/** Made some minutes ago, of every kind one. */
function foreignThings(): Things {
  const created_at = BigInt(Date.now() - 600_000) * 1_000_000n;
  const common = { created_at, labels, annotations };
  return {
    pod: { ...common, id: POD, metadata, state: 'SANDBOX_READY', runtime_handler: '' },
    container: {
      ...common,
      id: CONTAINER,
      pod_sandbox_id: POD,
      metadata: name,
      image: spec,
      image_ref: IMAGE,
      image_id: IMAGE,
      state: 'CONTAINER_RUNNING',
    },
    image: {
      id: IMAGE,
      repo_tags: [`${NAME}:v1`, `${NAME}:latest`],
      repo_digests: [`${NAME}@${IMAGE}`],
      size: 123_456_789n,
      uid: null,
      username: 'web',
      spec: null,
      pinned: false,
    },
  };
}

/** Whether something foreign passes a filter of ours. */
function passes(
  thing: { id: string; labels: Record<string, string>; state?: string; pod_sandbox_id?: string },
  filter: {
    id?: string;
    label_selector?: Record<string, string>;
    state?: { state: string } | null;
    pod_sandbox_id?: string;
  } | null,
): boolean {
  const wanted = Object.entries(filter?.label_selector ?? {});
  return (
    (!filter?.id || filter.id === thing.id) &&
    (!filter?.state || filter.state.state === thing.state) &&
    (!filter?.pod_sandbox_id || filter.pod_sandbox_id === thing.pod_sandbox_id) &&
    wanted.every(([key, value]) => thing.labels[key] === value)
  );
}

function statsOf({ container }: Things): ContainerStats {
  const timestamp = BigInt(Date.now()) * 1_000_000n;
  const of = (value: bigint): { value: bigint } => ({ value });
  return {
    attributes: { id: CONTAINER, metadata: container.metadata, labels, annotations },
    cpu: { timestamp, usage_core_nano_seconds: of(9_000_000_000n), usage_nano_cores: of(1_000_000n), psi: null },
    memory: {
      timestamp,
      working_set_bytes: of(50_000_000n),
      available_bytes: null,
      usage_bytes: of(60_000_000n),
      rss_bytes: of(40_000_000n),
      page_faults: of(5_000n),
      major_page_faults: of(3n),
      psi: null,
    },
    writable_layer: null,
    swap: null,
    io: null,
  };
}

function podStatsOf(things: Things): PodSandboxStats {
  const own = statsOf(things);
  const linux = { cpu: own.cpu, memory: own.memory, network: null, process: null, containers: [own], io: null };
  return { attributes: { id: POD, metadata, labels, annotations }, linux, windows: null };
}

/** In every list, where its filter lets them. */
function listed(things: () => Things): Plant {
  const say = ({ shown }: Planting, there: boolean): boolean => {
    if (there) shown();
    return there;
  };
  return together(
    changeAnswer('ListPodSandbox', ({ items }, { filter }, planting) => {
      const { pod } = things();
      return { items: say(planting, passes(pod, filter)) ? [...items, pod] : items };
    }),
    changeAnswer('ListContainers', ({ containers }, { filter }, planting) => {
      const { container } = things();
      return { containers: say(planting, passes(container, filter)) ? [container, ...containers] : containers };
    }),
    changeAnswer('ListContainerStats', ({ stats }, { filter }, planting) => {
      const all = things();
      return { stats: say(planting, passes(all.container, filter)) ? [statsOf(all), ...stats] : stats };
    }),
    changeAnswer('ListPodSandboxStats', ({ stats }, { filter }, planting) => {
      const all = things();
      return { stats: say(planting, passes(all.pod, filter)) ? [...stats, podStatsOf(all)] : stats };
    }),
    changeAnswer('ListImages', (answer, { filter }, planting) =>
      say(planting, filter?.image == null) ? { images: [things().image, ...answer.images] } : answer,
    ),
  );
}

function podStatusOf({ pod }: Things): PodSandboxStatus {
  return { ...pod, network: { ip: '192.0.2.7', additional_ips: [] }, linux: null };
}

function containerStatusOf({ container }: Things): ContainerStatus {
  const { pod_sandbox_id: _pod, ...facts } = container;
  const since = facts.created_at + 1_000_000_000n;
  const times = { started_at: since, finished_at: 0n, exit_code: 0, reason: '', message: '' };
  const rest = { mounts: [], resources: null, user: null, stop_signal: 'RUNTIME_DEFAULT' } as const;
  return { ...facts, ...times, ...rest, mounts: [], log_path: '/var/log/pods/production_web-0/web/5.log' };
}

export const foreignVariations: Fault[] = [
  {
    id: 'benign/foreign-things',
    kind: 'foreign',
    title: 'other clients run a pod with a container of an image of theirs, which every list and status shows',
    plant: (planting) => {
      const things = foreignThings();
      return together(
        listed(() => things),
        changeRefusal('PodSandboxStatus', (_, { request }) =>
          request.pod_sandbox_id === POD ? { status: podStatusOf(things), info: {} } : undefined,
        ),
        changeRefusal('ContainerStatus', (_, { request }) =>
          request.container_id === CONTAINER ? { status: containerStatusOf(things), info: {} } : undefined,
        ),
        changeFound((image, reference) => {
          const names = [things.image.id, ...things.image.repo_tags, ...things.image.repo_digests];
          return names.includes(reference) ? things.image : image;
        }),
      )(planting);
    },
  },
  {
    id: 'benign/foreign-things-vanish',
    kind: 'foreign',
    title: 'pods, containers and images of other clients are in every list, and gone when their status is asked for',
    plant: (planting) => listed(foreignThings)(planting),
  },
  {
    id: 'benign/foreign-images-without-names',
    title: 'images of other clients have neither tag nor digest, as left by builds',
    source: 'api.proto: Image.repo_tags, Image.repo_digests',
    plant: changeListed((images) => [...images, { ...foreignThings().image, repo_tags: [], repo_digests: [] }]),
  },
  {
    id: 'benign/foreign-things-without-metadata',
    title: 'sandboxes and containers that are being made have no labels yet, in every list without filter',
    plant: together(
      changeAnswer('ListPodSandbox', (answer, { filter }) => {
        const { pod } = foreignThings();
        const made = { ...pod, labels: {}, annotations: {}, state: 'SANDBOX_NOTREADY' } as const;
        return passes(made, filter) ? { items: [...answer.items, made] } : answer;
      }),
      changeAnswer('ListContainers', (answer, { filter }) => {
        const { container } = foreignThings();
        const made = { ...container, labels: {}, annotations: {}, state: 'CONTAINER_UNKNOWN' } as const;
        return passes(made, filter) ? { containers: [...answer.containers, made] } : answer;
      }),
    ),
  },
];
