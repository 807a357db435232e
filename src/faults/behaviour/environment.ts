import { hostname } from 'node:os';
import type { ContainerConfig, KeyValue } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { envs } from './config.js';
import { isAtOrBelow } from './directories.js';
import { byImage } from './image-config.js';
import { isOfImages } from './places.js';
import { changeContainer, changeRequest, refuse, type Plant } from './shapes.js';

/* How a container is started: words, environment, directory, terminal, and what a next attempt takes from the first. */

const text = ({ value }: KeyValue): string => Buffer.from(value).toString('latin1');

const eachValue = (change: (value: string) => string): Plant =>
  envs((all) =>
    all.map((env) => {
      const value = change(text(env));
      return value === text(env) ? env : { ...env, value: Buffer.from(value, 'latin1') };
    }),
  );

const eachWord = (change: (word: string) => string): Plant =>
  changeContainer(({ command, args }) => ({ command: command.map(change), args: args.map(change) }));

/** Whether a variable before has the same name but for capitals. */
const isTakenBut = ({ key }: KeyValue, before: KeyValue[]): boolean =>
  before.some((other) => other.key !== key && other.key.toLowerCase() === key.toLowerCase());

/** A container of a later attempt is made by some of the config of the first attempt. */
export function asFirstAttempt(part: (config: ContainerConfig) => Partial<ContainerConfig>): Plant {
  return (planting) => {
    const first = new Map<string, Partial<ContainerConfig>>();
    return changeRequest('CreateContainer', (request) => {
      const { config } = request;
      if (!config?.metadata) return request;
      const key = `${request.pod_sandbox_id} ${config.metadata.name}`;
      const before = first.get(key) ?? part(config);
      first.set(key, before);
      return config.metadata.attempt === 0 ? request : { ...request, config: { ...config, ...before } };
    })(planting);
  };
}

/** A variable that the config does not have, with a value of the runtime's. */
const unlessGiven = (key: string, value: string): Plant =>
  envs((all) => (all.some((env) => env.key === key) ? all : [...all, { key, value: Buffer.from(value) }]));

/** Whether a working directory is asked for that neither the image nor a mount brings. */
const needsDirectory = ({ working_dir, mounts }: ContainerConfig): boolean =>
  working_dir !== '' &&
  !isOfImages(working_dir) &&
  !mounts.some(({ container_path }) => isAtOrBelow(working_dir, container_path));

