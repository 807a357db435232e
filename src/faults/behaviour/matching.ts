import type { Container, ContainerFilter, PodSandbox, PodSandboxFilter } from '../../client/generated/types.js';

/* Filters of lists, condition by condition, for faults that combine them wrongly. */

/** The conditions that a filter sets, and whether an item meets each. */
export interface Conditions {
  id: boolean[];
  state: boolean[];
  pod: boolean[];
  labels: boolean[];
}

export type AnyFilter = ContainerFilter | PodSandboxFilter;
export type AnyItem = Container | PodSandbox;

export function conditions(filter: AnyFilter | null, item: AnyItem): Conditions {
  if (filter === null) return { id: [], state: [], pod: [], labels: [] };
  const { id, state, label_selector } = filter;
  const pod = 'pod_sandbox_id' in filter ? filter.pod_sandbox_id : '';
  return {
    id: id === '' ? [] : [item.id.startsWith(id)],
    state: state === null ? [] : [item.state === state.state],
    pod: pod === '' ? [] : ['pod_sandbox_id' in item && item.pod_sandbox_id === pod],
    labels: Object.entries(label_selector).map(([key, value]) => item.labels[key] === value),
  };
}

/** As it should be: an item is listed if it meets every condition. */
export function meetsAll({ id, state, pod, labels }: Conditions): boolean {
  return [...id, ...state, ...pod, ...labels].every(Boolean);
}
