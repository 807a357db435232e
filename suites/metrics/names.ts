/**
 * Metrics that the kubelet serves at /metrics/cadvisor, and which it takes from the runtime once stats come from the
 * CRI: dashboards and alerts of most clusters are made of them. By family, without the prefix `container_`.
 * Source: KEP-2371; cAdvisor docs/storage/prometheus.md.
 */
const FAMILIES = {
  '': 'blkio_device_usage_total file_descriptors last_seen oom_events_total processes sockets start_time_seconds threads threads_max',
  cpu_: 'cfs_periods_total cfs_throttled_periods_total cfs_throttled_seconds_total system_seconds_total usage_seconds_total user_seconds_total',
  fs_: 'inodes_free inodes_total limit_bytes reads_bytes_total reads_total usage_bytes writes_bytes_total writes_total',
  memory_:
    'cache failcnt failures_total kernel_usage mapped_file max_usage_bytes rss swap usage_bytes working_set_bytes',
  network_receive_: 'bytes_total errors_total packets_dropped_total packets_total',
  network_transmit_: 'bytes_total errors_total packets_dropped_total packets_total',
  spec_: 'cpu_period cpu_shares memory_limit_bytes memory_swap_limit_bytes',
};

/** Later additions, and what only some kernels and set-ups have. */
const RECENT = {
  hugetlb_: 'max_usage_bytes usage_bytes',
  pressure_: ['cpu', 'io', 'memory']
    .flatMap((what) => [`${what}_stalled_seconds_total`, `${what}_waiting_seconds_total`])
    .join(' '),
  spec_: 'cpu_quota memory_reservation_limit_bytes',
  '': 'ulimits_soft',
};

export const REQUIRED = names(FAMILIES);
export const RECOMMENDED = names(RECENT);

/** Need I/O accounting per device, which virtual disks and some filesystems do not offer: a sample may be missing. */
export const NEEDS_BLOCK_DEVICE = new Set(
  [
    'blkio_device_usage_total',
    'fs_reads_bytes_total',
    'fs_reads_total',
    'fs_writes_bytes_total',
    'fs_writes_total',
  ].map((name) => `container_${name}`),
);

/** Traffic is counted for the pod, and only for one with a network of its own. */
export const isNetwork = (name: string): boolean => name.startsWith('container_network_');

function names(families: Record<string, string>): string[] {
  return Object.entries(families).flatMap(([family, members]) =>
    members.split(' ').map((member) => `container_${family}${member}`),
  );
}
