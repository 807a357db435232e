import { Refusal, type Fault } from '../fault.js';
import { blocked, whileStopping } from './pending-stops.js';
import { tracked } from './sessions-and-containers.js';
import { STREAM_RPCS } from './streaming-shapes.js';

/* Sessions of a container whose StopContainer waits out a grace period. */

const byContainer = ({ container_id }: { container_id: string }): string => container_id;

/** Grace periods that nobody waits out are no matter. */
const LONG_SECONDS = 10n;

export const sessionsStopPendingFaults: Fault[] = [
  ...STREAM_RPCS.map((rpc): Fault => ({
    id: `behaviour/stop-pending-ends-${rpc.toLowerCase()}-sessions`,
    title: `${rpc}: the sessions of a container end as soon as StopContainer is called, however long its grace period`,
    source: 'cri-o#8162',
    plant: tracked([rpc], (_, end) => ({
      StopContainer: ({ request: { container_id, timeout }, forward }) => {
        if (timeout >= LONG_SECONDS) end((of) => of === container_id);
        return forward();
      },
    })),
  })),
  ...(['Exec', 'Attach'] as const).flatMap((rpc): Fault[] => [
    {
      id: `behaviour/stop-pending-refuses-${rpc.toLowerCase()}`,
      title: `${rpc} is refused while StopContainer of the container is pending`,
      plant: whileStopping(rpc, byContainer, () => {
        throw new Refusal('UNKNOWN', 'container is not running');
      }),
    },
    {
      id: `behaviour/stop-pending-blocks-${rpc.toLowerCase()}`,
      title: `${rpc} waits for a StopContainer of the container that is pending`,
      source: 'cri-o#7160',
      hangs: true,
      plant: whileStopping(rpc, byContainer, blocked),
    },
  ]),
];
