import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { podIdentity, RUN_LABEL } from '../../fixtures/configs/identity.js';
import { podConfig } from '../../fixtures/configs/pod.js';
import { findBusybox } from '../../fixtures/images/busybox.js';
import { catalogue } from '../../fixtures/images/catalogue.js';
import { RegistryClient } from '../../fixtures/registry/client.js';
import { RegistryServer } from '../../fixtures/registry/server.js';
import { removeCgroups } from '../../src/kit/cgroups.js';
import { openCri, type Cri } from '../../src/client/cri.js';
import { parseEndpoint } from '../../src/client/endpoint.js';
import { launchRuntime, type LaunchedRuntime } from '../../src/launch/index.js';
import { Build, type Check } from '../support/build.js';
import { Crivet, crivet, Reports } from '../support/crivet.js';
import { expectAgreement } from '../support/junit.js';

/* A runtime that is there already, with somebody else's pods and images in it. */

const directory = mkdtempSync(join(tmpdir(), 'attach-'));
let registry: RegistryServer;
let runtime: LaunchedRuntime;
let cri: Cri;
let before: Record<string, string[]>;
let reports: Reports;

const build = new Build({
  'group/container': async (t, check: Check) => {
    const pod = await t.pods.run();
    const container = await pod.start({ command: ['/bin/sleep', '1000'] });
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'it runs');
  },
  'group/own-image': async (t, check: Check) => {
    const image = await t.images.publish('general');
    await t.images.pull(image.byTag());
    check.present(await t.images.status(image.byTag()), 'the image is there');
  },
  'group/slow': async (t) => {
    const pod = await t.pods.run();
    await pod.start({ command: ['/bin/sleep', '1000'] });
    t.note('up');
    await t.eventually(
      'time passes',
      () => t.cri.runtime.Version({}),
      () => false,
      { withinMs: 30_000 },
    );
  },
});

/** Everything the runtime holds. */
async function holdings(): Promise<Record<string, string[]>> {
  const { items } = await cri.runtime.ListPodSandbox({});
  const { containers } = await cri.runtime.ListContainers({});
  const { images } = await cri.image.ListImages({});
  return {
    pods: items.map(({ id, state }) => `${id} ${state}`).sort(),
    containers: containers.map(({ id, state }) => `${id} ${state}`).sort(),
    images: images.flatMap(({ id, repo_tags: tags }) => [id, ...tags]).sort(),
  };
}

beforeAll(async () => {
  const token = 'attach';
  registry = await RegistryServer.start({ pushToken: token });
  const client = new RegistryClient({ url: registry.url, token });
  await client.push(catalogue.sandbox(await findBusybox()), 'foreign/pause', ['1']);
  runtime = await launchRuntime({
    runtime: 'containerd',
    sandboxImage: `${registry.address}/foreign/pause:1`,
    registries: [registry.address],
    logFile: join(directory, 'containerd.log'),
  });
  cri = openCri(parseEndpoint(runtime.endpoint));
  const places = { logRoot: join(directory, 'logs'), cgroupDriver: 'cgroupfs' as const };
  for (let i = 0; i < 2; i += 1) {
    const config = podConfig(podIdentity('foreign', 'foreign/pod'), places, { linux: { cgroup_parent: '/foreign' } });
    delete config.labels?.[RUN_LABEL];
    await cri.runtime.RunPodSandbox({ config });
  }
  before = await holdings();
});

afterAll(async () => {
  build.remove();
  for (const { id } of (await cri.runtime.ListPodSandbox({})).items) {
    await cri.runtime.StopPodSandbox({ pod_sandbox_id: id });
    await cri.runtime.RemovePodSandbox({ pod_sandbox_id: id });
  }
  cri.close();
  await runtime.stop();
  await registry.close();
  removeCgroups('foreign');
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => {
  reports = new Reports();
});
afterEach(() => reports.remove());

const attached = (...args: string[]): string[] => [
  'run',
  '-r',
  runtime.endpoint,
  '--report-dir',
  reports.directory,
  ...args,
];

describe('a runtime with foreign pods', () => {
  test('is vetted, and left as it was', async () => {
    const ended = await crivet(attached('group/container', 'group/own-image'), { main: build.main });
    expect(ended.code).toBe(0);
    expect(await expectAgreement(reports, ended)).toMatchObject({
      state: 'finished',
      summary: { passed: 2 },
      runtime: { name: 'containerd', runtimeEndpoint: runtime.endpoint },
    });
    expect(await holdings()).toEqual(before);
  });

  test('is left as it was by a run that is interrupted', async () => {
    const run = new Crivet(attached(), { main: build.main });
    await run.says(/passed +group\/container/);
    run.kill('SIGINT');
    expect((await run.ended).code).toBe(3);
    expect(await holdings()).toEqual(before);
  });

  test('is cleaned up after a run that was killed, without a foreign pod being touched', async () => {
    const run = new Crivet(attached(), { main: build.main });
    await run.says(/passed +group\/container/);
    run.kill('SIGKILL');
    await run.ended;
    expect(await holdings()).not.toEqual(before);
    const cleaned = await crivet(['cleanup', '-r', runtime.endpoint]);
    expect(cleaned).toMatchObject({ code: 0, stderr: '' });
    expect(cleaned.stdout).toMatch(/^removed pod sandbox /m);
    expect(await holdings()).toEqual(before);
    expect((await crivet(['cleanup', '-r', runtime.endpoint])).stdout).toBe('nothing of crivet was left behind\n');
  });

  test('is found well by doctor, which leaves it as it was', async () => {
    const { stdout } = await crivet(['doctor', '-r', runtime.endpoint]);
    for (const line of [
      /^ok {4}status: RuntimeReady, NetworkReady$/m,
      /^ok {4}registry: /m,
      /^ok {4}pods: 2 foreign/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout).not.toMatch(/^FAIL/m);
    expect(await holdings()).toEqual(before);
  });

  test('keeps its pods when cleanup cannot reach it', async () => {
    const { code, stderr } = await crivet(['cleanup', '-r', '/nonexistent/x.sock']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/could not remove anything from the runtime: no socket at/);
    expect(await holdings()).toEqual(before);
  });
});
