"""Whether this machine's clock is kept right by another: what the kernel says, and «unknown» where it says nothing."""

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

_UNSYNC: Final = 0x0040
_ERROR: Final = 5
_TIMESYNC: Final = Path("/run/systemd/timesync/synchronized")


@dataclass(frozen=True, slots=True)
class Synchronism:
    """The state of the clock: ``synchronised``, ``not synchronised`` or ``unknown``, and its largest error."""

    state: str
    source: str
    error_ms: int | None = None

    def __str__(self) -> str:
        """Say it in a word or two and who says so, for an entry."""
        return f"{self.state} ({self.source})"


class _Timex(ctypes.Structure):
    # The kernel's own order of fields (adjtimex, Linux on 64 bits); only the first of them are read.
    _fields_: ClassVar = [
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("constant", ctypes.c_long),
        ("precision", ctypes.c_long), ("tolerance", ctypes.c_long), ("rest", ctypes.c_long * 24),
    ]  # fmt: skip


def look() -> Synchronism:
    """Ask the kernel, changing nothing; then whether the system's own service says that it has set the clock."""
    try:
        read, asked = ctypes.CDLL(None).adjtimex, _Timex()
        state = int(read(ctypes.byref(asked)))
    except (OSError, AttributeError, TypeError):
        state, asked = -1, _Timex()
    if state < 0:
        return Synchronism("unknown", "nothing on this machine says")
    if state == _ERROR or asked.status & _UNSYNC:
        if _TIMESYNC.exists():
            return Synchronism("synchronised", "systemd-timesyncd")
        return Synchronism("not synchronised", "kernel", asked.maxerror // 1000)
    return Synchronism("synchronised", "kernel", asked.maxerror // 1000)
