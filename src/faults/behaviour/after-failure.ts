import { Refusal, type Fault } from '../fault.js';
import { changeConditions, failing } from './info.js';
import { listedOf, namedIn } from './relations.js';
import { handling, refuse, together, type Plant, type UnaryRpc } from './shapes.js';

/* What a call that failed, or a container that did, leaves in the way of the next CreateContainer. */

/** A name that a CreateContainer was refused for stays reserved. */
const namesKept: Plant = (planting) => {
  const kept = new Set<string>();
  return handling('CreateContainer', async ({ request: { config, pod_sandbox_id }, forward, signal }) => {
    const key = `${namedIn(pod_sandbox_id, config?.metadata ?? null)} ${config?.metadata?.attempt}`;
    if (kept.has(key)) {
      planting.shown();
      throw new Refusal('UNKNOWN', `failed to reserve container name "${config?.metadata?.name}"`);
    }
    try {
      return await forward();
    } catch (error) {
      if (!signal.aborted && !String(error).includes('reserve')) kept.add(key);
      throw error;
    }
  })(planting);
};

/** After a start that failed no further attempt of the container can be created. */
const noNextAfterFailure: Plant = (planting) => {
  const failed = new Set<string>();
  return together(
    handling('StartContainer', async ({ request: { container_id }, forward, signal }) => {
      const own = await listedOf(planting, container_id);
      try {
        return await forward();
      } catch (error) {
        if (own?.id === container_id && own.state === 'CONTAINER_CREATED' && !signal.aborted) {
          failed.add(namedIn(own.pod_sandbox_id, own.metadata));
        }
        throw error;
      }
    }),
    refuse(
      'CreateContainer',
      ({ pod_sandbox_id, config }) => failed.has(namedIn(pod_sandbox_id, config?.metadata ?? null)),
      'UNKNOWN',
      'failed to create containerd container: the last one is in an unknown state',
    ),
  )(planting);
};

/** RuntimeReady is false for a while after a call that was refused. */
function unreadyAfterFailure(rpc: UnaryRpc): Plant {
  return (planting) => {
    let until = 0;
    return together(
      handling(rpc, async ({ forward }) => {
        try {
          return await forward();
        } catch (error) {
          until = Date.now() + 5_000;
          throw error;
        }
      }),
      changeConditions((all) => (Date.now() < until ? failing('RuntimeReady', all) : all)),
    )(planting);
  };
}

export const afterFailureFaults: Fault[] = [
  {
    id: 'behaviour/create-failed-reserves-name',
    title: 'after a CreateContainer that was refused, name and attempt stay reserved in the sandbox',
    plant: namesKept,
  },
  {
    id: 'behaviour/create-after-failed-start-refused',
    title: 'CreateContainer refuses the next attempt of a container whose start failed',
    plant: noNextAfterFailure,
  },
  {
    // The kubelet restarts what was killed for its memory in the same sandbox.
    id: 'behaviour/create-after-oom-refused',
    title: 'CreateContainer fails in a pod in which a container was OOMKilled',
    plant: refuse(
      'CreateContainer',
      async ({ pod_sandbox_id }, { cri: { runtime } }) => {
        const filter = { pod_sandbox_id, state: { state: 'CONTAINER_EXITED' as const } };
        const { containers } = await runtime.ListContainers({ filter });
        const told = containers.map(({ id }) => runtime.ContainerStatus({ container_id: id }).catch(() => undefined));
        return (await Promise.all(told)).some((answer) => answer?.status?.reason === 'OOMKilled');
      },
      'UNKNOWN',
      'failed to create containerd task: cgroup of the pod is gone',
    ),
  },
  {
    id: 'behaviour/runtime-not-ready-after-failed-create',
    title: 'RuntimeReady is false for five seconds after a CreateContainer that was refused',
    plant: unreadyAfterFailure('CreateContainer'),
  },
  {
    id: 'behaviour/runtime-not-ready-after-failed-run',
    title: 'RuntimeReady is false for five seconds after a RunPodSandbox that was refused',
    plant: unreadyAfterFailure('RunPodSandbox'),
  },
  {
    id: 'behaviour/runtime-not-ready-after-failed-start',
    title: 'RuntimeReady is false for five seconds after a StartContainer that was refused',
    plant: unreadyAfterFailure('StartContainer'),
  },
  {
    id: 'behaviour/runtime-not-ready-after-failed-pull',
    title: 'RuntimeReady is false for five seconds after a PullImage that was refused',
    plant: unreadyAfterFailure('PullImage'),
  },
];
