import { nonce } from '../../fixtures/configs/identity.js';
import type { ExecResult } from '../../src/kit/container.js';
import { check, spec } from '../../src/kit/index.js';

/** Probes and hooks of a container, and what operators and tools run in it beside. */
const AT_ONCE = 8;

spec(
  {
    id: 'container-lifecycle/exec-sync-side-by-side',
    title: 'commands that ExecSync runs in one container run side by side, each with its own output',
    level: 'must',
    since: '1.20',
    why: 'A container has several probes and hooks; a slow readiness probe must not make the liveness probe late.',
    sources: ['api.proto: RuntimeService.ExecSync', 'kubelet: prober/worker.go (a worker per probe)'],
    expectations: [49],
  },
  async (t) => {
    const container = await t.pods.sharedContainer();
    const file = `/tmp/${nonce()}`;
    t.defer(`files ${file}.*`, async () => {
      await container.exec(['/bin/sh', '-c', `rm -f ${file}.*`]);
    });
    // None ends before all have begun.
    const meet = (own: number): Promise<ExecResult> =>
      container.exec(
        [
          '/bin/sh',
          '-c',
          `echo > ${file}.${own}; until set -- ${file}.*; [ $# = ${AT_ONCE} ]; do sleep 0.1; done; echo ${own}; echo error ${own} >&2; exit ${own}`,
        ],
        15,
      );
    const numbers = Array.from({ length: AT_ONCE }, (_, i) => i + 1);
    check.equal(
      await check.accepts(Promise.all(numbers.map(meet)), 'commands that wait for each other end within their timeout'),
      numbers.map((own) => ({ stdout: `${own}\n`, stderr: `error ${own}\n`, exitCode: own })),
      'each call returns what its own command wrote, and its exit code',
    );
  },
);
