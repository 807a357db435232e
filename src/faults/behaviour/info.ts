import type { RuntimeCondition } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { changeAnswer, changePodStatus, handling, refuse, together, type Plant } from './shapes.js';

/* What the runtime says of itself. */

export function changeConditions(
  change: (conditions: RuntimeCondition[], verbose: boolean) => RuntimeCondition[],
): Plant {
  return changeAnswer('Status', (answer, { verbose }) => ({
    ...answer,
    status: answer.status && { conditions: change(answer.status.conditions, verbose) },
  }));
}

/** The conditions with one of them false. */
export const failing = (type: string, conditions: RuntimeCondition[]): RuntimeCondition[] =>
  conditions.map((condition) => (condition.type === type ? { ...condition, status: false } : condition));

const cidr = ({ runtime_config }: { runtime_config: { network_config: { pod_cidr: string } | null } | null }): string =>
  runtime_config?.network_config?.pod_cidr ?? '';

/** A buffer that is filled once and never again. */
const firstInfo =
  (rpc: 'PodSandboxStatus' | 'ContainerStatus'): Plant =>
  (planting) => {
    let first: Record<string, string> | undefined;
    return changeAnswer(rpc, (answer, { verbose }) => {
      if (!verbose) return answer;
      first ??= answer.info;
      return { ...answer, info: first };
    })(planting);
  };

