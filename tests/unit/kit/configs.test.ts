import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { containerConfig } from '../../../fixtures/configs/container.js';
import { podIdentity } from '../../../fixtures/configs/identity.js';
import { overlay } from '../../../fixtures/configs/merge.js';
import { podConfig } from '../../../fixtures/configs/pod.js';
import { decode, encode, messageType, toMessage } from '../../../src/client/codec.js';

const trees = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.integer(),
      fc.constant(null),
      fc.array(fc.integer(), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('value')),
    ),
  })).value,
);

describe('overlay', () => {
  test('merges objects key by key and replaces everything else', () => {
    const base = { a: { x: 1, y: 2 }, list: [1, 2], text: 't', gone: { z: 1 } };
    expect(overlay(base, { a: { y: 3 }, list: [9], gone: null })).toEqual({
      a: { x: 1, y: 3 },
      list: [9],
      text: 't',
      gone: null,
    });
  });

  test('laws: nothing changes nothing, the same twice is the same once, and inputs are left alone', () => {
    fc.assert(
      fc.property(trees, trees, (base, over) => {
        const before = JSON.stringify([base, over]);
        expect(overlay(base, {})).toEqual(base);
        const once = overlay(base, over);
        expect(overlay(once, over)).toEqual(once);
        expect(JSON.stringify([base, over])).toBe(before);
      }),
    );
  });

  test('bytes, dates and big integers are values', () => {
    const bytes = Buffer.from('x');
    expect(overlay({ a: { b: 1 } }, { a: bytes })).toEqual({ a: bytes });
    expect(overlay({ a: bytes }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
    expect(overlay({ a: 1n }, { a: 2n })).toEqual({ a: 2n });
  });
});

const identity = podIdentity('r1', 'sandbox-lifecycle/run-becomes-ready');
const places = { logRoot: '/var/log/pods', cgroupDriver: 'cgroupfs' as const };

/** What arrives at the runtime when this is sent. */
function sent(name: string, config: object): object {
  const type = messageType(name);
  return decode(type, encode(type, toMessage(type, config))).value as object;
}

describe('a pod config', () => {
  test('has what the kubelet always sends', () => {
    expect(sent('PodSandboxConfig', podConfig(identity, places))).toMatchObject({
      metadata: { name: identity.name, namespace: 'crivet', uid: identity.uid, attempt: 0 },
      hostname: identity.name,
      log_directory: `/var/log/pods/crivet_${identity.name}_${identity.uid}`,
      labels: { 'io.kubernetes.pod.uid': identity.uid, 'crivet.dev/run': 'r1' },
      linux: {
        cgroup_parent: `/crivet-r1/pod${identity.uid}`,
        security_context: { namespace_options: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } },
      },
    });
  });

  test('has a slice of systemd for a cgroup parent if the runtime uses that driver', () => {
    const { linux } = podConfig(identity, { ...places, cgroupDriver: 'systemd' });
    expect(linux?.cgroup_parent).toMatch(/^crivet-r1-pod[0-9a-f_]+\.slice$/);
  });

  test('takes overrides at any depth and lets them clear', () => {
    const config = podConfig(identity, places, {
      hostname: 'h',
      linux: { sysctls: { 'net.ipv4.ip_forward': '1' }, security_context: { namespace_options: { network: 'NODE' } } },
      labels: { mine: 'yes' },
    });
    expect(sent('PodSandboxConfig', config)).toMatchObject({
      hostname: 'h',
      labels: { mine: 'yes', 'crivet.dev/run': 'r1' },
      linux: { sysctls: { 'net.ipv4.ip_forward': '1' }, security_context: { namespace_options: { network: 'NODE' } } },
    });
    expect(podConfig(identity, places, { linux: null as never }).linux).toBeNull();
  });
});

describe('a pod identity', () => {
  test('is a name that a host can have, and never the same twice', () => {
    const ids = Array.from({ length: 200 }, () => podIdentity('r', `group/${'long-name-'.repeat(9)}[spdy]`));
    for (const { name } of ids) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61})[a-z0-9]$/);
    expect(new Set(ids.map(({ name }) => name)).size).toBe(200);
    expect(new Set(ids.map(({ uid }) => uid)).size).toBe(200);
  });
});

describe('a container config', () => {
  const image = { ref: 'sha256:1', name: 'r:1/x' };

  test('has what the kubelet always sends', () => {
    expect(sent('ContainerConfig', containerConfig(identity, 'c1', image))).toMatchObject({
      metadata: { name: 'c1', attempt: 0 },
      image: { image: 'sha256:1', user_specified_image: 'r:1/x' },
      log_path: 'c1/0.log',
      labels: { 'io.kubernetes.container.name': 'c1', 'io.kubernetes.pod.uid': identity.uid },
      linux: {
        resources: { cpu_shares: 2n, oom_score_adj: 1000n },
        security_context: { masked_paths: expect.arrayContaining(['/proc/kcore']) as unknown },
      },
    });
  });

  test('counts attempts in the log path as the kubelet does', () => {
    const config = containerConfig(identity, 'c1', image, { metadata: { name: 'c1', attempt: 3 } });
    expect(config.log_path).toBe('c1/3.log');
    expect(config.annotations?.['io.kubernetes.container.restartCount']).toBe('3');
  });
});
