/** Everything a spec may use. */
export * as check from './check.js';
export { spec } from './define.js';
export { logText } from './log.js';
export type { SpecContext } from './context.js';
export type { Container } from './container.js';
export type { ContainerHost } from './container-host.js';
export type { Pod } from './pods.js';
