"""Signed checkpoints of the tree: what the log commits to, and why it never commits to two different things (LOG-8).

Before a checkpoint is signed it is held against everything that is known to have been signed: the last row, the memory
outside the database, and what witnesses say.  It is remembered on the disk before anybody can see it.  What was signed
is itself entered before the next is signed, so a row that is taken away or replaced later is named by an entry.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.accounts import HOUSE
from core.db import Base, Moment
from core.errors import Conflict, Missing
from core.ledger import entries as ledger
from core.ledger import guards, merkle, notes, proofs, replay, timestamps, tree
from core.ledger.entries import Entry
from core.ledger.memory import Memory
from core.ledger.merkle import ProofWrong
from core.ledger.notes import Checkpoint, NoteKey, NoteWrong
from core.ledger.replay import Signed, TreeBreak

CHAIN: Final = "house/log"
ENTERED: Final = "signatures entered"
_NOT_A_SLUG: Final = re.compile(r"[^a-z0-9]+")
# So many checkpoints are named by one entry at most, and so many entries are read at once.
AT_ONCE: Final = 100
# A witness may answer after the next checkpoint was signed; that late, and its line is named by no entry.
_LATE: Final = 20


class WouldFork(Conflict):
    """The log would sign what contradicts a checkpoint that it gave out before; nothing was signed."""


class NothingToSign(Conflict):
    """The tree holds nothing yet."""


class StillOpen(Conflict):
    """The tree grew in the same transaction, and what can still be taken back is not signed."""


class NotCovered(Missing):
    """No signed checkpoint covers this entry yet."""


class CheckpointRow(Base):
    """A checkpoint that was signed; rows are only ever added."""

    __tablename__ = "checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)
    note: Mapped[str]

    @property
    def checkpoint(self) -> Checkpoint:
        """What was signed, read from the note itself."""
        return Checkpoint.parse(notes.body_of(self.note))

    @property
    def body(self) -> str:
        """The exact text that was signed."""
        return notes.body_of(self.note)


class CosignatureRow(Base):
    """A witness's signature line under a checkpoint; the same witness may sign again later."""

    __tablename__ = "cosignatures"

    size: Mapped[int] = mapped_column(ForeignKey("checkpoints.size"), primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(primary_key=True)
    witness: Mapped[str]
    # Whole seconds as the witness wrote them: what somebody else's clock says need not be a time that ours can hold.
    unix_time: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[str]


for _kept in (CheckpointRow, CosignatureRow):
    guards.keep(cast("Table", _kept.__table__), "what was signed is only ever added")


@dataclass(frozen=True, slots=True)
class Signer:
    """The key by which a log signs, under the log's name; *retired* keys signed before it and stay trusted."""

    origin: str
    public: bytes
    sign: Callable[[bytes], bytes]
    retired: tuple[bytes, ...] = ()

    @property
    def vkey(self) -> str:
        """The verifier key to publish."""
        return notes.vkey(self.origin, self.public)

    @property
    def keys(self) -> tuple[NoteKey, ...]:
        """All keys whose signature is the log's own."""
        return tuple(notes.key(self.origin, public) for public in (self.public, *self.retired))


def origin(session: Session, memory: Memory, office: str, key_id: str) -> str:
    """The name of the log: the one it has signed under, else one made from the office's name and its first key."""
    row = latest(session)
    last = memory.last() if row is None else row.checkpoint
    if last is not None:
        return last.origin
    plain = unicodedata.normalize("NFKD", office).encode("ascii", "ignore").decode().lower()
    return f"{_NOT_A_SLUG.sub('-', plain).strip('-') or 'office'}.probanda/{key_id}"


def latest(session: Session) -> CheckpointRow | None:
    """The newest checkpoint; nothing before the first."""
    return session.scalar(select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1))


def covering(session: Session, index: int) -> CheckpointRow | None:
    """The oldest checkpoint whose tree holds the entry at this index; nothing while none does."""
    query = select(CheckpointRow).where(CheckpointRow.size > index)
    return session.scalar(query.order_by(CheckpointRow.size).limit(1))


def witnessed(session: Session, index: int) -> CheckpointRow | None:
    """The newest checkpoint whose tree holds the entry at this index and that a witness signed."""
    query = select(CheckpointRow).where(CheckpointRow.size > index, CheckpointRow.size.in_(select(CosignatureRow.size)))
    return session.scalar(query.order_by(CheckpointRow.size.desc()).limit(1))


def sign(session: Session, signer: Signer, memory: Memory, witnessed: Iterable[Checkpoint] = ()) -> CheckpointRow:
    """Sign the tree as it is, or give the last checkpoint when nothing was added since.

    *witnessed* are checkpoints of this log that somebody outside holds.  Raises `WouldFork` when the tree does not
    begin with each of those, with the last row and with what the memory holds.  Call it in a transaction of its own.
    """
    if tree.grew_here(session):
        raise StillOpen("the tree grew in this very transaction; end it, then sign in one of its own")
    tree.alone(session)
    size = tree.size(session)
    row, remembered = latest(session), memory.last()
    if row is not None and remembered is None:
        raise WouldFork(
            f"{memory.path} is gone, though this log signed before; put it back from the newest backup, or give it the "
            "newest checkpoint that a witness or a print holds: probanda ledger checkpoint --remember FILE"
        )
    known = [("the database itself", row.checkpoint)] if row is not None else []
    known += [(str(memory.path), remembered)] if remembered is not None else []
    for who, one in [*known, *(("a witness", one) for one in witnessed)]:
        _follows(session, size, signer.origin, one, who)
    if row is not None and row.size == size:
        return row
    if not size:
        raise NothingToSign("the tree holds no entry yet; take some in first")
    body = Checkpoint(signer.origin, size, tree.root(session)).body()
    note = notes.note(body, [notes.sign_line(signer.origin, signer.sign, signer.public, body)])
    notes.open_note(note, signer.keys)
    # First the memory, then the row: a checkpoint that anybody could have seen is never forgotten.
    memory.keep(note)
    row = CheckpointRow(size=size, root=Checkpoint.parse(body).root, at=clock.now(), note=note)
    session.add(row)
    session.flush()
    return row


def put_back(session: Session, signer: Signer, memory: Memory) -> None:
    """Give a database that lacks the remembered checkpoint its row: it was killed before that, or the row was removed.

    Raises `WouldFork` when the tree does not begin with it, and `NoteWrong` when the log's key did not sign it.
    """
    tree.alone(session)
    remembered, note = memory.last(), memory.note()
    if note is None or remembered is None or not remembered.size:
        return
    if session.get(CheckpointRow, remembered.size) is not None:
        return
    _follows(session, tree.size(session), signer.origin, remembered, str(memory.path))
    opened = notes.open_note(note, signer.keys)
    own = notes.note(opened.body, [one.line for one in opened.signatures])
    session.add(CheckpointRow(size=remembered.size, root=remembered.root, at=clock.now(), note=own))
    session.flush()


def enter(session: Session) -> int:
    """Enter which checkpoints and cosignatures there are, as far as no entry names them; gives how many it were.

    Nothing is entered while nothing new is to be signed, so a log at rest stays at rest.  Call it until it gives
    less than `AT_ONCE`, take in what was entered, and sign after that.
    """
    tree.alone(session)
    row = latest(session)
    if row is None or tree.size(session) <= row.size:
        return 0
    named = [words for _position, words in _entered(session, newest=_LATE)]
    sizes = [one["size"] for words in named for one in words["checkpoints"]]
    query = select(CheckpointRow).where(CheckpointRow.size > max(sizes, default=-1)).order_by(CheckpointRow.size)
    rows = list(session.scalars(query.limit(AT_ONCE)))
    known = {(one["size"], one["sha256"]) for words in named for one in words["cosignatures"]}
    last = rows[-1].size if rows else max(sizes, default=-1)
    lines = select(CosignatureRow).where(CosignatureRow.size.between(min(sizes, default=0), last))
    lines = lines.order_by(CosignatureRow.size, CosignatureRow.unix_time, CosignatureRow.digest)
    late = [one for one in session.scalars(lines) if (one.size, one.digest) not in known]
    if rows or late:
        told = {
            "checkpoints": [{"size": one.size, "at": clock.stamp(one.at), "sha256": _sha256(one.note)} for one in rows],
            "cosignatures": [{"size": one.size, "witness": one.witness, "sha256": one.digest} for one in late],
        }
        ledger.append(session, CHAIN, HOUSE, ENTERED, told)
    return len(rows) + len(late)


