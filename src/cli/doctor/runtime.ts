import { randomBytes } from 'node:crypto';
import { RUN_LABEL, nonce } from '../../../fixtures/configs/identity.js';
import { catalogue } from '../../../fixtures/images/catalogue.js';
import { findBusybox } from '../../../fixtures/images/busybox.js';
import { RegistryClient } from '../../../fixtures/registry/client.js';
import { RegistryServer } from '../../../fixtures/registry/server.js';
import type { Cri } from '../../client/cri.js';
import { connectCri } from '../../client/connect.js';
import { chooseEndpoints, type EndpointChoice } from '../../client/endpoint.js';
import { REPOSITORY_PREFIX } from '../../kit/image-store.js';
import { fail, found, ok, warn, type Finding } from './finding.js';

/** How the registry is to be served; as for `run`. */
export interface RegistryChoice {
  listen: { host: string; port: number } | undefined;
  advertise: string | undefined;
  busybox: string | undefined;
}

/** Looks at the runtime: endpoint, version, status, whether it can pull from us, and whose pods it holds. */
export async function examineRuntime(choice: EndpointChoice, registry: RegistryChoice): Promise<Finding[]> {
  const findings: Finding[] = [];
  let cri: Cri;
  let sought = 'endpoint';
  try {
    const chosen = chooseEndpoints(choice);
    findings.push(ok('endpoint', `${chosen.runtime.address} (${chosen.source})`));
    sought = 'version';
    const connected = await connectCri(chosen.runtime, chosen.image);
    cri = connected.cri;
    const { runtime_name: name, runtime_version: version, runtime_api_version: api } = connected.version;
    findings.push(ok('version', `${name} ${version}, CRI ${api}`));
  } catch (error) {
    findings.push(fail(sought, (error as Error).message, 'or vet a private one: crivet run --launch containerd'));
    return findings;
  }
  try {
    findings.push(await found('status', 'see the log of the runtime', () => status(cri)));
    findings.push(
      await found('registry', 'see --registry-listen, --registry-advertise and --images', () => pull(cri, registry)),
    );
    findings.push(await found('pods', 'see the log of the runtime', () => pods(cri)));
  } finally {
    cri.close();
  }
  return findings;
}

async function status(cri: Cri): Promise<Finding> {
  const { status: state } = await cri.runtime.Status({}, { timeoutMs: 10_000 });
  const wanted = ['RuntimeReady', 'NetworkReady'];
  const conditions = state?.conditions ?? [];
  const missing = wanted.filter((type) => !conditions.some((condition) => condition.type === type && condition.status));
  if (missing.length === 0) return ok('status', wanted.join(', '));
  const reasons = conditions
    .filter(({ type }) => missing.includes(type))
    .map(({ reason, message }) => `${reason}: ${message}`);
  const remedy = missing.includes('NetworkReady')
    ? "configure the runtime's pod network (CNI)"
    : 'see the log of the runtime';
  return fail('status', `not ${missing.join(', not ')}${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`, remedy);
}

/** Serves an image and has the runtime pull and remove it. */
async function pull(cri: Cri, { listen, advertise, busybox }: RegistryChoice): Promise<Finding> {
  const token = randomBytes(24).toString('hex');
  const server = await RegistryServer.start({
    pushToken: token,
    ...(listen ? { listen } : {}),
    ...(advertise === undefined ? {} : { advertise }),
  });
  try {
    const tag = nonce();
    const repository = `${REPOSITORY_PREFIX}/doctor`;
    const client = new RegistryClient({ url: server.url, token });
    await client.push(catalogue.sandbox(await findBusybox(busybox), tag), repository, [tag]);
    const reference = `${server.address}/${repository}:${tag}`;
    try {
      await cri.image.PullImage({ image: { image: reference } }, { timeoutMs: 20_000 });
    } catch (error) {
      const reached = (await client.requests(repository)).length > 0;
      const remedy = reached
        ? 'the runtime reaches the registry but refuses the image: see its log'
        : `the runtime never asked ${server.address}: allow plain http to it, tell it another address with --registry-advertise, or map images with --images`;
      return fail('registry', (error as Error).message, remedy);
    }
    await cri.image.RemoveImage({ image: { image: reference } }, { timeoutMs: 20_000 });
    return ok('registry', `the runtime pulls from ${server.address}`);
  } finally {
    await server.close();
  }
}

async function pods(cri: Cri): Promise<Finding> {
  const { items } = await cri.runtime.ListPodSandbox({}, { timeoutMs: 10_000 });
  const ours = items.filter(({ labels }) => RUN_LABEL in labels);
  if (ours.length > 0) {
    return warn(
      'pods',
      `${ours.length} of crivet, of a run that goes on or was killed`,
      'crivet cleanup removes what a killed run left',
    );
  }
  if (items.length > 0) return ok('pods', `${items.length} foreign ones: specs leave them alone`);
  return ok('pods', 'none');
}
