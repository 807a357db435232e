import { check, spec } from '../../src/kit/index.js';
import { allFour, podProcesses, type Process } from '../security-context/process.js';
import { namespaces } from '../security-context/namespace-ids.js';

/** What is said of a process here. */
const identityOf = ({ uid, gid, groups }: Process) => ({ uid, gid, groups });

spec(
  {
    id: 'container-lifecycle/bare-image',
    title: 'an image that holds one program and nothing else runs, as its own user and as any other',
    level: 'must',
    since: '1.20',
    why: 'Programs that are linked statically come in images without /etc/passwd, /etc/group, /proc, /dev or a directory to mount at.',
    sources: [
      'api.proto: ContainerConfig.image, LinuxContainerSecurityContext.run_as_user, run_as_group, supplemental_groups',
      'OCI image-spec: config.User (numbers need no file)',
    ],
  },
  async (t) => {
    // Nothing can be executed in such a container, so another one looks.
    const pod = await t.pods.runOnHostNetwork(namespaces({ pid: 'POD' }));
    const looking = await pod.start({ command: ['/bin/sleep', 'infinity'] });
    const identity = { run_as_user: { value: 1001 }, run_as_group: { value: 1002 }, supplemental_groups: [1234] };
    const rule = 'a container of an image with nothing but a program is started';
    const own = await check.accepts(pod.start({}, 'sandbox'), rule);
    const other = await check.accepts(pod.start({ linux: { security_context: identity } }, 'sandbox'), rule);
    const processes = await t.eventually(
      'the programs of both containers can be seen',
      async () => (await podProcesses(looking)).filter(([, { pid, name }]) => pid !== 1 && name === 'pause'),
      (seen) => seen.length === 2,
      { describe: (seen) => seen.map(([, { uid, name }]) => `${name} with uid ${uid.join(' ')}`).join(', ') },
    );
    const identities = processes
      .map(([, process]) => identityOf(process))
      .sort((one, next) => (next.uid[0] ?? 0) - (one.uid[0] ?? 0));
    // The numbers of the image, and those of the request.
    const expected = [
      { uid: allFour(65535), gid: allFour(65535), groups: [65535] },
      { uid: allFour(1001), gid: allFour(1002), groups: [1002, 1234] },
    ];
    check.equal(identities, expected, 'users and groups of both: of the image, and of the request');
    for (const container of [own, other]) {
      check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'state of a container of such an image');
    }
  },
);
