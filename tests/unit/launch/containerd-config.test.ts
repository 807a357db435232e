import { expect, test } from 'vitest';
import { containerdConfig, plainHttpHost, type HostFeatures } from '../../../src/launch/containerd/config.js';
import { cniConfig } from '../../../src/launch/network.js';

const programs = { containerd: '/bin/containerd', runc: '/bin/runc', shim: '/bin/shim', cni: '/opt/cni "x"' };
const everything: HostFeatures = { overlay: true, apparmor: true, hugetlb: true, oomScore: true };
const config = (features: HostFeatures) => containerdConfig('/run/crivet/aa', '127.0.0.1:5/p:1', programs, features);

test('every path is below the launch, and texts are quoted', () => {
  const paths = [...config(everything).matchAll(/^(?:root|state|address|path|Root|conf_dir|\w+_path) = "(.*)"$/gm)];
  const outside = paths.map((match) => match[1]).filter((path) => !path?.startsWith('/run/crivet/aa/'));
  expect(outside).toEqual(['/bin/shim']);
  expect(config(everything)).toContain('bin_dir = "/opt/cni \\"x\\""');
});

test('the configuration follows what the host can do', () => {
  const values = (text: string) =>
    Object.fromEntries(
      ['snapshotter', 'restrict_oom_score_adj', 'disable_apparmor', 'disable_hugetlb_controller'].map((key) => [
        key,
        new RegExp(`^${key} = (.*)$`, 'm').exec(text)?.[1],
      ]),
    );
  expect(values(config(everything))).toEqual({
    snapshotter: '"overlayfs"',
    restrict_oom_score_adj: 'false',
    disable_apparmor: 'false',
    disable_hugetlb_controller: 'false',
  });
  expect(values(config({ overlay: false, apparmor: false, hugetlb: false, oomScore: false }))).toEqual({
    snapshotter: '"native"',
    restrict_oom_score_adj: 'true',
    disable_apparmor: 'true',
    disable_hugetlb_controller: 'true',
  });
});

test('a registry is reached by plain http', () => {
  expect(plainHttpHost('10.0.0.1:5000')).toMatchInlineSnapshot(`
    "server = "http://10.0.0.1:5000"

    [host."http://10.0.0.1:5000"]
    capabilities = ["pull", "resolve"]
    "
  `);
});

test('the pod network has a range and a route for each family it was given', () => {
  const read = (text: string) => JSON.parse(text) as { plugins: { type: string; ipam?: Record<string, unknown> }[] };
  const dual = read(cniConfig({ name: 'crv1', subnet4: '198.18.3.0/24', subnet6: 'fd00:1::/64' }, '/d', true));
  expect(dual.plugins.map(({ type }) => type)).toEqual(['bridge', 'portmap']);
  expect(dual.plugins[0]?.ipam).toEqual({
    type: 'host-local',
    dataDir: '/d',
    ranges: [[{ subnet: '198.18.3.0/24' }], [{ subnet: 'fd00:1::/64' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
  });
  const single = read(cniConfig({ name: 'crv1', subnet4: '198.18.3.0/24' }, '/d', false));
  expect(single.plugins.map(({ type }) => type)).toEqual(['bridge']);
  expect(single.plugins[0]?.ipam?.['routes']).toEqual([{ dst: '0.0.0.0/0' }]);
});
