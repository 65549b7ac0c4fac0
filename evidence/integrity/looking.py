"""Looking at blobs again, a slice at a time: what holds is written down, what does not freezes what it belongs to.

The database is asked in short transactions of the door's own, and the disk is read in none.  A disk that does not give
its bytes says nothing about them: that is tried again, told, and never taken for a mismatch (R-INT-05).
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.accounts import Actor
from core.errors import Refusal, Unavailable
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import custody, files
from evidence.exhibits import Exhibit
from evidence.files import File, State
from evidence.integrity import schedule
from evidence.integrity.schedule import BlobCheck, Due, Kind, Known, Level
from evidence.keyring import Keyring
from evidence.vault import Pace, Receipt, Vault, VaultOutOfReach

Transaction = Callable[[], AbstractContextManager[Session]]
_TRIES: Final = 3
_PER_ENTRY: Final = 200
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is needed to look at one blob: its size, what its sealed bytes hash to, and what opens it (for a full look).

    `amiss` says what does not hold already without reading the blob, such as a row that the ledger contradicts.
    """

    size: int
    sealed_sha256: str
    receipt: Receipt | None
    chain: str
    case: UUID
    amiss: str = ""


class Keeper(Protocol):
    """Whoever knows to what blobs of one kind belong."""

    def known(self, session: Session, most: int) -> Iterable[Known]:
        """Blobs that are not on the list of the schedule yet."""

    def prepare(self, session: Session, due: Due) -> Prepared | None:
        """What is needed to look at a blob; nothing when it is not meant to be there any more."""

    def fill(self, session: Session, actor: Actor, due: Due, sealed_sha256: str) -> None:
        """Keep the hash of sealed bytes that were written before it was computed, and enter it."""

    def fail(self, session: Session, actor: Actor, due: Due, because: str) -> None:
        """Close what a blob belongs to whose bytes do not hold."""


@dataclass(frozen=True, slots=True)
class Amiss:
    """A blob that did not hold, to what it belongs, and why."""

    due: Due
    because: str


@dataclass(slots=True)
class Looked:
    """What one slice came to: how many blobs held, how many bytes were read, what did not hold or could not be read."""

    held: int = 0
    read: int = 0
    amiss: list[Amiss] = field(default_factory=list)
    troubled: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Files:
    """The keeper of evidence files."""

    keyring: Keyring

    def known(self, session: Session, most: int) -> Iterable[Known]:
        """Files whose blob is not on the list yet."""
        missing = ~select(BlobCheck.blob).where(BlobCheck.blob == File.blob).exists()
        query = select(File.blob, File.id, File.size, File.received).where(missing, File.state != State.EXPUNGED.value)
        rows = session.execute(query.limit(most)).all()
        return [Known(blob, Kind.FILE, subject, size, since) for blob, subject, size, since in rows]

    def prepare(self, session: Session, due: Due) -> Prepared | None:
        """The row of a file, compared with the ledger when the look is a full one."""
        file = session.get(File, due.subject)
        if file is None or file.blob != due.blob or file.state == State.EXPUNGED:
            return None
        receipt, amiss = None, ""
        if due.level is Level.FULL or not file.sealed_sha256:
            receipt, amiss = self._opening(session, file)
        chain = f"fixity/{file.exhibit_id}"
        return Prepared(file.size, file.sealed_sha256, receipt, chain, file.case_id, amiss)

    def fill(self, session: Session, actor: Actor, due: Due, sealed_sha256: str) -> None:
        """Keep the hash of a file's sealed bytes, entered in the chain of its exhibit."""
        file = files.held(session, due.subject)
        if file.blob != due.blob:
            return
        file.sealed_sha256 = sealed_sha256
        exhibit = session.get_one(Exhibit, file.exhibit_id)
        words = {"file": str(file.id), "sealed_sha256": sealed_sha256}
        custody.note_files(session, actor, exhibit, "sealed hash recorded", words)

    def fail(self, session: Session, actor: Actor, due: Due, because: str) -> None:
        """Freeze the file, unless its blob is not this one any more."""
        file = session.get(File, due.subject)
        if file is not None and file.blob == due.blob:
            files.freeze(session, actor, file.id, because)

    def _opening(self, session: Session, file: File) -> tuple[Receipt | None, str]:
        """What opens a file; without its key it can only be scrubbed, if its sealed hash is known."""
        told = entered(session, file)
        amiss = contradicted(file, told)
        try:
            return files.receipt_of(session, self.keyring, file), amiss
        except Unavailable:
            if file.sealed_sha256:
                return None, amiss
            raise
        except Refusal as why:
            return None, amiss or why.message


