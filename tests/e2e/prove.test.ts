import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProofRecord } from '../../src/prove/index.js';
import { census, expectCensus } from '../support/census.js';
import { crivet, Reports, type Ended } from '../support/crivet.js';

let reports: Reports;
beforeEach(() => {
  reports = new Reports();
});
afterEach(() => reports.remove());

async function prove(...args: string[]): Promise<{ ended: Ended; proof: () => ProofRecord }> {
  const ended = await crivet(['prove', '--report-dir', reports.directory, ...args]);
  const file = join(reports.directory, 'proof.json');
  return { ended, proof: () => JSON.parse(readFileSync(file, 'utf8')) as ProofRecord };
}

test('faults of the recorded matrix do not survive the specs that killed them', async () => {
  const before = census();
  const { ended, proof } = await prove('--launch', 'containerd', '--sample', '6', '--seed', '20');
  expect(ended.stdout).not.toMatch(/Survivors|Trouble/);
  expect(ended).toMatchObject({ code: 0 });
  const { state, faults, clean } = proof();
  expect(state).toBe('finished');
  expect(faults).toHaveLength(6);
  // Some faults mix up the answers of different specs: without company these make no difference, which is no survival.
  const killed = faults.filter(({ verdict }) => verdict !== 'not-exercised');
  expect(killed.length).toBeGreaterThanOrEqual(4);
  for (const { id, verdict, kills, shown } of killed) {
    expect({ id, verdict }).toEqual({ id, verdict: 'killed' });
    expect(kills[0]?.rule).not.toBe('');
    expect(shown).toBeGreaterThan(0);
  }
  expect(clean.map(({ outcomes }) => outcomes.length)).toEqual(clean.map(() => 2));
  await expectCensus(before);
});

test('a fault that nobody notices is a survivor, and one that nothing touches is not exercised', async () => {
  // The spec sends DNS servers and does not look at them.
  const unseen = 'request/RunPodSandbox.config.dns_config.servers';
  const chosen = ['--spec', 'sandbox-lifecycle/run-becomes-ready', '--fault', unseen];
  const { ended, proof } = await prove('--launch', 'containerd', ...chosen, '--fault', 'request/ExecSync.cmd');
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stdout).toContain(`Survivors\n  ${unseen}`);
  const verdicts = Object.fromEntries(proof().faults.map(({ id, verdict }) => [id, verdict]));
  expect(verdicts).toEqual({ [unseen]: 'survived', 'request/ExecSync.cmd': 'not-exercised' });
});

describe('bad input', () => {
  test.each([
    [['--fault', 'request/ExecSync.comand'], /matches no fault.*request\/ExecSync/s],
    [['--spec', 'images/no-such-thing'], /no spec matches/],
    [['--sample', '0'], /--sample/],
    [['--lanes', 'many'], /--lanes/],
    [['--resume=maybe'], /--resume=maybe: a switch takes no value/],
  ])('%j', async (args, message) => {
    const { ended } = await prove(...args);
    expect(ended.stderr).toMatch(message);
    expect(ended).toMatchObject({ code: 2 });
  });

  test('no runtime: exit code 3, and the proof says why', async () => {
    const { ended, proof } = await prove('-r', 'unix:///nowhere/cri.sock');
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.stdout).toMatch(/no socket at \/nowhere\/cri\.sock/);
    expect(proof()).toMatchObject({ state: 'aborted', faults: [] });
  });
});
