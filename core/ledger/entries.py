"""Append-only chains of entries: what happened, in exact bytes, each tied to the one before it.

An entry is the canonical JSON text (RFC 8785) of ``{"chain", "position", "previous", "record"}``.  Its digest is the
SHA-256 of those bytes, and the same bytes are the leaves of the tree that a later release builds (RFC 6962).
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Index, Select, Table, Text, bindparam, func, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from core import canonical, clock
from core.accounts import Actor
from core.db import Base
from core.errors import Conflict, Invalid

NOTHING_BEFORE: Final = "0" * 64
_SAFE = re.compile(r"[A-Za-z0-9 /_.:@+,()\[\]%-]{0,200}\Z")
_BATCH = 2_000


class Unwritable(Invalid):
    """An entry holds something that canonical JSON cannot carry or a name that could be read in two ways."""


class Overtaken(Conflict):
    """Somebody else changed this first."""


class Entry(Base):
    """One entry of one chain; rows are only ever added, and the database itself refuses anything else."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ix_ledger_entries_at", "at"),
        Index("ix_ledger_entries_case_at", "case", "at"),
        Index("ix_ledger_entries_actor_at", "actor", "at"),
        Index("ix_ledger_entries_subject_at", "subject", "at"),
        {"sqlite_with_rowid": False},
    )

    chain: Mapped[str] = mapped_column(primary_key=True)
    # Unique per chain, so two writers cannot both be next.  A sequence would order entries by insert, which is not
    # the order in which they commit.
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[str]
    digest: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    act: Mapped[str]
    actor: Mapped[str]
    at: Mapped[str]
    case: Mapped[str]
    door: Mapped[str]
    outcome: Mapped[str]
    purpose: Mapped[str]
    role: Mapped[str]
    subject: Mapped[str]


class Head(Base):
    """The last position and digest of a chain: the lock that its writers take, and what shows a cut-off tail."""

    __tablename__ = "ledger_heads"

    chain: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    digest: Mapped[str]
    # What `digest` was before it was last moved: on PostgreSQL one statement moves a head and tells what came before.
    before: Mapped[str] = mapped_column(default=NOTHING_BEFORE)


_MAKE: Final = inspect(Entry).class_manager.new_instance
_ENTRIES: Final = cast("Table", Entry.__table__)
_HEADS: Final = cast("Table", Head.__table__)
_ADD: Final = insert(_ENTRIES)
_MOVE: Final = (
    update(_HEADS).where(_HEADS.c.chain == bindparam("of")).values(position=bindparam("to"), digest=bindparam("now"))
)


