"""Harmless attacks on a sandbox: each opens, asks or looks, and changes nothing when it succeeds.

A probe is Python source that defines `attack()`. An OSError means that it was stopped; a true
value tells what it got; a false one that there was nothing to get. The names of `Bait` are its
globals, with `call(name, *arguments)` for a raw system call.
"""

from __future__ import annotations

from dataclasses import dataclass

BOTH, CELL, JOB = "both", "cell", "job"


@dataclass(frozen=True)
class Probe:
    """One attack. `where` tells from where it is tried: a cell, a job, or both."""

    name: str
    code: str
    where: str = BOTH


@dataclass(frozen=True)
class ProbeResult:
    """What a probe got. Broken (neither stopped nor hit) counts as not stopped."""

    name: str
    where: str
    stopped: bool
    detail: str


def opens(name: str, path: str, flags: str = "os.O_RDONLY", where: str = BOTH) -> Probe:
    """Try to open a path, given as Python source; no byte is read or written."""
    code = f"def attack():\n    os.close(os.open({path}, {flags}))\n    return {path}"
    return Probe(name, code, where)


def connects(name: str, family: str, address: str, kind: str = "socket.SOCK_STREAM") -> Probe:
    """Try to reach an address; a connection under way counts as reached."""
    code = f"""
def attack():
    with socket.socket({family}, {kind}) as s:
        s.settimeout(1)
        try:
            s.connect({address})
        except TimeoutError:
            pass
    return "reached " + repr({address})
"""
    return Probe(name, code)


def socket_of(name: str, family: str, kind: str, protocol: str = "0") -> Probe:
    """Try to make a socket of a family."""
    code = (
        f"def attack():\n    socket.socket({family}, {kind}, {protocol}).close()\n    return True"
    )
    return Probe(name, code)


SELF_TEST: tuple[Probe, ...] = (
    opens("read a file of the server's user", "secret"),
    opens("read /etc/shadow", "'/etc/shadow'"),
    Probe(
        "list the home folder",
        """
def attack():
    return [n for n in os.listdir(home) if not any(s.startswith(f"{home}/{n}") for s in shown)]
""",
    ),
    Probe("list other sandboxes", "def attack():\n    return os.listdir(scratch)"),
    opens("write beside the interpreter", "'/usr/probe'", "os.O_WRONLY | os.O_CREAT"),
    opens("write in the home folder", "home + '/.probe'", "os.O_WRONLY | os.O_CREAT"),
    opens("write the core pattern", "'/proc/sys/kernel/core_pattern'", "os.O_WRONLY"),
    opens("trigger a system request", "'/proc/sysrq-trigger'", "os.O_WRONLY"),
    Probe(
        "read an environment of the server",
        """
def attack():
    for name in os.listdir("/proc"):
        try:
            found = open(f"/proc/{name}/environ", "rb").read()
        except OSError:
            continue
        if hashlib.sha256(found).hexdigest() == environ:
            return name
""",
    ),
    Probe(
        "find the server among the processes",
        """
def attack():
    for name in os.listdir("/proc"):
        try:
            found = open(f"/proc/{name}/cmdline", "rb").read()
        except OSError:
            continue
        if found and hashlib.sha256(found).hexdigest() == command:
            return name
""",
    ),
    Probe(
        "signal the server",
        """
def attack():
    os.kill(server, 0)
    try:
        return os.readlink("/proc/self/ns/pid") == pid_namespace
    except OSError:
        return True
""",
    ),
    connects("connect to the server over loopback", "socket.AF_INET", "('127.0.0.1', port)"),
    connects("connect to an abstract socket", "socket.AF_UNIX", "abstract"),
    connects("connect to a socket with a path", "socket.AF_UNIX", "socket_path"),
    connects("connect to the network", "socket.AF_INET", "('192.0.2.1', 80)"),
    connects("connect to cloud metadata", "socket.AF_INET", "('169.254.169.254', 80)"),
    Probe(
        "send a datagram",
        """
def attack():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return s.sendto(b"x", ("192.0.2.1", 9))
""",
    ),
    socket_of("make a vsock socket", "40", "socket.SOCK_STREAM"),
    socket_of("make a packet socket", "17", "socket.SOCK_RAW"),
    socket_of("make an audit socket", "16", "socket.SOCK_RAW", "9"),
    socket_of("make a crypto socket", "38", "socket.SOCK_SEQPACKET"),
    Probe(
        "call what is refused",
        """
def attack():
    got = []
    for name, number in numbers.items():
        try:
            call(number, -1, 0, 0, 0, 0)
            got.append(name)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOSYS):
                got.append(f"{name}: {error}")
    return got
""",
    ),
    Probe("have a capability", "def attack():\n    return capabilities()"),
    Probe("gain privileges", "def attack():\n    return not no_new_privileges()"),
    Probe("be root", "def attack():\n    return os.getuid() == 0 and os.access('/', os.W_OK)"),
    Probe(
        "set the suid bit",
        """
def attack():
    open("suid-probe", "w").close()
    try:
        os.chmod("suid-probe", 0o4755)
    finally:
        os.unlink("suid-probe")
    return True
""",
    ),
    Probe(
        "make a block device",
        "def attack():\n    os.mknod('probe', 0o60600, os.makedev(7, 0))\n    return True",
    ),
    Probe(
        "push characters into a terminal",
        """
def attack():
    try:
        fcntl.ioctl(0, 0x5412, b"x")
    except OSError as error:
        return error.errno not in (errno.EPERM, errno.EACCES) and str(error)
    return True
""",
    ),
    Probe(
        "find an inherited file",
        """
def attack():
    found = []
    for descriptor in range(3, 256):
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                found.append(descriptor)
        except OSError:
            pass
    return found
""",
        JOB,
    ),
    opens("read another job's files", "inbox", where=JOB),
    opens("read the kernel's keys", "run + '/connection.json'", where=JOB),
    opens("write a result", "outbox + '/probe'", "os.O_WRONLY | os.O_CREAT", where=JOB),
    opens("read the template's memory", "f'/proc/{os.getppid()}/mem'", where=JOB),
    Probe(
        "signal the template", "def attack():\n    os.kill(os.getppid(), 0)\n    return True", JOB
    ),
    Probe(
        "make any socket",
        "def attack():\n    socket.socket(socket.AF_UNIX).close()\n    return True",
        JOB,
    ),
)
"""About a second of them, run at the first start on a machine."""

WITHOUT_LANDLOCK = frozenset(
    {
        "read another job's files",
        "read the kernel's keys",
        "write a result",
        "signal the template",
    }
)
"""Possible where a job has no domain of its own; there a kernel serves one job only."""

PRELUDE = """
import ctypes, errno, fcntl, hashlib, json, os, socket, stat, struct

_libc = ctypes.CDLL(None, use_errno=True)

def call(number, *arguments):
    result = _libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) for a in arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result

def capabilities():
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0))
    data = ctypes.create_string_buffer(24)
    _libc.capget(header, data)
    return any(data.raw)

def no_new_privileges():
    return _libc.prctl(39, 0, 0, 0, 0) == 1

def attack_all(probes, bait):
    report = {}
    for name, code in probes.items():
        space = {**globals(), **bait}
        try:
            exec(code, space)
            got = space["attack"]()
            report[name] = ["hit", repr(got)[:300]] if got else ["stopped", "nothing to get"]
        except OSError as error:
            report[name] = ["stopped", str(error)[:300]]
        except Exception as error:
            report[name] = ["broken", f"{type(error).__name__}: {error}"[:300]]
    return report
"""
