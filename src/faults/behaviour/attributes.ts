import type { Fault } from '../fault.js';
import {
  changeAnswer,
  changeContainer,
  changeContainerFacts,
  changeContainerStatus,
  changeListedContainers,
  changeListedPods,
  changePodFacts,
  changePodStatus,
  handling,
  together,
  type Plant,
} from './shapes.js';

/* Labels, annotations and metadata that come back otherwise than they were sent. */

type Attribute = 'labels' | 'annotations';
type Texts = Record<string, string>;

/** Of containers and of sandboxes, in statuses and lists. */
const everywhere = (attribute: Attribute, change: (texts: Texts) => Texts): Plant =>
  together(
    changeContainerFacts((facts) => ({ [attribute]: change(facts[attribute]) })),
    changePodFacts((facts) => ({ [attribute]: change(facts[attribute]) })),
  );

const mapped = (texts: Texts, change: (key: string, value: string) => [string, string] | undefined): Texts =>
  Object.fromEntries(Object.entries(texts).flatMap(([key, value]) => [change(key, value) ?? []].filter(isPair)));

const isPair = (entry: [string, string] | []): entry is [string, string] => entry.length > 0;

const values =
  (change: (value: string) => string) =>
  (texts: Texts): Texts =>
    mapped(texts, (key, value) => [key, change(value)]);

