import type { Container, NamespaceMode, NamespaceOption } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import {
  acceptRepaired,
  changeContainerSecurity,
  changePodSecurity,
  changePodStatus,
  changeRequest,
  stateOf,
  type Plant,
} from './shapes.js';

/* Namespaces that are not the ones that were asked for, while the status tells those that were. */

type Change = (options: NamespaceOption) => Partial<NamespaceOption>;

const ofContainers = (change: Change): Plant =>
  changeContainerSecurity(({ namespace_options: options }) =>
    options ? { namespace_options: { ...options, ...change(options) } } : {},
  );

/** Of sandboxes and their containers alike; PodSandboxStatus repeats the request. */
function everywhere(change: Change): Plant {
  return (planting) => {
    const asked = new Map<string, NamespaceOption>();
    const run = changePodSecurity(({ namespace_options: options }) =>
      options ? { namespace_options: { ...options, ...change(options) } } : {},
    )(planting);
    return {
      ...run,
      ...ofContainers(change)(planting),
      ...changePodStatus(({ id, linux }) => {
        const options = asked.get(id);
        return linux && options ? { linux: { namespaces: { options } } } : {};
      })({ ...planting, shown: () => undefined }),
      RunPodSandbox: async (call) => {
        const answer = await (run.RunPodSandbox?.(call) ?? call.forward());
        const options = call.request.config?.linux?.security_context?.namespace_options;
        if (options && answer.pod_sandbox_id !== undefined) asked.set(answer.pod_sandbox_id, options);
        return answer;
      },
    };
  };
}

const mode =
  (kind: 'pid' | 'ipc', from: NamespaceMode, to: NamespaceMode): Change =>
  (options) =>
    options[kind] === from ? { [kind]: to } : {};

/** The target that a container with pid TARGET joins, chosen among the running ones of its pod, oldest first. */
function retargeted(choose: (running: Container[]) => Container | undefined): Plant {
  return changeRequest('CreateContainer', async (request, { cri }) => {
    const { config, pod_sandbox_id } = request;
    const context = config?.linux?.security_context;
    if (!config?.linux || context?.namespace_options?.pid !== 'TARGET') return request;
    const { containers } = await cri.runtime.ListContainers({
      filter: { pod_sandbox_id, state: { state: 'CONTAINER_RUNNING' } },
    });
    const target = choose(containers.sort((a, b) => Number(a.created_at - b.created_at)));
    const target_id = target?.id ?? context.namespace_options.target_id;
    const security_context = { ...context, namespace_options: { ...context.namespace_options, target_id } };
    return { ...request, config: { ...config, linux: { ...config.linux, security_context } } };
  });
}

/** PodSandboxStatus tells other modes than those that were asked for. */
const told = (change: Change): Plant =>
  changePodStatus(({ linux }) => {
    const options = linux?.namespaces?.options;
    return options ? { linux: { namespaces: { options: { ...options, ...change(options) } } } } : {};
  });

