import { check, spec } from '../../src/kit/index.js';
import { globalAddresses, reportedAddresses } from './addresses.js';

spec(
  {
    id: 'networking/pods-run-at-once-have-own-addresses',
    title:
      'pods that are run at once have different addresses, of which PodSandboxStatus reports each pod its own, and names and resolv.conf of their own',
    level: 'must',
    since: '1.20',
    why: 'A node that boots runs all its pods at once; two of one address in the API get the traffic of each other.',
    sources: [
      'api.proto: PodSandboxStatus.network, PodSandboxNetworkStatus.ip, PodSandboxConfig.hostname, dns_config',
      'kubelet: pod_workers.go (a goroutine per pod), kuberuntime_sandbox.go determinePodSandboxIPs',
    ],
    expectations: [10],
  },
  async (t) => {
    const named = (hostname: string) => {
      const dns_config = { servers: ['192.0.2.53'], searches: [`${hostname}.crivet.test`], options: [] };
      return t.pods.run({ hostname, dns_config });
    };
    const pods = await Promise.all([named('one'), named('two')]);
    const reported = await Promise.all(
      pods.map(async (pod) => {
        const { all } = await reportedAddresses(pod);
        const container = await pod.start();
        const { hostname = '' } = pod.config;
        const seen = (await container.shell('hostname; grep ^search /etc/resolv.conf')).split('\n');
        const own = [hostname, `search ${hostname}.crivet.test`];
        check.equal(seen, own, 'host name and search domain of a pod are its own');
        const interfaces = await globalAddresses(container);
        const inside = interfaces.flatMap(({ addresses }) => addresses);
        for (const address of all) check.includes(inside, address, 'a pod has the addresses that are reported for it');
        return all;
      }),
    );
    const every = reported.flat();
    check.equal(new Set(every).size, every.length, 'how many of the addresses of two pods are different: all');
  },
);
