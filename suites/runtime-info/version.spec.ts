import { check, spec } from '../../src/kit/index.js';

/** What the kubelet's version parser takes: numbers with dots, none with a leading zero, and anything behind them. */
const RUNTIME_VERSION = /^\s*v?(0|[1-9]\d*)(\.(0|[1-9]\d*))+/;

spec(
  {
    id: 'runtime-info/version-fields',
    title: 'Version fills its four fields with values the kubelet can use',
    level: 'must',
    since: '1.20',
    why: 'The kubelet does not start with a runtime that leaves one empty or answers to another version of its API.',
    sources: [
      'api.proto: VersionResponse',
      'cri-client: remote_runtime.go versionV1',
      'kubelet: kuberuntime_manager.go NewKubeGenericRuntimeManager, helpers.go newRuntimeVersion',
    ],
    parity: ['runtime-info/version-fields'],
    expectations: [1, 2],
  },
  async (t) => {
    const answer = await t.cri.runtime.Version({ version: '0.1.0' });
    check.equal(answer.version, '0.1.0', 'version is the one version of the kubelet runtime API there is');
    check.matches(answer.runtime_name, /^\S+$/, 'runtime_name is one word');
    check.matches(answer.runtime_version, RUNTIME_VERSION, 'runtime_version is a version the kubelet can parse');
    check.matches(answer.runtime_api_version, /^v?1(\.\d+)*$/, 'runtime_api_version is version 1 of the CRI');
  },
);

spec(
  {
    id: 'runtime-info/version-handshake',
    title: 'Version answers the same whatever version the caller names',
    level: 'must',
    since: '1.20',
    why: 'The first call of the kubelet leaves the version empty; a refusal there means that the node never starts.',
    sources: ['api.proto: VersionRequest.version', 'cri-client: remote_runtime.go validateServiceConnection'],
    expectations: [1],
  },
  async (t) => {
    const named = await t.cri.runtime.Version({ version: '0.1.0' });
    for (const version of ['', 'v1']) {
      const answer = await t.cri.runtime.Version({ version });
      check.equal(answer, named, `Version with version '${version}' answers as with '0.1.0'`);
    }
  },
);
