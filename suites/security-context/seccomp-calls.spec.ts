import { writeFile } from 'node:fs/promises';
import { check, spec } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import type { SecurityProfile } from '../../src/client/generated/types.js';
import { attempt, succeeds } from './mounts.js';

const seccomp = (profile: Partial<SecurityProfile>): ContainerInput => ({
  linux: { security_context: { seccomp: profile } },
});

/** What a runtime needs to start a process and a shell to run programs, whatever their C library; no chmod, no mkdir. */
const TO_RUN = `accept accept4 access alarm arch_prctl bind brk capget capset chdir chown clock_getres clock_gettime
  clock_nanosleep clone clone3 close close_range connect dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
  epoll_wait eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fchdir fchown fchownat fcntl flock
  fork fstat fstatfs fsync ftruncate futex futex_waitv getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpgid
  getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit get_robust_list getrusage getsid
  getsockname getsockopt gettid gettimeofday getuid getxattr ioctl kill lchown lgetxattr link linkat lseek lstat
  madvise membarrier mincore mlock mmap mprotect
  mremap munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 poll ppoll prctl
  pread64 prlimit64 pselect6 pwrite64 read readlink readlinkat readv recvfrom recvmsg rename renameat renameat2 restart_syscall rseq rt_sigaction
  rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_getaffinity sched_getparam sched_getscheduler sched_setaffinity sched_yield
  seccomp select sendfile sendmsg sendto set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setregid
  setresgid setresuid setreuid setrlimit setsid setsockopt setuid sigaltstack socket socketpair splice stat statfs statx
  symlink symlinkat sync sysinfo tee tgkill time timer_create timer_delete timer_gettime timer_settime timerfd_create
  timerfd_settime times tkill umask uname unlink unlinkat utimensat vfork wait4 waitid write writev`.split(/\s+/);

spec(
  {
    id: 'security-context/seccomp-allow-list',
    title:
      'of a Localhost profile that allows some system calls all lists count, and what is on none of them is refused',
    level: 'must',
    since: '1.20',
    why: 'Most profiles are lists of what a workload needs. One whose default is lost refuses nothing.',
    sources: [
      'api.proto: SecurityProfile.localhost_ref, LinuxContainerSecurityContext.seccomp',
      'OCI runtime-spec: config-linux.md, seccomp (defaultAction, syscalls)',
    ],
    requires: ['seccomp', 'host-access'],
  },
  async (t) => {
    const path = `${await t.directory()}/allow.json`;
    const action = 'SCMP_ACT_ALLOW';
    const syscalls = [
      { names: TO_RUN, action },
      { names: ['mkdir', 'mkdirat'], action },
    ];
    await writeFile(path, JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }));
    const pod = await t.pods.shared();
    const container = await pod.start(seccomp({ profile_type: 'Localhost', localhost_ref: path }));
    check.equal(
      await attempt(container, { mkdir: '/bin/mkdir /data/new', chmod: '/bin/chmod 700 /data/sub' }),
      { mkdir: true, chmod: false },
      'a system call of the second list is allowed, one that is on neither list is refused',
    );
  },
);

spec(
  {
    id: 'security-context/seccomp-runtime-default-refuses',
    title: 'under RuntimeDefault no user namespace can be made',
    level: 'should',
    since: '1.20',
    why: 'A filter is of use only if it refuses something. User namespaces are what most attacks on kernels begin with, and the profiles of all runtimes refuse them without SYS_ADMIN; what else they refuse differs.',
    sources: [
      'api.proto: SecurityProfile.ProfileType.RuntimeDefault',
      'containerd: contrib/seccomp DefaultProfile; cri-o: internal/config/seccomp DefaultProfile (unshare)',
    ],
    requires: ['seccomp'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start(seccomp({ profile_type: 'RuntimeDefault' }));
    const made = await succeeds(container, '/bin/unshare -U /bin/true');
    check.equal(made, false, 'whether a new user namespace can be made under RuntimeDefault');
  },
);
