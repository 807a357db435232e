import type { Input } from '../../client/cri.js';
import type { Fault, Planting } from '../fault.js';
import { listedOf } from './relations.js';
import { changeRefusal, changeRequest, handling, type Answer, type Plant } from './shapes.js';

/* Ids that are looked up too generously: by their beginning, among names, or among things of the other kind. */

/** As many digits of an id as are often shown. */
const DIGITS = 12;

type Known = { id: string; metadata: { name: string; uid?: string } | null };
type Lookup = (asked: string, known: readonly Known[]) => Known | undefined;

const byBeginning: Lookup = (asked, known) =>
  asked.length > DIGITS ? known.find(({ id }) => id.slice(0, DIGITS) === asked.slice(0, DIGITS)) : undefined;

const byName: Lookup = (asked, known) =>
  asked === '' ? undefined : known.find(({ metadata }) => metadata?.name === asked || metadata?.uid === asked);

const containers = async ({ cri }: Planting): Promise<Known[]> => (await cri.runtime.ListContainers({})).containers;
const sandboxes = async ({ cri }: Planting): Promise<Known[]> => (await cri.runtime.ListPodSandbox({})).items;

/** The id of what is found under one that nothing has, or that one itself. */
async function found(asked: string, known: Promise<Known[]>, lookup: Lookup): Promise<string> {
  const all = await known;
  return all.some(({ id }) => id === asked) ? asked : (lookup(asked, all)?.id ?? asked);
}

type OfContainer =
  | 'ContainerStatus'
  | 'StopContainer'
  | 'RemoveContainer'
  | 'Exec'
  | 'Attach'
  | 'ReopenContainerLog'
  | 'StartContainer'
  | 'UpdateContainerResources';
type OfSandbox = 'PodSandboxStatus' | 'StopPodSandbox' | 'RemovePodSandbox' | 'PortForward' | 'CreateContainer';

const ofContainer = (rpc: OfContainer, lookup: Lookup): Plant =>
  changeRequest<OfContainer>(rpc, async (request, planting) => ({
    ...request,
    container_id: await found(request.container_id, containers(planting), lookup),
  }));

const ofSandbox = (rpc: OfSandbox, lookup: Lookup): Plant =>
  changeRequest<OfSandbox>(rpc, async (request, planting) => ({
    ...request,
    pod_sandbox_id: await found(request.pod_sandbox_id, sandboxes(planting), lookup),
  }));

/** The id of a sandbox in the filter of a list of containers. */
const ofListOfPod = (rpc: 'ListContainers' | 'ListContainerStats'): Plant =>
  changeRequest(rpc, async (request, planting) => {
    const { filter } = request;
    if (!filter?.pod_sandbox_id) return request;
    const pod_sandbox_id = await found(filter.pod_sandbox_id, sandboxes(planting), byBeginning);
    return { ...request, filter: { ...filter, pod_sandbox_id } };
  });

/** The id in the filter of a list. */
const ofList = (
  rpc: 'ListContainers' | 'ListPodSandbox' | 'ListContainerStats' | 'ListPodSandboxStats',
  known: (planting: Planting) => Promise<Known[]>,
): Plant =>
  changeRequest(rpc, async (request, planting) => {
    const { filter } = request;
    if (!filter?.id) return request;
    return { ...request, filter: { ...filter, id: await found(filter.id, known(planting), byBeginning) } };
  });

/** The sandbox that a container is in, if the id is one of a container. */
const podOf = async (planting: Planting, id: string): Promise<string> =>
  (id && (await listedOf(planting, id))?.pod_sandbox_id) || id;

const asPod = (rpc: 'PodSandboxStatus' | 'StopPodSandbox' | 'RemovePodSandbox'): Plant =>
  changeRequest(rpc, async (request, planting) => ({
    ...request,
    pod_sandbox_id: await podOf(planting, request.pod_sandbox_id),
  }));

/** The id of a sandbox stands for its first container, which no list names: its end is the end of the sandbox. */
const endsSandbox = (rpc: 'StopContainer' | 'RemoveContainer'): Plant =>
  handling(rpc, async ({ request: { container_id: id }, forward }, planting) => {
    if (!(await sandboxes(planting)).some((sandbox) => sandbox.id === id)) return forward();
    planting.shown();
    await planting.cri.runtime.StopPodSandbox({ pod_sandbox_id: id });
    if (rpc === 'RemoveContainer') await planting.cri.runtime.RemovePodSandbox({ pod_sandbox_id: id });
    return {};
  });

/** The id of a sandbox is answered about its first process. */
const ofFirstProcess = <Rpc extends 'ContainerStatus' | 'ContainerStats' | 'ExecSync'>(
  rpc: Rpc,
  answer: (id: string) => Input<Answer<Rpc>>,
): Plant =>
  changeRefusal(rpc, async (_, { request: { container_id } }, planting) =>
    (await sandboxes(planting)).some(({ id }) => id === container_id) ? answer(container_id) : undefined,
  );

