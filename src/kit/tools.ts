import type { ServiceClient } from '../client/cri.js';
import type { RuntimeService } from '../client/generated/types.js';
import type { Environment } from './environment.js';
import type { Scope } from './scope.js';

/** What pods and containers need of the spec they belong to. */
export interface SpecTools {
  specId: string;
  runtime: ServiceClient<RuntimeService>;
  env: Environment;
  scope: Scope;
  eventually: <T>(
    rule: string,
    probe: () => Promise<T>,
    accept: (value: T) => boolean,
    options?: { withinMs?: number; describe?: (value: T) => unknown },
  ) => Promise<T>;
}
