import { behaviourFaults } from './behaviour/index.js';
import { benignVariations } from './benign/index.js';
import type { Fault } from './fault.js';
import { fieldFaults } from './fields/faults.js';

/** Everything that can be planted, by kind. */
export interface Catalogue {
  fields: Fault[];
  behaviour: Fault[];
  /** Legal but unusual: no spec may fail under one. */
  benign: Fault[];
}

/**
 * The catalogue of faults.
 * @throws if two have the same id
 */
export function catalogue(): Catalogue {
  const all = { fields: fieldFaults(), behaviour: behaviourFaults, benign: benignVariations };
  const ids = Object.values(all).flatMap((faults) => faults.map(({ id }) => id));
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`fault id '${twice}' is taken twice`);
  return all;
}
