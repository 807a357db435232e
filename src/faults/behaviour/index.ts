import type { Fault } from '../fault.js';
import { afterFailureFaults } from './after-failure.js';
import { atOnceFaults } from './at-once.js';
import { attachFaults } from './attaches.js';
import { attachAgainFaults } from './attaches-again.js';
import { attemptFaults } from './attempts.js';
import { attributeFaults } from './attributes.js';
import { bareImageFaults } from './bare-images.js';
import { configFaults } from './config.js';
import { confinementFaults } from './confinement.js';
import { containerImageFaults } from './container-images.js';
import { containerFaults } from './containers.js';
import { deviceFaults } from './devices.js';
import { emptyIdFaults } from './empty-ids.js';
import { endedFaults } from './ended.js';
import { environmentFaults } from './environment.js';
import { execCgroupFaults } from './exec-cgroups.js';
import { execCommandFaults } from './exec-commands.js';
import { execEndFaults } from './exec-ends.js';
import { pendingExecFaults } from './exec-pending.js';
import { execIdentityFaults } from './exec-identity.js';
import { execStreamFaults } from './exec-streams.js';
import { execSyncFaults } from './exec-sync.js';
import { repeatedExecSyncFaults } from './exec-sync-again.js';
import { execSyncSessionFaults } from './exec-sync-sessions.js';
import { execTimeoutFaults } from './exec-timeout.js';
import { exitFaults } from './exits.js';
import { givenUpFaults } from './given-up.js';
import { hostPortFaults } from './host-ports.js';
import { identityFaults } from './identity.js';
import { imageContentFaults } from './image-content.js';
import { imageFileFaults } from './image-files.js';
import { imageFsFaults } from './image-fs.js';
import { imageListFaults } from './image-list.js';
import { imageNameFaults } from './image-names.js';
import { imagePropertyFaults } from './image-properties.js';
import { imageRemovalFaults } from './image-removal.js';
import { imageStatusFaults } from './image-status.js';
import { infoFaults } from './info.js';
import { inheritedFaults } from './inherited.js';
import { lateExitFaults } from './late-exits.js';
import { listFaults } from './lists.js';
import { logContentFaults } from './log-content.js';
import { logFormatFaults } from './log-format.js';
import { logReopenFaults } from './log-reopen.js';
import { lossFaults } from './losses.js';
import { mountKindFaults } from './mount-kinds.js';
import { mountPathFaults } from './mount-paths.js';
import { logsAgainFaults } from './logs-again.js';
import { logSessionFaults } from './log-sessions.js';
import { movedTagFaults } from './moved-tags.js';
import { namespaceFaults } from './namespaces.js';
import { networkingFaults } from './networking.js';
import { placeFaults } from './places.js';
import { otherIdFaults } from './other-ids.js';
import { pingFaults } from './pings.js';
import { podValueFaults } from './pod-values.js';
import { podsBesideFaults } from './pods-beside.js';
import { portForwardEndFaults } from './port-forward-ends.js';
import { portForwardFaults } from './port-forwards.js';
import { profileFaults } from './profiles.js';
import { programFaults } from './programs.js';
import { pullCredentialFaults } from './pull-credentials.js';
import { pullFaults } from './pulls.js';
import { pullHoldsUpFaults } from './pulls-hold-up.js';
import { repeatedPullFaults } from './pulls-again.js';
import { removeFaults } from './remove.js';
import { removeSandboxFaults } from './remove-sandbox.js';
import { resourceEdgeFaults } from './resource-edges.js';
import { resourceFaults } from './resources.js';
import { restartFaults } from './restarts.js';
import { runSandboxFaults } from './run-sandbox.js';
import { sandboxStateFaults } from './sandbox-states.js';
import { sandboxAttemptFaults } from './sandbox-attempts.js';
import { selectorFaults } from './selectors.js';
import { securityPairFaults } from './security-pairs.js';
import { sessionAtOnceFaults } from './sessions-at-once.js';
import { sessionContainerFaults } from './sessions-and-containers.js';
import { sessionVariantFaults } from './session-variants.js';
import { sessionsStopPendingFaults } from './sessions-stop-pending.js';
import { startFaults } from './start.js';
import { statsLayerFaults } from './stats-layer.js';
import { statsListFaults } from './stats-lists.js';
import { statsLookFaults } from './stats-looks.js';
import { statsNamesakeFaults } from './stats-namesakes.js';
import { statsPartFaults } from './stats-parts.js';
import { podStatsFaults } from './stats-pods.js';
import { statsSelectorFaults } from './stats-selectors.js';
import { statsValueFaults } from './stats-values.js';
import { statusFaults } from './status.js';
import { stopFaults } from './stop.js';
import { stopHoldsUpFaults } from './stop-holds-up.js';
import { stopPendingFaults } from './stop-pending.js';
import { stopSignalFaults } from './stop-signals.js';
import { stopSandboxFaults } from './stop-sandbox.js';
import { streamInputFaults } from './stream-input.js';
import { streamOutputFaults } from './stream-output.js';
import { streamRefusalFaults } from './stream-refusals.js';
import { streamUrlFaults } from './stream-urls.js';
import { successorFaults } from './successors.js';
import { timeFaults } from './times.js';
import { unavailableFaults } from './unavailable.js';
import { unusualFaults } from './unusual.js';
import { updateFaults } from './updates.js';
import { vanishedClientFaults } from './vanished-clients.js';
import { volumeFaults } from './volumes.js';

