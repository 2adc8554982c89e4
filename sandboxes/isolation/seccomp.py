"""The seccomp filters, compiled for each architecture: `python -m sandboxes.isolation.seccomp`.

`namespaced` stands around everything inside bubblewrap; `shared`, where inside and outside share
a file system, does the same and more; `job` stands around a job, in addition.
"""

from __future__ import annotations

import errno
from pathlib import Path

from sandboxes.isolation.bpf import Rule, Test, assemble

FILTERS = Path(__file__).parent / "filters"
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LAST_NUMBER = 450
"""The newest call that was looked at; glibc does without any newer one."""

SUID_BITS = 0o6000
CREATING = 0o100 | 0o20000000
"""O_CREAT or O_TMPFILE: only then `open` has a mode."""
DEVICE_TYPES = (0o020000, 0o060000)
TYPE_BITS = 0o170000
NEW_NAMESPACES = 0x7E020000
"""CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}."""
TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423
AF_UNIX, AF_NETLINK = 1, 16
SHARED_ANONYMOUS = 0x21
"""MAP_SHARED and MAP_ANONYMOUS: what is unmapped of it stays, counted for nobody."""
SOCK_DGRAM, SOCKET_TYPES = 2, 0xF
"""A datagram needs no connection, so that only its socket can be refused."""

# Of each call its numbers on x86_64 and aarch64 (asm/unistd_64.h, asm-generic/unistd.h).
REFUSED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "chroot": (161, 51),
    "setns": (308, 268),
    "unshare": (272, 97),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "create_module": (174, None),
    "query_module": (178, None),
    "get_kernel_syms": (177, None),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42),
    "vhangup": (153, 58),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "personality": (135, 92),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    "vmsplice": (278, 75),
    "seccomp": (317, 277),
    "uselib": (134, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
    "process_mrelease": (448, 448),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    # Memory that belongs to no process and so is counted for none.
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    # The kernel only listens. Landlock does not see who connects to a socket with a path.
    "connect": (42, 203),
}
UNKNOWN: dict[str, tuple[int | None, int | None]] = {
    # Their flags are in memory, where a filter cannot look; callers fall back to the older call.
    "clone3": (435, 435),
    "openat2": (437, 437),
}
ON_ITSELF_ONLY: dict[str, tuple[int, int, int]] = {
    # The argument that names another process.
    "prlimit64": (302, 261, 0),
    "sched_setaffinity": (203, 122, 0),
    "sched_setattr": (314, 274, 0),
    "setpriority": (141, 140, 1),
    "ioprio_set": (251, 30, 1),
}
WITHOUT_EFFECT: dict[str, tuple[int | None, int | None]] = {
    # Landlock lets the owner of any file do these, and a filter sees no paths. They seem to
    # succeed, because copying a file ends with them.
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
}
MODE_ARGUMENT: dict[str, tuple[int | None, int | None, int]] = {
    "chmod": (90, None, 1),
    "fchmod": (91, 52, 1),
    "fchmodat": (268, 53, 2),
    "creat": (85, None, 1),
}
OPEN: dict[str, tuple[int | None, int | None, int]] = {
    # The flags' argument; the mode is the next.
    "open": (2, None, 1),
    "openat": (257, 56, 2),
}
MKNOD: dict[str, tuple[int | None, int | None, int]] = {
    "mknod": (133, None, 1),
    "mknodat": (259, 33, 2),
}
REFUSED_IN_JOBS: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    # libzmq aborts without them.
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
}


def kernel_rules(column: int) -> list[Rule]:
    """What nothing inside may call; `column` 0 is x86_64, 1 is aarch64."""
    rules = _refuse(REFUSED, column, errno.EPERM) + _refuse(UNKNOWN, column, errno.ENOSYS)
    suid = [(call, (Test(call[2], mask=SUID_BITS),)) for call in MODE_ARGUMENT.values()]
    suid += [
        (call, (Test(call[2], mask=CREATING), Test(call[2] + 1, mask=SUID_BITS)))
        for call in OPEN.values()
    ]
    for call, tests in suid:
        if (number := call[column]) is not None:
            rules.append(Rule(number, errno.EPERM, tests))
    for call in MKNOD.values():
        if (number := call[column]) is not None:
            device = Test(call[2], DEVICE_TYPES, mask=TYPE_BITS)
            rules.append(Rule(number, errno.EPERM, (device,)))
            rules.append(Rule(number, errno.EPERM, (Test(call[2], mask=SUID_BITS),)))
    clone, ioctl, mmap = (56, 220), (16, 29), (9, 222)
    socket, socketpair = (41, 198), (53, 199)
    for call in ON_ITSELF_ONLY.values():
        rules.append(Rule(call[column], errno.EPERM, (Test(call[2], mask=0xFFFFFFFF),)))
    terminal = Test(1, (TIOCSTI, TIOCLINUX, TIOCSETD))
    elsewhere = Test(0, (AF_UNIX, AF_NETLINK), negate=True)
    return [
        *rules,
        Rule(clone[column], errno.EPERM, (Test(0, mask=NEW_NAMESPACES),)),
        Rule(
            mmap[column],
            errno.EPERM,
            (Test(3, (SHARED_ANONYMOUS,), mask=SHARED_ANONYMOUS),),
        ),
        Rule(ioctl[column], errno.EPERM, (terminal,)),
        Rule(socket[column], errno.EPERM, (elsewhere,)),
        # libzmq aborts when it may not look at the interfaces (protocol 0, NETLINK_ROUTE).
        Rule(
            socket[column],
            errno.EPERM,
            (Test(0, (AF_NETLINK,)), Test(2, mask=0xFFFFFFFF)),
        ),
        Rule(
            socket[column],
            errno.EPERM,
            (Test(0, (AF_UNIX,)), Test(1, (SOCK_DGRAM,), mask=SOCKET_TYPES)),
        ),
        Rule(socketpair[column], errno.EPERM, (Test(0, (AF_UNIX,), negate=True),)),
    ]


def shared_rules(column: int) -> list[Rule]:
    """The same, and what would change files outside that Landlock does not guard."""
    return kernel_rules(column) + _refuse(WITHOUT_EFFECT, column, 0)


def job_rules(column: int) -> list[Rule]:
    """What a job may not call in addition; a pair of connected sockets is no way out."""
    return _refuse(REFUSED_IN_JOBS, column, errno.EPERM)


def _refuse(calls: dict[str, tuple[int | None, int | None]], column: int, code: int) -> list[Rule]:
    numbers = (numbers[column] for numbers in calls.values())
    return [Rule(number, code) for number in numbers if number is not None]


def compiled() -> dict[str, bytes]:
    """Every filter by its file name."""
    filters: dict[str, bytes] = {}
    for column, (machine, architecture) in enumerate(ARCHITECTURES.items()):
        named = (("namespaced", kernel_rules), ("shared", shared_rules), ("job", job_rules))
        for name, rules in named:
            filters[f"{name}-{machine}.bpf"] = assemble(
                architecture, LAST_NUMBER, errno.ENOSYS, rules(column)
            )
    return filters


def main() -> None:
    """Write the filters that the package ships."""
    for name, program in compiled().items():
        (FILTERS / name).write_bytes(program)


if __name__ == "__main__":
    main()
