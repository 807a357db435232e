import { Refusal, type Fault, type Planting } from '../fault.js';
import { knowingAge } from './relations.js';
import { acceptRepaired, changeAnswer, changeRefusal, changeRequest, handling, refuse, type Plant } from './shapes.js';

/* CreateContainer: what it accepts, what it leaves, which container its answer names. */

/** After a call that its client gave up, the name and attempt stay taken without a container. */
const reservedAfterCancel: Plant = ({ shown }) => {
  const reserved = new Set<string>();
  return {
    CreateContainer: async ({ request, forward, signal }) => {
      const { name, attempt } = request.config?.metadata ?? { name: '', attempt: 0 };
      const key = `${request.pod_sandbox_id}_${name}_${attempt}`;
      if (reserved.has(key)) {
        shown();
        throw new Refusal('ALREADY_EXISTS', `name ${key} is reserved`);
      }
      try {
        return await forward();
      } catch (error) {
        if (signal.aborted) reserved.add(key);
        throw error;
      }
    },
  };
};

/** The container in the same pod that has the name and, if asked for, the attempt. */
async function namesake(
  { cri }: Planting,
  pod_sandbox_id: string,
  wanted: (metadata: { name: string; attempt: number }) => boolean,
): Promise<string[]> {
  const { containers } = await cri.runtime.ListContainers({ filter: { pod_sandbox_id } });
  return containers.filter(({ metadata }) => metadata !== null && wanted(metadata)).map(({ id }) => id);
}

