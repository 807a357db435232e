import { Refusal, type Fault, type Planting } from '../fault.js';
import type { NamespaceOption, PodSandboxMetadata, RunPodSandboxRequest } from '../../client/generated/types.js';
import { knowingAge } from './relations.js';
import {
  acceptRepaired,
  changeAnswer,
  changePodFacts,
  changePodStatus,
  changeRefusal,
  changeRequest,
  handling,
  refuse,
  together,
  type Plant,
} from './shapes.js';

/* RunPodSandbox: what it accepts, what it leaves when it fails, which sandbox its answer names. */

const keyOf = ({ config }: RunPodSandboxRequest): string => {
  const { name = '', namespace = '', uid = '', attempt = 0 } = config?.metadata ?? {};
  return `${name}_${namespace}_${uid}_${attempt}`;
};

/** Names that stay taken, and by what: by calls that failed, that were given up, or that succeeded long ago. */
function reserving(by: 'failure' | 'cancel' | 'success'): Plant {
  return ({ shown }) => {
    const reserved = new Set<string>();
    return {
      RunPodSandbox: async ({ request, forward, signal }) => {
        const key = keyOf(request);
        if (reserved.has(key)) {
          shown();
          throw new Refusal('UNKNOWN', `failed to reserve sandbox name "${key}": name is reserved`);
        }
        try {
          const answer = await forward();
          if (by === 'success') reserved.add(key);
          return answer;
        } catch (error) {
          if (by === (signal.aborted ? 'cancel' : 'failure')) reserved.add(key);
          throw error;
        }
      },
    };
  };
}

/** The sandboxes of the same pod, newest first. */
async function siblings({ cri }: Planting, metadata: PodSandboxMetadata | null | undefined): Promise<string[]> {
  const { items } = await cri.runtime.ListPodSandbox({});
  const own = items.filter((item) => item.metadata?.uid === metadata?.uid);
  return own.sort((a, b) => Number(b.created_at - a.created_at)).map(({ id }) => id);
}

/** For a time after RunPodSandbox, or from some time after it on, a sandbox looks NOTREADY. */
function looksNotReady(when: (ageMs: number) => boolean): Plant {
  return knowingAge('RunPodSandbox', (ageOf) =>
    changePodFacts(({ id }) => {
      const ageMs = ageOf(id);
      return ageMs !== Infinity && when(ageMs) ? { state: 'SANDBOX_NOTREADY' } : {};
    }),
  );
}