def add_cosignature(session: Session, row: CheckpointRow, line: str) -> CosignatureRow:
    """Keep a witness's line under a checkpoint; whoever calls has checked it.  The same line twice is kept once."""
    witness, _, material = line.removeprefix("— ").rstrip("\n").partition(" ")
    blob = notes.decoded(material)
    if not witness or len(blob) != 4 + 8 + 64:
        raise NoteWrong("this is no witness's signature line: a dash, a name, and base64 of id, time and signature")
    digest = _sha256(line.rstrip("\n"))
    kept = session.get(CosignatureRow, (row.size, digest))
    if kept is None:
        time = int.from_bytes(blob[4:12], "big")
        if time > notes.LARGEST:
            raise NoteWrong(f"the time of {witness}'s signature is beyond every clock")
        told = {"size": row.size, "digest": digest, "witness": witness, "unix_time": time}
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        # Two may ask a witness in the same second, and get the same line.
        session.execute(make(CosignatureRow).values(**told, line=line.rstrip("\n") + "\n").on_conflict_do_nothing())
        kept = session.get_one(CosignatureRow, (row.size, digest))
    return kept


def cosignatures(session: Session, row: CheckpointRow) -> list[CosignatureRow]:
    """The witnesses' lines under a checkpoint, of each witness the newest."""
    query = select(CosignatureRow).where(CosignatureRow.size == row.size).order_by(CosignatureRow.unix_time)
    return list({one.witness: one for one in session.scalars(query)}.values())


_LINES: Final = (
    select(CosignatureRow.witness, CosignatureRow.line)
    .where(CosignatureRow.size == bindparam("of"))
    .order_by(CosignatureRow.unix_time)
)


def published(session: Session, row: CheckpointRow) -> str:
    """The whole note as it is given out: the log's own signature and the witnesses'."""
    # Read as columns: a proof would otherwise spend a tenth of its time on making objects of them.
    newest = {one.witness: one.line for one in session.execute(_LINES, {"of": row.size})}
    return row.note + "".join(newest.values())


def proof_text(session: Session, chain: str, position: int, row: CheckpointRow | None = None) -> str:
    """The proof file of an entry under a checkpoint, the newest one unless another is given.

    Raises `NotCovered` while no checkpoint covers the entry.
    """
    index = tree.index_of(session, chain, position)
    row = row or latest(session)
    if index is None or row is None or index >= row.size:
        raise NotCovered(f"entry {position} of «{chain}» is not under a signed checkpoint yet; try again in a minute")
    path = tuple(tree.inclusion_proof(session, index, row.size))
    return proofs.LogProof(index, path, published(session, row)).text()


def breaks(
    session: Session, keys: Iterable[NoteKey], memory: Memory | None = None, given: Iterable[tuple[str, str]] = ()
) -> Iterator[TreeBreak]:
    """Replay the whole tree and hold it against every checkpoint: the stored ones, the memory's, and notes given.

    *given* are notes from outside with the words for who holds them.  Yields each place that does not hold, and each
    checkpoint, cosignature and time stamp that an entry names and that is not there as it was.
    """
    trusted = tuple(keys)
    if memory is not None and (note := memory.note()) is not None:
        given = [*given, (note, str(memory.path))]
    signed: list[Signed] = []
    for note, who in given:
        body = notes.open_note(note, trusted).body
        checkpoint = Checkpoint.parse(body)
        signed.append(Signed(checkpoint.size, checkpoint.root, who))
    for row in session.scalars(select(CheckpointRow).order_by(CheckpointRow.size)):
        try:
            checkpoint = Checkpoint.parse(notes.open_note(row.note, trusted).body)
        except NoteWrong as wrong:
            yield TreeBreak(row.size, "", 0, f"the checkpoint of this size in the database: {wrong.message}")
            continue
        if (row.size, row.root) != (checkpoint.size, checkpoint.root):
            yield TreeBreak(row.size, "", 0, "the checkpoint's columns do not say what its signed text says")
        signed.append(Signed(checkpoint.size, checkpoint.root, f"the checkpoint of {checkpoint.size} entries"))
    yield from replay.breaks(session, sorted(signed))
    yield from _missing(session)
    yield from timestamps.breaks(session)


