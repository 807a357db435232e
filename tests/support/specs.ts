import type { Spec } from '../../src/kit/define.js';

/** A spec that is known to nobody else; give what a test cares about. */
export function specOf(given: Partial<Spec> & { id: string }): Spec {
  return {
    group: given.id.slice(0, given.id.indexOf('/')),
    title: 'a rule',
    level: 'must',
    since: '1.23',
    why: 'the kubelet needs it',
    sources: ['api.proto'],
    body: () => Promise.resolve(),
    ...given,
  };
}
