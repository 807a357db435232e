import type { Container, SpecContext, ContainerHost } from '../../src/kit/index.js';

/**
 * A running container that notes SIGTERM and lives on, so that a spec can tell when a pending StopContainer has sent
 * its signal. Its trap is set when this returns.
 */
export async function startTrapping(t: SpecContext, pod: ContainerHost): Promise<Container> {
  const script = "trap 'echo > /tmp/term' TERM; echo > /tmp/ready; while :; do sleep 0.05; done";
  const container = await pod.start({ command: ['/bin/sh', '-c', script] });
  await fileAppears(t, container, '/tmp/ready', 'the container has set its trap');
  return container;
}

/** Waits until the stop signal has arrived in a container of {@link startTrapping}. */
export async function signalArrives(t: SpecContext, container: Container): Promise<void> {
  await fileAppears(t, container, '/tmp/term', 'the stop signal arrives at the beginning of the grace period');
}

/** Waits until a file exists in a container. */
export async function fileAppears(t: SpecContext, container: Container, path: string, rule: string): Promise<void> {
  const look = async (): Promise<boolean> => (await container.exec(['/bin/test', '-e', path])).exitCode === 0;
  await t.eventually(rule, look, (there) => there, { withinMs: 8_000 });
}
