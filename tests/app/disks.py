"""Disks that are full: a small one of its own where one can be mounted, else a limit on what this program may write."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A folder, and whether it lies on a disk of its own."""

    place: Path
    mounted: bool

    @contextmanager
    def full(self, left: int = 0) -> Iterator[None]:
        """Leave room for so many bytes and no more; without a disk of its own, no file can be longer than that."""
        if self.mounted:
            filler = self.place / "filler"
            fill(filler, left)
            try:
                yield
            finally:
                filler.unlink()
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(place: Path, mib: int = 24) -> Iterator[SmallDisk]:
    """A folder on a disk of its own of a few MiB, or an ordinary folder where none can be mounted."""
    place.mkdir()
    # Unmounts when this program closes the pipe, and also when it is killed and the pipe closes by itself.
    words = ["sh", "-c", 'read -r _; ! mountpoint -q "$1" || umount -l "$1"', "sh", place]
    with subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True) as guard:
        words = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", place]
        mounted = os.geteuid() == 0 and not subprocess.run(words, capture_output=True, check=False).returncode
        try:
            yield SmallDisk(place, mounted)
        finally:
            guard.communicate()
    assert not place.is_mount()


def fill(path: Path, left: int = 0) -> None:
    """Take every byte that the disk has, but so many."""
    with path.open("wb", buffering=0) as out:
        found = os.statvfs(path)
        for _ in range((found.f_bavail * found.f_frsize - left) // MIB):
            out.write(bytes(MIB))
        for size in () if left else (4096, 512, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue
