/*
 * Brings a bare machine to where crivet can be built and can launch a private containerd: npm packages and, on Debian
 * and Ubuntu as root, Debian packages. Plain JavaScript without dependencies, for it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const COULD_NOT_RUN = 3;

/** What a private containerd needs, and the Debian package that brings it. */
const PROGRAMS = [
  { what: 'containerd', package: 'containerd', found: () => onPath('containerd') },
  { what: 'runc', package: 'runc', found: () => onPath('runc') },
  { what: 'the CNI plugins', package: 'containernetworking-plugins', found: cniPlugins },
  { what: 'iptables', package: 'iptables', found: () => onPath('iptables') },
  { what: 'ip', package: 'iproute2', found: () => onPath('ip') },
  { what: 'a static busybox', package: 'busybox-static', found: staticBusybox },
];

/** Installs what is missing, or says exactly what to install and ends the process. */
export function setUp() {
  checkNode();
  installNpmPackages();
  installPrograms();
}

/** Runs a program with our terminal; returns its exit code, 128 + n if signal n ended it. */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error) giveUp(`cannot start ${program}: ${error.message}`);
  return status ?? 128;
}

/** Runs a program that has to succeed. */
export function mustRun(program, args, options) {
  const code = run(program, args, options);
  if (code !== 0) giveUp(`\`${[program, ...args].join(' ')}\` failed with exit code ${code}`, code);
}

function giveUp(message, code = COULD_NOT_RUN) {
  console.error(`crivet: ${message}`);
  process.exit(code);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) giveUp(`Node.js >= 20.19 is needed, this is ${process.version}`);
}

function installNpmPackages() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const wanted = join(ROOT, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.error('crivet: installing npm packages');
  mustRun('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function installPrograms() {
  const missing = PROGRAMS.filter(({ found }) => !found());
  if (missing.length === 0) return;
  const packages = missing.map((program) => program.package);
  const names = missing.map(({ what }) => what).join(', ');
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!onPath('apt-get')) {
    giveUp(`missing: ${names}. Install them with your system's package manager; on Debian and Ubuntu: ${command}`);
  }
  if (process.getuid?.() !== 0) giveUp(`missing: ${names}. As root: ${command}`);
  console.error(`crivet: installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const stdio = ['ignore', 'ignore', 'inherit'];
  // Package lists may be old or absent; where they cannot be refreshed, the install may still succeed.
  run('apt-get', ['update', '-qq'], { env, stdio });
  mustRun('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, stdio });
}

function onPath(name) {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => existsSync(join(directory, name)));
}

function cniPlugins() {
  return ['/usr/lib/cni', '/opt/cni/bin'].some((directory) => existsSync(join(directory, 'bridge')));
}

function staticBusybox() {
  const path = ['/bin/busybox', '/usr/bin/busybox'].find((candidate) => existsSync(candidate));
  return path !== undefined && !needsLoader(readFileSync(path));
}

/** Whether a 64-bit little-endian ELF program names a loader (PT_INTERP), which a static one does not. */
function needsLoader(elf) {
  const tableAt = Number(elf.readBigUInt64LE(32));
  const entrySize = elf.readUInt16LE(54);
  const entries = Array.from({ length: elf.readUInt16LE(56) }, (_, index) =>
    elf.readUInt32LE(tableAt + index * entrySize),
  );
  return entries.includes(3);
}
