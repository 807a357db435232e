import { cpus } from 'node:os';

interface Times {
  idle: number;
  all: number;
}

/** Tells how busy the machine's processors are, whoever keeps them so. */
export class Processors {
  private last = times();

  /** The share of time since the last call, or since the beginning, that they were idle: from 0 to 1. */
  readonly idleShare = (): number => {
    const now = times();
    const { last } = this;
    this.last = now;
    return now.all > last.all ? (now.idle - last.idle) / (now.all - last.all) : 0;
  };
}

/** In ms, of all processors together since the machine began. */
function times(): Times {
  const sum = { idle: 0, all: 0 };
  for (const { times: each } of cpus()) {
    sum.idle += each.idle;
    for (const time of Object.values(each)) sum.all += time;
  }
  return sum;
}
