import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { crivet, MAIN } from '../support/crivet.js';
import { FakeRuntime, healthy, Refusal } from '../support/fake-runtime.js';

interface Listed {
  id: string;
  group: string;
  level: string;
  since: string;
  why: string;
  sources: string[];
}

/** The specs of `crivet list --json` with these arguments. */
async function listed(...args: string[]): Promise<Listed[]> {
  const { code, stdout, stderr } = await crivet(['list', '--json', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Listed[];
}

describe('list', () => {
  let all: Listed[];
  beforeAll(async () => {
    all = await listed();
  });

  test('--json has every spec once, with all that defines it', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const spec of all) {
      expect(spec.id.startsWith(`${spec.group}/`)).toBe(true);
      expect(spec.level).toMatch(/^(must|should|feature:\w+)$/);
      expect(spec.since).toMatch(/^1\.\d+$/);
      expect(spec.why).not.toBe('');
      expect(spec.sources).not.toEqual([]);
    }
  });

  test('ends when its work is done, whatever is still alive in the process', async () => {
    const NODE_OPTIONS = '--import=data:text/javascript,setInterval(()=>{},1000)';
    const { code, stdout } = await crivet(['list', '--json'], { env: { NODE_OPTIONS } });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(all.length);
  }, 15_000);

  test('prints one line per spec, and how many', async () => {
    const { code, stdout } = await crivet(['list']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe(`${all.length} specs`);
    expect(lines.slice(0, -1).map((line) => line.split(' ')[0])).toEqual(all.map(({ id }) => id));
  });

  test('selects as run does: patterns and every --spec, --skip, --level, --kubernetes', async () => {
    const ids = (specs: Listed[]): string[] => specs.map(({ id }) => id);
    const inGroup = all.filter(({ group }) => group === 'sandbox-lifecycle');
    expect(ids(await listed('sandbox-lifecycle'))).toEqual(ids(inGroup));
    const two = await listed(
      '--spec',
      'sandbox-lifecycle/run-becomes-ready',
      '--spec',
      'runtime-info',
      '--spec',
      'images',
    );
    expect(new Set(two.map(({ group }) => group))).toEqual(new Set(['sandbox-lifecycle', 'runtime-info', 'images']));
    const without = await listed('--skip', 'sandbox-lifecycle', '--skip', 'images');
    expect(ids(without)).toEqual(ids(all.filter(({ group }) => !['sandbox-lifecycle', 'images'].includes(group))));
    expect(ids(await listed('--level', 'must'))).toEqual(ids(all.filter(({ level }) => level === 'must')));
    expect(ids(await listed('--level', 'should', '--level', 'must'))).toEqual(
      ids(all.filter(({ level }) => level === 'must' || level === 'should')),
    );
    const minor = (since: string): number => Number(since.slice(2));
    expect(ids(await listed('--kubernetes', '1.25'))).toEqual(ids(all.filter(({ since }) => minor(since) <= 25)));
  });

  test('of one spec counts it', async () => {
    const { stdout } = await crivet(['list', 'sandbox-lifecycle/run-becomes-ready']);
    expect(stdout).toMatch(/\n1 spec\n$/);
  });
});

describe('explain', () => {
  test('says what a spec demands, why, and where that is written', async () => {
    const { code, stdout } = await crivet(['explain', 'sandbox-lifecycle/run-becomes-ready']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sandbox-lifecycle\/run-becomes-ready\n {2}\S.*\n/);
    for (const part of ['level: must', 'since: Kubernetes 1.', 'why: ', 'sources: ']) expect(stdout).toContain(part);
  });

  test('takes a glob', async () => {
    const { stdout } = await crivet(['explain', 'sandbox-lifecycle/*']);
    expect(stdout.match(/^sandbox-lifecycle\//gm)?.length).toBeGreaterThan(1);
  });
});

describe('help', () => {
  test('names every command and every option', async () => {
    const { code, stdout } = await crivet(['--help']);
    expect(code).toBe(0);
    for (const command of ['run', 'list', 'explain', 'cleanup', 'doctor'])
      expect(stdout).toContain(`crivet ${command}`);
    const run = await crivet(['run', '--help']);
    expect(run.code).toBe(0);
    for (const option of ['--launch', '--runtime-endpoint', '--timeout', '--seed', '--images']) {
      expect(run.stdout).toContain(option);
    }
  });

  test('the version is the one of the package', async () => {
    expect(await crivet(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown,
    });
  });

  test('a reader that goes away is no error', () => {
    const script = 'set -o pipefail; "$0" "$1" list --json | head -c 1 > /dev/null';
    execFileSync('bash', ['-c', script, process.execPath, MAIN], { stdio: ['ignore', 'ignore', 'ignore'] });
  });
});

describe('doctor', () => {
  test('without a runtime says what to do, and looks at the host all the same', async () => {
    const { code, stdout } = await crivet(['doctor', '-r', '/nonexistent/x.sock']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^FAIL {2}version: no socket at \/nonexistent\/x\.sock.*\n +→ /m);
    expect(stdout).toMatch(/^ok {4}busybox: /m);
  });

  test('names what a runtime lacks', async () => {
    const conditions = [
      { type: 'RuntimeReady', status: true },
      { type: 'NetworkReady', status: false, reason: 'NoCNI', message: 'no network config' },
    ];
    const runtime = await FakeRuntime.start({
      ...healthy,
      Status: () => ({ status: { conditions } }),
      PullImage: () => Promise.reject(new Refusal('UNKNOWN', 'no route to registry')),
      ListPodSandbox: () => ({
        items: [
          { id: 'a', labels: {} },
          { id: 'b', labels: { 'crivet.dev/run': 'old' } },
        ],
      }),
    });
    const { code, stdout } = await crivet(['doctor', '-r', runtime.endpoint.address]);
    runtime.close();
    expect(code).toBe(3);
    expect(stdout).toMatch(/^ok {4}version: fake 1\.0, CRI v1/m);
    expect(stdout).toMatch(/^FAIL {2}status: not NetworkReady \(NoCNI: no network config\)\n +→ configure/m);
    expect(stdout).toMatch(/^FAIL {2}registry: .*no route to registry\n +→ the runtime never asked/m);
    expect(stdout).toMatch(/^note {2}pods: 1 of crivet.*\n +→ crivet cleanup/m);
  });
});
