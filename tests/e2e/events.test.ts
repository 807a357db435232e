import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerEventResponse } from '../../src/client/generated/types.js';
import type { Fault } from '../../src/faults/fault.js';
import { eventSource } from '../support/event-source.js';
import { TestLaboratory } from '../support/laboratory.js';

/* The containerd of these tests has no GetContainerEvents: a proxy makes the stream, and defects stand before that. */

const directory = mkdtempSync(join(tmpdir(), 'events-'));
let laboratory: TestLaboratory;
beforeAll(async () => {
  laboratory = await TestLaboratory.open(directory);
});
afterAll(async () => {
  await laboratory.close();
  rmSync(directory, { recursive: true });
});

const ALL = ['events/*'];

/** Specs that did not pass, without their group, and what they said. */
async function complaints(patterns: string[], ...faults: Fault[]): Promise<Record<string, string>> {
  const records = await laboratory.run(patterns, ...faults);
  const others = records.filter(({ outcome }) => outcome !== 'passed');
  return Object.fromEntries(
    others.map(({ id, outcome, reason = '' }) => [id.replace('events/', ''), `${outcome}: ${reason}`]),
  );
}

type Change = (event: ContainerEventResponse) => ContainerEventResponse[];

/** A runtime that sends other events in place of each right one. */
function changing(title: string, freshChange: () => Change): Fault {
  return {
    ...{ id: 'behaviour/events-changed', title },
    plant: () => ({
      async *GetContainerEvents({ forward }) {
        const change = freshChange();
        for await (const event of forward()) yield* change(event);
      },
    }),
  };
}

const each = (change: Change) => (): Change => change;
const isOf = (word: string, { container_event_type }: ContainerEventResponse): boolean =>
  container_event_type === `CONTAINER_${word}_EVENT`;
const ofSandbox = ({ container_id, pod_sandbox_status }: ContainerEventResponse): boolean =>
  container_id === pod_sandbox_status?.id;

const DEFECTS: [string, () => Change, string[]][] = [
  ['STARTED is lost', each((event) => (isOf('STARTED', event) ? [] : [event])), ['container-once-each']],
  ['STOPPED is lost', each((event) => (isOf('STOPPED', event) ? [] : [event])), ['exit-told', 'container-once-each']],
  ['DELETED is lost', each((event) => (isOf('DELETED', event) ? [] : [event])), ['sandbox-deleted-last']],
  [
    'DELETED of sandboxes is lost',
    each((event) => (isOf('DELETED', event) && ofSandbox(event) ? [] : [event])),
    ['sandbox-deleted-last'],
  ],
  ['events come twice', each((event) => [event, event]), ['container-once-each', 'exit-told']],
  [
    'DELETED comes in place of STOPPED',
    each((event) => [isOf('STOPPED', event) ? { ...event, container_event_type: 'CONTAINER_DELETED_EVENT' } : event]),
    ['exit-told', 'container-once-each'],
  ],
  ['no event has the pod’s status', each((event) => [{ ...event, pod_sandbox_status: null }]), ['carry-statuses']],
  [
    'DELETED of a sandbox has no status',
    each((event) => [isOf('DELETED', event) ? { ...event, pod_sandbox_status: null } : event]),
    ['sandbox-deleted-last'],
  ],
  [
    'events have no containers',
    each((event) => [{ ...event, containers_statuses: [] }]),
    ['carry-statuses', 'exit-told'],
  ],
  [
    'events have their own container alone',
    each((event) => [
      { ...event, containers_statuses: event.containers_statuses.filter(({ id }) => id === event.container_id) },
    ]),
    ['carry-statuses'],
  ],
  [
    'times are in seconds',
    each((event) => [{ ...event, created_at: event.created_at / 1_000_000_000n }]),
    ['carry-statuses'],
  ],
  [
    'STARTED comes before CREATED',
    (): Change => {
      const held = new Map<string, ContainerEventResponse>();
      return (event) => {
        const before = held.get(event.container_id);
        if (before !== undefined) {
          held.delete(event.container_id);
          return isOf('STARTED', event) ? [event, before] : [before, event];
        }
        // The first container of a subscription is only created: it must be told of for the spec to begin.
        if (isOf('CREATED', event) && held.size === 0 && event.containers_statuses.length > 1) {
          held.set(event.container_id, event);
          return [];
        }
        return [event];
      };
    },
    ['container-once-each'],
  ],
];

test('without the stream, the specs are unsupported', async () => {
  const told = await complaints(ALL);
  expect(Object.keys(told)).toHaveLength(5);
  expect([...new Set(Object.values(told))]).toEqual(['unsupported: the runtime does not implement GetContainerEvents']);
});

test('a runtime that tells of everything passes', async () => {
  expect(await complaints(ALL, eventSource)).toEqual({});
});

test.concurrent.each(DEFECTS)('%s', async (title, change, killers) => {
  const patterns = killers.map((killer) => `events/${killer}`);
  const told = await complaints(patterns, eventSource, changing(title, change));
  for (const killer of killers) expect(told).toHaveProperty(killer, expect.stringMatching(/^failed: /));
});

test('each event goes to one subscriber only', async () => {
  const title = 'subscribers take turns';
  const open: symbol[] = [];
  let turn = 0;
  const inTurn: Fault = {
    ...{ id: 'behaviour/events-in-turn', title },
    plant: () => ({
      async *GetContainerEvents({ forward, signal }) {
        const me = Symbol(title);
        open.push(me);
        signal.addEventListener('abort', () => open.splice(open.indexOf(me), 1));
        for await (const event of forward()) {
          turn += 1;
          if (open.length === 1 || open[turn % open.length] === me) yield event;
        }
      },
    }),
  };
  expect(await complaints(['events/every-subscriber'], eventSource, inTurn)).toEqual({
    'every-subscriber': expect.stringMatching(/^failed: /) as string,
  });
});

test('the stream ends by itself', async () => {
  const ending: Fault = {
    ...{ id: 'behaviour/events-end', title: 'the stream ends after three events' },
    plant: () => ({
      async *GetContainerEvents({ forward }) {
        let left = 3;
        for await (const event of forward()) {
          yield event;
          left -= 1;
          if (left === 0) return;
        }
      },
    }),
  };
  const told = await complaints(['events/container-once-each'], eventSource, ending);
  expect(told['container-once-each']).toMatch(/^failed: the stream of events stays open/);
});
