"""What the reader's process gives up before it touches a byte of evidence: network, files, new rights, room.

Everything here is applied by the process to itself and cannot be taken back by it.  Each step that the kernel
grants is named in the result; `confine` raises if the network or the memory cannot be held back.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from core.errors import Unavailable

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CLONE_NEWIPC = 0x08000000
_EPERM = 1
_LANDLOCK = (444, 445, 446)
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# An unnamed pair of sockets (socketpair) reaches nobody and is let through: a library needs it to start its threads.
# Each of these reaches the network or other processes, leaves the group that the parent ends (setsid), or is a way
# around the filter (io_uring, bpf).
_REFUSED = {
    "x86_64": {
        "socket": 41, "connect": 42, "bind": 49, "listen": 50,
        "ptrace": 101, "setsid": 112, "setpgid": 109,
        "mount": 165, "setns": 308, "unshare": 272, "keyctl": 250, "add_key": 248,
        "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "perf_event_open": 298,
        "userfaultfd": 323, "open_by_handle_at": 304, "pidfd_getfd": 438,
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "bind": 200, "listen": 201,
        "ptrace": 117, "setsid": 157, "setpgid": 154,
        "mount": 40, "setns": 268, "unshare": 97, "keyctl": 219, "add_key": 217,
        "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "perf_event_open": 241,
        "userfaultfd": 282, "open_by_handle_at": 265, "pidfd_getfd": 438,
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    },
}  # fmt: skip


class NotConfined(Unavailable):
    """This machine cannot hold a reader back, so nothing is read on it."""


def confine(*, memory: int, seconds: int, root: Path) -> tuple[str, ...]:
    """Give up all that reading a file does not need, and name what held.

    *memory* is in bytes, *seconds* of processor time; *root* is the folder that holds our packages.  Raises
    NotConfined unless the network is closed and the memory bounded: a file is then left unread, never read unsafely.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    held = [*_bounded(memory, seconds)]
    steps: tuple[tuple[str, Callable[[ctypes.CDLL], bool]], ...] = (
        ("no network (own namespace)", _own_network),
        ("no new rights", _no_new_rights),
        ("no rights of the superuser", _no_capabilities),
        ("no files beyond its libraries (Landlock)", lambda libc: _own_files(libc, root)),
        ("no network (system calls refused)", _no_sockets),
    )
    held += [name for name, step in steps if step(libc)]
    if not any(name.startswith("no network") for name in held) or "bounded memory" not in held:
        message = "this machine cannot close the network to a reader; the file is stored and not read"
        raise NotConfined(message)
    return tuple(held)


def _bounded(memory: int, seconds: int) -> list[str]:
    wanted = (
        ("bounded memory", resource.RLIMIT_AS, memory),
        ("bounded processor time", resource.RLIMIT_CPU, seconds),
        ("nothing written to disk", resource.RLIMIT_FSIZE, 0),
        ("no memory image on a crash", resource.RLIMIT_CORE, 0),
        ("few open files", resource.RLIMIT_NOFILE, 256),
    )
    held = []
    for name, kind, limit in wanted:
        try:
            resource.setrlimit(kind, (limit, limit + 2 if kind == resource.RLIMIT_CPU else limit))
        except (OSError, ValueError):
            continue
        held.append(name)
    return held


def _own_network(libc: ctypes.CDLL) -> bool:
    """An empty network of its own; root needs no namespace of users for it, others do."""
    extra = 0 if os.geteuid() == 0 else _CLONE_NEWUSER
    return sys.platform == "linux" and bool(libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC | extra) == 0)


def _no_new_rights(libc: ctypes.CDLL) -> bool:
    if sys.platform != "linux":
        return False
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def _no_capabilities(libc: ctypes.CDLL) -> bool:
    number = _CAPSET.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    head = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    return bool(libc.syscall(ctypes.c_long(number), head, bytes(24)) == 0)


def _own_files(libc: ctypes.CDLL, root: Path) -> bool:
    """Only libraries and our own code may be opened, so that no key, vault or database can be."""
    if sys.platform != "linux" or platform.machine() not in _AUDIT_ARCH:
        return False
    create, add, restrict = (ctypes.c_long(number) for number in _LANDLOCK)
    version = libc.syscall(create, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if version < 1:
        return False
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    net, scope = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    asked = struct.pack("=QQQ", files, net, scope)
    length = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(create, asked, ctypes.c_size_t(length), ctypes.c_uint(0))
    if ruleset < 0:
        return False
    try:
        for path, rights in _readable(root):
            if not _allow(libc, add, ruleset, path, rights):
                return False
        return bool(libc.syscall(restrict, ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0)
    finally:
        os.close(ruleset)


_RUN, _WRITE, _READ, _LIST = 1, 2, 4, 8


def _readable(root: Path) -> list[tuple[str, int]]:
    folders = [
        sys.prefix,
        sys.base_prefix,
        "/usr",
        "/lib",
        "/lib64",
        *(str(root / name) for name in ("core", "evidence")),
    ]
    single = ("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/dev/urandom", "/proc/self/maps")
    system = ("/proc/meminfo", "/proc/cpuinfo", "/sys/devices/system/cpu")
    return [
        *((folder, _RUN | _READ | _LIST) for folder in folders),
        *((name, _READ) for name in (*single, *system)),
        ("/dev/null", _READ | _WRITE),
    ]


def _allow(libc: ctypes.CDLL, add: ctypes.c_long, ruleset: int, path: str, rights: int) -> bool:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return True  # what is not there needs no permission
    try:
        rights &= _RUN | _READ | _LIST | _WRITE if Path(path).is_dir() else _RUN | _READ | _WRITE
        rule = struct.pack("=Qi", rights, fd)
        return bool(libc.syscall(add, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0)) == 0)
    finally:
        os.close(fd)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _no_sockets(libc: ctypes.CDLL) -> bool:
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _AUDIT_ARCH:
        return False
    code = filter_code(machine)
    program = _Program(len(code) // 8, code)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def filter_code(machine: str) -> bytes:
    """The filter for the kernel: calls of another architecture kill, refused calls fail, the rest pass."""
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    kill, refuse, allow = 0x80000000, 0x00050000 | _EPERM, 0x7FFF0000
    numbers = sorted(_REFUSED[machine].values())
    last = len(numbers) + 1

    def line(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    lines = [
        line(load, 0, 0, 4),
        line(equal, 1, 0, _AUDIT_ARCH[machine]),
        line(give, 0, 0, kill),
        line(load, 0, 0, 0),
        # x86-64 has a second numbering (x32) above this bit, which would step round the list.
        line(at_least, last - 1 + 1, 0, 0x40000000),
    ]
    lines += [line(equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    lines += [line(give, 0, 0, allow), line(give, 0, 0, refuse)]
    return b"".join(lines)