export const attributeFaults: Fault[] = [
  {
    id: 'behaviour/labels-merged-with-annotations',
    title: 'labels come back with the annotations among them, as those of Docker',
    plant: together(
      changeContainerFacts(({ labels, annotations }) => ({ labels: { ...annotations, ...labels } })),
      changePodFacts(({ labels, annotations }) => ({ labels: { ...annotations, ...labels } })),
    ),
  },
  {
    id: 'behaviour/labels-get-company',
    title: 'labels come back with one of the runtime among them',
    plant: everywhere('labels', (labels) => ({ ...labels, 'io.cri-containerd.kind': 'container' })),
  },
  {
    id: 'behaviour/annotations-get-company',
    title: 'annotations come back with one of the runtime among them',
    plant: everywhere('annotations', (annotations) => ({ ...annotations, 'io.container.manager': 'runtime' })),
  },
  {
    id: 'behaviour/listed-annotations-get-company',
    title: 'annotations in ListContainers and ListPodSandbox have one of the runtime among them',
    plant: together(
      changeListedContainers(({ annotations }) => ({ annotations: { ...annotations, 'listed.by': 'runtime' } })),
      changeListedPods(({ annotations }) => ({ annotations: { ...annotations, 'listed.by': 'runtime' } })),
    ),
  },
  {
    id: 'behaviour/label-keys-lower-case',
    title: 'keys of labels come back in lower case',
    plant: everywhere('labels', (labels) => mapped(labels, (key, value) => [key.toLowerCase(), value])),
  },
  {
    id: 'behaviour/label-values-lower-case',
    title: 'values of labels come back in lower case',
    plant: everywhere(
      'labels',
      values((value) => value.toLowerCase()),
    ),
  },
  {
    id: 'behaviour/empty-labels-dropped',
    title: 'labels with an empty value are dropped',
    plant: everywhere('labels', (labels) => mapped(labels, (key, value) => (value === '' ? undefined : [key, value]))),
  },
  {
    id: 'behaviour/empty-annotations-dropped',
    title: 'annotations with an empty value are dropped',
    plant: everywhere('annotations', (annotations) =>
      mapped(annotations, (key, value) => (value === '' ? undefined : [key, value])),
    ),
  },
  {
    id: 'behaviour/annotations-trimmed',
    title: 'annotations come back without blanks at their ends',
    plant: everywhere(
      'annotations',
      values((value) => value.trim()),
    ),
  },
  {
    id: 'behaviour/annotations-cut-at-256',
    title: 'annotations are cut after 256 characters',
    plant: everywhere(
      'annotations',
      values((value) => value.slice(0, 256)),
    ),
  },
  {
    id: 'behaviour/annotations-of-containers-cut-at-4096',
    title: 'annotations of containers are cut after 4096 characters',
    plant: changeContainerFacts(({ annotations }) => ({
      annotations: values((value) => value.slice(0, 4096))(annotations),
    })),
  },
  {
    id: 'behaviour/annotations-cut-at-4096',
    title: 'annotations of sandboxes are cut after 4096 characters',
    plant: changePodFacts(({ annotations }) => ({ annotations: values((value) => value.slice(0, 4096))(annotations) })),
  },
  {
    id: 'behaviour/annotations-in-ascii',
    title: 'characters of annotations that are not ASCII come back as question marks',
    plant: everywhere(
      'annotations',
      values((value) => value.replaceAll(/[^\0-\x7f]/gu, '?')),
    ),
  },
  {
    id: 'behaviour/annotations-unquoted',
    title: 'annotations come back with one level of backslashes undone',
    plant: everywhere(
      'annotations',
      values((value) => value.replaceAll(/\\(.)/g, '$1')),
    ),
  },
  {
    id: 'behaviour/annotations-of-kubelet-dropped',
    title: 'annotations that begin with io.kubernetes are taken for the runtime’s own and dropped',
    plant: changeContainerFacts(({ annotations }) => ({
      annotations: mapped(annotations, (key, value) => (key.startsWith('io.kubernetes.') ? undefined : [key, value])),
    })),
  },
  {
    id: 'behaviour/annotations-of-pod-inherited',
    title: 'containers have the annotations of their pod among their own',
    plant: changeContainer(({ annotations }, { sandbox_config }) => ({
      annotations: { ...sandbox_config?.annotations, ...annotations },
    })),
  },
  {
    id: 'behaviour/labels-of-pod-inherited',
    title: 'ContainerStatus has the labels of the pod among those of the container',
    plant: (planting) => {
      const ofPod = new Map<string, Texts>();
      return together(
        handling('CreateContainer', async ({ request, forward }) => {
          const answer = await forward();
          ofPod.set(answer.container_id, { ...request.sandbox_config?.labels });
          return answer;
        }),
        changeContainerStatus(({ id, labels }) => ({ labels: { ...ofPod.get(id), ...labels } })),
      )(planting);
    },
  },
  {
    id: 'behaviour/labels-of-last-container',
    title: 'ListContainers gives every container the labels of the first one listed',
    plant: changeListedContainers((_, all) => ({ labels: all[0]?.labels ?? {} })),
  },
  {
    id: 'behaviour/attempt-is-one-more',
    title: 'the attempt of a container comes back one higher',
    plant: changeContainerFacts(({ metadata }) => ({
      metadata: metadata && { ...metadata, attempt: metadata.attempt + 1 },
    })),
  },
  {
    id: 'behaviour/attempt-lost-in-listing',
    title: 'ListContainers gives the attempt 0 for every container',
    plant: changeListedContainers(({ metadata }) => ({ metadata: metadata && { ...metadata, attempt: 0 } })),
  },
  {
    id: 'behaviour/attempt-of-sandbox-lost-in-listing',
    title: 'ListPodSandbox gives the attempt 0 for every sandbox',
    plant: changeListedPods(({ metadata }) => ({ metadata: metadata && { ...metadata, attempt: 0 } })),
  },
  {
    id: 'behaviour/name-is-the-full-one',
    title: 'the name of a container comes back as the runtime’s own, k8s_NAME_POD',
    plant: changeContainerFacts(({ metadata, labels }) => ({
      metadata: metadata && { ...metadata, name: `k8s_${metadata.name}_${labels['io.kubernetes.pod.name'] ?? ''}` },
    })),
  },
  {
    id: 'behaviour/sandbox-name-is-the-full-one',
    title: 'the name of a sandbox comes back with namespace, uid and attempt',
    plant: changePodFacts(({ metadata }) => ({
      metadata: metadata && {
        ...metadata,
        name: `${metadata.name}_${metadata.namespace}_${metadata.uid}_${metadata.attempt}`,
      },
    })),
  },
  {
    id: 'behaviour/uid-and-namespace-swapped',
    title: 'uid and namespace of a sandbox come back the wrong way round',
    plant: changePodStatus(({ metadata }) => ({
      metadata: metadata && { ...metadata, uid: metadata.namespace, namespace: metadata.uid },
    })),
  },
  {
    id: 'behaviour/uid-without-dashes',
    title: 'the uid of a sandbox comes back without its dashes',
    plant: changePodFacts(({ metadata }) => ({
      metadata: metadata && { ...metadata, uid: metadata.uid.replaceAll('-', '') },
    })),
  },
  {
    id: 'behaviour/metadata-lost-at-exit',
    title: 'ListContainers has no metadata for EXITED containers',
    plant: changeAnswer('ListContainers', ({ containers }) => ({
      containers: containers.map((item) => (item.state === 'CONTAINER_EXITED' ? { ...item, metadata: null } : item)),
    })),
  },
  {
    id: 'behaviour/annotations-end-with-first-line',
    title: 'an annotation of several lines comes back with its first',
    plant: everywhere(
      'annotations',
      values((value) => value.split('\n')[0] ?? ''),
    ),
  },
  {
    id: 'behaviour/annotations-of-last-create',
    title: 'a sandbox has the annotations that the last CreateContainer said its pod has',
    plant: (planting) => {
      const said = new Map<string, Texts>();
      return together(
        handling('CreateContainer', ({ request: { pod_sandbox_id, sandbox_config }, forward }) => {
          if (sandbox_config !== null) said.set(pod_sandbox_id, sandbox_config.annotations);
          return forward();
        }),
        changePodFacts(({ id, annotations }) => ({ annotations: said.get(id) ?? annotations })),
      )(planting);
    },
  },
];
