import { findBusybox } from '../../../fixtures/images/busybox.js';
import { hasAppArmor, hasSeccomp, maySetOomScore } from '../../launch/features.js';
import { cgroupVersion } from '../../launch/cgroups.js';
import { preflight } from '../../launch/index.js';
import { fail, found, ok, warn, type Finding } from './finding.js';

/** Looks at the host: what images are made of, what a private runtime needs, what the kernel offers. */
export async function examineHost(busybox: string | undefined): Promise<Finding[]> {
  return [
    await found('busybox', 'apt-get install busybox-static, or name one with --busybox PATH', async () => {
      const { path, version, arch } = await findBusybox(busybox);
      return ok('busybox', `${path}, ${version}, ${arch}`);
    }),
    launching(),
    rights(),
    kernel(),
  ];
}

function launching(): Finding {
  try {
    preflight('containerd');
    return ok('--launch containerd', 'everything it needs is installed');
  } catch (error) {
    return warn('--launch containerd', (error as Error).message, 'only needed to vet a private containerd');
  }
}

function rights(): Finding {
  if (process.getuid?.() !== 0) {
    return warn('rights', 'not root: specs that mount or look into the host are not applicable', 'run as root');
  }
  if (maySetOomScore()) return ok('rights', 'root, with CAP_SYS_RESOURCE');
  const remedy =
    'a private runtime is configured for it; elsewhere set restrict_oom_score_adj = true, or grant the capability';
  return warn('rights', 'root without CAP_SYS_RESOURCE: the kernel refuses a lowered oom_score_adj', remedy);
}

function kernel(): Finding {
  const cgroups = cgroupVersion();
  if (cgroups === undefined) {
    return fail('kernel', 'no cgroup hierarchy is mounted', 'mount one: see cgroups(7)');
  }
  const lacking = [hasSeccomp() ? '' : 'seccomp', hasAppArmor() ? '' : 'AppArmor'].filter((name) => name !== '');
  const detail = `cgroup ${cgroups}${lacking.length > 0 ? `, without ${lacking.join(' and ')}` : ''}`;
  return ok('kernel', detail);
}
