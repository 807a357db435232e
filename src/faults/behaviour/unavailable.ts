import { Refusal, type Fault } from '../fault.js';
import { changeCode, handling, type Plant } from './shapes.js';

/* UNAVAILABLE from a runtime that is there: not the code of a connection that is lost, but an answer. */

/** Every so many calls one is refused. */
const nowAndThen = (every: number): Plant => {
  let calls = 0;
  return handling('ExecSync', ({ forward }, planting) => {
    calls += 1;
    if (calls % every !== 0) return forward();
    planting.shown();
    throw new Refusal('UNAVAILABLE', 'too many requests, try again later');
  });
};

/** A call while another of its kind is under way. */
const oneAtATime: Plant = (planting) => {
  let busy = 0;
  return handling('RunPodSandbox', async ({ forward }) => {
    if (busy > 0) {
      planting.shown();
      throw new Refusal('UNAVAILABLE', 'another sandbox is being set up, try again later');
    }
    busy += 1;
    try {
      return await forward();
    } finally {
      busy -= 1;
    }
  })(planting);
};

export const unavailableFaults: Fault[] = [
  {
    id: 'behaviour/status-of-unknown-is-unavailable',
    title: 'ContainerStatus of an unknown id fails with Unavailable in place of NotFound',
    plant: changeCode('ContainerStatus', 'NOT_FOUND', 'UNAVAILABLE'),
  },
  {
    id: 'behaviour/sandbox-status-of-unknown-is-unavailable',
    title: 'PodSandboxStatus of an unknown id fails with Unavailable in place of NotFound',
    plant: changeCode('PodSandboxStatus', 'NOT_FOUND', 'UNAVAILABLE'),
  },
  {
    id: 'behaviour/exec-sync-unavailable-now-and-then',
    title: 'Every third ExecSync is refused with Unavailable',
    plant: (planting) => nowAndThen(3)(planting),
  },
  {
    id: 'behaviour/run-unavailable-during-another',
    title: 'RunPodSandbox is refused with Unavailable while another one is under way',
    plant: oneAtATime,
  },
];