export const namespaceFaults: Fault[] = [
  {
    id: 'behaviour/ipc-told-is-network',
    title: 'PodSandboxStatus tells the network mode of a sandbox for its ipc mode, too',
    plant: told(({ network }) => ({ ipc: network })),
  },
  {
    id: 'behaviour/pid-told-follows-network',
    title: 'PodSandboxStatus tells pid POD for sandboxes on the network of the node, and CONTAINER for others',
    plant: told(({ network }) => ({ pid: network === 'NODE' ? 'POD' : 'CONTAINER' })),
  },
  {
    id: 'behaviour/pid-container-is-pod',
    title: 'containers with pid CONTAINER share the processes of their pod',
    plant: everywhere(mode('pid', 'CONTAINER', 'POD')),
  },
  {
    id: 'behaviour/pid-container-is-node',
    title: 'containers with pid CONTAINER are in the process namespace of the node',
    plant: everywhere(mode('pid', 'CONTAINER', 'NODE')),
  },
  {
    id: 'behaviour/pid-pod-is-container',
    title: 'containers with pid POD have a process namespace each',
    plant: everywhere(mode('pid', 'POD', 'CONTAINER')),
  },
  {
    id: 'behaviour/pid-pod-of-third-container-is-container',
    title: 'from the third container of a pod on, pid POD is a process namespace of its own',
    plant: changeRequest('CreateContainer', async (request, { cri }) => {
      const { config, pod_sandbox_id } = request;
      const context = config?.linux?.security_context;
      const options = context?.namespace_options;
      if (!config?.linux || !context || options?.pid !== 'POD') return request;
      const { containers } = await cri.runtime.ListContainers({ filter: { pod_sandbox_id } });
      if (containers.length < 2) return request;
      const security_context = { ...context, namespace_options: { ...options, pid: 'CONTAINER' as const } };
      return { ...request, config: { ...config, linux: { ...config.linux, security_context } } };
    }),
  },
  {
    id: 'behaviour/pid-pod-is-node',
    title: 'containers with pid POD are in the process namespace of the node',
    plant: everywhere(mode('pid', 'POD', 'NODE')),
  },
  {
    id: 'behaviour/pid-node-is-pod',
    title: 'containers with pid NODE share the processes of their pod only',
    plant: everywhere(mode('pid', 'NODE', 'POD')),
  },
  {
    id: 'behaviour/pid-target-is-container',
    title: 'containers with pid TARGET have a process namespace of their own',
    plant: ofContainers(mode('pid', 'TARGET', 'CONTAINER')),
  },
  {
    id: 'behaviour/pid-target-is-pod',
    title: 'containers with pid TARGET join the process namespace of the sandbox',
    plant: ofContainers(mode('pid', 'TARGET', 'POD')),
  },
  {
    id: 'behaviour/pid-target-is-the-first',
    title: 'containers with pid TARGET join the oldest container of the pod',
    plant: retargeted((running) => running[0]),
  },
  {
    id: 'behaviour/pid-target-is-the-newest',
    title: 'containers with pid TARGET join the newest container of the pod',
    plant: retargeted((running) => running.at(-1)),
  },
  {
    id: 'behaviour/pid-target-refused-is-container',
    title: 'a container whose target does not exist, or is in another pod, gets a process namespace of its own',
    plant: acceptRepaired('CreateContainer', (request) => {
      const { config } = request;
      const context = config?.linux?.security_context;
      if (!config?.linux || context?.namespace_options?.pid !== 'TARGET') return undefined;
      const namespace_options = { ...context.namespace_options, pid: 'CONTAINER' as const, target_id: '' };
      const linux = { ...config.linux, security_context: { ...context, namespace_options } };
      return { ...request, config: { ...config, linux } };
    }),
  },
  {
    id: 'behaviour/pid-target-ended-is-container',
    title: 'a container whose target has ended gets a process namespace of its own',
    plant: changeRequest('CreateContainer', async (request, planting) => {
      const { config } = request;
      const context = config?.linux?.security_context;
      const options = context?.namespace_options;
      if (!config?.linux || !context || options?.pid !== 'TARGET') return request;
      if ((await stateOf(planting, options.target_id)) !== 'CONTAINER_EXITED') return request;
      const namespace_options = { ...options, pid: 'CONTAINER' as const, target_id: '' };
      return {
        ...request,
        config: { ...config, linux: { ...config.linux, security_context: { ...context, namespace_options } } },
      };
    }),
  },
  {
    id: 'behaviour/ipc-pod-is-node',
    title: 'pods with ipc POD are in the IPC namespace of the node',
    plant: everywhere(mode('ipc', 'POD', 'NODE')),
  },
  {
    id: 'behaviour/ipc-node-is-pod',
    title: 'pods with ipc NODE have an IPC namespace of their own',
    plant: everywhere(mode('ipc', 'NODE', 'POD')),
  },
  {
    id: 'behaviour/ipc-of-containers-is-node',
    title: 'containers with ipc POD are in the IPC namespace of the node, while their sandbox is not',
    plant: ofContainers(mode('ipc', 'POD', 'NODE')),
  },
  {
    id: 'behaviour/network-pod-is-node',
    title: 'pods with network POD are on the network of the node',
    plant: everywhere(({ network }) => (network === 'POD' ? { network: 'NODE' } : {})),
  },
  {
    id: 'behaviour/network-node-is-pod',
    title: 'pods with network NODE have a network of their own',
    plant: everywhere(({ network }) => (network === 'NODE' ? { network: 'POD' } : {})),
  },
  {
    id: 'behaviour/namespaces-of-containers-from-sandbox',
    title: 'containers get the pid mode of their sandbox, whatever their own config says',
    plant: changeContainerSecurity(({ namespace_options: own }, _, { sandbox_config }) => {
      const options = sandbox_config?.linux?.security_context?.namespace_options;
      return own && options ? { namespace_options: { ...own, pid: options.pid, target_id: '' } } : {};
    }),
  },
];
