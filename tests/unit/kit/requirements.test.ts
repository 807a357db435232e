import { afterEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/kit/environment.js';
import { unadvertised, unmet, type Requirement } from '../../../src/kit/requirements.js';
import type { RunSettings } from '../../../src/kit/settings.js';
import { FakeRuntime, healthy, type Handlers } from '../../support/fake-runtime.js';
import { environmentOf } from '../../support/settings.js';

let close = (): void => undefined;
afterEach(() => close());

async function environment(given: Partial<RunSettings> = {}, handlers: Handlers = {}): Promise<Environment> {
  const runtime = await FakeRuntime.start({ ...healthy, ...handlers });
  const env = await environmentOf(runtime.endpoint, given);
  close = () => {
    env.cri.close();
    runtime.close();
  };
  return env;
}

const registry = { url: 'http://127.0.0.1:1', token: 't', address: '127.0.0.1:1', secondAddress: null };

describe('a requirement', () => {
  const host = { root: false, linux: true, seccomp: false, ipv6: false, cgroupVersion: 2 as const };
  test.each<[Requirement, Partial<Environment['host']>, Partial<RunSettings>]>([
    ['host-access', {}, { hostAccess: true }],
    ['root', { root: true }, {}],
    ['registry', {}, { registry }],
    ['two-registries', {}, { registry: { ...registry, secondAddress: 'localhost:1' } }],
    ['loopback-registry', {}, { registry: { ...registry, secondAddress: '127.0.0.1:2' } }],
    ['seccomp', { seccomp: true }, {}],
    ['ipv6', { ipv6: true }, {}],
    ['named-handler', {}, { handler: 'kata' }],
    ['cgroup-v1', { cgroupVersion: 1 }, {}],
  ])('%s is met where the fact holds, and says what is missing where not', async (name, fact, settings) => {
    const env = await environment(settings);
    expect(unmet([name], { ...env, host: { ...host, ...fact } })).toBeUndefined();
    const bare = { ...env, host, settings: { ...env.settings, hostAccess: false, registry: null, handler: '' } };
    expect(unmet([name], bare)).toMatch(/^(needs|the host|the kernel) ./);
  });

  test('one registry name is not two', async () => {
    expect(unmet(['two-registries'], await environment({ registry }))).toBeDefined();
  });

  test('all that is missing is named', async () => {
    const env = await environment();
    expect(unmet(['host-access', 'registry'], env)).toMatch(/needs access to the host.*; needs the embedded registry/);
    expect(unmet([], env)).toBeUndefined();
  });
});

describe('a level', () => {
  const handlers: Handlers = {
    Status: () => ({
      features: { supplemental_groups_policy: true },
      runtime_handlers: [
        { name: '', features: { recursive_read_only_mounts: true, user_namespaces: false } },
        { name: 'kata', features: { recursive_read_only_mounts: false, user_namespaces: true } },
      ],
    }),
  };

  test('of a feature is unsupported where Status does not advertise it', async () => {
    const env = await environment();
    for (const name of ['SupplementalGroupsPolicy', 'RecursiveReadOnlyMounts', 'UserNamespaces', 'RuntimeHandlers']) {
      expect(unadvertised(`feature:${name}`, env)).toBe(`the runtime does not advertise ${name}`);
    }
  });

  test('of a feature goes by the handler that is vetted', async () => {
    const byDefault = await environment({}, handlers);
    expect(unadvertised('feature:SupplementalGroupsPolicy', byDefault)).toBeUndefined();
    expect(unadvertised('feature:RecursiveReadOnlyMounts', byDefault)).toBeUndefined();
    expect(unadvertised('feature:UserNamespaces', byDefault)).toBeDefined();
    close();
    const kata = await environment({ handler: 'kata' }, handlers);
    expect(unadvertised('feature:RecursiveReadOnlyMounts', kata)).toBeDefined();
    expect(unadvertised('feature:UserNamespaces', kata)).toBeUndefined();
  });

  test('that is no feature, or one nobody advertises, is decided by the calls', async () => {
    const env = await environment();
    for (const level of ['must', 'should', 'feature:Events']) expect(unadvertised(level, env)).toBeUndefined();
  });
});

describe('the cgroup driver', () => {
  const driver = async (handlers: Handlers): Promise<string> =>
    (await environment({ cgroupDriver: 'auto' }, handlers)).cgroupDriver;

  test('is what RuntimeConfig says', async () => {
    expect(await driver({ RuntimeConfig: () => ({ linux: { cgroup_driver: 'SYSTEMD' } }) })).toBe('systemd');
    close();
    expect(await driver({ RuntimeConfig: () => ({ linux: { cgroup_driver: 'CGROUPFS' } }) })).toBe('cgroupfs');
  });

  test("is what containerd's verbose Status shows where that call is missing", async () => {
    const config = (value: boolean): Handlers => ({
      Status: () => ({
        info: { config: JSON.stringify({ runtimes: { runc: { options: { SystemdCgroup: value } } } }) },
      }),
    });
    expect(await driver(config(true))).toBe('systemd');
    close();
    expect(await driver(config(false))).toBe('cgroupfs');
  });
});
