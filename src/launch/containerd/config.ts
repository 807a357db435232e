import { join } from 'node:path';
import type { Programs } from './programs.js';

/** What the host can do, as far as containerd must be told. */
export interface HostFeatures {
  overlay: boolean;
  apparmor: boolean;
  hugetlb: boolean;
  oomScore: boolean;
}

/** Everything a launch keeps, by path below its directory. */
export function layout(directory: string) {
  const at = (name: string): string => join(directory, name);
  return {
    config: at('config.toml'),
    socket: at('containerd.sock'),
    root: at('root'),
    state: at('state'),
    runc: at('runc'),
    optional: at('opt'),
    cniConfig: at('cni'),
    cniData: at('ipam'),
    hosts: at('certs.d'),
    nri: at('nri'),
  };
}

/** Snapshotters and services that need devices or file systems of the host, and no spec uses. */
const DISABLED = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
];

const CRI = '[plugins."io.containerd.grpc.v1.cri"';

/**
 * The configuration file. Version 2 of its format is what containerd 1.6 to 2.x all read. What is not set keeps the
 * default of the version at hand, for the defaults are what nodes run with. One is not: the size of the image file
 * system is measured every second instead of every ten, so that a run need not wait for it.
 */
export function containerdConfig(
  directory: string,
  sandboxImage: string,
  programs: Programs,
  features: HostFeatures,
): string {
  const paths = layout(directory);
  const text = JSON.stringify; // a JSON string is a TOML basic string
  return `version = 2
root = ${text(paths.root)}
state = ${text(paths.state)}
disabled_plugins = ${text(DISABLED)}

[grpc]
address = ${text(paths.socket)}

[plugins."io.containerd.internal.v1.opt"]
path = ${text(paths.optional)}

[plugins."io.containerd.nri.v1.nri"]
socket_path = ${text(join(paths.nri, 'nri.sock'))}
plugin_path = ${text(join(paths.nri, 'plugins'))}
plugin_config_path = ${text(join(paths.nri, 'conf.d'))}

[timeouts]
# After 2 s, the default, a busy host's shim would be taken for one without a process (containerd#8516).
"io.containerd.timeout.task.state" = "30s"

${CRI}]
sandbox_image = ${text(sandboxImage)}
stream_server_address = "127.0.0.1"
stream_server_port = "0"
netns_mounts_under_state_dir = true
enable_unprivileged_ports = false
stats_collect_period = 1
restrict_oom_score_adj = ${!features.oomScore}
disable_apparmor = ${!features.apparmor}
disable_hugetlb_controller = ${!features.hugetlb}
tolerate_missing_hugetlb_controller = true

${CRI}.cni]
bin_dir = ${text(programs.cni)}
conf_dir = ${text(paths.cniConfig)}

${CRI}.registry]
config_path = ${text(paths.hosts)}

${CRI}.containerd]
snapshotter = ${text(features.overlay ? 'overlayfs' : 'native')}
default_runtime_name = "runc"

${CRI}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
runtime_path = ${text(programs.shim)}

${CRI}.containerd.runtimes.runc.options]
BinaryName = ${text(programs.runc)}
Root = ${text(paths.runc)}
`;
}

/** The hosts.toml that makes containerd reach a registry by plain http. */
export function plainHttpHost(registry: string): string {
  const server = JSON.stringify(`http://${registry}`);
  return `server = ${server}\n\n[host.${server}]\ncapabilities = ["pull", "resolve"]\n`;
}
