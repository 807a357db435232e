import type { Fault } from '../fault.js';
import { attemptOf, ofOnePod, podKey } from './relations.js';
import { changeAnswer, changeListedPods, changePod, type Plant } from './shapes.js';

/* Sandboxes of one pod that are taken for each other. */

/** A sandbox gets the annotations that the first one of its pod had. */
const oldAnnotations: Plant = (planting) => {
  const first = new Map<string, Record<string, string>>();
  return changePod((config) => {
    const { annotations } = config;
    const before = first.get(podKey(config));
    if (before === undefined) first.set(podKey(config), annotations);
    return before === undefined || attemptOf(config) === 0 ? {} : { annotations: before };
  })(planting);
};

/** The address of the first sandbox of a pod is told of the later ones. */
const oldAddress: Plant = (planting) => {
  const first = new Map<string, string>();
  return changeAnswer('PodSandboxStatus', async (answer, _, { cri }) => {
    const { status } = answer;
    if (!status?.network?.ip) return answer;
    if (attemptOf(status) === 0) first.set(podKey(status), status.network.ip);
    const { items } = await cri.runtime.ListPodSandbox({});
    const same = items.filter((item) => podKey(item) === podKey(status)).length > 1;
    const ip = first.get(podKey(status));
    if (attemptOf(status) === 0 || !same || ip === undefined) return answer;
    return { ...answer, status: { ...status, network: { ...status.network, ip } } };
  })(planting);
};

export const sandboxAttemptFaults: Fault[] = [
  {
    id: 'behaviour/sysctls-of-next-attempt-lost',
    title: 'a pod that is the next attempt has no sysctls',
    plant: changePod(({ metadata, linux }) =>
      linux && attemptOf({ metadata }) > 0 ? { linux: { ...linux, sysctls: {} } } : {},
    ),
  },
  {
    id: 'behaviour/next-sandbox-old-annotations',
    title: 'the next sandbox of a pod has the annotations of the first',
    plant: oldAnnotations,
  },
  {
    id: 'behaviour/next-sandbox-old-address',
    title: 'PodSandboxStatus gives the next sandbox of a pod the address of the first, while that is still there',
    plant: oldAddress,
  },
  {
    id: 'behaviour/older-sandbox-looks-not-ready',
    title: 'ListPodSandbox shows every sandbox but the newest of a pod as NOTREADY',
    plant: changeListedPods((item, all) =>
      all.some((other) => ofOnePod(other, item) && other.created_at > item.created_at)
        ? { state: 'SANDBOX_NOTREADY' }
        : {},
    ),
  },
];
