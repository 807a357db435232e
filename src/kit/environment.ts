import { readFileSync } from 'node:fs';
import type { Cri } from '../client/cri.js';
import { connectCri } from '../client/connect.js';
import { parseEndpoint } from '../client/endpoint.js';
import { codeOf } from '../client/errors.js';
import type { StatusResponse, VersionResponse } from '../client/generated/types.js';
import { removeCgroups } from './cgroups.js';
import { ImageStore } from './image-store.js';
import type { RunSettings } from './settings.js';
import { SharedPod } from './shared-pod.js';
import { SharedPods } from './shared-pods.js';

/** What is known of runtime and host before a spec runs, and what all specs share. */
export interface Environment {
  settings: RunSettings;
  cri: Cri;
  version: VersionResponse;
  status: StatusResponse;
  host: HostFacts;
  cgroupDriver: 'cgroupfs' | 'systemd';
  images: ImageStore;
  sharedPods: SharedPods;
  /** Removes what the run shared: its pods, images it pulled, cgroup parents. Returns what could not be removed. */
  close(): Promise<string[]>;
}

/** Facts of the machine the specs run on, read once. They say something of the runtime only with `hostAccess`. */
export interface HostFacts {
  root: boolean;
  linux: boolean;
  seccomp: boolean;
  ipv6: boolean;
  cgroupVersion: 1 | 2;
}

/**
 * Connects and looks around: version, status, host. Nothing is created yet.
 * @throws {CriConnectError} if the runtime does not answer
 */
export async function openEnvironment(settings: RunSettings): Promise<Environment> {
  const endpoints = [parseEndpoint(settings.runtimeEndpoint), parseEndpoint(settings.imageEndpoint)] as const;
  const { cri, version } = await connectCri(...endpoints);
  const status = await cri.runtime.Status({ verbose: true }, { timeoutMs: 10_000 });
  const images = new ImageStore(cri, settings);
  const driver = settings.cgroupDriver === 'auto' ? await cgroupDriver(cri, status) : settings.cgroupDriver;
  const sharedPods = new SharedPods(() => new SharedPod(cri, settings, driver));
  return {
    settings,
    cri,
    version,
    status,
    host: hostFacts(),
    cgroupDriver: driver,
    images,
    sharedPods,
    async close() {
      const trouble = [...(await sharedPods.close()), ...(await images.close())];
      if (settings.hostAccess) trouble.push(...removeCgroups(`crivet-${settings.runId}`));
      cri.close();
      return trouble;
    },
  };
}

function hostFacts(): HostFacts {
  const text = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  return {
    root: process.getuid?.() === 0,
    linux: process.platform === 'linux',
    seccomp: /^Seccomp:/m.test(text('/proc/self/status')),
    ipv6: text('/proc/sys/net/ipv6/conf/all/disable_ipv6').trim() === '0' && text('/proc/net/if_inet6') !== '',
    cgroupVersion: text('/sys/fs/cgroup/cgroup.controllers') === '' ? 1 : 2,
  };
}

/** The runtime's cgroup driver: what RuntimeConfig says, else what containerd shows in its verbose status. */
async function cgroupDriver(cri: Cri, status: StatusResponse): Promise<'cgroupfs' | 'systemd'> {
  try {
    const config = await cri.runtime.RuntimeConfig({}, { timeoutMs: 10_000 });
    return config.linux?.cgroup_driver === 'SYSTEMD' ? 'systemd' : 'cgroupfs';
  } catch (error) {
    // Runtimes from before Kubernetes 1.28 lack the call; the kubelet then goes by its own setting.
    if (codeOf(error) !== 'UNIMPLEMENTED') throw error;
    return /"SystemdCgroup"\s*:\s*true/i.test(status.info['config'] ?? '') ? 'systemd' : 'cgroupfs';
  }
}
