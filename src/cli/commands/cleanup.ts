import type { ArgumentsCamelCase, CommandModule, InferredOptionTypes } from 'yargs';
import { RUN_LABEL } from '../../../fixtures/configs/identity.js';
import type { Cri } from '../../client/cri.js';
import { connectCri } from '../../client/connect.js';
import { chooseEndpoints } from '../../client/endpoint.js';
import { unlessGone } from '../../client/errors.js';
import { removeCgroups } from '../../kit/cgroups.js';
import { REPOSITORY_PREFIX } from '../../kit/image-store.js';
import { removeSandbox } from '../../kit/remove-sandbox.js';
import { cleanupLaunched } from '../../launch/index.js';
import { EXIT } from '../exit.js';
import { connectionOptions } from '../options.js';
import { removeWorkDirectory, workDirectories } from '../work-directory.js';

const options = {
  'runtime-endpoint': connectionOptions['runtime-endpoint'],
  'image-endpoint': connectionOptions['image-endpoint'],
};

type CleanupArguments = ArgumentsCamelCase<InferredOptionTypes<typeof options>>;

/** `crivet cleanup`: removes what a killed run left, in private runtimes and in the one at the endpoint. */
export const cleanupCommand: CommandModule<object, InferredOptionTypes<typeof options>> = {
  command: 'cleanup',
  describe: 'Remove what a killed run left behind',
  builder: (argv) => argv.options(options),
  handler: async (args) => {
    const { removed, trouble } = await cleanupLaunched();
    const { stale, living } = workDirectories();
    const remote = await cleanEndpoint(args, living);
    removed.push(...remote.removed);
    trouble.push(...remote.trouble);
    for (const [runId, directory] of stale) {
      removeWorkDirectory(directory);
      removed.push(`directory ${directory}`);
      trouble.push(...removeCgroups(`crivet-${runId}`));
    }
    for (const line of removed) console.log(`removed ${line}`);
    for (const line of trouble) console.error(`could not remove ${line}`);
    if (removed.length === 0 && trouble.length === 0) console.log('nothing of crivet was left behind');
    process.exitCode = trouble.length === 0 ? EXIT.conformant : EXIT.couldNotRun;
  },
};

interface Cleaned {
  removed: string[];
  trouble: string[];
}

/** Cleans the runtime at the endpoint; having none is fine unless the user named it. */
async function cleanEndpoint(args: CleanupArguments, living: ReadonlySet<string>): Promise<Cleaned> {
  let cri: Cri;
  try {
    const { runtime, image } = chooseEndpoints(args);
    ({ cri } = await connectCri(runtime, image));
  } catch (error) {
    // What else is left of a run is removed all the same.
    const trouble =
      args.runtimeEndpoint === undefined ? [] : [`anything from the runtime: ${(error as Error).message}`];
    return { removed: [], trouble };
  }
  try {
    const result: Cleaned = { removed: [], trouble: [] };
    await removePods(cri, living, result);
    await removeImages(cri, living, result);
    return result;
  } finally {
    cri.close();
  }
}

async function removePods(cri: Cri, living: ReadonlySet<string>, { removed, trouble }: Cleaned): Promise<void> {
  const { items } = await cri.runtime.ListPodSandbox({});
  for (const { id, labels } of items) {
    const run = labels[RUN_LABEL];
    if (run === undefined || living.has(run)) continue;
    await attempt(`pod sandbox ${id}`, { removed, trouble }, () => removeSandbox(cri.runtime, id));
  }
}

/** Images of ours are told by their repository; while another run lives, its images cannot be told from leftovers. */
async function removeImages(cri: Cri, living: ReadonlySet<string>, cleaned: Cleaned): Promise<void> {
  if (living.size > 0) return;
  const { images } = await cri.image.ListImages({});
  for (const image of images) {
    const names = [...image.repo_tags, ...image.repo_digests];
    if (!names.some((name) => new RegExp(`^[^/]+:\\d+/${REPOSITORY_PREFIX}/`).test(name))) continue;
    await attempt(`image ${names[0] ?? image.id}`, cleaned, () =>
      unlessGone(cri.image.RemoveImage({ image: { image: image.id } })),
    );
  }
}

async function attempt(what: string, { removed, trouble }: Cleaned, remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
    removed.push(what);
  } catch (error) {
    trouble.push(`${what}: ${(error as Error).message}`);
  }
}
