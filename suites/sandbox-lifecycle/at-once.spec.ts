import { check, spec } from '../../src/kit/index.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { inBackground } from '../shared/background.js';
import { trueConditions } from '../shared/conditions.js';

spec(
  {
    id: 'sandbox-lifecycle/calls-at-once-are-all-done',
    title:
      'RunPodSandbox, StopPodSandbox and RemovePodSandbox are each done when several come at once, and ListPodSandbox and Status beside them',
    level: 'must',
    since: '1.20',
    why: 'Pods come and go side by side, while the kubelet lists them every second and looks at the conditions of the node; a stop that gets lost leaves a pod running that nobody knows of.',
    sources: [
      'api.proto: RuntimeService.RunPodSandbox, StopPodSandbox, RemovePodSandbox, ListPodSandbox, Status',
      'kubelet: pod_workers.go (a goroutine per pod), pleg/generic.go Relist, kubelet.go updateRuntimeUp',
    ],
    expectations: [3, 8, 16, 41, 42],
  },
  async (t) => {
    const stays = (await t.pods.shared()).id;
    const ready = await trueConditions(t);
    /** What is listed, and said of the node, while a call is under way. */
    const during = async <T>(name: string, call: Promise<T>): Promise<T> => {
      const done = inBackground(call);
      const [{ items }, conditions] = await Promise.all([
        check.accepts(t.cri.runtime.ListPodSandbox({}), `ListPodSandbox during ${name}`),
        trueConditions(t),
      ]);
      check.equal(conditions, ready, `${name} leaves the conditions of Status true while it is under way`);
      const ids = items.map(({ id }) => id);
      check.includes(ids, stays, `ListPodSandbox during ${name} has a sandbox that is not concerned`);
      return done;
    };
    // Everything is prepared first, so that nothing but the calls is under way.
    const prepared = await Promise.all(
      ['one', 'two'].map((role) => {
        const own = { 'example.com/role': role };
        return t.pods.config(overlay(HOST_NETWORK, { labels: own, annotations: own }));
      }),
    );
    const runs = prepared.map(({ identity, config }) => t.pods.runConfig(identity, config));
    const pods = await during('RunPodSandbox', Promise.all(runs));
    for (const pod of pods) {
      const { state, metadata, labels, annotations } = await pod.status();
      const sent = { ...pod.config };
      const expected = { metadata: sent.metadata, labels: sent.labels, annotations: sent.annotations };
      check.equal(state, 'SANDBOX_READY', 'of two that are run at once each is READY');
      check.equal({ metadata, labels, annotations }, expected, 'of two that are run at once each is the one asked for');
    }

    await during('StopPodSandbox', Promise.all(pods.map((pod) => pod.stop())));
    for (const pod of pods)
      check.equal((await pod.status()).state, 'SANDBOX_NOTREADY', 'of two stopped at once each is NOTREADY');

    await during('RemovePodSandbox', Promise.all(pods.map((pod) => pod.remove())));
    for (const pod of pods) check.equal(await pod.listed(), [], 'of two removed at once neither is listed afterwards');
  },
);
