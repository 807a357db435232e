import type { Fault } from '../fault.js';
import { stopFaults } from './stop.js';

/** What real runtimes get wrong over time or across calls, by area. */
export const behaviourFaults: Fault[] = [...stopFaults];
