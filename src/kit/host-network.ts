import type { PodConfig } from '../../fixtures/configs/pod.js';

/** What makes a pod one on the host's network. The kubelet names the host only of a pod with a network of its own. */
export const HOST_NETWORK: PodConfig = {
  hostname: '',
  linux: { security_context: { namespace_options: { network: 'NODE' } } },
};
