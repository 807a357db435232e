import { check, spec } from '../../src/kit/index.js';

spec(
  {
    id: 'runtime-info/runtime-config-cgroup-driver',
    title: 'RuntimeConfig names the cgroup driver, the same one each time',
    level: 'feature:RuntimeConfig',
    since: '1.28',
    why: 'The kubelet takes its cgroup driver from here; with two drivers at work the limits of pods do not hold.',
    sources: ['api.proto: RuntimeConfigResponse.linux, LinuxRuntimeConfiguration.cgroup_driver', 'KEP-4033'],
    expectations: [6],
    optionalRpcs: ['RuntimeConfig'],
  },
  async (t) => {
    const { linux } = await t.cri.runtime.RuntimeConfig({});
    const { cgroup_driver: driver } = check.present(linux, 'RuntimeConfig of a Linux runtime has a linux part');
    check.oneOf(driver, ['SYSTEMD', 'CGROUPFS'], 'cgroup_driver is one of the known drivers');
    const again = await t.cri.runtime.RuntimeConfig({});
    check.equal(again.linux?.cgroup_driver, driver, 'the driver does not change while the runtime lives');
  },
);

spec(
  {
    id: 'runtime-info/pod-cidr-accepted',
    title: 'UpdateRuntimeConfig accepts pod CIDRs, the same one again too, and leaves the pods that run as they are',
    level: 'must',
    since: '1.20',
    why: 'The kubelet hands the CIDR over as soon as the node has one, and tries again in every sync until it is taken; a kubelet that restarts hands it over to a node full of pods.',
    sources: [
      'api.proto: RuntimeService.UpdateRuntimeConfig, NetworkConfig.pod_cidr',
      'kubelet: kuberuntime_manager.go UpdatePodCIDR, kubelet_network.go updatePodCIDR',
    ],
    expectations: [7],
  },
  async (t) => {
    const pod = await t.pods.run();
    const before = await pod.status();
    check.present(before.network?.ip, 'the pod that runs meanwhile has an address');
    const both = '192.0.2.0/24,2001:db8::/64';
    for (const pod_cidr of ['', '192.0.2.0/24', '2001:db8::/64', both, both]) {
      await t.cri.runtime.UpdateRuntimeConfig({ runtime_config: { network_config: { pod_cidr } } });
    }
    check.equal(await pod.status(), before, 'UpdateRuntimeConfig changes nothing of a pod that runs');
    const { status } = await t.cri.runtime.Status({});
    const network = status?.conditions.find(({ type }) => type === 'NetworkReady');
    check.equal(network?.status, true, 'the network is still ready');
    const next = await t.pods.run();
    check.present((await next.status()).network?.ip, 'the next pod, which was started after that, has an address, too');
  },
);
