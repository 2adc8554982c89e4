"""The shipped filters, run by a small emulator: what each lets pass, on both architectures."""

import struct

import pytest

from sandboxes.isolation.bpf import ALLOW, ERRNO, KILL
from sandboxes.isolation.seccomp import (
    ARCHITECTURES,
    FILTERS,
    LAST_NUMBER,
    REFUSED,
    WITHOUT_EFFECT,
    compiled,
)

EPERM, ENOSYS = ERRNO | 1, ERRNO | 38
X86 = {"open": 2, "openat": 257, "socket": 41, "clone": 56, "ioctl": 16, "chmod": 90, "mmap": 9}
X86 |= {"mknod": 133, "read": 0, "prlimit64": 302, "socketpair": 53}


def run(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What a filter returns for a call."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *(a & (2**64 - 1) for a in padded))
    instructions = list(struct.iter_unpack("<HBBI", program))
    at, word = 0, 0
    while True:
        code, met, missed, value = instructions[at]
        at += 1
        if code == 0x20:
            word = struct.unpack_from("<I", data, value)[0]
        elif code == 0x54:
            word &= value
        elif code == 0x06:
            return value
        else:
            tests = {0x15: word == value, 0x25: word > value, 0x45: bool(word & value)}
            at += met if tests[code] else missed


def x86(name: str, number: int, *arguments: int) -> int:
    program = (FILTERS / f"{name}-x86_64.bpf").read_bytes()
    return run(program, ARCHITECTURES["x86_64"], number, *arguments)


def test_the_shipped_filters_are_what_the_rules_compile_to():
    shipped = {path.name: path.read_bytes() for path in FILTERS.glob("*.bpf")}

    assert shipped == compiled()


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("name", ["namespaced", "shared", "job"])
def test_another_architecture_is_killed(name: str, machine: str):
    program = (FILTERS / f"{name}-{machine}.bpf").read_bytes()

    assert run(program, 0x40000003, 1) == KILL


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("name", ["namespaced", "shared"])
def test_every_refused_call_is_refused(name: str, machine: str):
    program = (FILTERS / f"{name}-{machine}.bpf").read_bytes()
    column = list(ARCHITECTURES).index(machine)
    numbers = {n for numbers in REFUSED.values() if (n := numbers[column]) is not None}

    got = {run(program, ARCHITECTURES[machine], number) for number in numbers}

    assert got == {EPERM}


@pytest.mark.parametrize("number", [LAST_NUMBER + 1, 0x40000000, 0x40000000 + 41, 435, 437])
def test_newer_and_strange_calls_are_unknown(number: int):
    assert x86("namespaced", number) == ENOSYS


@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        ("read", (0, 0, 10), ALLOW),
        ("open", (0, 0, 0o6777), ALLOW),  # Without O_CREAT the mode is whatever is left there.
        ("open", (0, 0o100, 0o644), ALLOW),
        ("open", (0, 0o101, 0o4755), EPERM),
        ("openat", (-100, 0, 0o101, 0o2755), EPERM),
        ("openat", (-100, 0, 0o101, 0o644), ALLOW),
        ("chmod", (0, 0o755), ALLOW),
        ("chmod", (0, 0o4755), EPERM),
        ("mknod", (0, 0o010644), ALLOW),
        ("mknod", (0, 0o060644), EPERM),
        ("mknod", (0, 0o020644), EPERM),
        ("mknod", (0, 0o104755), EPERM),
        ("clone", (17,), ALLOW),
        ("clone", (0x3D0F00,), ALLOW),
        ("clone", (0x10000011,), EPERM),
        ("clone", (0x40000011,), EPERM),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), EPERM),
        ("ioctl", (0, 0x7F00005412), EPERM),
        ("socket", (1, 1, 0), ALLOW),
        ("socket", (1, 0x80801, 0), ALLOW),
        ("socket", (1, 2, 0), EPERM),
        ("socket", (2, 1, 0), EPERM),
        ("socket", (10, 2, 0), EPERM),
        ("socket", (16, 3, 0), ALLOW),
        ("socket", (16, 3, 9), EPERM),
        ("socket", (40, 1, 0), EPERM),
        ("socketpair", (1, 1, 0), ALLOW),
        ("socketpair", (2, 1, 0), EPERM),
        ("mmap", (0, 4096, 3, 0x22), ALLOW),
        ("mmap", (0, 4096, 3, 0x01), ALLOW),
        ("mmap", (0, 4096, 3, 0x21), EPERM),
        ("prlimit64", (0, 7), ALLOW),
        ("prlimit64", (1234, 7), EPERM),
    ],
)
def test_arguments_decide(call: str, arguments: tuple[int, ...], expected: int):
    assert x86("namespaced", X86[call], *arguments) == expected


def test_a_shared_file_system_keeps_its_attributes():
    numbers = [numbers[0] for numbers in WITHOUT_EFFECT.values()]

    assert {x86("shared", n) for n in numbers if n is not None} == {ERRNO}


@pytest.mark.parametrize("number", [41, 49, 50, 43, 288])
def test_a_job_makes_no_socket(number: int):
    assert x86("job", number) == EPERM


def test_a_job_may_make_a_pair_of_connected_sockets():
    assert x86("job", 53, 1, 1, 0) == ALLOW
