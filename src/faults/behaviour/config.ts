import type { ContainerConfig, KeyValue } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeContainer, changeContainerStatus, changeRequest, handling, together, type Plant } from './shapes.js';

/* What a container runs, with which environment, where, and where its output goes. */

export const envs = (change: (all: KeyValue[]) => KeyValue[]): Plant =>
  changeContainer((config) => ({ envs: change(config.envs) }));

const values = (change: (value: string) => string): Plant =>
  envs((all) => all.map(({ key, value }) => ({ key, value: Buffer.from(change(Buffer.from(value).toString())) })));

/** Containers of a pod have something of the one that was created before in it. */
function ofSibling(change: (config: ContainerConfig, sibling: ContainerConfig) => Partial<ContainerConfig>): Plant {
  return (planting) => {
    const last = new Map<string, ContainerConfig>();
    return changeContainer((config, { pod_sandbox_id: pod }) => {
      const sibling = last.get(pod);
      last.set(pod, config);
      return sibling === undefined ? {} : change(config, sibling);
    })(planting);
  };
}

export const configFaults: Fault[] = [
  {
    id: 'behaviour/command-by-shell',
    title: 'command and args are joined and read by a shell',
    plant: changeContainer(({ command, args }) =>
      command.length > 0 ? { command: ['/bin/sh', '-c', [...command, ...args].join(' ')], args: [] } : {},
    ),
  },
  {
    id: 'behaviour/command-without-args',
    title: 'args are dropped if there is a command',
    plant: changeContainer(({ command }) => (command.length > 0 ? { args: [] } : {})),
  },
  {
    id: 'behaviour/args-are-the-command',
    title: "args without a command replace the image's entrypoint as well",
    plant: changeContainer(({ command, args }) =>
      command.length === 0 && args.length > 0 ? { command: args, args: [] } : {},
    ),
  },
  {
    id: 'behaviour/args-lose-empty-ones',
    title: 'empty args are dropped',
    plant: changeContainer(({ command, args }) => ({
      command: command.filter((word) => word !== ''),
      args: args.filter((word) => word !== ''),
    })),
  },
  {
    id: 'behaviour/args-expanded',
    title: 'variables in args are replaced by their values',
    plant: changeContainer(({ args }) => ({ args: args.map((word) => word.replaceAll('$HOME', '/root')) })),
  },
  {
    id: 'behaviour/envs-expanded',
    title: 'variables in the values of envs are replaced by their values',
    plant: values((value) => value.replaceAll('$PATH', '/bin')),
  },
  {
    id: 'behaviour/envs-trimmed',
    title: 'values of envs lose blanks at their ends',
    plant: values((value) => value.trim()),
  },
  {
    id: 'behaviour/envs-cut-at-second-equals-sign',
    title: 'values of envs end at an equals sign',
    plant: values((value) => value.split('=')[0] ?? ''),
  },
  {
    id: 'behaviour/envs-in-ascii',
    title: 'characters of envs that are not ASCII become question marks',
    plant: values((value) => value.replaceAll(/[^\0-\x7f]/gu, '?')),
  },
  {
    id: 'behaviour/envs-lose-empty-ones',
    title: 'envs with an empty value are dropped',
    plant: envs((all) => all.filter(({ value }) => value.length > 0)),
  },
  {
    id: 'behaviour/envs-lose-to-the-image',
    title: 'a variable of the image wins over one of envs',
    plant: changeRequest('CreateContainer', async (request, { cri }) => {
      const { config } = request;
      if (config === null || config.envs.length === 0) return request;
      const { info } = await cri.image.ImageStatus({ image: config.image, verbose: true });
      // containerd tells the image's config there; of another runtime nothing is known.
      const text = Object.values(info).find((value) => value.includes('"Env"')) ?? '';
      const ofImage = new Set([...text.matchAll(/"([A-Za-z_]+)=/g)].map(([, key]) => key));
      return { ...request, config: { ...config, envs: config.envs.filter(({ key }) => !ofImage.has(key)) } };
    }),
  },
  {
    id: 'behaviour/envs-last-lost',
    title: 'the last of several envs is lost',
    plant: envs((all) => (all.length > 1 ? all.slice(0, -1) : all)),
  },
  {
    id: 'behaviour/envs-of-sibling',
    title: 'a container has the envs of the container created before it in the pod, too',
    plant: ofSibling(({ envs: own }, sibling) => ({
      envs: [...sibling.envs.filter(({ key }) => !own.some((env) => env.key === key)), ...own],
    })),
  },
  {
    id: 'behaviour/working-dir-of-image-ignored',
    title: "without working_dir a container starts in /, whatever the image's",
    plant: changeContainer(({ working_dir }) => (working_dir === '' ? { working_dir: '/' } : {})),
  },
  {
    id: 'behaviour/image-of-sibling',
    title: 'a container runs the image of the container created before it in the pod',
    plant: ofSibling((_, { image }) => ({ image })),
  },
  {
    id: 'behaviour/log-of-sibling',
    title: 'a container logs to the file of the container created before it in the pod, and claims its own',
    plant: (planting) => {
      const asked = new Map<string, string>();
      const { CreateContainer: create } = ofSibling((_, { log_path }) => ({ log_path }))(planting);
      return together(
        handling('CreateContainer', async (call) => {
          const answer = await (create?.(call) ?? call.forward());
          const { config, sandbox_config } = call.request;
          const path = `${sandbox_config?.log_directory ?? ''}/${config?.log_path ?? ''}`;
          if (answer.container_id !== undefined) asked.set(answer.container_id, path);
          return answer;
        }),
        changeContainerStatus(({ id, log_path }) => ({ log_path: asked.get(id) ?? log_path })),
      )({ ...planting, shown: () => undefined });
    },
  },
  {
    id: 'behaviour/terminal-always',
    title: 'every container has a terminal',
    plant: changeContainer(() => ({ tty: true })),
  },
  {
    id: 'behaviour/stdin-always-open',
    title: 'every container has an open stdin',
    plant: changeContainer(() => ({ stdin: true })),
  },
];
