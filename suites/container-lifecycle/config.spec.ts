import type { ImageName } from '../../fixtures/images/catalogue.js';
import { check, logText, spec } from '../../src/kit/index.js';
import { environment } from '../shared/environment.js';

/** The lines that the image's `print-start` prints: its arguments, working directory and environment. */
async function printed(container: {
  log: (rule: string) => Promise<Parameters<typeof logText>[0]>;
}): Promise<string[]> {
  const entries = await container.log('the container prints how it was started');
  return logText(entries)
    .split('\n')
    .filter((line) => line !== '');
}

/** A path that the config has relative to /bin may be made absolute or not. */
const args = (lines: string[]): string[] =>
  lines.filter((line) => line.startsWith('arg ')).map((line) => line.slice(4).replace(/^\.(?=\/print-start$)/, '/bin'));

spec(
  {
    id: 'container-lifecycle/command-and-args',
    title:
      "command replaces the image's entrypoint and cmd, args alone replace its cmd; programs are found in PATH and from the working directory, which stays",
    level: 'must',
    since: '1.20',
    why: 'command and args of a pod mean exactly this; anything else runs another program than the user wrote.',
    sources: [
      'api.proto: ContainerConfig.command, ContainerConfig.args',
      'kubelet: kuberuntime_container.go generateContainerConfig',
      'OCI runtime spec: config.md process.args ("similar semantics to execvp\'s file")',
    ],
    expectations: [33],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const ofImage = { image: 'entrypoint-cmd', directory: '/data/sub' } as const;
    type Given = { command?: string[]; args?: string[]; working_dir?: string };
    const cases: [string, Given, string[], { image: ImageName; directory: string }?][] = [
      ['neither', {}, ['/bin/print-start', 'from entrypoint', 'from cmd', '']],
      ['args', { args: ['$HOME *', ''] }, ['/bin/print-start', 'from entrypoint', '$HOME *', '']],
      ['command', { command: ['/bin/print-start', 'mine'] }, ['/bin/print-start', 'mine']],
      [
        'a command in its working_dir',
        { command: ['./print-start', 'mine'], working_dir: '/bin' },
        ['/bin/print-start', 'mine'],
      ],
      [
        'command and args',
        // By its name alone, which PATH leads to.
        { command: ['print-start'], args: ['a b', '--', "c'd"] },
        ['/bin/print-start', 'a b', '--', "c'd"],
      ],
      [
        'args for an image without entrypoint',
        { args: ['/bin/print-start', 'mine'] },
        ['/bin/print-start', 'mine'],
        { image: 'general', directory: '/' },
      ],
    ];
    await Promise.all(
      cases.map(async ([given, config, expected, { image, directory } = ofImage]) => {
        const container = await pod.start(config, image);
        check.equal(
          (await container.exited()).exit_code,
          0,
          `the program of a container with ${given} in its config runs`,
        );
        const lines = await printed(container);
        check.equal(args(lines), expected, `what a container with ${given} in its config runs`);
        check.equal(
          lines.find((line) => line.startsWith('pwd ')),
          `pwd ${config.working_dir ?? directory}`,
          `a container with ${given} starts in its working_dir, or in the working directory of its image`,
        );
      }),
    );
  },
);

spec(
  {
    id: 'container-lifecycle/envs-and-working-dir',
    title: "envs are added to the image's environment and win over it; working_dir replaces the image's",
    level: 'must',
    since: '1.20',
    why: 'Service discovery, config maps and secrets reach a workload through its environment.',
    sources: ['api.proto: ContainerConfig.envs, ContainerConfig.working_dir'],
    expectations: [33],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const envs = environment({ CRIVET_BOTH: 'from config', CRIVET_ODD: ' a=b "c" $PATH ✓ ', CRIVET_EMPTY: '' });
    const own = await pod.runToExit([], { envs, working_dir: '/data/sub/deeper' }, 'entrypoint-cmd');
    // After the other one: what that was given must not reach it.
    const ofPlain = await printed(await pod.runToExit([], {}, 'entrypoint-cmd'));
    check.includes(ofPlain, 'pwd /data/sub', "without working_dir the image's holds");
    check.sameMembers(
      ofPlain.filter((line) => line.startsWith('env CRIVET_')),
      ['env CRIVET_IMAGE=from image', 'env CRIVET_BOTH=from image'],
      "without envs the image's environment holds, and no other container's",
    );
    const ofOwn = await printed(own);
    check.includes(ofOwn, 'pwd /data/sub/deeper', 'working_dir is where the program starts');
    const crivet = ofOwn.filter((line) => line.startsWith('env CRIVET_'));
    const expected = [
      'env CRIVET_IMAGE=from image',
      'env CRIVET_BOTH=from config',
      'env CRIVET_EMPTY=',
      'env CRIVET_ODD= a=b "c" $PATH ✓ ',
    ];
    // print-start reads with the shell's `read`, which drops blanks at the end of a line.
    check.sameMembers(
      crivet.map((line) => line.trimEnd()),
      expected.map((line) => line.trimEnd()),
      "the image's environment with the config's laid over it",
    );
    check.includes(ofOwn, 'env PATH=/bin', "the image's PATH stays");
    const exec = await pod.start({ envs, working_dir: '/data/sub/deeper' });
    const seen = await exec.shell('pwd; echo "$CRIVET_BOTH$CRIVET_ODD."');
    check.equal(
      seen,
      '/data/sub/deeper\nfrom config a=b "c" $PATH ✓ .',
      'ExecSync has the working directory and environment of the container',
    );
  },
);

spec(
  {
    id: 'container-lifecycle/working-dir-missing',
    title: 'a working_dir that the image does not have is made',
    level: 'should',
    since: '1.20',
    why: 'workingDir of a pod, and WORKDIR of images from many builders, name directories that nothing else makes. A program that starts elsewhere writes to the wrong place.',
    sources: [
      'api.proto: ContainerConfig.working_dir',
      'OCI image-spec: config.WorkingDir; runc: libcontainer prepareRootfs',
    ],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const working_dir = '/not/in/the/image';
    const container = await check.accepts(
      pod.start({ working_dir }),
      'a container whose working_dir is not in its image is started',
    );
    const seen = await container.shell('readlink /proc/1/cwd; pwd');
    check.equal(
      seen.split('\n'),
      [working_dir, working_dir],
      'working directory of the first and of an exec’ed process',
    );
  },
);
