import { describe, expect, test } from 'vitest';
import { serviceMethods } from '../../../src/client/codec.js';
import { catalogue } from '../../../src/faults/catalogue.js';
import { cleared } from '../../../src/faults/fields/clear.js';
import { fieldPaths } from '../../../src/faults/fields/paths.js';
import { marksOf } from '../../../src/prove/touches.js';

describe('field faults', () => {
  const ids = new Set(fieldPaths().map(({ id }) => id));

  test('are there for both sides of every RPC that has fields', () => {
    for (const { name, request, response } of [
      ...serviceMethods('RuntimeService'),
      ...serviceMethods('ImageService'),
    ]) {
      const rpc = name.slice(name.indexOf('/') + 1);
      for (const field of request.fieldsArray) expect(ids).toContain(`request/${rpc}.${field.name}`);
      for (const field of response.fieldsArray) expect(ids).toContain(`response/${rpc}.${field.name}`);
    }
  });

  test('reach every depth', () => {
    expect(ids).toContain('request/RunPodSandbox.config.linux.security_context.seccomp.localhost_ref');
    expect(ids).toContain('request/CreateContainer.config.mounts.uidMappings.host_id');
    expect(ids).toContain('response/PodSandboxStatus.containers_statuses.metadata.attempt');
    expect(ids).toContain('response/ListImages.images.repo_tags');
  });
});

describe('a cleared field', () => {
  test('is gone from a message, and the rest is not', () => {
    const message = { a: { b: 'x', c: 'y' }, d: 1 };
    expect(cleared(message, ['a', 'b'])).toEqual({ value: { a: { c: 'y' }, d: 1 }, changed: true });
    expect(message).toEqual({ a: { b: 'x', c: 'y' }, d: 1 });
  });

  test('is gone from every element of a list', () => {
    const { value, changed } = cleared({ items: [{ id: '1', n: 1 }, { id: '2' }] }, ['items', 'id']);
    expect(value).toEqual({ items: [{ n: 1 }, {}] });
    expect(changed).toBe(true);
  });

  test.each([
    ['an absent message', { a: null }, ['a', 'b'], undefined],
    ['an empty string', { a: '' }, ['a'], undefined],
    ['zero', { a: 0n }, ['a'], undefined],
    ['an empty list', { a: [] }, ['a'], undefined],
    ['no bytes', { a: new Uint8Array() }, ['a'], undefined],
    ['the default of an enum', { a: 'POD' }, ['a'], 'POD'],
  ])('makes no difference to %s', (_name, message, path, zero) => {
    expect(cleared(message, path, zero).changed).toBe(false);
  });
});

describe('the catalogue', () => {
  const { fields, behaviour, benign } = catalogue();

  test.each([...behaviour, ...benign].map((fault) => [fault.id, fault] as const))('%s can be planted', (id, fault) => {
    expect(id).toMatch(/^(behaviour|benign)\/[a-z0-9-]+$/);
    expect(fault.title).not.toBe('');
    if (behaviour.includes(fault)) expect(marksOf(fault)).not.toEqual([]);
  });

  test('has a fault for every field', () => {
    expect(fields).toHaveLength(fieldPaths().length);
  });
});
