import type { Fault } from '../fault.js';

/** Legal but unusual ways of a runtime, none of which a spec may take for a fault. */
export const benignVariations: Fault[] = [];
