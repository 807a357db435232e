import { check, spec } from '../../src/kit/index.js';
import { expectPage, fetchFrom, startServer } from '../shared/http.js';

spec(
  {
    id: 'multi-container/pod-address-http',
    title: 'a container reaches the server of another container of its pod, by loopback and by the address of the pod',
    level: 'must',
    since: '1.20',
    why: 'Sidecars talk to the main container over localhost, and proxies receive what is meant for it.',
    sources: ['api.proto: NamespaceOption.network (POD), PodSandboxNetworkStatus.ip'],
    parity: ['multi-container/pod-address-http'],
    expectations: [10],
  },
  async (t) => {
    const pod = await t.pods.run();
    const { container: server, page } = await startServer(pod);
    const sidecar = await pod.start();
    const address = check.present((await pod.status()).network?.ip, 'the pod has an address');
    for (const host of ['127.0.0.1', address]) {
      const rule = `the other container of the pod gets the page at ${host} port 80`;
      await expectPage(t, rule, () => fetchFrom(sidecar, host, 80), page);
    }
    const namespace = ['/bin/readlink', '/proc/self/ns/net'];
    const shared = await server.output(namespace);
    check.equal(await sidecar.output(namespace), shared, 'the containers of a pod share its network namespace');
  },
);
