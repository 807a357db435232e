export { cleanupLaunched, type CleanupResult } from './cleanup.js';
export { launchableRuntimes, preflight } from './drivers.js';
export { launchRuntime } from './launch.js';
export { LaunchError, type LaunchedRuntime, type LaunchRequest } from './types.js';
