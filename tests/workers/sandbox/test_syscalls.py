"""The filter of system calls as the kernel would run it, for both processors that workers run on."""

from __future__ import annotations

import errno
import struct

import pytest

from app.workers.sandbox import syscalls
from app.workers.sandbox.permitted_calls import ALLOWED, NETWORK_CALLS, OWN, PROCESS_CALLS, REFUSED
from app.workers.sandbox.syscalls import program, with_process_number
from tests.fixtures.endpoints.native_probe import NUMBERS

pytestmark = pytest.mark.skipif(bool(syscalls.missing()), reason="there is no libseccomp here")

ARCHITECTURES = {"X86_64": (0xC000003E, "x86_64"), "AARCH64": (0xC00000B7, "aarch64")}
ALLOW, REFUSE, UNKNOWN, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
FORK, THREAD = 17, 0x3D0F00


def decision(code: bytes, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """Run a filter on one call, as the kernel's interpreter does (the operations that libseccomp emits)."""
    words = [argument & (1 << 64) - 1 for argument in (*arguments, *(0,) * (6 - len(arguments)))]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *words)
    instructions = list(struct.iter_unpack("<HBBI", code))
    place = value = 0
    while True:
        operation, then, other, constant = instructions[place]
        place += 1
        if operation == 0x20:  # load a word of the data
            (value,) = struct.unpack_from("<I", data, constant)
        elif operation == 0x54:
            value &= constant
        elif operation == 0x05:
            place += constant
        elif operation in (0x15, 0x25, 0x35, 0x45):
            met = {
                0x15: value == constant,
                0x25: value > constant,
                0x35: value >= constant,
                0x45: bool(value & constant),
            }
            place += then if met[operation] else other
        elif operation == 0x06:
            return int(constant)
        else:
            raise AssertionError(f"unknown operation {operation:#x}")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_each_processor_has_its_filter(name: str) -> None:
    audit, machine = ARCHITECTURES[name]
    numbers = NUMBERS[machine]
    code = with_process_number(program((), name), 4321)

    def asked(call: str, *arguments: int) -> int:
        return decision(code, audit, numbers[call], arguments)

    by_argument = {"clone", "kill", "tgkill", "prlimit64", "sched_setaffinity", "prctl", "fcntl"}
    by_argument |= {"clone3", "close_range"}
    for call in set(numbers) - by_argument:
        assert asked(call) == REFUSE, call
    assert asked("clone", THREAD) == ALLOW
    assert asked("clone", FORK) == asked("clone", THREAD | 0x10000000) == asked("clone3") == UNKNOWN
    assert asked("clone", THREAD & ~0x400) == UNKNOWN, "a thread with open files of its own"
    assert asked("close_range", 3, 9, 0) == asked("close_range", 3, 9, 4) == ALLOW
    assert asked("close_range", 3, 9, 2) == UNKNOWN
    assert asked("kill", 4321, 9) == asked("tgkill", 4321, 4321, 6) == ALLOW
    for other in (0, 1, -1, -4321, 4322):
        assert asked("kill", other, 9) == UNKNOWN
        assert asked("tgkill", other, other, 9) == UNKNOWN
    assert asked("prlimit64", 0, 7) == asked("prlimit64", 4321, 7) == ALLOW
    assert asked("prlimit64", 1, 7) == asked("sched_setaffinity", 1) == UNKNOWN
    assert asked("prctl", 15) == ALLOW
    assert asked("prctl", 1) == asked("prctl", 22) == UNKNOWN
    assert asked("fcntl", 3, 1030) == ALLOW
    assert asked("fcntl", 3, 8) == asked("fcntl", 3, 1024) == UNKNOWN
    assert decision(code, audit, 9999) == UNKNOWN


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_calls_in_another_processors_words_end_the_process(name: str) -> None:
    audit, _ = ARCHITECTURES[name]
    code = program((), name)
    for other in (0x40000003, 0x40000028, 0xC000003E, 0xC00000B7):  # i386, ARM, and each other
        if other != audit:
            assert decision(code, other, 0) == KILL
    if name == "X86_64":
        assert decision(code, audit, 0x40000000 | 41) == KILL  # x32


def test_reading_and_writing_are_allowed_on_both() -> None:
    assert decision(program((), "X86_64"), 0xC000003E, 0) == ALLOW
    assert decision(program((), "AARCH64"), 0xC00000B7, 63) == ALLOW


def test_permits_give_their_calls_only() -> None:
    plain, network, processes = program(()), program(("network",)), program(("processes",))
    audit, machine = next(item for item in ARCHITECTURES.values() if decision(plain, item[0], 9999) == UNKNOWN)
    numbers = NUMBERS[machine]
    socket = {"x86_64": 41, "aarch64": 198}[machine]
    assert decision(plain, audit, socket) == decision(processes, audit, socket) == REFUSE
    assert decision(network, audit, socket) == ALLOW
    assert decision(plain, audit, numbers["execve"]) == decision(network, audit, numbers["execve"]) == REFUSE
    assert decision(processes, audit, numbers["execve"]) == ALLOW
    assert decision(processes, audit, numbers["clone"], (FORK,)) == ALLOW


def test_only_the_worker_itself_takes_the_placeholder() -> None:
    code = program(())
    assert struct.pack("<I", OWN) in code
    assert struct.pack("<I", OWN) not in with_process_number(code, 77)


def test_no_name_stands_in_two_lists() -> None:
    names = [*ALLOWED, *NETWORK_CALLS, *PROCESS_CALLS, *REFUSED]
    assert len(names) == len(set(names))
