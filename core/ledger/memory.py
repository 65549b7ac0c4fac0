"""What this log last signed, kept in a small file outside the database, so that an old database cannot be taken on."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import Conflict, Unavailable
from core.ledger import notes
from core.ledger.notes import Checkpoint, NoteWrong

NAME: Final = "log.memory"
# The mark that a restore leaves beside: something newer than the restored database may have been given out.
RESTORED: Final = "restored.json"
_LONGEST: Final = 100_000


class MemoryUnread(Unavailable):
    """The file that remembers the last signed checkpoint cannot be read or written; nothing was signed."""


class MemoryNewer(Conflict):
    """The file remembers a newer checkpoint than the one that it should be given."""


class NotRejoined(Conflict):
    """This deployment was restored, and it has not been shown yet that it holds all that was ever signed."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The file of one deployment: it holds the last signed note, word for word."""

    path: Path

    @classmethod
    def of(cls, instance: Path) -> "Memory":
        """The memory in an instance folder."""
        return cls(instance / NAME)

    def note(self) -> str | None:
        """The note that was signed last; nothing when none ever was."""
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                return file.read(_LONGEST)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as fault:
            raise MemoryUnread(f"{self.path} cannot be read ({fault}); nothing was signed, {_MEND}") from fault

    def last(self) -> Checkpoint | None:
        """The checkpoint that was signed last; raises `MemoryUnread` when the file does not hold one."""
        if self.path.with_name(RESTORED).exists():
            raise NotRejoined(
                "this deployment was restored from a backup, and nothing is signed until the newest checkpoint that "
                "was given out is shown: probanda ledger rejoin FILE"
            )
        note = self.note()
        if note is None:
            return None
        try:
            return Checkpoint.parse(notes.body_of(note))
        except NoteWrong as fault:
            raise MemoryUnread(f"{self.path} holds no checkpoint; nothing was signed, {_MEND}") from fault

    def keep(self, note: str) -> None:
        """Remember a note, whole and on the disk before this returns; never one that is older than what is known."""
        last, new = self.last(), Checkpoint.parse(notes.body_of(note))
        if last is not None and (last.size > new.size or last.origin != new.origin):
            known = f"{self.path} remembers {last.size} entries of {last.origin}"
            raise MemoryNewer(f"{known}; it is not set to {new.size} of {new.origin}")
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            with fresh.open("w", encoding="utf-8", newline="") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            _sync(self.path.parent)
        except OSError as fault:
            fresh.unlink(missing_ok=True)
            message = (
                f"{self.path} cannot be written ({fault.strerror}); nothing was signed, make room or give the right"
            )
            raise MemoryUnread(message) from fault


_MEND: Final = "put back the copy that belongs to this database, or give it the newest checkpoint known outside"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
