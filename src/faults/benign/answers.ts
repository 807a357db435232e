import type { ContainerStats, PsiData } from '../../client/generated/types.js';
import { mountOf } from '../behaviour/directories.js';
import { changeImage } from '../behaviour/image-facts.js';
import { changeAnswer, changeContainerStatus, together } from '../behaviour/shapes.js';
import { changePodStats, changeStats } from '../behaviour/stats-facts.js';
import type { Fault } from '../fault.js';
import { deeply, everyCall } from './every-call.js';

/* What answers hold beyond, or in another form than, what most runtimes have. */

/** Times of events; the CRI says ns since the epoch and nothing of how fine the clock is. */
const TIMES = new Set(['created_at', 'started_at', 'finished_at', 'timestamp']);

const clock = (tick: bigint): Fault['plant'] =>
  everyCall({
    unary: async ({ forward }, _, { shown }) =>
      deeply(await forward(), (key, value) => {
        if (!TIMES.has(key) || typeof value !== 'bigint' || value % tick === 0n) return value;
        shown();
        return value - (value % tick);
      }) as object,
  });

/** No stall at all. */
const calm: PsiData = { Total: 0n, Avg10: 0, Avg60: 0, Avg300: 0 };
const psi = { Full: calm, Some: calm };

const withNewerFields = ({ cpu, memory }: ContainerStats): Partial<ContainerStats> => {
  const timestamp = cpu?.timestamp ?? 1n;
  return {
    cpu: cpu && { ...cpu, psi },
    memory: memory && { ...memory, psi },
    io: { timestamp, psi },
    swap: { timestamp, swap_available_bytes: { value: 0n }, swap_usage_bytes: { value: 0n } },
  };
};

export const answerVariations: Fault[] = [
  {
    id: 'benign/clock-ticks-in-microseconds',
    kind: 'clock',
    title: 'times are multiples of a microsecond: the CRI does not say how fine the clock is',
    plant: clock(1_000n),
  },
  {
    id: 'benign/clock-ticks-in-milliseconds',
    kind: 'clock',
    title: 'times are multiples of a millisecond: the CRI does not say how fine the clock is',
    plant: clock(1_000_000n),
  },
  {
    id: 'benign/status-has-more-conditions',
    title: "Status has a condition of the runtime's own, which is false",
    source: 'containerd 1.7: ContainerdHasNoDeprecationWarnings',
    plant: changeAnswer('Status', (answer) => ({
      ...answer,
      status: answer.status && {
        conditions: [
          {
            type: 'RuntimeHasNoDeprecationWarnings',
            status: false,
            reason: 'RuntimeHasDeprecationWarnings',
            message: '{"config":"v1"}',
          },
          ...answer.status.conditions,
        ],
      },
    })),
  },
  {
    id: 'benign/status-lists-handlers',
    title: 'Status lists runtime handlers and features, all of them without: since 1.30',
    source: 'api.proto: StatusResponse.runtime_handlers, features',
    plant: changeAnswer('Status', (answer) => {
      const features = { recursive_read_only_mounts: false, user_namespaces: false };
      return {
        ...answer,
        runtime_handlers: [
          { name: 'runc', features },
          { name: '', features },
        ],
        features: { supplemental_groups_policy: false, user_namespaces_host_network: false },
      };
    }),
  },
  {
    id: 'benign/info-has-more-keys',
    title: 'verbose answers have more keys in info: they are free-form',
    source: 'api.proto: StatusResponse.info, ContainerStatusResponse.info',
    plant: (planting) => {
      const more = <T extends { info: Record<string, string> }>(answer: T, { verbose }: { verbose: boolean }): T =>
        verbose ? { ...answer, info: { ...answer.info, build: '{"compiler":"1.25"}', note: '"x"' } } : answer;
      return together(
        changeAnswer('Status', more),
        changeAnswer('PodSandboxStatus', more),
        changeAnswer('ContainerStatus', more),
        changeAnswer('ImageStatus', (answer, request) => (answer.image === null ? answer : more(answer, request))),
      )(planting);
    },
  },
  {
    id: 'benign/unknown-fields',
    title: 'every answer has a field that the schema lacks: a runtime may be newer than its client',
    source: 'Protocol Buffers: unknown fields',
    // Field 1000 with wire type 2, five bytes.
    finish: (answer) => Buffer.concat([answer, Buffer.from([0xc2, 0x3e, 5]), Buffer.from('later')]),
    plant: everyCall({
      unary: ({ forward }, _, { shown }) => {
        shown();
        return forward();
      },
    }),
  },
  {
    id: 'benign/version-of-a-build',
    title: 'runtime_version has a leading v, a pre-release and a build: a semantic version all the same',
    plant: changeAnswer('Version', (answer) => ({ ...answer, runtime_version: 'v2.3.4-rc.1+vendor.5' })),
  },
  {
    id: 'benign/containers-tell-why',
    title: 'containers that were created or run have a reason and a message, too',
    source: 'api.proto: ContainerStatus.reason, message',
    plant: changeContainerStatus(({ state, reason, message }) =>
      state === 'CONTAINER_EXITED'
        ? { message: message === '' ? 'the process has ended' : message }
        : { reason: reason === '' ? 'AsRequested' : reason, message: message === '' ? 'as requested' : message },
    ),
  },
  {
    id: 'benign/container-mounts-of-the-runtime',
    title: 'mounts in ContainerStatus has those that the runtime adds itself',
    source: 'api.proto: ContainerStatus.mounts',
    plant: changeContainerStatus(({ mounts }) => ({
      mounts: [...mounts, mountOf('/run/runtime/resolv.conf', '/etc/resolv.conf')],
    })),
  },
  {
    id: 'benign/container-image-ref-by-id',
    title: 'image_ref of containers is the id of the image in place of its reference by digest',
    source: 'api.proto: ContainerStatus.image_ref',
    plant: changeContainerStatus(async ({ image_ref }, { cri }) => {
      const { image } = await cri.image.ImageStatus({ image: { image: image_ref } });
      return { image_ref: image?.id ?? image_ref };
    }),
  },
  {
    id: 'benign/images-have-a-spec',
    title: 'images have a spec with annotations',
    source: 'api.proto: Image.spec',
    plant: changeImage(({ id }) => ({
      spec: {
        image: id,
        annotations: { 'org.opencontainers.image.title': 'x' },
        user_specified_image: '',
        runtime_handler: '',
        image_ref: '',
      },
    })),
  },
  {
    id: 'benign/sandbox-image-is-pinned',
    title: 'the image of sandboxes is pinned',
    source: 'api.proto: Image.pinned',
    plant: changeImage(({ repo_tags, pinned }) => ({
      pinned: pinned || repo_tags.some((tag) => /\/(sandbox|pause):/.test(tag)),
    })),
  },
  {
    id: 'benign/image-size-with-metadata',
    title: 'the size of an image counts 8 KiB of metadata: the CRI does not say what belongs to it',
    plant: changeImage(({ size }) => ({ size: size + 8192n })),
  },
  {
    id: 'benign/image-filesystem-is-split',
    title: 'writable layers lie on another filesystem than images, and ImageFsInfo shows both',
    source: 'KEP-4191',
    plant: changeAnswer('ImageFsInfo', (answer) => ({
      ...answer,
      container_filesystems: answer.image_filesystems.map(({ timestamp, inodes_used }) => ({
        timestamp,
        fs_id: { mountpoint: '/' },
        used_bytes: { value: 1_000_000n },
        inodes_used,
      })),
    })),
  },
  {
    id: 'benign/stats-have-newer-fields',
    title: 'stats have pressure, I/O and swap: since 1.33 and 1.28',
    source: 'api.proto: PsiStats, IoUsage, SwapUsage',
    plant: together(
      changeStats(withNewerFields),
      changePodStats(({ cpu, memory, containers }) => ({
        cpu: cpu && { ...cpu, psi },
        memory: memory && { ...memory, psi },
        containers: containers.map((stats) => ({ ...stats, ...withNewerFields(stats) })),
      })),
    ),
  },
  {
    id: 'benign/stats-list-running-only',
    title: 'ListContainerStats has running containers alone',
    source: 'api.proto: RuntimeService.ListContainerStats',
    plant: changeAnswer('ListContainerStats', async ({ stats }, _, { cri }) => {
      const { containers } = await cri.runtime.ListContainers({ filter: { state: { state: 'CONTAINER_RUNNING' } } });
      const running = new Set(containers.map(({ id }) => id));
      return { stats: stats.filter(({ attributes }) => running.has(attributes?.id ?? '')) };
    }),
  },
  {
    id: 'benign/streaming-urls-name-localhost',
    title: 'streaming URLs name localhost in place of its address',
    plant: (planting) => {
      const named = ({ url }: { url: string }): { url: string } => ({ url: url.replace('127.0.0.1', 'localhost') });
      return together(
        changeAnswer('Exec', named),
        changeAnswer('Attach', named),
        changeAnswer('PortForward', named),
      )(planting);
    },
  },
];