def entered(session: Session, file: File) -> dict[str, Any] | None:
    """What the custody chain says of a file when it came or was derived; nothing when no entry knows of it."""
    chain = f"custody/{file.exhibit_id}"
    if file.position:
        entry = session.get(Entry, (chain, file.position))
        words = ledger.words(entry) if entry is not None else {}
        return words if words.get("file") == str(file.id) else None
    acts = ("receive file", "derive")
    told = select(Entry).where(Entry.chain == chain, Entry.act.in_(acts), Entry.body.contains(str(file.id)))
    for entry in session.scalars(told.order_by(Entry.position)):
        words = ledger.words(entry)
        for one in (words, *words.get("files", [])):
            if one.get("file") == str(file.id):
                return dict(one)
    return None


def contradicted(file: File, told: dict[str, Any] | None) -> str:
    """Where a file's row says otherwise than the ledger, in words; nothing when it does not."""
    if told is None:
        return f"no entry of custody/{file.exhibit_id} tells how this file came"
    for name, said in (("sha256", "SHA-256"), ("sealed_sha256", "SHA-256 of the sealed bytes")):
        recorded = told.get(name)
        if recorded and recorded != getattr(file, name):
            return f"its row has {said} {getattr(file, name)}, and custody/{file.exhibit_id} has {recorded}"
    return ""


@dataclass(frozen=True, slots=True)
class Round:
    """One who looks: through which door, into which vault, and who keeps what."""

    transaction: Transaction
    vault: Vault
    actor: Actor
    keepers: Mapping[Kind, Keeper]

    def enrol(self) -> int:
        """Put everything on the list that is not on it yet; gives how much that was."""
        count = 0
        for keeper in self.keepers.values():
            while True:
                with self.transaction() as session:
                    new = schedule.enrol(session, keeper.known(session, _AT_ONCE))
                count += new
                if new < _AT_ONCE:
                    break
        return count

    def look(self, slice_: Iterable[Due], pace: Pace) -> Looked:
        """Look at each blob of a slice; *pace* is told of each piece read and may wait."""
        looked = Looked()
        held: dict[tuple[str, UUID, Level], list[Due]] = {}
        for due in slice_:
            with self.transaction() as session:
                prepared = self._prepared(session, due)
            if isinstance(prepared, str):
                self._trouble(due, prepared, looked)
            elif prepared is not None:
                level = Level.FULL if prepared.receipt is not None else Level.SCRUB
                if self._one(due, prepared, pace, looked):
                    held.setdefault((prepared.chain, prepared.case, level), []).append(due)
        for (chain, case, level), those in held.items():
            with self.transaction() as session:
                self._held(session, chain, case, level, those)
        return looked

    def _prepared(self, session: Session, due: Due) -> Prepared | str | None:
        try:
            prepared = self.keepers[due.kind].prepare(session, due)
        except Unavailable as away:
            return away.message
        if prepared is None:
            schedule.forget(session, due.blob)
        return prepared

    def _one(self, due: Due, prepared: Prepared, pace: Pace, looked: Looked) -> bool:
        try:
            sealed = "" if prepared.amiss else self._read(due, prepared, pace)
            because = prepared.amiss
        except VaultOutOfReach as away:
            self._trouble(due, away.message, looked)
            return False
        except Refusal as why:
            sealed, because = "", why.message
        looked.read += due.size
        if because:
            with self.transaction() as session:
                # Destroyed or put aside while it was read, it is not meant to be there, and nothing is amiss.
                if self._prepared(session, due) is None:
                    return False
                schedule.broken(session, due.blob)
                self.keepers[due.kind].fail(session, self.actor, due, because)
            looked.amiss.append(Amiss(due, because))
            return False
        if sealed and not prepared.sealed_sha256:
            with self.transaction() as session:
                self.keepers[due.kind].fill(session, self.actor, due, sealed)
        looked.held += 1
        return True

    def _read(self, due: Due, prepared: Prepared, pace: Pace) -> str:
        """Read one blob; a disk that fails is asked again, and only then is it told."""
        for left in reversed(range(_TRIES)):
            try:
                if prepared.receipt is not None:
                    return self.vault.examine(prepared.receipt, pace)
                self.vault.scrub(due.blob, prepared.size, prepared.sealed_sha256, pace)
            except VaultOutOfReach:
                if not left:
                    raise
            else:
                return prepared.sealed_sha256
        return ""

    def _trouble(self, due: Due, because: str, looked: Looked) -> None:
        with self.transaction() as session:
            schedule.troubled(session, due.blob, because)
        looked.troubled.append(because)

    def _held(self, session: Session, chain: str, case: UUID, level: Level, those: list[Due]) -> None:
        for one in those:
            schedule.seen(session, one.blob, level)
        for start in range(0, len(those), _PER_ENTRY):
            part = [str(one.subject) for one in those[start : start + _PER_ENTRY]]
            words: dict[str, Any] = {"level": level.value, "files": part}
            ledger.append(session, chain, self.actor, "hashes verified", case=case, **words)
