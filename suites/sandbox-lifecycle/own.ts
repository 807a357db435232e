import type { PodIdentity } from '../../fixtures/configs/identity.js';
import type { PodSandbox } from '../../src/client/generated/types.js';
import type { SpecContext } from '../../src/kit/index.js';

/** Every sandbox of a pod, found as the kubelet does: by the label with the pod's uid. */
export async function sandboxesOf(t: SpecContext, { uid }: PodIdentity): Promise<PodSandbox[]> {
  const label_selector = { 'io.kubernetes.pod.uid': uid };
  return (await t.cri.runtime.ListPodSandbox({ filter: { label_selector } })).items;
}