def _entered(session: Session, *, after: int = 0, newest: int = 0) -> list[tuple[int, dict[str, Any]]]:
    """Some entries that name what was signed, behind a position or the newest ones, with their words."""
    query = select(Entry.position, Entry.body).where(Entry.chain == CHAIN, Entry.act == ENTERED)
    if newest:
        query = query.order_by(Entry.position.desc()).limit(newest)
    else:
        query = query.where(Entry.position > after).order_by(Entry.position).limit(AT_ONCE)
    return [(position, json.loads(body)["record"]["words"]) for position, body in session.execute(query)]


def _missing(session: Session) -> Iterator[TreeBreak]:
    """Yield each checkpoint and cosignature that an entry names and that the database does not hold as it was."""
    after = 0
    while page := _entered(session, after=after):
        after = page[-1][0]
        sizes = {one["size"] for _at, words in page for one in (*words["checkpoints"], *words["cosignatures"])}
        columns = select(CheckpointRow.size, CheckpointRow.at, CheckpointRow.note)
        rows = {row.size: row for row in session.execute(columns.where(CheckpointRow.size.in_(sizes)))}
        query = select(CosignatureRow).where(CosignatureRow.size.in_(sizes))
        lines = {(one.size, one.digest): one for one in session.scalars(query)}
        for position, words in page:
            for one in words["checkpoints"]:
                row, what = rows.get(one["size"]), f"the checkpoint of {one['size']} entries"
                if row is None:
                    yield TreeBreak(one["size"], CHAIN, position, f"{what}, which this entry names, was removed")
                elif _sha256(row.note) != one["sha256"]:
                    yield TreeBreak(one["size"], CHAIN, position, f"{what} is not the one that this entry names")
                elif clock.stamp(row.at) != one["at"]:
                    yield TreeBreak(one["size"], CHAIN, position, f"{what} was given another time than this entry says")
            for one in words["cosignatures"]:
                line = lines.get((one["size"], one["sha256"]))
                what = f"the signature of {one['witness']} under the checkpoint of {one['size']} entries"
                if line is None:
                    yield TreeBreak(one["size"], CHAIN, position, f"{what}, which this entry names, was removed")
                elif line.witness != one["witness"] or not _is_whole(line):
                    yield TreeBreak(one["size"], CHAIN, position, f"{what} is not the one that this entry names")


def _is_whole(row: CosignatureRow) -> bool:
    """Whether the columns of a cosignature say what its line says."""
    name, _, material = row.line.removeprefix("— ").rstrip("\n").partition(" ")
    right = _sha256(row.line.rstrip("\n")) == row.digest and name == row.witness
    return right and int.from_bytes(notes.decoded(material)[4:12], "big") == row.unix_time


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _follows(session: Session, size: int, name: str, one: Checkpoint, who: str) -> None:
    """Raise `WouldFork` unless the tree begins with that checkpoint's."""
    if one.origin != name:
        raise WouldFork(f"{who} holds a checkpoint of «{one.origin}», and this log is «{name}»; nothing was signed")
    if one.size > size:
        raise WouldFork(
            f"this database has {size} entries in its tree, but {who} holds a signed checkpoint of {one.size}: it is "
            f"older than what was given out.  Nothing was signed.  {_INSTEAD}"
        )
    if not one.size:
        return
    try:
        path = tree.consistency_proof(session, one.size, size)
        merkle.check_consistency(one.size, one.root, size, tree.root(session), path)
    except ProofWrong as wrong:
        raise WouldFork(
            f"this database's tree does not begin with the {one.size} entries that {who} holds a signed checkpoint of: "
            f"it was changed, or went on from an old copy.  Nothing was signed.  {_INSTEAD}"
        ) from wrong


_INSTEAD: Final = (
    "Restore the newest backup and run `probanda ledger verify`; if what is missing is lost for good, begin a new log "
    "and say so to those who hold checkpoints of this one."
)
