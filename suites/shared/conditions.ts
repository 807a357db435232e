import { check, type SpecContext } from '../../src/kit/index.js';

/** Which of the conditions that every runtime has are true; those of its own may come and go. */
export async function trueConditions(t: SpecContext): Promise<string[]> {
  const { status } = await t.cri.runtime.Status({ verbose: false });
  const { conditions } = check.present(status, 'Status returns a status');
  const good = new Set(conditions.filter((condition) => condition.status).map(({ type }) => type));
  return ['RuntimeReady', 'NetworkReady'].filter((type) => good.has(type));
}
