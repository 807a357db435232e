import { codeOf } from '../../src/client/errors.js';
import { check, spec, type Container } from '../../src/kit/index.js';
import { trueConditions } from '../shared/conditions.js';
import { environment } from '../shared/environment.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

spec(
  {
    id: 'container-lifecycle/start-becomes-running',
    title: 'a container is RUNNING, with its process, when StartContainer returns',
    level: 'must',
    since: '1.20',
    why: 'The kubelet runs postStart hooks and probes right after StartContainer; a container that is not RUNNING by then counts as failed.',
    sources: ['api.proto: RuntimeService.StartContainer', 'kubelet: kuberuntime_container.go startContainer'],
    parity: ['container-lifecycle/start-becomes-running'],
    expectations: [17, 21],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.create();
    const before = await container.status();
    await container.start();
    const status = await container.status();
    check.equal(status.state, 'CONTAINER_RUNNING', 'ContainerStatus says RUNNING right after StartContainer');
    check.that(status.started_at >= status.created_at, 'started_at is set and not before created_at', {
      expected: `${status.created_at} or later`,
      observed: status.started_at,
    });
    check.equal(status.created_at, before.created_at, 'created_at stays as it was');
    check.equal(status.finished_at, 0n, 'finished_at is 0 while the container is RUNNING');
    const filter = { pod_sandbox_id: pod.id, state: { state: 'CONTAINER_RUNNING' } } as const;
    const { containers } = await t.cri.runtime.ListContainers({ filter });
    check.equal(
      containers.map(({ id }) => id),
      [container.id],
      'ListContainers lists it among the RUNNING ones at once',
    );
    check.equal(
      await container.shell('tr "\\0" " " < /proc/1/cmdline'),
      '/bin/pause ',
      "the image's command runs as the first process",
    );
    await check.refuses(container.start(), ANY_REFUSAL, 'StartContainer of a RUNNING container');
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'a refused second StartContainer does no harm');
  },
);

spec(
  {
    id: 'container-lifecycle/missing-binary',
    title: 'a container whose program does not exist is refused, and leaves nothing that cannot be removed',
    level: 'must',
    since: '1.20',
    why: 'A wrong command is the most common mistake of all: the user needs the error, and the kubelet has to remove and retry the container for hours.',
    sources: [
      'api.proto: RuntimeService.StartContainer',
      'kubelet: kuberuntime_container.go startContainer (RunContainerError)',
      'thread: containerd#7044',
    ],
    expectations: [37],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const command = ['/bin/no-such-program'];
    let container: Container;
    // Where the OCI runtime looks the program up when it creates the container, CreateContainer is what fails.
    try {
      container = await pod.create({ command, metadata: { name: 'missing', attempt: 0 } });
    } catch (error) {
      check.includes(ANY_REFUSAL, codeOf(error) ?? 'OK', 'CreateContainer refuses with a code of its own');
      check.matches((error as Error).message, /no-such-program/, 'the refusal names the program');
      const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
      check.equal(containers.length, 0, 'a container that could not be created is not listed');
      return;
    }
    const ready = await trueConditions(t);
    const message = await check.refuses(
      container.start(),
      ANY_REFUSAL,
      'StartContainer of a program that does not exist',
    );
    check.equal(await trueConditions(t), ready, 'a start that fails leaves the conditions of Status true');
    check.equal((await pod.status()).state, 'SANDBOX_READY', 'a start that fails leaves the sandbox READY');
    check.matches(message, /no-such-program/, 'the refusal names the program');
    const status = await container.status();
    check.equal(status.state, 'CONTAINER_EXITED', 'a container whose start failed is EXITED');
    check.notEqual(status.exit_code, 0, 'its exit_code does not say success');
    check.that(status.finished_at > 0n, 'finished_at is set', {
      expected: 'ns since the epoch',
      observed: status.finished_at,
    });
    await container.remove();
    check.equal((await container.listed()).length, 0, 'it is gone after RemoveContainer');
    const next = await pod.start({ metadata: { name: 'missing', attempt: 1 } });
    check.equal((await next.status()).state, 'CONTAINER_RUNNING', 'the next attempt, with a right command, runs');
  },
);

spec(
  {
    id: 'container-lifecycle/start-failure-told',
    title: 'ContainerStatus of a container that could not be started tells why, in a word and in a message',
    level: 'should',
    since: '1.20',
    why: 'The error of StartContainer reaches the kubelet once; after its restart, the status is all that tells the user why the container never ran.',
    sources: ['api.proto: ContainerStatus.reason, message', 'kubelet: kuberuntime_container.go toKubeContainerStatus'],
    expectations: [37],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.create({ command: ['/bin/no-such-program'] }).catch((error: unknown) => {
      // Where the OCI runtime looks the program up when it creates the container, there is no container to tell of.
      if (/no-such-program/.test((error as Error).message)) return undefined;
      throw error;
    });
    if (container === undefined) return;
    await check.refuses(container.start(), ANY_REFUSAL, 'StartContainer of a program that does not exist');
    const { reason, message } = await container.status();
    check.matches(reason, /^[A-Za-z]+$/, 'reason is a word in CamelCase');
    check.matches(message, /no-such-program/, 'message names the program');
  },
);

spec(
  {
    id: 'container-lifecycle/start-exited-refused',
    title: 'StartContainer of an EXITED container is refused',
    level: 'should',
    since: '1.20',
    why: 'The kubelet restarts by a new attempt; a container that comes back to life would lose its exit code and its times.',
    sources: ['api.proto: ContainerState (CREATED, RUNNING, EXITED)'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.runToExit(['/bin/sh', '-c', 'exit 3']);
    const before = await container.status();
    await check.refuses(container.start(), ANY_REFUSAL, 'StartContainer of an EXITED container');
    check.equal(await container.status(), before, 'the status stays what it was');
  },
);

spec(
  {
    id: 'container-lifecycle/pid-namespace-of-target',
    title: 'with pid mode TARGET a container joins the process namespace of the target container',
    level: 'must',
    since: '1.23',
    why: 'kubectl debug --target puts an ephemeral container beside the processes of the one to look at.',
    sources: ['api.proto: NamespaceMode.TARGET, NamespaceOption.target_id', 'KEP-277'],
    expectations: [35],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const target = await pod.start({ envs: environment({ WHO: 'target' }) });
    const bystander = await pod.start();
    const namespace_options = { network: 'NODE', ipc: 'POD', pid: 'TARGET', target_id: target.id } as const;
    const debug = await pod.start({ linux: { security_context: { namespace_options } } });
    const namespaceOf = (container: Container): Promise<string> => container.shell('readlink /proc/self/ns/pid');
    const [ofDebug, ofTarget, ofOther] = [
      await namespaceOf(debug),
      await namespaceOf(target),
      await namespaceOf(bystander),
    ];
    check.equal(ofDebug, ofTarget, 'the process namespace is that of the target');
    check.notEqual(ofOther, ofTarget, 'a container with pid mode CONTAINER has a process namespace of its own');
    const variables = await debug.shell('tr "\\0" "\\n" < /proc/1/environ');
    check.matches(variables, /^WHO=target$/m, 'process 1 of the namespace is the first process of the target');
  },
);
