import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../src/reports/index.js';
import { callRecord, specRecord } from './records.js';

const of = (...calls: Parameters<typeof callRecord>[0][]): ReturnType<typeof coverageOf> =>
  coverageOf([specRecord({ id: 'a/b', calls: calls.map(callRecord) })]);

describe('coverageOf', () => {
  it('is empty without calls', () => {
    expect(coverageOf([])).toEqual({ rpcs: {}, requestFields: [], responseFields: [] });
  });

  it('names the fields that carried something, at any depth, and leaves out defaults', () => {
    const request = {
      config: {
        metadata: { name: 'pod', uid: '', attempt: 0 },
        labels: { app: 'x' },
        annotations: {},
        port_mappings: [{ protocol: 'TCP', container_port: 80 }, { protocol: 'UDP', host_ip: '::1' }],
        linux: { security_context: { privileged: true, readonly_rootfs: false, namespace_options: { network: 'POD', pid: 'NODE' } } },
        windows: null,
      },
      runtime_handler: '0',
    };
    expect(of({ method: 'RuntimeService/RunPodSandbox', request, response: { pod_sandbox_id: 'x' } })).toMatchInlineSnapshot(`
      {
        "requestFields": [
          "RunPodSandboxRequest.config",
          "RunPodSandboxRequest.config.labels",
          "RunPodSandboxRequest.config.linux",
          "RunPodSandboxRequest.config.linux.security_context",
          "RunPodSandboxRequest.config.linux.security_context.namespace_options",
          "RunPodSandboxRequest.config.linux.security_context.namespace_options.pid",
          "RunPodSandboxRequest.config.linux.security_context.privileged",
          "RunPodSandboxRequest.config.metadata",
          "RunPodSandboxRequest.config.metadata.name",
          "RunPodSandboxRequest.config.port_mappings",
          "RunPodSandboxRequest.config.port_mappings.container_port",
          "RunPodSandboxRequest.config.port_mappings.host_ip",
          "RunPodSandboxRequest.config.port_mappings.protocol",
          "RunPodSandboxRequest.runtime_handler",
        ],
        "responseFields": [
          "RunPodSandboxResponse.pod_sandbox_id",
        ],
        "rpcs": {
          "RuntimeService/RunPodSandbox": 1,
        },
      }
    `);
  });

  it('sees messages behind lists, maps and streams, 64-bit integers, wrappers and redacted values', () => {
    const stats = { attributes: { id: 'c' }, cpu: { timestamp: '12', usage_core_nano_seconds: { value: '0' } } };
    expect(
      of(
        { method: 'RuntimeService/ListContainerStats', response: { stats: [stats, '… 3 more of 5'] } },
        { method: 'RuntimeService/GetContainerEvents', response: [{ container_id: 'a' }, { created_at: '0', container_event_type: 'CONTAINER_STARTED_EVENT' }] },
        { method: 'ImageService/PullImage', request: { auth: { password: '[redacted]' } }, error: { code: 'UNKNOWN', details: '' } },
      ),
    ).toMatchInlineSnapshot(`
      {
        "requestFields": [
          "PullImageRequest.auth",
          "PullImageRequest.auth.password",
        ],
        "responseFields": [
          "ContainerEventResponse.container_event_type",
          "ContainerEventResponse.container_id",
          "ListContainerStatsResponse.stats",
          "ListContainerStatsResponse.stats.attributes",
          "ListContainerStatsResponse.stats.attributes.id",
          "ListContainerStatsResponse.stats.cpu",
          "ListContainerStatsResponse.stats.cpu.timestamp",
          "ListContainerStatsResponse.stats.cpu.usage_core_nano_seconds",
        ],
        "rpcs": {
          "ImageService/PullImage": 1,
          "RuntimeService/GetContainerEvents": 1,
          "RuntimeService/ListContainerStats": 1,
        },
      }
    `);
  });

  it('counts calls by RPC over all specs, refused and unknown ones too', () => {
    const status = callRecord({ method: 'RuntimeService/Status' });
    const refused = callRecord({ method: 'ImageService/PullImage', error: { code: 'NOT_FOUND', details: '' } });
    const unknown = callRecord({ method: 'RuntimeService/Future', request: { any: 1 } });
    const specs = [
      specRecord({ id: 'a/b', calls: [status, refused] }),
      specRecord({ id: 'a/c', calls: [status, unknown] }),
    ];
    const { rpcs } = coverageOf(specs);
    expect(Object.entries(rpcs)).toEqual([
      ['ImageService/PullImage', 1],
      ['RuntimeService/Future', 1],
      ['RuntimeService/Status', 2],
    ]);
  });

  it('ignores what has another shape than the schema', () => {
    const odd = of({ method: 'RuntimeService/RunPodSandbox', request: { config: 'text', nonsense: 1 }, response: [1] });
    expect(odd.requestFields).toEqual(['RunPodSandboxRequest.config']);
    expect(odd.responseFields).toEqual([]);
  });
});
