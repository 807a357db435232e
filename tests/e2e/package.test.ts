import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crivet, MAIN, Reports } from '../support/crivet.js';

/* What a user gets: the tarball that `npm pack` makes, installed into a project of theirs. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'package-'));
const project = join(directory, 'project');
const installed = join(project, 'node_modules/crivet');
let listed: string[];

function npm(cwd: string, ...args: string[]): string {
  const env = { ...process.env, NODE_ENV: 'production' };
  return execFileSync('npm', [...args, '--loglevel=error'], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

beforeAll(() => {
  // Packed from a copy, so that it is the build under test that is packed.
  const source = join(directory, 'source');
  mkdirSync(source);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'docs']) {
    cpSync(join(ROOT, name), join(source, name), { recursive: true });
  }
  cpSync(join(dirname(MAIN), '../..'), join(source, 'dist'), { recursive: true });
  const [packed] = JSON.parse(npm(source, 'pack', '--json', '--pack-destination', directory)) as [
    { filename: string; files: { path: string }[] },
  ];
  listed = packed.files.map(({ path }) => path);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name": "user", "private": true}');
  npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(directory, packed.filename));
}, 240_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the package holds the build and the documents, and no tests', () => {
  expect(listed).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/src/cli/main.js']));
  expect(listed.filter((path) => /^(tests|scripts|bench|node_modules|reports)\//.test(path))).toEqual([]);
  expect(listed.filter((path) => path.includes('tsbuildinfo'))).toEqual([]);
});

test('npx finds the command, and its dependencies are those it declares', () => {
  const env = { ...process.env, npm_config_update_notifier: 'false' };
  const stdout = execFileSync('npx', ['--no-install', 'crivet', 'list'], { cwd: project, env, encoding: 'utf8' });
  expect(stdout).toContain('sandbox-lifecycle/run-becomes-ready');
});

test('a run works from any directory, with the installation read-only, and writes nothing there', async () => {
  const elsewhere = join(directory, 'elsewhere');
  mkdirSync(elsewhere);
  const reports = new Reports();
  const mount = (...args: string[]): void => void execFileSync('mount', args);
  mount('--bind', project, project);
  try {
    mount('-o', 'remount,bind,ro', project);
    const main = join(installed, 'dist/src/cli/main.js');
    const args = ['run', '--launch', 'containerd', '--report-dir', reports.directory];
    const ended = await crivet([...args, 'sandbox-lifecycle/run-becomes-ready'], { main, cwd: elsewhere });
    expect(ended).toMatchObject({ code: 0 });
    expect(reports.run.summary.passed).toBe(1);
    expect(readdirSync(elsewhere)).toEqual([]);
  } finally {
    execFileSync('umount', [project]);
    reports.remove();
  }
});
