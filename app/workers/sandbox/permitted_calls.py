"""The system calls that a worker may make, by name: what numpy, torch, sound files, threads and CUDA need.

Names rather than numbers, so that one list serves x86-64 and ARM; a name that one of them lacks is passed over.
"""

from __future__ import annotations


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


OWN = 0x3AB1E5ED
"""Stands for the worker's own process number; no process can have it."""

THREAD_FLAGS = 0x00010000 | 0x00000400
"""CLONE_THREAD and CLONE_FILES: what is started is a thread, not a process, and has no open files of its own."""

THREAD_FLAGS_LOOKED_AT = THREAD_FLAGS | 0x00020000 | 0x7C000000 | 0x02000000 | 0x80
"""Beside it the flags for namespaces of their own, which must be off."""

ALLOWED = _names("""
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek
    open openat openat2 creat close dup dup2 dup3 pipe pipe2
    stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat statfs fstatfs
    getdents getdents64 getcwd chdir fchdir umask mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
    ftruncate fallocate fsync fdatasync sync_file_range fadvise64 readahead flock
    sendfile copy_file_range splice tee
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_pwait epoll_pwait2
    eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime
    mmap munmap mremap mprotect madvise msync mincore brk mlock mlock2 munlock mlockall munlockall membarrier
    mbind get_mempolicy set_mempolicy pkey_alloc pkey_free pkey_mprotect map_shadow_stack
    futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list rseq set_tid_address restart_syscall
    arch_prctl gettid getpid getppid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid
    capget uname sysinfo times getrusage getcpu getrandom
    gettimeofday time clock_gettime clock_getres clock_nanosleep nanosleep
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete alarm setitimer getitimer pause
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait sigaltstack
    signalfd signalfd4 sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_getattr
    sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority ioprio_get
    getrlimit setrlimit wait4 waitid exit exit_group
""")

BY_ARGUMENT: tuple[tuple[str, int, tuple[int, ...]], ...] = (
    # To itself only: a process of the same user could otherwise be stopped, slowed down or starved.
    ("kill", 0, (OWN,)),
    ("tgkill", 0, (OWN,)),
    ("prlimit64", 0, (0, OWN)),
    ("sched_setaffinity", 0, (0, OWN)),
    ("sched_setscheduler", 0, (0, OWN)),
    ("sched_setparam", 0, (0, OWN)),
    # Names of threads and memory, huge pages, and questions; neither the signal at the server's death nor privileges.
    ("prctl", 0, (2, 3, 15, 16, 21, 23, 30, 39, 41, 42, 0x53564D41)),
    # Copies of descriptors, their flags, locks, the size of pipes; neither owners of signals nor leases.
    ("fcntl", 1, (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)),
    # Close now or on exec; not in a copy of the open files, of which the server would not know.
    ("close_range", 2, (0, 4)),
    # Is it a terminal, how much waits, do not block, close on exec.
    ("ioctl", 1, (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)),
    # A pair of its own, which leads nowhere else. JUCE, on which many VST3 plugins and their host are built, does not
    # look whether it got one, and would write into whatever file has the number that it did not get.
    ("socketpair", 0, (1,)),
)

GPU_REQUESTS = ((0xFF00, ord("F") << 8), (0xFF00, ord("m") << 8), (0xFFFFFFF0, 0x30000000), (0xFFFFF000, 0))
"""Masks and values of what NVIDIA's driver is asked by ioctl: types F and m, and unified memory's plain numbers."""

NETWORK_CALLS = _names("""
    socket connect bind listen accept accept4 getsockname getpeername getsockopt setsockopt shutdown
    sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg
""")

PROCESS_CALLS = _names("fork vfork clone3 execve execveat setpgid setsid")

REFUSED = _names("""
    tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp get_robust_list
    setpriority sched_setattr ioprio_set migrate_pages move_pages
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat truncate
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    link linkat symlink symlinkat mknod mknodat name_to_handle_at open_by_handle_at
    mount umount2 pivot_root chroot unshare setns mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick
    quotactl quotactl_fd acct swapon swapoff sync syncfs
    setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset personality
    seccomp bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
    io_setup io_submit io_destroy io_cancel io_getevents io_pgetevents
    add_key request_key keyctl landlock_create_ruleset landlock_add_rule landlock_restrict_self
    memfd_create memfd_secret shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semtimedop semctl
    mq_open mq_unlink mq_notify mq_timedsend mq_timedreceive mq_getsetattr
    inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_init fanotify_mark
    init_module finit_module delete_module create_module kexec_load kexec_file_load reboot
    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog vhangup
    iopl ioperm modify_ldt lookup_dcookie remap_file_pages vmsplice nfsservctl uselib ustat sysfs
""")
