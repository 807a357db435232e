import type { Fault } from '../fault.js';
import { attachFaults } from './attaches.js';
import { attributeFaults } from './attributes.js';
import { configFaults } from './config.js';
import { confinementFaults } from './confinement.js';
import { containerFaults } from './containers.js';
import { execCommandFaults } from './exec-commands.js';
import { execEndFaults } from './exec-ends.js';
import { execSyncFaults } from './exec-sync.js';
import { execTimeoutFaults } from './exec-timeout.js';
import { exitFaults } from './exits.js';
import { identityFaults } from './identity.js';
import { listFaults } from './lists.js';
import { namespaceFaults } from './namespaces.js';
import { networkingFaults } from './networking.js';
import { portForwardEndFaults } from './port-forward-ends.js';
import { portForwardFaults } from './port-forwards.js';
import { removeSandboxFaults } from './remove-sandbox.js';
import { removeFaults } from './remove.js';
import { resourceFaults } from './resources.js';
import { runSandboxFaults } from './run-sandbox.js';
import { startFaults } from './start.js';
import { statusFaults } from './status.js';
import { stopPendingFaults } from './stop-pending.js';
import { stopSandboxFaults } from './stop-sandbox.js';
import { stopFaults } from './stop.js';
import { streamInputFaults } from './stream-input.js';
import { streamOutputFaults } from './stream-output.js';
import { streamRefusalFaults } from './stream-refusals.js';
import { streamUrlFaults } from './stream-urls.js';
import { timeFaults } from './times.js';
import { volumeFaults } from './volumes.js';

/** What real runtimes get wrong over time or across calls, by area. */
export const behaviourFaults: Fault[] = [
  ...attributeFaults,
  ...configFaults,
  ...confinementFaults,
  ...containerFaults,
  ...execSyncFaults,
  ...execTimeoutFaults,
  ...exitFaults,
  ...identityFaults,
  ...listFaults,
  ...namespaceFaults,
  ...networkingFaults,
  ...removeFaults,
  ...removeSandboxFaults,
  ...resourceFaults,
  ...runSandboxFaults,
  ...startFaults,
  ...statusFaults,
  ...stopFaults,
  ...stopPendingFaults,
  ...stopSandboxFaults,
  ...timeFaults,
  ...volumeFaults,
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
