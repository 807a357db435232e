import { Refusal, type Fault } from '../fault.js';
import { handling, type Asked, type Plant, type UnaryRpc } from './shapes.js';

/* What a call that its client gave up leaves behind. */

/** After a call that was given up, every later one about the same thing is refused. */
const neverAgain = <Name extends UnaryRpc>(rpc: Name, keyOf: (request: Asked<Name>) => string): Plant =>
  neverAfter(rpc, keyOf, rpc, keyOf);

/** The same for calls of another RPC about that thing. */
function neverAfter<Given extends UnaryRpc, Next extends UnaryRpc>(
  given: Given,
  keyOf: (request: Asked<Given>) => string,
  next: Next,
  nextOf: (request: Asked<Next>) => string,
): Plant {
  return (planting) => {
    const stuck = new Set<string>();
    const refuseStuck = (key: string): void => {
      if (!stuck.has(key)) return;
      planting.shown();
      throw new Refusal('ABORTED', `${key}: another operation is in progress`);
    };
    const noting = handling(given, async ({ request, forward, signal }) => {
      if ((given as string) === next) refuseStuck(keyOf(request));
      try {
        return await forward();
      } finally {
        if (signal.aborted) stuck.add(keyOf(request));
      }
    });
    const refusing = handling(next, ({ request, forward }) => {
      refuseStuck(nextOf(request));
      return forward();
    });
    return (given as string) === next ? noting(planting) : { ...noting(planting), ...refusing(planting) };
  };
}

const container = ({ container_id }: { container_id: string }): string => container_id;

export const givenUpFaults: Fault[] = [
  {
    id: 'behaviour/exec-sync-given-up-never-again',
    title: 'after an ExecSync that its client gave up, no command runs in the container any more',
    plant: neverAgain('ExecSync', container),
  },
  {
    id: 'behaviour/exec-sync-given-up-ends-container',
    title: 'a container ends with the command of an ExecSync that its client gave up',
    plant: handling('ExecSync', async ({ request: { container_id }, forward, signal }, { cri, shown }) => {
      try {
        return await forward();
      } finally {
        if (signal.aborted) {
          shown();
          await cri.runtime.StopContainer({ container_id, timeout: 0 }).catch(() => undefined);
        }
      }
    }),
  },
  {
    id: 'behaviour/start-given-up-never-removed',
    title: 'RemoveContainer is refused for a container whose StartContainer was given up',
    plant: neverAfter('StartContainer', container, 'RemoveContainer', container),
  },
  {
    id: 'behaviour/remove-given-up-never-again',
    title: 'after a RemoveContainer that its client gave up, every later one of the container is refused',
    plant: neverAgain('RemoveContainer', container),
  },
  {
    id: 'behaviour/remove-sandbox-given-up-never-again',
    title: 'after a RemovePodSandbox that its client gave up, every later one of the sandbox is refused',
    plant: neverAgain('RemovePodSandbox', ({ pod_sandbox_id }) => pod_sandbox_id),
  },
  {
    id: 'behaviour/remove-image-given-up-never-again',
    title: 'after a RemoveImage that its client gave up, every later one of the image is refused',
    plant: neverAgain('RemoveImage', ({ image }) => image?.image ?? ''),
  },
];