export const runSandboxFaults: Fault[] = [
  {
    id: 'behaviour/run-looks-not-ready-at-first',
    title: 'a sandbox is NOTREADY for a second after RunPodSandbox',
    plant: looksNotReady((ageMs) => ageMs < 1_000),
  },
  {
    id: 'behaviour/run-becomes-not-ready',
    title: 'a sandbox becomes NOTREADY by itself four seconds after RunPodSandbox',
    source: 'cri-o#1432',
    plant: looksNotReady((ageMs) => ageMs > 4_000),
  },
  {
    id: 'behaviour/run-next-attempt-returns-last',
    title: 'RunPodSandbox with the next attempt of a pod returns the sandbox of the last one',
    plant: handling('RunPodSandbox', async ({ request, forward }, planting) => {
      const { metadata } = request.config ?? {};
      const [last] = (metadata?.attempt ?? 0) > 0 ? await siblings(planting, metadata) : [];
      if (last === undefined) return forward();
      planting.shown();
      return { pod_sandbox_id: last };
    }),
  },
  {
    id: 'behaviour/run-next-attempt-removes-last',
    title: 'RunPodSandbox with the next attempt of a pod removes the sandbox of the last one',
    plant: handling('RunPodSandbox', async ({ request, forward }, planting) => {
      const earlier = await siblings(planting, request.config?.metadata);
      const answer = await forward();
      if (earlier.length > 0) planting.shown();
      for (const pod_sandbox_id of earlier) await planting.cri.runtime.RemovePodSandbox({ pod_sandbox_id });
      return answer;
    }),
  },
  {
    id: 'behaviour/run-next-attempt-refused',
    title: 'RunPodSandbox refuses the next attempt of a pod while the sandbox of the last one is there',
    plant: handling('RunPodSandbox', async ({ request, forward }, planting) => {
      const { metadata } = request.config ?? {};
      if ((metadata?.attempt ?? 0) === 0 || (await siblings(planting, metadata)).length === 0) return forward();
      planting.shown();
      throw new Refusal('ALREADY_EXISTS', 'the pod has a sandbox');
    }),
  },
  {
    id: 'behaviour/run-returns-previous-id',
    title: 'RunPodSandbox returns the id of the sandbox run before',
    plant: (planting) => {
      let previous: string | undefined;
      return changeAnswer('RunPodSandbox', ({ pod_sandbox_id: id }) => {
        const said = previous ?? id;
        previous = id;
        return { pod_sandbox_id: said };
      })(planting);
    },
  },
  {
    id: 'behaviour/run-again-returns-first',
    title: 'RunPodSandbox with the metadata of a sandbox that exists returns that one',
    plant: changeRefusal('RunPodSandbox', async (_, { request }, planting) => {
      const [first] = await siblings(planting, request.config?.metadata);
      return first === undefined ? undefined : { pod_sandbox_id: first };
    }),
  },
  {
    id: 'behaviour/run-again-runs-second',
    title: 'RunPodSandbox with the metadata of a sandbox that exists runs a second one',
    plant: acceptRepaired('RunPodSandbox', (request, { message }) => {
      const { config } = request;
      if (!config?.metadata || !/reserved|exist/i.test(message)) return undefined;
      return { ...request, config: { ...config, metadata: { ...config.metadata, attempt: 77 } } };
    }),
  },
  {
    id: 'behaviour/run-again-replaces-first',
    title: 'RunPodSandbox with the metadata of a sandbox that exists removes that one and runs another',
    plant: changeRefusal('RunPodSandbox', async (_, { request, forward }, planting) => {
      const [first] = await siblings(planting, request.config?.metadata);
      if (first === undefined) return undefined;
      await planting.cri.runtime.StopPodSandbox({ pod_sandbox_id: first });
      await planting.cri.runtime.RemovePodSandbox({ pod_sandbox_id: first });
      return forward();
    }),
  },
  {
    id: 'behaviour/run-unknown-handler-uses-default',
    title: 'RunPodSandbox runs a sandbox whose handler it does not know under the default one',
    plant: acceptRepaired('RunPodSandbox', (request) =>
      request.runtime_handler === '' ? undefined : { ...request, runtime_handler: '' },
    ),
  },
  {
    id: 'behaviour/run-drops-group-without-user',
    title: 'RunPodSandbox ignores run_as_group if there is no run_as_user',
    plant: acceptRepaired('RunPodSandbox', (request) => {
      const { config } = request;
      const context = config?.linux?.security_context;
      if (!config?.linux || !context?.run_as_group) return undefined;
      const linux = { ...config.linux, security_context: { ...context, run_as_group: null } };
      return { ...request, config: { ...config, linux } };
    }),
  },
  {
    id: 'behaviour/run-skips-bad-sysctls',
    title: 'RunPodSandbox leaves out sysctls that cannot be set',
    plant: acceptRepaired('RunPodSandbox', (request) => {
      const { config } = request;
      if (!config?.linux || Object.keys(config.linux.sysctls).length === 0) return undefined;
      return { ...request, config: { ...config, linux: { ...config.linux, sysctls: {} } } };
    }),
  },
  {
    id: 'behaviour/run-failed-leaves-sandbox',
    title: 'a RunPodSandbox that fails leaves a NOTREADY sandbox',
    source: 'containerd#10770',
    plant: handling('RunPodSandbox', async ({ request, forward, signal }, planting) => {
      try {
        return await forward();
      } catch (error) {
        const { config } = request;
        if (signal.aborted || (await siblings(planting, config?.metadata)).length > 0) throw error;
        const bare = { metadata: config?.metadata, labels: config?.labels };
        const { runtime } = planting.cri;
        const left = await runtime.RunPodSandbox({ config: bare }).catch(() => undefined);
        if (left !== undefined) {
          planting.shown();
          await runtime.StopPodSandbox(left);
        }
        throw error;
      }
    }),
  },
  {
    id: 'behaviour/run-failed-reserves-name',
    title: 'after a RunPodSandbox that failed, its metadata stays reserved for ever',
    source: 'cri-o#7010',
    plant: reserving('failure'),
  },
  {
    id: 'behaviour/run-cancelled-reserves-name',
    title: 'after a RunPodSandbox that its client gave up, its metadata stays reserved for ever',
    source: 'containerd#5438',
    plant: reserving('cancel'),
  },
  {
    id: 'behaviour/run-removed-reserves-name',
    title: 'the metadata of a sandbox that was removed cannot be used again',
    plant: reserving('success'),
  },
  {
    id: 'behaviour/run-namespaces-of-last-pod',
    title: 'PodSandboxStatus tells the namespace modes of the sandbox that was run last',
    plant: (planting) => {
      let last: NamespaceOption | null = null;
      return together(
        changeRequest('RunPodSandbox', (request) => {
          last = request.config?.linux?.security_context?.namespace_options ?? null;
          return request;
        }),
        changePodStatus(({ linux }) => (linux && last ? { linux: { namespaces: { options: last } } } : {})),
      )(planting);
    },
  },
  {
    id: 'behaviour/run-refuses-long-name',
    title: 'RunPodSandbox refuses a pod whose name has more than 63 characters',
    plant: refuse(
      'RunPodSandbox',
      ({ config }) => (config?.metadata?.name.length ?? 0) > 63,
      'INVALID_ARGUMENT',
      'the name of a sandbox has 63 characters at most',
    ),
  },
];