/** What real runtimes get wrong over time or across calls, by area. */
export const behaviourFaults: Fault[] = [
  ...afterFailureFaults,
  ...atOnceFaults,
  ...attachFaults,
  ...attachAgainFaults,
  ...attemptFaults,
  ...attributeFaults,
  ...bareImageFaults,
  ...configFaults,
  ...confinementFaults,
  ...containerImageFaults,
  ...containerFaults,
  ...deviceFaults,
  ...emptyIdFaults,
  ...endedFaults,
  ...environmentFaults,
  ...execCgroupFaults,
  ...execCommandFaults,
  ...execEndFaults,
  ...pendingExecFaults,
  ...execIdentityFaults,
  ...execStreamFaults,
  ...execSyncFaults,
  ...repeatedExecSyncFaults,
  ...execSyncSessionFaults,
  ...execTimeoutFaults,
  ...exitFaults,
  ...givenUpFaults,
  ...hostPortFaults,
  ...identityFaults,
  ...imageContentFaults,
  ...imageFileFaults,
  ...imageFsFaults,
  ...imageListFaults,
  ...imageNameFaults,
  ...imagePropertyFaults,
  ...imageRemovalFaults,
  ...imageStatusFaults,
  ...infoFaults,
  ...inheritedFaults,
  ...lateExitFaults,
  ...listFaults,
  ...logContentFaults,
  ...logFormatFaults,
  ...logReopenFaults,
  ...lossFaults,
  ...mountKindFaults,
  ...mountPathFaults,
  ...logsAgainFaults,
  ...logSessionFaults,
  ...movedTagFaults,
  ...namespaceFaults,
  ...networkingFaults,
  ...placeFaults,
  ...otherIdFaults,
  ...pingFaults,
  ...podValueFaults,
  ...podsBesideFaults,
  ...portForwardEndFaults,
  ...portForwardFaults,
  ...profileFaults,
  ...programFaults,
  ...pullCredentialFaults,
  ...pullFaults,
  ...pullHoldsUpFaults,
  ...repeatedPullFaults,
  ...removeFaults,
  ...removeSandboxFaults,
  ...resourceEdgeFaults,
  ...resourceFaults,
  ...restartFaults,
  ...runSandboxFaults,
  ...sandboxAttemptFaults,
  ...sandboxStateFaults,
  ...selectorFaults,
  ...securityPairFaults,
  ...sessionAtOnceFaults,
  ...sessionContainerFaults,
  ...sessionVariantFaults,
  ...sessionsStopPendingFaults,
  ...startFaults,
  ...statsLayerFaults,
  ...statsListFaults,
  ...statsLookFaults,
  ...statsNamesakeFaults,
  ...statsPartFaults,
  ...podStatsFaults,
  ...statsSelectorFaults,
  ...statsValueFaults,
  ...statusFaults,
  ...stopFaults,
  ...stopHoldsUpFaults,
  ...stopPendingFaults,
  ...stopSandboxFaults,
  ...stopSignalFaults,
  ...streamInputFaults,
  ...streamOutputFaults,
  ...streamRefusalFaults,
  ...streamUrlFaults,
  ...successorFaults,
  ...timeFaults,
  ...unavailableFaults,
  ...unusualFaults,
  ...updateFaults,
  ...vanishedClientFaults,
  ...volumeFaults,
];
