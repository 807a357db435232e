import type { Fault } from '../fault.js';

/* How containers are stopped: signal, grace period, repeats, cancellation. */

export const stopFaults: Fault[] = [
  {
    id: 'behaviour/stop-without-grace-period',
    title: 'StopContainer kills at once, whatever the timeout',
    source: 'containerd/cri#1098',
    plant: ({ shown }) => ({
      StopContainer: ({ request, forward }) => {
        if (request.timeout > 0n) shown();
        return forward({ ...request, timeout: 0 });
      },
    }),
  },
  {
    id: 'behaviour/stop-waits-four-times',
    title: 'StopContainer gives four times the grace period',
    plant: ({ shown }) => ({
      StopContainer: ({ request, forward }) => {
        if (request.timeout > 0n) shown();
        return forward({ ...request, timeout: request.timeout * 4n });
      },
    }),
  },
];
