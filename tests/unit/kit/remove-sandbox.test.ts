import { expect, test } from 'vitest';
import type { Cri } from '../../../src/client/cri.js';
import { CriCallError, type GrpcCode } from '../../../src/client/errors.js';
import { removeSandbox } from '../../../src/kit/remove-sandbox.js';

/** A runtime that answers RemovePodSandbox with these codes, the last one for ever, and what it was asked. */
function runtimeWith(codes: GrpcCode[], answered = true): { runtime: Cri['runtime']; asked: string[] } {
  const asked: string[] = [];
  const remove = (): Promise<object> => {
    asked.push('RemovePodSandbox');
    const code = codes.length > 1 ? codes.shift() : codes[0];
    if (code === undefined || code === 'OK') return Promise.resolve({});
    return Promise.reject(new CriCallError('RuntimeService/RemovePodSandbox', code, 'in starting state', { answered }));
  };
  const stop = (): Promise<object> => {
    asked.push('StopPodSandbox');
    return Promise.resolve({});
  };
  return { runtime: { StopPodSandbox: stop, RemovePodSandbox: remove } as unknown as Cri['runtime'], asked };
}

test('a sandbox that is refused while a call given up is still at work on it is removed a little later', async () => {
  const { runtime, asked } = runtimeWith(['UNKNOWN', 'FAILED_PRECONDITION', 'OK']);
  await removeSandbox(runtime, 'p');
  expect(asked.filter((rpc) => rpc === 'RemovePodSandbox')).toHaveLength(3);
});

test('a sandbox that is gone is as good as removed', async () => {
  const { runtime, asked } = runtimeWith(['NOT_FOUND']);
  await removeSandbox(runtime, 'p');
  expect(asked).toEqual(['StopPodSandbox', 'RemovePodSandbox']);
});

test.each([
  ['hangs', 'DEADLINE_EXCEEDED', false],
  ['is gone', 'UNAVAILABLE', false],
] as const)('a runtime that %s is not asked again', async (_, code, answered) => {
  const { runtime, asked } = runtimeWith([code], answered);
  await expect(removeSandbox(runtime, 'p')).rejects.toThrow(code);
  expect(asked).toEqual(['StopPodSandbox', 'RemovePodSandbox']);
});