export const otherIdFaults: Fault[] = [
  {
    id: 'behaviour/stop-by-first-digits',
    title: 'StopContainer stops the container whose id has the same first digits',
    plant: ofContainer('StopContainer', byBeginning),
  },
  {
    id: 'behaviour/remove-by-first-digits',
    title: 'RemoveContainer removes the container whose id has the same first digits',
    plant: ofContainer('RemoveContainer', byBeginning),
  },
  {
    id: 'behaviour/stop-sandbox-by-first-digits',
    title: 'StopPodSandbox stops the sandbox whose id has the same first digits',
    plant: ofSandbox('StopPodSandbox', byBeginning),
  },
  {
    id: 'behaviour/remove-sandbox-by-first-digits',
    title: 'RemovePodSandbox removes the sandbox whose id has the same first digits',
    plant: ofSandbox('RemovePodSandbox', byBeginning),
  },
  {
    id: 'behaviour/list-containers-by-first-digits',
    title: 'ListContainers minds the first digits only of an id that it has to filter by',
    plant: ofList('ListContainers', containers),
  },
  {
    id: 'behaviour/list-sandboxes-by-first-digits',
    title: 'ListPodSandbox minds the first digits only of an id that it has to filter by',
    plant: ofList('ListPodSandbox', sandboxes),
  },
  {
    id: 'behaviour/list-stats-by-first-digits',
    title: 'ListContainerStats minds the first digits only of an id that it has to filter by',
    plant: ofList('ListContainerStats', containers),
  },
  {
    id: 'behaviour/list-pod-stats-by-first-digits',
    title: 'ListPodSandboxStats minds the first digits only of an id that it has to filter by',
    plant: ofList('ListPodSandboxStats', sandboxes),
  },
  {
    id: 'behaviour/list-containers-of-pod-by-first-digits',
    title: 'ListContainers minds the first digits only of the id of a sandbox that it has to filter by',
    plant: ofListOfPod('ListContainers'),
  },
  {
    id: 'behaviour/list-stats-of-pod-by-first-digits',
    title: 'ListContainerStats minds the first digits only of the id of a sandbox that it has to filter by',
    plant: ofListOfPod('ListContainerStats'),
  },
  {
    id: 'behaviour/create-by-first-digits',
    title: 'CreateContainer makes a container in the sandbox whose id has the same first digits',
    plant: ofSandbox('CreateContainer', byBeginning),
  },
  {
    id: 'behaviour/exec-by-first-digits',
    title: 'Exec serves the container whose id has the same first digits',
    plant: ofContainer('Exec', byBeginning),
  },
  {
    id: 'behaviour/attach-by-first-digits',
    title: 'Attach serves the container whose id has the same first digits',
    plant: ofContainer('Attach', byBeginning),
  },
  {
    id: 'behaviour/port-forward-by-first-digits',
    title: 'PortForward serves the sandbox whose id has the same first digits',
    plant: ofSandbox('PortForward', byBeginning),
  },
  {
    id: 'behaviour/reopen-by-first-digits',
    title: 'ReopenContainerLog reopens the log of the container whose id has the same first digits',
    plant: ofContainer('ReopenContainerLog', byBeginning),
  },
  {
    id: 'behaviour/sandbox-status-by-name',
    title: 'PodSandboxStatus takes the name or uid of a pod for the id of its sandbox',
    plant: ofSandbox('PodSandboxStatus', byName),
  },
  {
    id: 'behaviour/status-by-name',
    title: 'ContainerStatus takes the name of a container for its id',
    plant: ofContainer('ContainerStatus', byName),
  },
  {
    id: 'behaviour/stop-by-name',
    title: 'StopContainer takes the name of a container for its id',
    plant: ofContainer('StopContainer', byName),
  },
  {
    id: 'behaviour/remove-by-name',
    title: 'RemoveContainer takes the name of a container for its id',
    plant: ofContainer('RemoveContainer', byName),
  },
  {
    id: 'behaviour/stop-sandbox-by-name',
    title: 'StopPodSandbox takes the name or uid of a pod for the id of its sandbox',
    plant: ofSandbox('StopPodSandbox', byName),
  },
  {
    id: 'behaviour/remove-sandbox-by-name',
    title: 'RemovePodSandbox takes the name or uid of a pod for the id of its sandbox',
    plant: ofSandbox('RemovePodSandbox', byName),
  },
  {
    id: 'behaviour/sandbox-status-by-container',
    title: 'PodSandboxStatus with the id of a container is answered about its sandbox',
    plant: asPod('PodSandboxStatus'),
  },
  {
    id: 'behaviour/stop-sandbox-by-container',
    title: 'StopPodSandbox with the id of a container stops its sandbox',
    plant: asPod('StopPodSandbox'),
  },
  {
    id: 'behaviour/remove-sandbox-by-container',
    title: 'RemovePodSandbox with the id of a container removes its sandbox',
    plant: asPod('RemovePodSandbox'),
  },
  {
    id: 'behaviour/stop-of-sandbox-id-stops-it',
    title: 'StopContainer with the id of a sandbox stops that',
    plant: endsSandbox('StopContainer'),
  },
  {
    id: 'behaviour/remove-of-sandbox-id-removes-it',
    title: 'RemoveContainer with the id of a sandbox removes that',
    plant: endsSandbox('RemoveContainer'),
  },
  {
    id: 'behaviour/status-of-sandbox-id',
    title: 'ContainerStatus with the id of a sandbox tells of its first process',
    plant: ofFirstProcess('ContainerStatus', (id) => ({ status: { id, state: 'CONTAINER_RUNNING' } })),
  },
  {
    id: 'behaviour/stats-of-sandbox-id',
    title: 'ContainerStats with the id of a sandbox has the figures of its first process',
    plant: ofFirstProcess('ContainerStats', (id) => ({ stats: { attributes: { id } } })),
  },
  {
    id: 'behaviour/exec-in-sandbox-id',
    title: 'ExecSync with the id of a sandbox runs its command beside the first process of that',
    plant: ofFirstProcess('ExecSync', () => ({ exit_code: 0 })),
  },
];
