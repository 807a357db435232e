import { check, spec } from '../../src/kit/index.js';
import type { RuntimeCondition } from '../../src/client/generated/types.js';
import { checkJson, checkVerbosity } from '../shared/verbose.js';

const REQUIRED = ['RuntimeReady', 'NetworkReady'];

spec(
  {
    id: 'runtime-info/ready-conditions',
    title: 'Status has the conditions RuntimeReady and NetworkReady once each, and both are true',
    level: 'must',
    since: '1.20',
    why: 'The node is NotReady, and gets no pods, as long as the kubelet misses one of them or one is false.',
    sources: [
      'api.proto: RuntimeStatus.conditions, RuntimeCondition',
      'cri-client: remote_runtime.go statusV1',
      'kubelet: kubelet.go updateRuntimeUp',
    ],
    parity: ['runtime-info/ready-conditions'],
    expectations: [3],
  },
  async (t) => {
    const conditions = async (): Promise<RuntimeCondition[]> => {
      const { status } = await t.cri.runtime.Status({ verbose: false });
      return check.present(status, 'Status returns a status').conditions;
    };
    const types = (await conditions()).map(({ type }) => type);
    const required = types.filter((type) => REQUIRED.includes(type));
    check.sameMembers(required, REQUIRED, 'each required condition is there exactly once');
    check.excludes(types, '', 'every condition has a type');
    check.equal(new Set(types).size, types.length, 'no condition type is repeated');
    // A network that is still coming up is no violation.
    await t.eventually('RuntimeReady and NetworkReady are true', conditions, (seen) =>
      seen.every(({ type, status }) => status || !REQUIRED.includes(type)),
    );
    // Each look of the kubelet sets the node's condition: one that comes and goes drives pods off the node.
    for (const look of ['next', 'third', 'fourth']) {
      const lost = (await conditions()).filter(({ type, status }) => !status && REQUIRED.includes(type));
      check.equal(lost, [], `conditions that were true and are false at the ${look} look`);
    }
  },
);

spec(
  {
    id: 'runtime-info/status-info-verbose',
    title: 'Status has info only if asked to be verbose, and else answers the same',
    level: 'should',
    since: '1.20',
    why: 'The kubelet polls Status every few seconds and must not be sent debug data; crictl info lives from it.',
    sources: ['api.proto: StatusRequest.verbose, StatusResponse.info'],
    expectations: [5],
  },
  async (t) => {
    const terse = await t.cri.runtime.Status({ verbose: false });
    const verbose = await t.cri.runtime.Status({ verbose: true });
    checkVerbosity('Status', terse.info, verbose.info);
    const conditions = check.present(verbose.status, 'a verbose Status returns a status as well').conditions;
    check.sameMembers(
      conditions.map(({ type }) => type),
      terse.status?.conditions.map(({ type }) => type) ?? [],
      'a verbose Status has the same conditions',
    );
    check.equal(verbose.runtime_handlers, terse.runtime_handlers, 'a verbose Status lists the same handlers');
    check.equal(verbose.features, terse.features, 'a verbose Status names the same features');
  },
);

spec(
  {
    id: 'runtime-info/status-info-json',
    title: 'the values of the info of a verbose Status are JSON',
    level: 'should',
    since: '1.20',
    why: 'Tools on top of crictl info parse each value; a bare word among them has to be guessed at.',
    sources: ['api.proto: StatusResponse.info'],
    expectations: [5],
  },
  async (t) => {
    checkJson('Status', (await t.cri.runtime.Status({ verbose: true })).info);
  },
);

spec(
  {
    id: 'runtime-info/handlers-listed-once',
    title: 'Status lists each runtime handler once, the default and the one in use among them',
    level: 'feature:RuntimeHandlers',
    since: '1.30',
    why: 'A pod that needs a feature of its handler (a user namespace) is refused if the handler is not in the list.',
    sources: ['api.proto: StatusResponse.runtime_handlers, RuntimeHandler.name', 'kubelet: kubelet_pods.go, KEP-127'],
    expectations: [4],
  },
  async (t) => {
    const { runtime_handlers: handlers } = await t.cri.runtime.Status({ verbose: false });
    const names = handlers.map(({ name }) => name);
    check.equal(new Set(names).size, names.length, 'the name of a handler is unique in the list');
    check.includes(names, '', 'the default handler is listed by the empty name');
    check.includes(names, t.env.settings.handler, 'the handler that runs the pods is listed');
  },
);