export const containerFaults: Fault[] = [
  {
    id: 'behaviour/create-starts',
    title: 'CreateContainer starts the container as well',
    plant: handling('CreateContainer', async ({ forward }, { cri, shown }) => {
      const answer = await forward();
      await cri.runtime.StartContainer(answer).then(shown, () => undefined);
      return answer;
    }),
  },
  {
    id: 'behaviour/create-returns-previous-id',
    title: 'CreateContainer returns the id of the container created before',
    plant: (planting) => {
      let previous: string | undefined;
      return changeAnswer('CreateContainer', ({ container_id }) => {
        const said = previous ?? container_id;
        previous = container_id;
        return { container_id: said };
      })(planting);
    },
  },
  {
    id: 'behaviour/create-returns-short-id',
    title: 'CreateContainer returns the first 12 digits of the id',
    plant: changeAnswer('CreateContainer', ({ container_id }) => ({ container_id: container_id.slice(0, 12) })),
  },
  {
    id: 'behaviour/create-again-returns-first',
    title: 'CreateContainer with a name and attempt that exist returns the container that has them',
    plant: changeRefusal('CreateContainer', async (_, { request }, planting) => {
      const own = request.config?.metadata;
      const [id] = await namesake(
        planting,
        request.pod_sandbox_id,
        ({ name, attempt }) => name === own?.name && attempt === own.attempt,
      );
      return id === undefined ? undefined : { container_id: id };
    }),
  },
  {
    id: 'behaviour/create-again-creates-second',
    title: 'CreateContainer with a name and attempt that exist creates a second container',
    plant: acceptRepaired('CreateContainer', (request, { message }) => {
      const { config } = request;
      if (!config?.metadata || !/reserved|exist/i.test(message)) return undefined;
      const metadata = { ...config.metadata, name: `${config.metadata.name}-2` };
      return { ...request, config: { ...config, metadata } };
    }),
  },
  {
    id: 'behaviour/create-refuses-next-attempt',
    title: 'CreateContainer refuses a name that an exited attempt in the sandbox has',
    plant: refuse(
      'CreateContainer',
      async ({ pod_sandbox_id, config }, planting) =>
        (await namesake(planting, pod_sandbox_id, ({ name }) => name === config?.metadata?.name)).length > 0,
      'ALREADY_EXISTS',
      'the container name is in use',
    ),
  },
  {
    id: 'behaviour/create-removes-last-attempt',
    title: 'CreateContainer removes earlier attempts of the container',
    plant: handling('CreateContainer', async ({ request, forward }, planting) => {
      const { pod_sandbox_id, config } = request;
      const earlier = await namesake(
        planting,
        pod_sandbox_id,
        ({ name, attempt }) => name === config?.metadata?.name && attempt < config.metadata.attempt,
      );
      const answer = await forward();
      if (earlier.length > 0) planting.shown();
      for (const container_id of earlier) await planting.cri.runtime.RemoveContainer({ container_id });
      return answer;
    }),
  },
  {
    id: 'behaviour/create-names-are-global',
    title: 'CreateContainer refuses a container name that another pod has',
    plant: refuse(
      'CreateContainer',
      async ({ pod_sandbox_id, config }, { cri }) => {
        const { containers } = await cri.runtime.ListContainers({});
        return containers.some(
          ({ metadata, pod_sandbox_id: pod }) => pod !== pod_sandbox_id && metadata?.name === config?.metadata?.name,
        );
      },
      'ALREADY_EXISTS',
      'the container name is in use',
    ),
  },
  {
    id: 'behaviour/create-cancelled-reserves-name',
    title: 'the name of a container whose CreateContainer was given up stays reserved for ever',
    source: 'cri-o#7010',
    plant: reservedAfterCancel,
  },
  {
    id: 'behaviour/create-removed-reserves-name',
    title: 'name and attempt of a removed container cannot be used again in its sandbox',
    plant: ({ shown }) => {
      const used = new Set<string>();
      return {
        CreateContainer: async ({ request, forward }) => {
          const { name, attempt } = request.config?.metadata ?? { name: '', attempt: 0 };
          const key = `${request.pod_sandbox_id}_${name}_${attempt}`;
          if (used.has(key)) {
            shown();
            throw new Refusal('ALREADY_EXISTS', `name ${key} is reserved`);
          }
          const answer = await forward();
          used.add(key);
          return answer;
        },
      };
    },
  },
  {
    id: 'behaviour/create-in-stopped-sandbox-accepted',
    title: 'CreateContainer in a stopped sandbox says OK',
    source: 'containerd#13599',
    plant: changeRefusal('CreateContainer', async (_, { request: { pod_sandbox_id } }, { cri }) => {
      const { status } = await cri.runtime.PodSandboxStatus({ pod_sandbox_id }).catch(() => ({ status: null }));
      return status?.state === 'SANDBOX_NOTREADY' ? { container_id: 'b'.repeat(64) } : undefined;
    }),
  },
  {
    id: 'behaviour/create-failed-stays-listed',
    title: 'a container whose creation was refused is listed all the same',
    plant: handling('CreateContainer', async ({ request, forward }, { cri, shown }) => {
      try {
        return await forward();
      } catch (error) {
        const { config } = request;
        const bare = { metadata: config?.metadata, image: config?.image, labels: config?.labels };
        await cri.runtime.CreateContainer({ ...request, config: bare }).then(shown, () => undefined);
        throw error;
      }
    }),
  },
  {
    id: 'behaviour/create-not-found-at-first',
    title: 'ContainerStatus does not know a container for half a second after CreateContainer',
    plant: knowingAge('CreateContainer', (ageOf) =>
      refuse('ContainerStatus', ({ container_id }) => ageOf(container_id) < 500, 'NOT_FOUND', 'container not found'),
    ),
  },
  {
    id: 'behaviour/create-ignores-missing-devices',
    title: 'CreateContainer leaves out devices that the node does not have',
    plant: acceptRepaired('CreateContainer', (request, { message }) => {
      const { config } = request;
      if (!config || !message.includes('/dev/')) return undefined;
      return { ...request, config: { ...config, devices: [] } };
    }),
  },
  {
    id: 'behaviour/create-forgets-log-path',
    title: 'CreateContainer writes the logs of all attempts to that of the first',
    plant: changeRequest('CreateContainer', (request) => {
      const { config } = request;
      if (!config?.metadata || config.metadata.attempt === 0) return request;
      return { ...request, config: { ...config, log_path: config.log_path.replace(/\d+\.log$/, '0.log') } };
    }),
  },
];
