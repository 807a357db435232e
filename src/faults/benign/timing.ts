import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Planting } from '../fault.js';
import { eachLine, logging } from '../behaviour/log-tap.js';
import { everyCall } from './every-call.js';

/* When answers come. The CRI bounds no call but by its own timeouts, and gRPC does not order calls. */

/** Pseudo-random, so that a run can be repeated: 0 up to `below`. */
function dice(below: number): () => number {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) % below;
}

const answering = (delay: () => number): Fault['plant'] =>
  everyCall({
    unary: async ({ forward }, _, { shown }) => {
      const answer = await forward();
      await sleep(delay());
      shown();
      return answer;
    },
  });

export const timingVariations: Fault[] = [
  {
    id: 'benign/answers-30-ms-later',
    kind: 'delay',
    title: 'every answer comes 30 ms later: the runtime is on a slow machine',
    plant: answering(() => 30),
  },
  {
    id: 'benign/answers-150-ms-later',
    kind: 'delay',
    title: 'every answer comes 150 ms later: the machine is busy, and no call of the CRI has a limit that short',
    plant: answering(() => 150),
  },
  {
    id: 'benign/answers-out-of-order',
    kind: 'overtaking',
    title: 'answers take up to 60 ms longer, so that they come in another order than the calls: gRPC allows it',
    plant: (planting) => answering(dice(60))(planting),
  },
  {
    id: 'benign/calls-out-of-order',
    kind: 'overtaking',
    title: 'calls reach the runtime up to 40 ms later, so that they overtake each other: gRPC allows it',
    plant: (planting) => {
      const delay = dice(40);
      const later = async (shown: Planting['shown']): Promise<void> => {
        await sleep(delay());
        shown();
      };
      return everyCall({
        unary: async ({ forward }, _, { shown }) => {
          await later(shown);
          return forward();
        },
      })(planting);
    },
  },
  {
    id: 'benign/log-written-a-little-later',
    kind: 'log-line',
    title: 'what a container prints is in its log 0.2 s later, in order: the CRI does not say when',
    plant: logging({
      lines: (file, { defer }) => {
        const timers = new Set<NodeJS.Timeout>();
        defer(() => timers.forEach(clearTimeout));
        return ({ bytes }) => {
          const timer = setTimeout(() => {
            timers.delete(timer);
            file.write(bytes);
          }, 200);
          timers.add(timer);
        };
      },
    }),
  },
  {
    id: 'benign/log-time-in-utc',
    kind: 'log-line',
    title: 'time stamps of a log are in UTC, in milliseconds: any zone and up to nine digits are read',
    source: 'cri-client: pkg/logs/logs.go timeFormatIn',
    plant: eachLine((line) => ({ ...line, time: new Date(Date.parse(line.time)).toISOString() })),
  },
  {
    id: 'benign/log-unfinished-line-tagged-full',
    title: 'output that ends without a line feed is tagged F: readers take both',
    source: 'cri-client: pkg/logs/logs.go parseCRILog',
    plant: eachLine((line) => (line.tag === 'P' && line.content.length < 4096 ? { ...line, tag: 'F' } : line)),
  },
];
