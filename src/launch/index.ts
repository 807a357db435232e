export { cleanupLaunched } from './cleanup.js';
export { launchableRuntimes, preflight } from './drivers.js';
export { launchRuntime } from './launch.js';
export { type LaunchedRuntime, type LaunchRequest } from './types.js';
