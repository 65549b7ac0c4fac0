"""What a witness keeps: its key, the logs that it knows, and the last it signed for each, in one folder."""

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core import cipher, clock
from core.errors import Conflict, Missing, Tampered, Unavailable
from core.ledger import merkle, notes
from core.ledger.notes import COSIGNATURE, ED25519, KeyWrong, NoteKey, NoteWrong

KEY: Final = "witness.key"
NAME: Final = "witness.vkey"
LOGS: Final = "logs"
MOST_FORKS: Final = 100


class WitnessThere(Conflict):
    """The folder holds a witness already, and a new key would make all that it signed worthless."""


class NoWitness(Missing):
    """The folder holds no witness."""


class WitnessBusy(Conflict):
    """Another process has this folder open."""


class WitnessBroken(Tampered):
    """What the witness kept cannot be read, so it does not know what it signed and signs nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last that a witness signed for a log: size, root, and the checkpoint with both signatures."""

    size: int = 0
    root: bytes = merkle.EMPTY
    note: str = ""


class Folder:
    """The folder of one witness; every change is on disk before the call that made it comes back."""

    def __init__(self, path: Path) -> None:
        """Open the folder; raises `NoWitness` when there is none, `WitnessBroken` when its key is not as it was."""
        self.path = path
        self._seed = _key(path / KEY)
        try:
            self.key = notes.read_vkey((path / NAME).read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError, KeyWrong) as fault:
            raise WitnessBroken(f"{path / NAME} cannot be read; put it back from your copy") from fault
        if self.key.public != cipher.public_key(self._seed) or self.key.kind != COSIGNATURE:
            raise WitnessBroken(f"{path / NAME} does not belong to the key beside it; put the right pair back")

    @staticmethod
    def make(path: Path, name: str) -> "Folder":
        """Make the folder of a new witness with a key of its own; raises `WitnessThere` when there is one."""
        seed = cipher.new_key()
        line = notes.vkey(name, cipher.public_key(seed), COSIGNATURE)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with held(path, "folder.lock"):
            if (path / KEY).exists():
                raise WitnessThere(f"{path} holds a witness already; its key stays as it is")
            # The key comes last: a folder without one is not yet a witness and can be made again.
            write(path / LOGS, b"")
            write(path / NAME, line.encode("ascii"))
            write(path / KEY, seed)
        return Folder(path)

    def cosign(self, body: str, unix_time: int) -> str:
        """The cosignature line of this witness under a checkpoint's text."""
        return notes.cosign_line(
            self.key.name, lambda text: cipher.sign(self._seed, text), self.key.public, body, unix_time
        )

    def logs(self) -> dict[str, list[NoteKey]]:
        """The keys of the logs that this witness knows, by their origins."""
        found: dict[str, list[NoteKey]] = {}
        try:
            for line in (self.path / LOGS).read_text(encoding="utf-8").splitlines():
                key = notes.read_vkey(line)
                found.setdefault(key.name, []).append(key)
        except (OSError, UnicodeDecodeError, KeyWrong) as fault:
            raise WitnessBroken(f"{self.path / LOGS} cannot be read: {fault}; put it back from your copy") from fault
        return found

    def add_log(self, text: str) -> NoteKey:
        """Know a log by its verifier key from now on; what was signed for a log of this name stays the measure."""
        key = notes.read_vkey(text)
        if key.kind != ED25519:
            raise KeyWrong("this is the key of a witness, not that of a log")
        with held(self.path, "folder.lock"):
            known = self.logs()
            if key in known.get(key.name, []):
                raise Conflict(f"the log {key.name} is known by this key already")
            if key.name not in known and not self._place(key.name).exists():
                # From here on a missing file means that something was lost, not that nothing was signed.
                self.keep(key.name, Seen())
            lines = [str(one) for keys in known.values() for one in keys] + [str(key)]
            write(self.path / LOGS, "".join(f"{line}\n" for line in lines).encode())
        return key

    def seen(self, origin: str) -> Seen:
        """The last that was signed for a log; raises `WitnessBroken` when that is not known any more."""
        place = self._place(origin)
        try:
            read = json.loads(place.read_bytes())
            one = Seen(notes.number(str(read["size"])), notes.decoded(read["root"]), str(read["note"]))
            own = read["origin"]
        except (OSError, ValueError, KeyError, TypeError, NoteWrong) as fault:
            raise WitnessBroken(f"{place} cannot be read, so what was signed for {origin} is not known") from fault
        if own != origin or len(one.root) != merkle.HASH:
            raise WitnessBroken(f"{place} does not say what was signed for {origin}")
        return one

    def keep(self, origin: str, one: Seen) -> None:
        """Keep what is about to be signed; on disk when this comes back."""
        told = {"origin": origin, "size": one.size, "root": notes.encoded(one.root), "note": one.note}
        write(self._place(origin), json.dumps(told, ensure_ascii=False, indent=1).encode())

    def keep_fork(self, note: str) -> None:
        """Keep a checkpoint that the log signed and that does not fit: it proves that the log said two things."""
        folder = self.path / "forks"
        folder.mkdir(mode=0o700, exist_ok=True)
        place = folder / f"{hashlib.sha256(note.encode()).hexdigest()[:32]}.note"
        if not place.exists() and sum(1 for _ in folder.iterdir()) < MOST_FORKS:
            write(place, f"{note}\nkept {clock.stamp(clock.now())}\n".encode())

    def forks(self) -> list[Path]:
        """The checkpoints that were signed by a log and did not fit."""
        return sorted((self.path / "forks").glob("*.note"))

    def _place(self, origin: str) -> Path:
        return self.path / f"{named(origin)}.json"


def named(origin: str) -> str:
    """The name of a log in addresses and files: the SHA-256 of its origin."""
    return hashlib.sha256(origin.encode()).hexdigest()


@contextmanager
def held(path: Path, name: str) -> Iterator[None]:
    """Hold a lock of the folder; raises `WitnessBusy` when another process has it."""
    with (path / name).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise WitnessBusy(f"another process has {path} open; one witness is one process") from busy
        yield


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by this account alone, and on disk when this comes back."""
    beside = path.with_name(path.name + ".new")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode, seed = os.fstat(file.fileno()).st_mode, file.read(cipher.KEY + 1)
    except FileNotFoundError as gone:
        raise NoWitness(f"{path.parent} holds no witness; make one with: probanda witness init") from gone
    except OSError as fault:
        raise Unavailable(f"{path} cannot be read: {fault.strerror}") from fault
    if stat.S_IMODE(mode) & 0o077:
        raise Unavailable(f"{path} may be read by other accounts; run: chmod 600 {path}")
    if len(seed) != cipher.KEY:
        raise WitnessBroken(f"{path} is not a key: it does not have {cipher.KEY} bytes")
    return seed