export const environmentFaults: Fault[] = [
  {
    id: 'behaviour/working-dir-missing-is-root',
    title: 'a container whose working_dir its image does not have starts in the root directory',
    plant: changeContainer((config) => (needsDirectory(config) ? { working_dir: '/' } : {})),
  },
  {
    id: 'behaviour/working-dir-missing-refused',
    title: 'CreateContainer refuses a working_dir that the image does not have',
    plant: refuse(
      'CreateContainer',
      ({ config }) => config !== null && needsDirectory(config),
      'UNKNOWN',
      'chdir to cwd set in config.json failed: no such file or directory',
    ),
  },
  {
    id: 'behaviour/hostname-variable-is-the-nodes',
    title: 'HOSTNAME in a container is the name of the node',
    plant: unlessGiven('HOSTNAME', hostname()),
  },
  {
    id: 'behaviour/home-variable-is-root',
    title: 'HOME in a container is the root directory, whoever its user is',
    plant: unlessGiven('HOME', '/'),
  },
  {
    id: 'behaviour/envs-first-of-a-name-counts',
    title: 'of envs of one name the first counts',
    plant: envs((all) => all.filter(({ key }, at) => all.findIndex((other) => other.key === key) === at)),
  },
  {
    id: 'behaviour/stdin-open-unasked',
    title: 'a container without stdin waits for input in place of reading the end of it',
    plant: changeContainer(({ stdin, tty }) => (stdin || tty ? {} : { stdin: true })),
  },
  {
    id: 'behaviour/env-names-with-dot-lost',
    title: 'environment variables whose names a shell does not allow, like a.b or a-b, are lost',
    plant: envs((all) => all.filter(({ key }) => /^[A-Za-z_]\w*$/.test(key))),
  },
  {
    id: 'behaviour/env-cut-at-line-end',
    title: 'the value of an environment variable ends with its first line',
    plant: eachValue((value) => value.replace(/\n.*$/s, '')),
  },
  {
    id: 'behaviour/env-long-cut',
    title: 'the value of an environment variable is cut after 4096 bytes',
    plant: eachValue((value) => value.slice(0, 4096)),
  },
  {
    id: 'behaviour/command-loses-directory-of-image',
    title: 'a container with a command of its own does not begin in the working directory of its image',
    plant: byImage(({ working_dir, command }, { WorkingDir = '' }) =>
      working_dir !== '' || command.length === 0 || ['', '/'].includes(WorkingDir) ? {} : { working_dir: '/' },
    ),
  },
  {
    id: 'behaviour/working-dir-loses-to-the-image',
    title: 'the working directory of the image wins over working_dir',
    plant: byImage(({ working_dir }, { WorkingDir = '' }) =>
      working_dir !== '' && WorkingDir !== '' ? { working_dir: WorkingDir } : {},
    ),
  },
  {
    // Most images have a CMD: `sleep 3600` becomes `sleep 3600 sh`.
    id: 'behaviour/command-alone-keeps-cmd-of-image',
    title: 'a container with a command and no args gets the CMD of its image as args',
    plant: byImage(({ command, args }, { Cmd = [] }) => (command.length > 0 && args.length === 0 ? { args: Cmd } : {})),
  },
  {
    id: 'behaviour/args-in-ascii',
    title: 'characters of command and args that are not ASCII become question marks',
    plant: eachWord((word) => word.replace(/\P{ASCII}/gu, '?')),
  },
  {
    // Scripts of several lines are what most `sh -c` args are.
    id: 'behaviour/args-end-with-first-line',
    title: 'an arg of several lines ends with its first',
    plant: eachWord((word) => word.split('\n')[0] ?? ''),
  },
  {
    id: 'behaviour/args-long-cut',
    title: 'an arg is cut after 4096 characters',
    plant: eachWord((word) => word.slice(0, 4096)),
  },
  {
    // Service links alone are seven a service.
    id: 'behaviour/envs-sixty-four-at-most',
    title: 'of envs the first 64 are set',
    plant: envs((all) => all.slice(0, 64)),
  },
  {
    id: 'behaviour/env-hostname-is-the-runtimes',
    title: 'a variable HOSTNAME of envs loses to the host name of the pod',
    plant: envs((all) => all.filter(({ key }) => key !== 'HOSTNAME')),
  },
  {
    // http_proxy and HTTP_PROXY are set side by side everywhere.
    id: 'behaviour/env-names-ignore-case',
    title: 'of envs whose names differ in capitals only, the first is set alone',
    plant: envs((all) => all.filter((env, index) => !isTakenBut(env, all.slice(0, index)))),
  },
  {
    id: 'behaviour/terminal-needs-input',
    title: 'a container without stdin has no terminal',
    plant: changeContainer(({ tty, stdin }) => ({ tty: tty && stdin })),
  },
  {
    id: 'behaviour/next-attempt-old-environment',
    title: 'the next attempt of a container has the environment of the first',
    plant: asFirstAttempt(({ envs: all }) => ({ envs: all })),
  },
  {
    id: 'behaviour/next-attempt-old-args',
    title: 'the next attempt of a container has the command and args of the first',
    plant: asFirstAttempt(({ command, args }) => ({ command, args })),
  },
  {
    id: 'behaviour/next-attempt-old-image',
    title: 'the next attempt of a container runs the image of the first',
    plant: asFirstAttempt(({ image }) => ({ image })),
  },
  {
    id: 'behaviour/args-follow-cmd-of-image',
    title: 'args follow the cmd of an image without entrypoint, in place of replacing it',
    plant: byImage(({ command, args }, { Entrypoint = [], Cmd = [] }) =>
      command.length === 0 && args.length > 0 && Entrypoint.length === 0 ? { args: [...Cmd, ...args] } : {},
    ),
  },
];
