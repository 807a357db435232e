import { check, spec, type Container } from '../../src/kit/index.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { environment } from '../shared/environment.js';

/** The variables that the first process of a container was started with and whose names begin so. */
async function startedWith(container: Container, prefix: string): Promise<Record<string, string>> {
  const text = await container.output(['/bin/cat', '/proc/1/environ']);
  const entries = text.split('\0').map((entry) => [entry.replace(/=.*$/s, ''), entry.replace(/^[^=]*=/, '')] as const);
  return Object.fromEntries(entries.filter(([name]) => name.startsWith(prefix)));
}

spec(
  {
    id: 'container-lifecycle/envs-of-any-form',
    title: 'names with dots and dashes, values of several lines and of 100 KiB reach a container as they are',
    level: 'must',
    since: '1.20',
    why: 'envFrom makes a variable of each key of a config map: keys are file names, values are whole files and certificates.',
    sources: [
      'api.proto: ContainerConfig.envs, KeyValue',
      'kubelet: kubelet_pods.go makeEnvironmentVariables (envFrom); apimachinery validation IsEnvVarName',
    ],
    expectations: [33],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // Linux takes 128 KiB for one variable, its name included.
    const long = Array.from({ length: 12_800 }, (_, index) => String(index).padStart(8, '0')).join('');
    const lines = '-----BEGIN-----\nfirst=1\r\n\n\tsecond: "2"\n-----END-----\n';
    const wanted = { 'crivet.a-b.yaml': 'dots and dashes', 'crivet-': 'c', CRIVET_LINES: lines, CRIVET_LONG: long };
    const container = await pod.start({ envs: environment(wanted) });
    const seen = await startedWith(container, '');
    for (const name of ['crivet.a-b.yaml', 'crivet-'] as const)
      check.equal(seen[name], wanted[name], `the value of the variable ${name}`);
    check.equal(seen['CRIVET_LINES'], lines, 'the value of a variable that is several lines');
    check.equal(seen['CRIVET_LONG']?.length, long.length, 'the length of a value of 100 KiB');
    check.that(seen['CRIVET_LONG'] === long, 'a value of 100 KiB is the one of the request', {
      expected: 'the same text',
      observed: 'another one of the same length',
    });
  },
);

spec(
  {
    id: 'container-lifecycle/next-attempt-has-its-own-config',
    title: 'the next attempt of a container has the environment and image of its own request, not of the one before',
    level: 'must',
    since: '1.20',
    why: 'A changed image of a running pod and a changed config map take effect when the container is started again.',
    sources: [
      'api.proto: ContainerMetadata.attempt, ContainerConfig.image, ContainerConfig.envs',
      'kubelet: kuberuntime_manager.go computePodActions (containerChanged), kuberuntime_container.go startContainer',
    ],
    expectations: [33],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const name = `again-${nonce()}`;
    const envs = [
      environment({ CRIVET_BOTH: 'one', CRIVET_ONE: '1' }),
      environment({ CRIVET_BOTH: 'two', CRIVET_TWO: '2' }),
    ] as const;
    const before = await pod.runToExit(['/bin/true'], { metadata: { name, attempt: 0 }, envs: envs[0] });
    const config = { metadata: { name, attempt: 1 }, envs: envs[1], command: ['/bin/pause'] };
    const container = await pod.start(config, 'entrypoint-cmd');
    check.notEqual(
      (await container.status()).image_ref,
      (await before.status()).image_ref,
      'image_ref of the second attempt, which is of another image',
    );
    check.equal(
      await startedWith(container, 'CRIVET_'),
      { CRIVET_BOTH: 'two', CRIVET_TWO: '2', CRIVET_IMAGE: 'from image' },
      'the environment of the second attempt: that of its image and of its config',
    );
  },
);
