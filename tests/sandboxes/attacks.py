"""More harmless attacks than the self-test has, and what tier B is known not to stop."""

from sandboxes.probes import BOTH, CELL, JOB, SELF_TEST, Probe, connects, opens, socket_of

MARKER = "SELA_TEST_API_KEY"


def makes(name: str, call: str, where: str = BOTH) -> Probe:
    """A call that only succeeds outside."""
    return Probe(name, f"def attack():\n    return {call} or True", where)


ATTACKS = (
    *SELF_TEST,
    opens("read a private key", "home + '/.ssh/id_rsa'"),
    opens("append to a start-up file", "home + '/.bashrc'", "os.O_WRONLY | os.O_APPEND"),
    opens("read the users", "'/etc/passwd'"),
    opens("write the users", "'/etc/passwd'", "os.O_WRONLY"),
    opens("write a library", "shown[0] + '/probe.py'", "os.O_WRONLY | os.O_CREAT"),
    opens("write our own code", "json.__file__", "os.O_WRONLY"),
    opens("read the kernel's memory map", "'/proc/kcore'"),
    opens("read physical memory", "'/dev/mem'"),
    opens("write the kernel's log", "'/dev/kmsg'", "os.O_WRONLY"),
    opens("open a disk", "'/dev/vda'"),
    opens("open fuse", "'/dev/fuse'", "os.O_RDWR"),
    opens("open a virtual machine", "'/dev/kvm'", "os.O_RDWR"),
    opens("open a network tunnel", "'/dev/net/tun'", "os.O_RDWR"),
    opens("read the server's environment", "f'/proc/{server}/environ'", where=JOB),
    opens("read the server's memory", "f'/proc/{server}/mem'", where=JOB),
    opens("read the server's maps", "f'/proc/{server}/maps'", where=JOB),
    opens("write a cgroup", "'/sys/fs/cgroup/cgroup.procs'", "os.O_WRONLY"),
    makes("list devices", "os.listdir('/sys/class/net')"),
    makes("list sockets of services", "os.listdir('/run')"),
    makes("list homes", "os.listdir('/home')"),
    makes("list logs", "os.listdir('/var/log')"),
    makes("follow a link to a secret", "(os.symlink(secret, 'link'), open('link').read())"),
    makes("link a secret in", "os.link(secret, 'hard-link')"),
    makes("rename a secret", "os.rename(secret, 'moved')"),
    makes("remove a secret", "os.unlink(secret)"),
    makes("truncate a secret", "os.truncate(secret, 0)"),
    makes("become root", "os.setuid(0)"),
    makes("join root's group", "os.setgid(0)"),
    makes("change groups", "os.setgroups([0])"),
    makes("leave a smaller root", "os.chroot('.')"),
    makes("signal the server's group", "os.killpg(os.getpgid(server), 0)"),
    makes("stop the server with a queued signal", "call(129, server, 0, 0)"),
    makes("slow the server down", "os.setpriority(os.PRIO_PROCESS, server, 10)"),
    makes("slow the user down", "os.setpriority(os.PRIO_USER, os.getuid(), 10)"),
    makes("move the server to a core", "os.sched_setaffinity(server, [0])"),
    makes("limit the server", "call(302, server, 7, 0, 0)"),
    makes("hold memory in no process", "call(319, 0, 0)"),
    makes("hold memory in a segment", "call(29, 0, 4096, 0o1600)"),
    makes("share memory with nobody", "__import__('mmap').mmap(-1, 4096)"),
    Probe(
        "make a namespace",
        """
def attack():
    child = call(56, 0x10000000 | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return child
""",
    ),
    makes("make a namespace another way", "call(435, 0, 88)"),
    makes("watch files", "call(294, 0)"),
    makes("open by a handle", "call(304, -100, 0, 0)"),
    makes("run a program as root", "__import__('subprocess').check_output(['sudo', '-n', 'id'])"),
    makes("resolve a name", "socket.getaddrinfo('example.com', 80)"),
    connects("connect over IPv6", "socket.AF_INET6", "('::1', port)"),
    connects("connect to docker", "socket.AF_UNIX", "'/var/run/docker.sock'"),
    connects("write to the system's log", "socket.AF_UNIX", "'/dev/log'", "socket.SOCK_DGRAM"),
    socket_of("make a raw socket", "socket.AF_INET", "socket.SOCK_RAW", "1"),
    socket_of("make a ping socket", "socket.AF_INET", "socket.SOCK_DGRAM", "1"),
    socket_of("make a bluetooth socket", "31", "socket.SOCK_RAW", "1"),
    socket_of("make a CAN socket", "29", "socket.SOCK_RAW", "1"),
    socket_of("listen for device events", "16", "socket.SOCK_DGRAM", "15"),
    socket_of("make a pair out of the network", "socket.AF_INET", "socket.SOCK_STREAM"),
    Probe(
        "find a key in the environment",
        f"def attack():\n    return [n for n in os.environ if n == {MARKER!r}]",
    ),
    Probe(
        "find a way out of the import path",
        """
def attack():
    import sys
    return [path for path in sys.path if scratch in path and "lib" not in path]
""",
    ),
    opens("read the first process's environment", "'/proc/1/environ'", where=JOB),
    opens("read the kernel's settings", "run + '/settings.json'", where=JOB),
    makes("list the kernel's sockets", "os.listdir(run)", JOB),
    makes("remove a socket of the kernel", "os.unlink(run + '/k-1')", JOB),
    opens(
        "write in the kernel's folder", "outbox + '/../work/probe'", "os.O_WRONLY | os.O_CREAT", JOB
    ),
    opens("write in a shared folder", "'/tmp/probe'", "os.O_WRONLY | os.O_CREAT", JOB),
    Probe(
        "raise a limit",
        """
def attack():
    import resource
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
    except ValueError as error:
        return "maximum" not in str(error)
    return True
""",
    ),
    Probe(
        "change a secret's mode",
        """
def attack():
    os.chmod(secret, 0o640)
    return os.stat(secret).st_mode & 0o77 == 0o40
""",
    ),
    Probe(
        "change a secret's times",
        "def attack():\n    os.utime(secret, (1, 1))\n    return os.stat(secret).st_mtime == 1",
    ),
    Probe(
        "mark a secret",
        """
def attack():
    os.setxattr(secret, 'user.probe', b'x')
    return os.listxattr(secret)
""",
    ),
    Probe(
        "see that a file is there",
        "def attack():\n    return os.stat(secret).st_size",
    ),
    Probe(
        "see that the server lives",
        """
def attack():
    try:
        return os.readlink('/proc/self/ns/pid') == pid_namespace
    except OSError:
        return os.path.exists(f'/proc/{server}')
""",
        JOB,
    ),
    Probe(
        "see the machine's network",
        "def attack():\n    return [name for _, name in socket.if_nameindex() if name != 'lo']",
        CELL,
    ),
)
KNOWN_IN_B = frozenset(
    {"see that a file is there", "see that the server lives", "see the machine's network"}
)
"""Facts about the machine, not its contents: Landlock hides no metadata, and there is no
namespace. Cells only: the network's names."""
KNOWN_WITHOUT_LANDLOCK = frozenset(
    {
        "read the kernel's settings",
        "list the kernel's sockets",
        "remove a socket of the kernel",
        "write in the kernel's folder",
        "write in a shared folder",
        "read the first process's environment",
    }
)
"""In tier A before Linux 6.12 a job can reach its own kernel's folder, and so that kernel serves
one job; the first process is bubblewrap's own, with an environment of one path."""