export const infoFaults: Fault[] = [
  {
    id: 'behaviour/version-of-api-is-v1alpha2',
    title: 'Version says that the CRI is v1alpha2',
    plant: changeAnswer('Version', (answer) => ({ ...answer, runtime_api_version: 'v1alpha2' })),
  },
  {
    id: 'behaviour/version-is-that-of-cri',
    title: 'Version has v1 as version of the kubelet runtime API',
    plant: changeAnswer('Version', (answer) => ({ ...answer, version: 'v1' })),
  },
  {
    id: 'behaviour/version-echoes',
    title: 'Version repeats the version that the caller named',
    plant: changeAnswer('Version', (answer, { version }) => ({ ...answer, version })),
  },
  {
    id: 'behaviour/version-refuses-empty',
    title: 'Version refuses a request that names no version',
    plant: refuse('Version', ({ version }) => version === '', 'INVALID_ARGUMENT', 'no version'),
  },
  {
    id: 'behaviour/version-of-runtime-unknown',
    title: 'Version has a runtime_version that is no version',
    plant: changeAnswer('Version', (answer) => ({ ...answer, runtime_version: 'unknown' })),
  },
  {
    id: 'behaviour/version-of-runtime-is-0',
    title: 'Version has the runtime_version 0',
    plant: changeAnswer('Version', (answer) => ({ ...answer, runtime_version: '0' })),
  },
  {
    id: 'behaviour/version-name-with-blanks',
    title: 'runtime_name is a sentence',
    plant: changeAnswer('Version', (answer) => ({ ...answer, runtime_name: `The ${answer.runtime_name} runtime` })),
  },
  {
    id: 'behaviour/status-without-network-ready',
    title: 'Status has no NetworkReady',
    plant: changeConditions((conditions) => conditions.filter(({ type }) => type !== 'NetworkReady')),
  },
  {
    id: 'behaviour/status-without-runtime-ready',
    title: 'Status has no RuntimeReady',
    plant: changeConditions((conditions) => conditions.filter(({ type }) => type !== 'RuntimeReady')),
  },
  {
    id: 'behaviour/status-network-not-ready',
    title: 'NetworkReady is false although pods have a network',
    plant: changeConditions((conditions) => failing('NetworkReady', conditions)),
  },
  {
    id: 'behaviour/status-runtime-not-ready',
    title: 'RuntimeReady is false although containers run',
    plant: changeConditions((conditions) => failing('RuntimeReady', conditions)),
  },
  {
    id: 'behaviour/status-network-flaps',
    title: 'NetworkReady is false at every second look',
    plant: (planting) => {
      let looks = 0;
      return changeConditions((conditions) =>
        (looks += 1) % 2 === 0 ? failing('NetworkReady', conditions) : conditions,
      )(planting);
    },
  },
  {
    id: 'behaviour/status-conditions-doubled',
    title: 'Status has RuntimeReady twice and no NetworkReady',
    plant: changeConditions((conditions) => {
      const ready = conditions.filter(({ type }) => type === 'RuntimeReady');
      return [...ready, ...ready];
    }),
  },
  {
    id: 'behaviour/status-condition-contradicted',
    title: 'Status has NetworkReady once true and once false',
    plant: changeConditions((conditions) => [
      ...conditions,
      ...failing('NetworkReady', conditions).filter(({ type }) => type === 'NetworkReady'),
    ]),
  },
  {
    id: 'behaviour/status-conditions-in-lower-case',
    title: 'types of conditions begin with a small letter',
    plant: changeConditions((conditions) =>
      conditions.map((item) => ({ ...item, type: item.type.charAt(0).toLowerCase() + item.type.slice(1) })),
    ),
  },
  {
    id: 'behaviour/status-verbose-without-conditions',
    title: 'a verbose Status has info and no conditions',
    plant: changeConditions((conditions, verbose) => (verbose ? [] : conditions)),
  },
  {
    id: 'behaviour/status-info-unasked',
    title: 'Status has info unless the request is verbose',
    plant: changeAnswer('Status', (answer, { verbose }) => (verbose ? answer : { ...answer, info: { config: '{}' } })),
  },
  {
    id: 'behaviour/pod-cidr-refused',
    title: 'UpdateRuntimeConfig is not implemented',
    plant: refuse('UpdateRuntimeConfig', () => true, 'UNIMPLEMENTED', 'unknown method UpdateRuntimeConfig'),
  },
  {
    id: 'behaviour/pod-cidr-empty-refused',
    title: 'UpdateRuntimeConfig refuses an empty pod CIDR',
    plant: refuse('UpdateRuntimeConfig', (request) => cidr(request) === '', 'INVALID_ARGUMENT', 'no CIDR'),
  },
  {
    id: 'behaviour/pod-cidr-dual-stack-refused',
    title: 'UpdateRuntimeConfig refuses a pair of pod CIDRs',
    plant: refuse('UpdateRuntimeConfig', (request) => cidr(request).includes(','), 'INVALID_ARGUMENT', 'bad CIDR'),
  },
  {
    id: 'behaviour/pod-cidr-takes-network-down',
    title: 'NetworkReady is false once UpdateRuntimeConfig was called with a pod CIDR',
    plant: (planting) => {
      let given = false;
      return {
        ...changeAnswer('UpdateRuntimeConfig', (answer, request) => {
          given ||= cidr(request) !== '';
          return answer;
        })(planting),
        ...changeConditions((conditions) => (given ? failing('NetworkReady', conditions) : conditions))(planting),
      };
    },
  },
  {
    id: 'behaviour/pod-cidr-again-refused',
    title: 'UpdateRuntimeConfig refuses a pod CIDR that it was given before',
    plant: (planting) => {
      const given = new Set<string>();
      return refuse(
        'UpdateRuntimeConfig',
        (request) => {
          const again = given.has(cidr(request));
          given.add(cidr(request));
          return again && cidr(request) !== '';
        },
        'FAILED_PRECONDITION',
        'configured already',
      )(planting);
    },
  },
  {
    id: 'behaviour/pod-cidr-takes-addresses',
    title: 'PodSandboxStatus has no address of pods that ran before an UpdateRuntimeConfig',
    plant: (planting) => {
      const before = new Set<string>();
      return together(
        handling('UpdateRuntimeConfig', async ({ forward }) => {
          const { items } = await planting.cri.runtime.ListPodSandbox({});
          for (const { id } of items) before.add(id);
          return forward();
        }),
        changePodStatus(({ id, network }) => (before.has(id) && network ? { network: { ...network, ip: '' } } : {})),
      )(planting);
    },
  },
  {
    id: 'behaviour/pods-after-pod-cidr-have-no-address',
    title: 'PodSandboxStatus has no address of pods that were started after an UpdateRuntimeConfig with a pod CIDR',
    plant: (planting) => {
      let changed = false;
      const after = new Set<string>();
      return together(
        handling('UpdateRuntimeConfig', async ({ request, forward }) => {
          const answer = await forward();
          changed ||= cidr(request) !== '';
          return answer;
        }),
        handling('RunPodSandbox', async ({ forward }) => {
          const answer = await forward();
          if (changed) after.add(answer.pod_sandbox_id);
          return answer;
        }),
        changePodStatus(({ id, network }) => (after.has(id) && network ? { network: { ...network, ip: '' } } : {})),
      )(planting);
    },
  },
  {
    id: 'behaviour/status-network-not-ready-during-run',
    title: 'NetworkReady is false while a RunPodSandbox is under way',
    plant: (planting) => {
      let running = 0;
      return together(
        handling('RunPodSandbox', ({ forward }) => {
          running += 1;
          return forward().finally(() => (running -= 1));
        }),
        changeConditions((conditions) => (running > 0 ? failing('NetworkReady', conditions) : conditions)),
      )(planting);
    },
  },
  {
    id: 'behaviour/runtime-config-fails',
    title: 'RuntimeConfig is refused with another code than UNIMPLEMENTED',
    plant: (planting) => ({
      RuntimeConfig: () => {
        planting.shown();
        return Promise.reject(new Refusal('UNKNOWN', 'not supported'));
      },
    }),
  },
  {
    id: 'behaviour/verbose-sandbox-info-of-last',
    title: 'info of a verbose PodSandboxStatus is that of the sandbox that was asked for first',
    plant: firstInfo('PodSandboxStatus'),
  },
  {
    id: 'behaviour/verbose-container-info-of-last',
    title: 'info of a verbose ContainerStatus is that of the container that was asked for first',
    plant: firstInfo('ContainerStatus'),
  },
];
