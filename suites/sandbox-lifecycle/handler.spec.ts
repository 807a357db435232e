import { check, spec } from '../../src/kit/index.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';
import { namedHandler } from '../../src/kit/handlers.js';

spec(
  {
    id: 'sandbox-lifecycle/handler-echoed',
    title: 'a sandbox reports the runtime handler that it was asked to run under',
    level: 'must',
    since: '1.20',
    why: 'It is the only way to see that a pod with a RuntimeClass really runs under it.',
    sources: ['api.proto: PodSandboxStatus.runtime_handler, PodSandbox.runtime_handler', 'KEP-585'],
    expectations: [11],
    requires: ['named-handler'],
  },
  async (t) => {
    const handler = namedHandler(t.env) ?? '';
    const { identity, config } = await t.pods.config(HOST_NETWORK);
    const pod = await t.pods.runConfig(identity, config, { handler });
    const status = await pod.status();
    check.equal(status.state, 'SANDBOX_READY', `a sandbox under handler '${handler}' is READY`);
    check.equal(status.runtime_handler, handler, 'PodSandboxStatus.runtime_handler is the handler of the request');
    const [listed] = await pod.listed();
    check.equal(listed?.runtime_handler, handler, 'PodSandbox.runtime_handler is the handler of the request');
  },
);
