import { check, spec } from '../../src/kit/index.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

spec(
  {
    id: 'container-lifecycle/empty-id-refused',
    title: 'a question without an id is refused, not answered about some container or sandbox',
    level: 'should',
    since: '1.20',
    why: 'A client that lost an id must be told so: it would take what another container says, or prints, for its own.',
    sources: [
      'api.proto: ContainerStatusRequest.container_id, PodSandboxStatusRequest.pod_sandbox_id, ExecSyncRequest.container_id ("ID of the …")',
      'api.proto: RuntimeService.ContainerStatus, PodSandboxStatus ("if … is not present, returns an error")',
    ],
    expectations: [18],
  },
  async (t) => {
    // Somebody is there to be taken for the one that is meant.
    await t.pods.sharedContainer();
    const { runtime } = t.cri;
    const [container_id, pod_sandbox_id, cmd] = ['', '', ['/bin/true']];
    const asked: [string, Promise<unknown>][] = [
      ['ContainerStatus', runtime.ContainerStatus({ container_id })],
      ['a verbose ContainerStatus', runtime.ContainerStatus({ container_id, verbose: true })],
      ['PodSandboxStatus', runtime.PodSandboxStatus({ pod_sandbox_id })],
      ['ContainerStats', runtime.ContainerStats({ container_id })],
      ['ExecSync', runtime.ExecSync({ container_id, cmd, timeout: 10 })],
      ['Exec', runtime.Exec({ container_id, cmd, stdout: true })],
      ['Attach', runtime.Attach({ container_id, stdout: true })],
      ['PortForward', runtime.PortForward({ pod_sandbox_id, port: [80] })],
    ];
    const outcomes = asked.map(([call, answer]) =>
      // The CRI names no code.
      check.refuses(answer, ANY_REFUSAL, `${call} with an empty id is refused`),
    );
    await Promise.all(outcomes);
  },
);
