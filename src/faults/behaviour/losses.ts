import { existsSync } from 'node:fs';
import { readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { containersOf } from './sandboxes.js';
import { handling, type Plant } from './shapes.js';

/* What is the kubelet's on the host, and lost when a container or sandbox is removed. */

async function mountsOf(ids: readonly string[], { cri }: Planting): Promise<Mount[]> {
  const statuses = ids.map(async (container_id) => (await cri.runtime.ContainerStatus({ container_id })).status);
  return (await Promise.all(statuses)).flatMap((status) => status?.mounts ?? []);
}

type Kind = 'directory' | 'file';

/** Of what specs make for themselves, and nothing else of the host. */
async function empty({ host_path }: Mount, kind: Kind, shown: () => void): Promise<void> {
  if (!/\/crivet[^/]*\/files\//.test(host_path) || !existsSync(host_path)) return;
  if ((await stat(host_path)).isDirectory() !== (kind === 'directory')) return;
  shown();
  if (kind === 'file') return truncate(host_path);
  for (const name of await readdir(host_path)) await rm(join(host_path, name), { force: true }).catch(() => undefined);
}

const onRemoval = (kind: Kind): Plant =>
  handling('RemoveContainer', async ({ request, forward }, planting) => {
    const mounts = await mountsOf([request.container_id], planting).catch(() => []);
    const answer = await forward();
    for (const mount of mounts) await empty(mount, kind, planting.shown);
    return answer;
  });

export const lossFaults: Fault[] = [
  {
    id: 'behaviour/remove-empties-volumes',
    title: 'RemoveContainer deletes the files of the directories that are mounted into the container',
    plant: onRemoval('directory'),
  },
  {
    id: 'behaviour/remove-empties-mounted-files',
    title: 'RemoveContainer empties the files that are mounted into the container',
    plant: onRemoval('file'),
  },
  {
    id: 'behaviour/remove-sandbox-empties-volumes',
    title: 'RemovePodSandbox deletes the files of the directories that are mounted into containers of the sandbox',
    plant: handling('RemovePodSandbox', async ({ request, forward }, planting) => {
      const ids = await containersOf(planting, request.pod_sandbox_id);
      const mounts = await mountsOf(ids, planting).catch(() => []);
      const answer = await forward();
      for (const mount of mounts) await empty(mount, 'directory', planting.shown);
      return answer;
    }),
  },
  {
    id: 'behaviour/remove-sandbox-deletes-log-directory',
    title: 'RemovePodSandbox deletes the log directory of the pod, with the logs of its next sandbox',
    plant: (planting) => {
      const directories = new Map<string, string>();
      return {
        RunPodSandbox: async ({ request, forward }) => {
          const answer = await forward();
          directories.set(answer.pod_sandbox_id, request.config?.log_directory ?? '');
          return answer;
        },
        RemovePodSandbox: async ({ request, forward }) => {
          const answer = await forward();
          const directory = directories.get(request.pod_sandbox_id) ?? '';
          if (!/\/crivet[^/]*\/logs\//.test(directory) || !existsSync(directory)) return answer;
          planting.shown();
          await rm(directory, { recursive: true, force: true });
          return answer;
        },
      };
    },
  },
];
