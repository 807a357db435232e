import { check, spec } from '../../src/kit/index.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

spec(
  {
    id: 'security-context/apparmor-localhost-missing-refused',
    title: 'a container whose AppArmor profile is not loaded does not start, nor where there is no AppArmor',
    level: 'should',
    since: '1.20',
    why: 'Running without the profile that was asked for is worse than not running. The kubelet looks before it asks, but for AppArmor as a whole.',
    sources: [
      'api.proto: LinuxContainerSecurityContext.apparmor, apparmor_profile, SecurityProfile.localhost_ref',
      'kubelet: security/apparmor/validate.go; containerd: internal/cri/server generateApparmorSpecOpts',
    ],
  },
  async (t) => {
    const name = 'crivet-no-such-profile';
    // Kubelets before 1.30 fill the older field alone, and one day they may fill the newer one alone.
    const contexts = [
      { apparmor: { profile_type: 'Localhost', localhost_ref: name } },
      { apparmor_profile: `localhost/${name}` },
    ] as const;
    const pod = await t.pods.shared();
    for (const security_context of contexts) {
      // Either call may be the one that finds out.
      const started = pod.start({ linux: { security_context } }).then(({ id }) => `container ${id} runs`);
      const [field] = Object.keys(security_context);
      await check.refuses(started, ANY_REFUSAL, `creating or starting a container whose ${field ?? ''} is missing`);
    }
  },
);
