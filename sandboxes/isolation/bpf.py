"""A small assembler for seccomp filters in classic BPF (Linux: networking/filter.rst)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

LOAD, JUMP_EQUAL, JUMP_ABOVE, JUMP_ANY_BIT, RETURN, AND = 0x20, 0x15, 0x25, 0x45, 0x06, 0x54

ALLOW = 0x7FFF0000
KILL = 0x80000000
ERRNO = 0x00050000

NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16


@dataclass(frozen=True)
class Test:
    """True when an argument's low 32 bits, masked, are (or are not) one of some values.

    With `values` empty: true when any bit of the mask is set.
    """

    argument: int
    values: tuple[int, ...] = ()
    mask: int = 0xFFFFFFFF
    negate: bool = False


@dataclass(frozen=True)
class Rule:
    """Refuse a system call with an errno, when all tests are true; always when there are none."""

    number: int
    errno: int
    tests: tuple[Test, ...] = ()


Instruction = tuple[int, int, int, int]


def assemble(
    architecture: int, last_number: int, unknown_errno: int, rules: Sequence[Rule]
) -> bytes:
    """A filter: another architecture's call kills, a newer call than `last_number` is unknown,
    the first rule of a call's number decides it unless its tests fail, the rest is allowed."""
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT),
        (JUMP_ABOVE, 0, 1, last_number),
        (RETURN, 0, 0, ERRNO | unknown_errno),
    ]
    for rule in rules:
        body = _body(rule)
        program += [(JUMP_EQUAL, 0, len(body), rule.number), *body]
    program.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def _body(rule: Rule) -> list[Instruction]:
    """Instructions that leave the accumulator as the call's number when they do not return."""
    body: list[Instruction] = [(RETURN, 0, 0, ERRNO | rule.errno)]
    reload: list[Instruction] = [(LOAD, 0, 0, NUMBER_AT)]
    if not rule.tests:
        return body
    # From the last test to the first, so that each knows how far it is to the end.
    for test in reversed(rule.tests):
        body = _test(test, len(body)) + body
    return body + reload


def _test(test: Test, rest: int) -> list[Instruction]:
    """Go on when true, else jump over the rest."""
    load: list[Instruction] = [(LOAD, 0, 0, ARGUMENTS_AT + 8 * test.argument)]
    if not test.values:
        met, missed = (rest, 0) if test.negate else (0, rest)
        return [*load, (JUMP_ANY_BIT, met, missed, test.mask)]
    load.append((AND, 0, 0, test.mask))
    checks: list[Instruction] = []
    count = len(test.values)
    for position, value in enumerate(test.values):
        to_rest = count - position - 1
        is_last = to_rest == 0
        met = to_rest + (rest if test.negate else 0)
        missed = 0 if not is_last or test.negate else rest
        checks.append((JUMP_EQUAL, met, missed, value))
    return load + checks
