import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SpecRecord } from '../../../src/kit/record.js';
import { selfSigned, type SelfSigned } from '../../support/certificate.js';
import { healthy } from '../../support/fake-runtime.js';
import { run } from '../../support/run-body.js';
import { execServer, exitStatus, rawServer, WANT } from '../streaming/support.js';

const want = { ...WANT, stdin: false };

/** A spec that executes at `url` to the end. */
function exec(url: string, streaming = { caFile: null as string | null, insecure: false }): Promise<SpecRecord> {
  return run(
    { ...healthy, Exec: () => ({ url }) },
    async (t) => {
      const session = await t.streams.exec('id', ['true'], {}, 'spdy');
      session.drain();
      await session.status;
    },
    {},
    { settings: { streaming } },
  );
}

/** A streaming server whose command says `out` and exits with 3. */
const server = (tls?: SelfSigned): Promise<string> =>
  execServer(
    'spdy',
    want,
    ({ stdout, finish }) => {
      stdout.write('out');
      void finish(exitStatus(3));
    },
    tls,
  );

describe('the report of a spec', () => {
  test('shows the upgrade and the frames: time, direction, type, stream, flags, length, start', async () => {
    const record = await exec(await server());
    expect(record.outcome).toBe('passed');
    const [what, ...frames] = record.notes.find(({ kind }) => kind === 'stream')?.text.split('\n') ?? [];
    expect(what).toBe('exec true');
    expect(frames[0]).toMatch(/^ +\d+\.\d\d ms out upgrade request POST http:.* SPDY\/3.1, offering v5/);
    expect(frames[1]).toMatch(/^ +\d+\.\d\d ms in +upgrade response HTTP 101, protocol v4\.channel\.k8s\.io$/);
    expect(frames).toContainEqual(expect.stringMatching(/ms out SYN_STREAM stream 3 \d+ bytes streamtype: stdout$/));
    expect(frames).toContainEqual(expect.stringMatching(/ms in +DATA stream 3 3 bytes out$/));
    expect(frames).toContainEqual(expect.stringMatching(/ms in +DATA stream 3 FIN 0 bytes$/));
  });

  test('shows as much of a session that could not be opened', async () => {
    const url = await rawServer((socket) => void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone'));
    const record = await exec(url);
    expect(record).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/HTTP 404, "gone"/) as string });
    expect(record.notes.find(({ kind }) => kind === 'stream')?.text).toMatch(/upgrade request .*\n.*HTTP 404/);
  });
});

describe('a TLS streaming server', () => {
  const certificate = selfSigned();

  test('is trusted by --streaming-ca', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'streaming-ca-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const caFile = join(directory, 'ca.pem');
    writeFileSync(caFile, certificate.cert);
    const url = await server(certificate);
    expect(await exec(url, { caFile, insecure: false })).toMatchObject({ outcome: 'passed' });
  });

  test('is accepted whatever its certificate by --streaming-insecure', async () => {
    const url = await server(certificate);
    expect(await exec(url, { caFile: null, insecure: true })).toMatchObject({ outcome: 'passed' });
  });

  test('with a certificate that nobody vouches for fails the spec, which says why', async () => {
    const record = await exec(await server(certificate));
    expect(record).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/self-signed/) as string });
  });
});
