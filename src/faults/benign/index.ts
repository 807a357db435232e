import type { Fault } from '../fault.js';
import { answerVariations } from './answers.js';
import { foreignVariations } from './foreign.js';
import { idVariations } from './ids.js';
import { orderVariations } from './order.js';
import { refusalVariations } from './refusals.js';
import { benignSessions } from './sessions.js';
import { timingVariations } from './timing.js';

/** Legal but unusual ways of a runtime, none of which a spec may take for a fault. */
export const benignVariations: Fault[] = [
  ...timingVariations,
  ...orderVariations,
  ...foreignVariations,
  ...idVariations,
  ...answerVariations,
  ...refusalVariations,
  ...benignSessions,
];