# Where the position and the previous digest will stand; the first such place is always theirs, for they come first.
_HERE: Final = "0"
_BEFORE: Final = "-"
_BETWEEN: Final = f',"previous":"{_BEFORE}"'
# A head that another writer has moved meanwhile is read again after the wait, since an update takes the row as it is
# then.  In the driver's own words, since compiling and looking up a statement takes longer than all else that is ours.
_AT_ONCE: Final = """
WITH moved AS (
    UPDATE ledger_heads
    SET position = position + 1, before = digest, digest = encode(sha256(convert_to(
        CAST(%(left)s AS text) || (position + 1) || ',"previous":"' || digest || '"' || CAST(%(right)s AS text), 'UTF8'
    )), 'hex')
    WHERE chain = %(chain)s RETURNING position, before, digest
)
INSERT INTO ledger_entries (chain, position, previous, digest, body,
    act, actor, at, "case", door, outcome, purpose, role, subject)
SELECT %(chain)s, position, before, digest,
    CAST(%(left)s AS text) || position || ',"previous":"' || before || '"' || CAST(%(right)s AS text),
    %(act)s, %(actor)s, %(at)s, %(case)s, %(door)s, %(outcome)s, %(purpose)s, %(role)s, %(subject)s FROM moved
RETURNING position, previous, digest
"""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold, and why."""

    chain: str
    position: int
    because: str

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        return f"{self.chain}, entry {self.position}: {self.because}"


def hold(session: Session, chain: str) -> Head:
    """Keep other writers of this chain waiting until the transaction ends; writers of other chains go on."""
    head = session.get(Head, chain, with_for_update=True, populate_existing=True)
    if head is None:
        _first(session, chain)
        head = session.get_one(Head, chain, with_for_update=True, populate_existing=True)
    return head


def hold_each(session: Session, chains: Collection[str]) -> dict[str, Head]:
    """Keep other writers of these chains waiting, in the one order in which nobody waits for the other for ever."""
    held = select(Head).where(Head.chain.in_(chains)).order_by(Head.chain).with_for_update()
    known = {one.chain: one for one in session.scalars(held.execution_options(populate_existing=True))}
    return {chain: known.get(chain) or hold(session, chain) for chain in sorted(set(chains))}


def append(
    session: Session,
    chain: str,
    actor: Actor,
    act: str,
    told_besides: Mapping[str, Any] | None = None,
    /,
    *,
    case: str | UUID = "",
    subject: str | UUID = "",
    outcome: str = "done",
    purpose: str = "",
    at: datetime | None = None,
    **words: Any,
) -> Entry:
    """Add one entry to a chain in the caller's transaction and give it back.

    Needs who acts and what was done; ``at`` is the instant of recording (UTC, now unless frozen); ``words`` hold the
    details (texts, whole numbers, yes or no, lists and tables of these).  Details whose names somebody else has chosen
    are given as a table before the others, so that one called «case» or «at» stays a detail.  Raises `Unwritable` for
    anything else, and for a detail that is told twice.
    """
    if told_besides:
        if twice := told_besides.keys() & words:
            message = f"the ledger cannot take «{min(twice)[:60]}» twice in one entry"
            raise Unwritable(message)
        words |= told_besides
    told = _told(actor, act, case=case, subject=subject, outcome=outcome, purpose=purpose, at=at)
    if session.get_bind().dialect.name == "postgresql":
        return _entry(_write_at_once(session, chain, told, words))
    head = hold(session, chain)
    row = _row(head, told, words)
    _write(session, {chain: head}, [row])
    return _entry(row)


def append_each(
    session: Session,
    actor: Actor,
    act: str,
    told: Mapping[str, tuple[UUID, Mapping[str, Any]]],
    *,
    subject: str | UUID = "",
) -> None:
    """Add one entry of the same act to each of several chains, at once: for each chain its case and its words.

    It writes what `append` would, one after the other, with a few statements in all.  Raises as `append` does.
    """
    if not told:
        return
    heads = hold_each(session, told)
    rows = []
    for chain in heads:
        case, words = told[chain]
        rows.append(_row(heads[chain], _told(actor, act, case=case, subject=subject), words))
    _write(session, heads, rows)


def _told(
    actor: Actor,
    act: str,
    *,
    case: str | UUID,
    subject: str | UUID,
    outcome: str = "done",
    purpose: str = "",
    at: datetime | None = None,
) -> dict[str, Any]:
    return {
        "act": act, "actor": actor.signature, "at": clock.stamp(at or clock.now()), "case": str(case),
        "door": actor.door, "outcome": outcome, "purpose": purpose or actor.purpose or "", "role": actor.role_words,
        "subject": str(subject),
    }  # fmt: skip


def _row(head: Head, told: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    previous = head.digest if head.position else NOTHING_BEFORE
    row = {"chain": head.chain, "position": head.position + 1, "previous": previous, **told}
    row["body"] = body_of(row, words)
    row["digest"] = hashlib.sha256(row["body"].encode()).hexdigest()
    return row


def _write_at_once(session: Session, chain: str, told: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """Lock the head, write the entry and move the head in one statement, since each further one is a way to a server.

    The text is put together there from what comes before and after the position and the previous digest.
    """
    left, right = body_of({"chain": chain, "position": _HERE, "previous": _BEFORE, **told}, words).split(_BETWEEN, 1)
    values = {"chain": chain, "left": left.removesuffix(_HERE), "right": right, **told}
    link = session.connection()
    found = link.exec_driver_sql(_AT_ONCE, values).first()
    if found is None:
        _first(session, chain)
        found = link.exec_driver_sql(_AT_ONCE, values).one()
    position, previous, digest = found
    head = session.identity_map.get(identity_key(Head, chain))
    if head is not None:
        set_committed_value(head, "position", position)
        set_committed_value(head, "digest", digest)
    body = f'{values["left"]}{position},"previous":"{previous}"{right}'
    return {"chain": chain, "position": position, "previous": previous, "digest": digest, "body": body, **told}


def _entry(row: Mapping[str, Any]) -> Entry:
    """An entry with these columns, as one that was read: it belongs to no session and is never written again."""
    made: Entry = _MAKE()
    made.__dict__.update(row)
    return made


def _write(session: Session, heads: Mapping[str, Head], rows: Sequence[dict[str, Any]]) -> None:
    # On the tables themselves: every read and every change passes here, and the mapper would take most of its time.
    session.execute(_ADD, rows)
    session.execute(_MOVE, [{"of": row["chain"], "to": row["position"], "now": row["digest"]} for row in rows])
    for row in rows:
        set_committed_value(heads[row["chain"]], "position", row["position"])
        set_committed_value(heads[row["chain"]], "digest", row["digest"])


def body_of(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """The exact canonical text of an entry with these head fields; raises `Unwritable` for what it cannot carry."""
    for name, value in row.items():
        if isinstance(value, str) and not _SAFE.match(value):
            message = f"the ledger cannot take «{value[:60]}» as {name}"
            raise Unwritable(message)
    try:
        text = _opening(row) + canonical.dumps(words)[1:] + "}}"
        text.encode()
    except (canonical.NotCanonical, UnicodeEncodeError) as fault:
        message = f"the ledger cannot take these words: {fault}"
        raise Unwritable(message) from fault
    return text


def entries(session: Session, chain: str) -> Iterator[Entry]:
    """Yield the entries of one chain from the first to the last."""
    query = select(Entry).where(Entry.chain == chain).order_by(Entry.position)
    # Closed even when the caller stops early, since a database may hold a cursor open for it.
    with session.scalars(query.execution_options(yield_per=_BATCH)) as found:
        yield from found


def words(entry: Entry) -> dict[str, Any]:
    """The details of an entry, read from its exact bytes."""
    read: dict[str, Any] = json.loads(entry.body)["record"]["words"]
    return read


def heads(session: Session, prefix: str = "") -> Iterator[Head]:
    """Yield the last position and digest of each chain whose name begins so."""
    yield from session.scalars(select(Head).where(Head.chain.startswith(prefix, autoescape=True)).order_by(Head.chain))


def count(session: Session) -> int:
    """How many entries all chains hold together."""
    return session.scalar(select(func.count()).select_from(Entry)) or 0


def breaks(session: Session, chain: str | None = None) -> Iterator[Break]:
    """Yield every place where the chains, or one of them, do not hold; nothing yielded means that they are whole.

    Reads each entry once in order and keeps only the last one, so a ledger of any length fits.
    """
    last, position, digest = "", 0, NOTHING_BEFORE
    ends = {head.chain: (head.position, head.digest) for head in session.scalars(_heads_of(chain))}
    for row in _rows(session, chain):
        if row[0] != last:
            if last:
                yield from _end(ends, last, position, digest)
            last, position, digest = row[0], 0, NOTHING_BEFORE
        if because := _fault(row, position, digest):
            yield Break(row[0], row[1], because)
        position, digest = row[1], row[3]
    if last:
        yield from _end(ends, last, position, digest)
    for name, (kept, _digest) in ends.items():
        if kept:
            yield Break(name, 1, f"all {kept} entries of this chain are missing")


def _heads_of(chain: str | None) -> Select[Head]:
    return select(Head) if chain is None else select(Head).where(Head.chain == chain)


def _first(session: Session, chain: str) -> None:
    if not _SAFE.match(chain):
        message = f"«{chain[:60]}» is not a name for a chain"
        raise Unwritable(message)
    maker = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"chain": chain, "position": 0, "digest": NOTHING_BEFORE}
    session.execute(maker(Head).values(row).on_conflict_do_nothing())


def _opening(row: Mapping[str, Any]) -> str:
    # The names sort so that everything but the words comes first: the exact opening of the canonical text can be
    # written from the columns alone, which is how a check sees a changed column without reading the JSON.
    return (
        f'{{"chain":"{row["chain"]}","position":{row["position"]},"previous":"{row["previous"]}",'
        f'"record":{{"act":"{row["act"]}","actor":"{row["actor"]}","at":"{row["at"]}","case":"{row["case"]}",'
        f'"door":"{row["door"]}","outcome":"{row["outcome"]}","purpose":"{row["purpose"]}","role":"{row["role"]}",'
        f'"subject":"{row["subject"]}","v":1,"words":{{'
    )


_COLUMNS: Final = tuple(Entry.__table__.c[name] for name in (
    "chain", "position", "previous", "digest", "body", "act", "actor", "at", "case", "door", "outcome", "purpose",
    "role", "subject",
))  # fmt: skip


def _rows(session: Session, chain: str | None) -> Iterator[Sequence[Any]]:
    query = select(*_COLUMNS).order_by(Entry.chain, Entry.position)
    if chain is not None:
        query = query.where(Entry.chain == chain)
    for part in session.execute(query.execution_options(yield_per=_BATCH)).partitions():
        yield from part


def _fault(row: Sequence[Any], position: int, digest: str) -> str:
    chain, here, previous, own, body, act, actor, at, case, door, outcome, purpose, role, subject = row
    if here != position + 1:
        return f"the entry before it is {position}, so {here - position - 1} are missing" if position else (
            f"the chain begins at entry {here}, so {here - 1} are missing"
        )  # fmt: skip
    if hashlib.sha256(body.encode()).hexdigest() != own:
        return "its bytes are not those that its digest was made from"
    if previous != digest:
        return "it does not follow the entry before it: the digests differ"
    opening = (
        f'{{"chain":"{chain}","position":{here},"previous":"{previous}","record":{{"act":"{act}","actor":"{actor}",'
        f'"at":"{at}","case":"{case}","door":"{door}","outcome":"{outcome}","purpose":"{purpose}","role":"{role}",'
        f'"subject":"{subject}","v":1,"words":{{'
    )
    return "" if body.startswith(opening) else "its columns do not say what its sealed text says"


def _end(ends: dict[str, tuple[int, str]], chain: str, position: int, digest: str) -> Iterator[Break]:
    kept, own = ends.pop(chain, (0, ""))
    if kept > position:
        yield Break(chain, position + 1, f"the last {kept - position} entries are missing")
    elif kept < position or own != digest:
        yield Break(chain, position, "the chain's recorded end is another one")
