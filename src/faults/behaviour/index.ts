import type { Fault } from '../fault.js';
import { imageFsFaults } from './image-fs.js';
import { imageListFaults } from './image-list.js';
import { imagePropertyFaults } from './image-properties.js';
import { imageRemovalFaults } from './image-removal.js';
import { imageStatusFaults } from './image-status.js';
import { infoFaults } from './info.js';
import { logContentFaults } from './log-content.js';
import { logFormatFaults } from './log-format.js';
import { logReopenFaults } from './log-reopen.js';
import { repeatedPullFaults } from './pulls-again.js';
import { pullFaults } from './pulls.js';
import { statsLayerFaults } from './stats-layer.js';
import { statsListFaults } from './stats-lists.js';
import { podStatsFaults } from './stats-pods.js';
import { statsValueFaults } from './stats-values.js';
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
  ...pullFaults,
  ...repeatedPullFaults,
  ...imageStatusFaults,
  ...imagePropertyFaults,
  ...imageListFaults,
  ...imageRemovalFaults,
  ...imageFsFaults,
  ...statsValueFaults,
  ...statsLayerFaults,
  ...statsListFaults,
  ...podStatsFaults,
  ...logFormatFaults,
  ...logContentFaults,
  ...logReopenFaults,
  ...infoFaults,
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
