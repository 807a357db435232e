import type { Fault } from '../fault.js';
import { benignSessions } from './sessions.js';

/** Legal but unusual ways of a runtime, none of which a spec may take for a fault. */
export const benignVariations: Fault[] = [...benignSessions];
