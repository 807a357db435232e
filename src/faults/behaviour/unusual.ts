import type { Fault, Planting } from '../fault.js';
import { changeContainerFacts, changePodFacts, refuse, together, type Asked, type Plant } from './shapes.js';

/* Names, attempts and labels that are legal and rare. */

/** Another key of labels. */
const keys = (labels: Record<string, string>, change: (key: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [change(key), value]));

const inContainersAndPods = (change: (labels: Record<string, string>) => Record<string, string>): Plant =>
  together(
    changeContainerFacts(({ labels }) => ({ labels: change(labels) })),
    changePodFacts(({ labels }) => ({ labels: change(labels) })),
  );

const sandboxName = (change: (name: string) => string): Plant =>
  changePodFacts(({ metadata }) => ({ metadata: metadata && { ...metadata, name: change(metadata.name) } }));

/** Whether there is a pod of the same name (and namespace) that differs in its namespace (or uid). */
const sameNameBut =
  (field: 'namespace' | 'uid') =>
  async ({ config }: Asked<'RunPodSandbox'>, { cri }: Planting): Promise<boolean> => {
    const own = config?.metadata;
    return (await cri.runtime.ListPodSandbox({})).items.some(
      ({ metadata }) =>
        metadata?.name === own?.name &&
        metadata?.[field] !== own?.[field] &&
        (field === 'namespace' || metadata?.namespace === own?.namespace),
    );
  };

export const unusualFaults: Fault[] = [
  {
    id: 'behaviour/run-ignores-namespace',
    title: 'RunPodSandbox refuses a pod whose name one in another namespace has',
    plant: refuse('RunPodSandbox', sameNameBut('namespace'), 'ALREADY_EXISTS', 'the pod name is in use'),
  },
  {
    id: 'behaviour/run-ignores-uid',
    title: 'RunPodSandbox refuses a pod whose namespace and name one of another uid has',
    plant: refuse('RunPodSandbox', sameNameBut('uid'), 'ALREADY_EXISTS', 'the pod name is in use'),
  },
  {
    id: 'behaviour/attempt-in-a-byte',
    title: 'the attempt of a container comes back as a byte: 256 becomes 0',
    plant: changeContainerFacts(({ metadata }) => ({
      metadata: metadata && { ...metadata, attempt: metadata.attempt % 256 },
    })),
  },
  {
    id: 'behaviour/attempt-of-sandbox-in-a-byte',
    title: 'the attempt of a sandbox comes back as a byte: 256 becomes 0',
    plant: changePodFacts(({ metadata }) => ({
      metadata: metadata && { ...metadata, attempt: metadata.attempt % 256 },
    })),
  },
  {
    id: 'behaviour/container-name-cut-at-40',
    title: 'the name of a container comes back cut after 40 characters',
    plant: changeContainerFacts(({ metadata }) => ({
      metadata: metadata && { ...metadata, name: metadata.name.slice(0, 40) },
    })),
  },
  {
    id: 'behaviour/sandbox-name-cut-at-63',
    title: 'the name of a sandbox comes back cut after 63 characters, as if it were one of a host',
    plant: sandboxName((name) => name.slice(0, 63)),
  },
  {
    id: 'behaviour/sandbox-name-without-dots',
    title: 'the name of a sandbox comes back with dashes for dots',
    plant: sandboxName((name) => name.replaceAll('.', '-')),
  },
  {
    id: 'behaviour/label-keys-cut-at-63',
    title: 'keys of labels come back cut after 63 characters, prefix and all',
    plant: inContainersAndPods((labels) => keys(labels, (key) => key.slice(0, 63))),
  },
  {
    id: 'behaviour/labels-sixteen-at-most',
    title: 'of labels sixteen at most come back',
    plant: inContainersAndPods((labels) => Object.fromEntries(Object.entries(labels).sort().slice(0, 16))),
  },
];
