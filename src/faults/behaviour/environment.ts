import type { Cri } from '../../client/cri.js';
import type { ContainerConfig, KeyValue } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { envs } from './config.js';
import { changeContainer, changeRequest, type Plant } from './shapes.js';

/* How a container is started: environment, working directory, terminal, and what a next attempt takes from the first. */

const text = ({ value }: KeyValue): string => Buffer.from(value).toString('latin1');

const eachValue = (change: (value: string) => string): Plant =>
  envs((all) =>
    all.map((env) => {
      const value = change(text(env));
      return value === text(env) ? env : { ...env, value: Buffer.from(value, 'latin1') };
    }),
  );

/** The working directory that an image asks for, as far as the runtime tells it; empty if it asks for none. */
async function workingDirectoryOf({ image }: Pick<Cri, 'image'>, name: string): Promise<string> {
  const { info } = await image.ImageStatus({ image: { image: name }, verbose: true });
  const said = JSON.parse(info['info'] ?? '{}') as { imageSpec?: { config?: { WorkingDir?: string } } };
  return said.imageSpec?.config?.WorkingDir ?? '';
}

/** A container of a later attempt is made by some of the config of the first attempt. */
function asFirstAttempt(part: (config: ContainerConfig) => Partial<ContainerConfig>): Plant {
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

export const environmentFaults: Fault[] = [
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
    plant: changeRequest('CreateContainer', async (request, { cri }) => {
      const { config } = request;
      if (!config || config.working_dir !== '' || config.command.length === 0) return request;
      const own = await workingDirectoryOf(cri, config.image?.image ?? '');
      return own === '' || own === '/' ? request : { ...request, config: { ...config, working_dir: '/' } };
    }),
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
    id: 'behaviour/next-attempt-old-image',
    title: 'the next attempt of a container runs the image of the first',
    plant: asFirstAttempt(({ image }) => ({ image })),
  },
];
