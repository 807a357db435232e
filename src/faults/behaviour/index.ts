import type { Fault } from '../fault.js';
import { attachFaults } from './attaches.js';
import { execCommandFaults } from './exec-commands.js';
import { execEndFaults } from './exec-ends.js';
import { portForwardEndFaults } from './port-forward-ends.js';
import { portForwardFaults } from './port-forwards.js';
import { stopFaults } from './stop.js';
import { streamUrlFaults } from './stream-urls.js';
import { streamInputFaults } from './stream-input.js';
import { streamOutputFaults } from './stream-output.js';
import { streamRefusalFaults } from './stream-refusals.js';

/** What real runtimes get wrong over time or across calls, by area. */
export const behaviourFaults: Fault[] = [
  ...stopFaults,
  ...streamOutputFaults,
  ...streamInputFaults,
  ...streamRefusalFaults,
  ...execCommandFaults,
  ...execEndFaults,
  ...attachFaults,
  ...streamUrlFaults,
  ...portForwardFaults,
  ...portForwardEndFaults,
];
