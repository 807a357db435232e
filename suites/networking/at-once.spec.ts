import { check, spec } from '../../src/kit/index.js';
import { globalAddresses, reportedAddresses } from './addresses.js';

spec(
  {
    id: 'networking/pods-run-at-once-have-own-addresses',
    title: 'pods that are run at once have different addresses, and PodSandboxStatus reports for each its own',
    level: 'must',
    since: '1.20',
    why: 'A node that boots runs all its pods at once; two of one address in the API get the traffic of each other.',
    sources: [
      'api.proto: PodSandboxStatus.network, PodSandboxNetworkStatus.ip',
      'kubelet: pod_workers.go (a goroutine per pod), kuberuntime_sandbox.go determinePodSandboxIPs',
    ],
    expectations: [10],
  },
  async (t) => {
    const pods = await Promise.all([t.pods.run(), t.pods.run()]);
    const reported = await Promise.all(
      pods.map(async (pod) => {
        const { all } = await reportedAddresses(pod);
        const interfaces = await globalAddresses(await pod.start());
        const inside = interfaces.flatMap(({ addresses }) => addresses);
        for (const address of all) check.includes(inside, address, 'a pod has the addresses that are reported for it');
        return all;
      }),
    );
    const every = reported.flat();
    check.equal(new Set(every).size, every.length, 'how many of the addresses of two pods are different: all');
  },
);
