import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crivet, type Ended } from '../support/crivet.js';

let directory: string;
let reports: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bad-input-'));
});
beforeEach(() => {
  reports = mkdtempSync(join(directory, 'reports-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, text = ''): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

/** Runs from the directory of the test, where no crictl.yaml tells of a runtime. */
function run(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return crivet(args, { cwd: directory, env });
}

const one = 'sandbox-lifecycle/run-becomes-ready';

describe('the command line is wrong: exit code 2, why, and nothing started', () => {
  test.each<[string, string[], RegExp]>([
    ['no command', [], /Name a command/],
    ['an unknown command', ['rnu'], /rnu|Did you mean run/],
    ['an unknown option', ['run', '--frobnicate'], /Unknown argument: frobnicate/],
    ['an option that another command has', ['list', '--launch', 'containerd'], /Unknown argument/],
    ['an option without its value', ['run', '--timeout'], /Not enough arguments following: timeout/],
    ['a value that is no number', ['run', '--timeout', 'long'], /--timeout: want a whole number from 1 to 3600/],
    ['a value out of bounds', ['run', '--concurrency', '0'], /--concurrency: want a whole number from 1 to 256/],
    ['a value that is none of the choices', ['run', '--host-access', 'maybe'], /Invalid values/],
    ['an option twice', ['run', '-r', '/a', '--runtime-endpoint', '/b'], /given more than once/],
    ['a number twice', ['run', '--timeout', '1', '--timeout', '2'], /--timeout is given more than once/],
    [
      'a pattern that matches nothing',
      ['run', 'sandbox-lifecycel'],
      /no spec matches 'sandbox-lifecycel'\. Nearest: sandbox-lifecycle/,
    ],
    [
      'one of several patterns that matches nothing',
      ['run', one, '--spec', 'nonsense-xyz', '--spec', one],
      /no spec matches 'nonsense-xyz'/,
    ],
    ['a --skip that matches nothing', ['run', '--skip', 'nonsense-xyz'], /no spec matches 'nonsense-xyz'/],
    ['a selection that leaves nothing', ['run', one, '--skip', one], /leaves no spec to run/],
    ['an unknown level', ['run', '--level', 'most'], /no level 'most'\. Nearest: must/],
    ['a release that is none', ['run', '--kubernetes', 'latest'], /--kubernetes 'latest': want a release as 1\.NN/],
    ['a release before all rules', ['run', '--kubernetes', '1.1'], /leaves no spec to run/],
    [
      'an unknown runtime to launch',
      ['run', '--launch', 'contained'],
      /--launch 'contained': no launcher.* Nearest: containerd/,
    ],
    ['launch and an endpoint', ['run', '--launch', 'containerd', '-r', '/x'], /leave out --runtime-endpoint/],
    ['a program without launch', ['run', '--binary', 'runc=/x'], /--binary .*needs --launch/],
    ['a program that is no pair', ['run', '--launch', 'containerd', '--binary', 'runc'], /want name=\/absolute\/path/],
    ['a malformed endpoint', ['run', '-r', 'http://localhost'], /endpoint 'http:\/\/localhost': the scheme 'http'/],
    ['a named pipe', ['run', '-r', 'npipe:////./pipe/containerd'], /Windows only/],
    [
      'a malformed listen address',
      ['run', '--registry-listen', 'nowhere'],
      /--registry-listen 'nowhere': want host:port/,
    ],
    ['a malformed listen address of doctor', ['doctor', '--registry-listen', 'nowhere'], /--registry-listen 'nowhere'/],
    ['a missing busybox', ['run', '--busybox', '/nonexistent/busybox'], /--busybox .*no such file/],
    ['a missing CA', ['run', '--streaming-ca', '/nonexistent/ca'], /--streaming-ca .*no such file/],
    ['images and a registry', ['run', '--images', '/x', '--registry-listen', 'a:1'], /leave out --registry-listen/],
    ['a missing image map', ['run', '--images', '/nonexistent/map'], /--images .*ENOENT/],
    ['nothing to explain', ['explain'], /Not enough non-option arguments|id/],
    [
      'something unknown to explain',
      ['explain', 'sandbox-lifecycle/run-becomes-redy'],
      /Nearest: sandbox-lifecycle\/run-becomes-ready/,
    ],
    ['too much to explain', ['explain', one, one], /Unknown argument|Too many/],
    ['a list of nothing', ['list', 'nonsense-xyz'], /no spec matches/],
  ])('%s', async (_what, args, why) => {
    const ended = await run(args);
    expect(ended.stderr).toMatch(why);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^crivet: /);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended.ms).toBeLessThan(10_000);
  });

  test.each([
    ['broken', 'general: [', /--images .*images\.yaml/],
    ['with an unknown key', 'generall: x/y', /no image 'generall'\. Nearest: general/],
    ['of another shape', '[]', /want a mapping/],
  ])('an image map %s', async (_what, text, why) => {
    const ended = await run(['run', '--images', file('images.yaml', text)]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(why);
  });
});

describe('there is nothing to vet: exit code 3, with the next step', () => {
  const attempt = (...args: string[]): Promise<Ended> => run(['run', one, '--report-dir', reports, ...args]);

  test('no socket', async () => {
    const { code, stdout } = await attempt('-r', '/nonexistent/x.sock');
    expect(code).toBe(3);
    expect(stdout).toMatch(/no socket at \/nonexistent\/x\.sock\. Is the runtime running/);
    expect(stdout).toMatch(/\nVerdict: inconclusive/);
  });

  test('a file', async () => {
    const { code, stdout } = await attempt('-r', file('no-socket'));
    expect(code).toBe(3);
    expect(stdout).toMatch(/no-socket is not a socket\. Name the runtime's CRI socket/);
  });

  test('a closed port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { code, stdout, ms } = await attempt('-r', `tcp://127.0.0.1:${port}`);
    expect(code).toBe(3);
    expect(stdout).toMatch(/Nobody accepts connections there/);
    expect(ms).toBeLessThan(20_000);
  });

  test("crictl's configuration is broken", async () => {
    const env = { CRI_CONFIG_FILE: file('crictl.yaml', 'runtime-endpoint: [') };
    const { code, stdout } = await run(['run', one, '--report-dir', reports], env);
    expect(code).toBe(3);
    expect(stdout).toMatch(/cannot read crictl's configuration .*crictl\.yaml/);
  });

  test('no endpoint at all', async () => {
    const env = { CRI_CONFIG_FILE: file('empty.yaml', '') };
    const { code, stdout, stderr } = await run(['run', one, '--report-dir', reports], env);
    // A host may have a runtime at a well-known place; then that one is what is vetted.
    if (/first well-known socket/.test(stderr)) return;
    expect(code).toBe(3);
    expect(stdout).toMatch(/no CRI endpoint: none given.*Name one with --runtime-endpoint.*--launch containerd/s);
  });
});

describe('what is needed cannot be used: exit code 3, with the next step', () => {
  const launch = (...args: string[]): Promise<Ended> =>
    run(['run', one, '--launch', 'containerd', '--report-dir', reports, ...args]);

  test('a busybox that is no program', async () => {
    const path = file('no-elf', 'not a program');
    execFileSync('chmod', ['+x', path]);
    const { code, stdout } = await launch('--busybox', path);
    expect(code).toBe(3);
    expect(stdout).toMatch(/No usable busybox .*no-elf: .*Install one/s);
  });

  test('a busybox that needs a loader', async () => {
    const path = join(directory, 'dynamic');
    copyFileSync(process.execPath, path);
    const { code, stdout } = await launch('--busybox', path);
    expect(code).toBe(3);
    expect(stdout).toMatch(/dynamic: dynamically linked \(wants .*\).*apt-get install busybox-static/s);
  });

  test('a directory for a busybox', async () => {
    const { code, stdout } = await launch('--busybox', directory);
    expect(code).toBe(3);
    expect(stdout).toMatch(/No usable busybox/);
  });

  test('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stdout } = await launch('--registry-listen', `127.0.0.1:${port}`);
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(3);
    expect(stdout).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}`));
    expect(stdout).toMatch(/in use|EADDRINUSE/);
  });

  test('an address that is not of this host', async () => {
    const { code, stdout } = await launch('--registry-listen', '192.0.2.1:5000');
    expect(code).toBe(3);
    expect(stdout).toMatch(/192\.0\.2\.1/);
  });

  test('programs of the runtime that are not there', async () => {
    const { code, stdout } = await launch('--binary', 'runc=/nonexistent/runc');
    expect(code).toBe(3);
    expect(stdout).toMatch(/runc: \/nonexistent\/runc is not an executable file/);
    const unknown = await launch('--binary', 'rucn=/bin/true');
    expect(unknown.code).toBe(3);
    expect(unknown.stdout).toMatch(/'rucn' is none of them/);
  });

  test('a program that is no containerd', async () => {
    const { code, stdout, ms } = await launch('--binary', 'containerd=/bin/false');
    expect(code).toBe(3);
    expect(stdout).toMatch(/containerd ended with code 1 before it was ready/);
    expect(ms).toBeLessThan(20_000);
  });

  test('a report directory that is a file', async () => {
    const { code, stderr, stdout } = await run(['run', one, '-r', '/nonexistent', '--report-dir', file('taken')]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/taken/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('a report that is in the way', async () => {
    mkdirSync(join(reports, 'junit.xml'));
    writeFileSync(join(reports, 'junit.xml', 'x'), '');
    const { code, stderr, stdout } = await launch();
    expect(code).toBe(3);
    expect(stderr).toMatch(/junit\.xml/);
    expect(stdout).toMatch(/1 passed/);
  });

  test('a report directory that cannot be made', async () => {
    const { code, stderr } = await run(['run', one, '-r', '/nonexistent', '--report-dir', `${file('taken')}/reports`]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/taken\/reports/);
  });
});
