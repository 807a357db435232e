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
import { imageFsFaults } from './image-fs.js';
import { imageListFaults } from './image-list.js';
import { imagePropertyFaults } from './image-properties.js';
import { imageRemovalFaults } from './image-removal.js';
import { imageStatusFaults } from './image-status.js';
import { infoFaults } from './info.js';
import { listFaults } from './lists.js';
import { logContentFaults } from './log-content.js';
import { logFormatFaults } from './log-format.js';
import { logReopenFaults } from './log-reopen.js';
import { namespaceFaults } from './namespaces.js';
import { networkingFaults } from './networking.js';
import { portForwardEndFaults } from './port-forward-ends.js';
import { portForwardFaults } from './port-forwards.js';
import { pullFaults } from './pulls.js';
import { repeatedPullFaults } from './pulls-again.js';
import { removeFaults } from './remove.js';
import { removeSandboxFaults } from './remove-sandbox.js';
import { resourceFaults } from './resources.js';
import { runSandboxFaults } from './run-sandbox.js';
import { startFaults } from './start.js';
import { statsLayerFaults } from './stats-layer.js';
import { statsListFaults } from './stats-lists.js';
import { podStatsFaults } from './stats-pods.js';
import { statsValueFaults } from './stats-values.js';
import { statusFaults } from './status.js';
import { stopFaults } from './stop.js';
import { stopPendingFaults } from './stop-pending.js';
import { stopSandboxFaults } from './stop-sandbox.js';
import { streamInputFaults } from './stream-input.js';
import { streamOutputFaults } from './stream-output.js';
import { streamRefusalFaults } from './stream-refusals.js';
import { streamUrlFaults } from './stream-urls.js';
import { timeFaults } from './times.js';
import { volumeFaults } from './volumes.js';

/** What real runtimes get wrong over time or across calls, by area. */
export const behaviourFaults: Fault[] = [
  ...attachFaults,
  ...attributeFaults,
  ...configFaults,
  ...confinementFaults,
  ...containerFaults,
  ...execCommandFaults,
  ...execEndFaults,
  ...execSyncFaults,
  ...execTimeoutFaults,
  ...exitFaults,
  ...identityFaults,
  ...imageFsFaults,
  ...imageListFaults,
  ...imagePropertyFaults,
  ...imageRemovalFaults,
  ...imageStatusFaults,
  ...infoFaults,
  ...listFaults,
  ...logContentFaults,
  ...logFormatFaults,
  ...logReopenFaults,
  ...namespaceFaults,
  ...networkingFaults,
  ...portForwardEndFaults,
  ...portForwardFaults,
  ...pullFaults,
  ...repeatedPullFaults,
  ...removeFaults,
  ...removeSandboxFaults,
  ...resourceFaults,
  ...runSandboxFaults,
  ...startFaults,
  ...statsLayerFaults,
  ...statsListFaults,
  ...podStatsFaults,
  ...statsValueFaults,
  ...statusFaults,
  ...stopFaults,
  ...stopPendingFaults,
  ...stopSandboxFaults,
  ...streamInputFaults,
  ...streamOutputFaults,
  ...streamRefusalFaults,
  ...streamUrlFaults,
  ...timeFaults,
  ...volumeFaults,
];
