import type { Fault } from '../fault.js';
import { startProxy, type Proxy, type ProxyOptions } from './proxy.js';

/** Proxies before each other. */
export interface ProxyStack {
  /** `unix:///path` of the outermost one. */
  endpoint: string;
  /** How often a fault made a difference so far. */
  shown(fault: Fault): number;
  close(): Promise<void>;
}

/**
 * Starts a proxy per fault, each before the one of the fault that precedes it; without any fault one that changes
 * nothing.
 * @param options with the path of a socket that others are named after
 */
export async function startProxies(
  { runtimeEndpoint, imageEndpoint, socket }: Omit<ProxyOptions, 'fault'>,
  faults: readonly Fault[],
): Promise<ProxyStack> {
  const proxies: { fault: Fault | undefined; proxy: Proxy }[] = [];
  const close = async (): Promise<void> => {
    for (const { proxy } of proxies.toReversed()) await proxy.close();
  };
  try {
    for (const [index, fault] of faults.length === 0 ? [[0, undefined] as const] : faults.entries()) {
      const behind = proxies.at(-1)?.proxy.endpoint;
      const endpoints = { runtimeEndpoint: behind ?? runtimeEndpoint, imageEndpoint: behind ?? imageEndpoint };
      proxies.push({ fault, proxy: await startProxy({ ...endpoints, socket: `${socket}${index || ''}`, fault }) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    endpoint: proxies.at(-1)?.proxy.endpoint ?? runtimeEndpoint,
    shown: (fault) => proxies.find((each) => each.fault === fault)?.proxy.shown() ?? 0,
    close,
  };
}
