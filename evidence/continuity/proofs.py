"""What is weak in how a custody can be proved: missing hash points, tools without version, no witness or stamp."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, cast, exists, func, select
from sqlalchemy.orm import Session

from core import clock
from core.ledger import entries as ledger
from core.ledger import heartbeats, timestamps, tree
from core.ledger.checkpoints import CosignatureRow
from core.ledger.timestamps import Timestamp
from evidence.continuity.codes import Code, Weakness
from evidence.custody import Step
from evidence.exhibits import Exhibit
from evidence.files import COMPUTED_BY, Digest, File
from evidence.possession.verbs import TRANSFERS

_TRANSFERS: Final = frozenset(one.value for one in TRANSFERS)


def of_record(session: Session, exhibit: Exhibit, whole: Sequence[Step]) -> Iterator[Weakness]:
    """Yield what is weak in the proof of a custody: its chain, its hash points, its tools, and who vouches for it."""
    for one in ledger.breaks(session, exhibit.chain):
        because = f"the custody record does not hold at entry {one.position}: {one.because}"
        yield Weakness(Code.CHAIN_BROKEN, "", "", (one.position,), because)
    yield from _receipts(session, exhibit, whole)
    yield from _transfers(whole)
    yield from _tools(whole)
    yield from _vouched(session, exhibit, whole)
    yield from _house(session, whole[0].recorded_at if whole else clock.stamp(exhibit.registered))


def _receipts(session: Session, exhibit: Exhibit, whole: Sequence[Step]) -> Iterator[Weakness]:
    """Files that came in without a hash in their entry, or of which no entry tells how they came."""
    came: dict[str, Step] = {}
    for step in whole:
        if step.act == "receive file":
            came[str(step.words.get("file"))] = step
            if not step.words.get("sha256"):
                because = f"a file came in with entry {step.position}, which holds no SHA-256 of it"
                yield Weakness(Code.HASH_MISSING_AT_RECEIPT, step.recorded_at, "", (step.position,), because)
    ours = exists().where(Digest.file_id == File.id, Digest.stated_by == COMPUTED_BY, Digest.value == File.sha256)
    query = select(File.id, File.received, ours).where(File.exhibit_id == exhibit.id, File.parent_id.is_(None))
    for file_id, received, computed in session.execute(query.order_by(File.received, File.id)):
        if not computed:
            because = f"no hash computed here is kept of file {file_id}, so none can be compared before an export"
            yield Weakness(Code.HASH_MISSING_BEFORE_EXPORT, clock.stamp(received), "", (), because)
        if str(file_id) not in came:
            because = f"no entry tells how file {file_id} came in, so no hash of that moment is on record"
            yield Weakness(Code.HASH_MISSING_AT_RECEIPT, clock.stamp(received), "", (), because)


def _transfers(whole: Sequence[Step]) -> Iterator[Weakness]:
    """Changes of hands after files had come in, whose entries hold no hash over them."""
    held = 0
    for step in whole:
        held += step.act == "receive file"
        if held and step.act in _TRANSFERS and not step.words.get("files_sha256"):
            because = f"«{step.act.replace('_', ' ')}» holds no hash over the {held} files that it had then"
            yield Weakness(Code.HASH_MISSING_AT_TRANSFER, step.occurred_at, "", (step.position,), because)


def _tools(whole: Sequence[Step]) -> Iterator[Weakness]:
    for step in whole:
        named: list[Any] = [{"tool": step.words.get("tool"), "version": step.words.get("tool_version")}]
        made = step.words.get("files") if step.act == "derive" else None
        named += [one.get("method") for one in made if isinstance(one, dict)] if isinstance(made, list) else []
        told = (one for one in named if isinstance(one, dict) and one.get("tool"))
        for tool in sorted({str(one["tool"]) for one in told if not one.get("version")}):
            because = f"«{tool}» was used, and its version is not written down"
            yield Weakness(Code.TOOL_WITHOUT_VERSION, step.recorded_at, "", (step.position,), because)


def _vouched(session: Session, exhibit: Exhibit, whole: Sequence[Step]) -> Iterator[Weakness]:
    """Entries that no checkpoint covers which a witness has signed, or a time-stamp authority."""
    size = session.scalar(select(func.max(CosignatureRow.size))) or 0
    if (first := _beyond(session, exhibit, whole, size)) is not None:
        because = f"no witness outside has signed for what was written from entry {first.position} on"
        yield Weakness(Code.NOT_WITNESSED, first.recorded_at, "", (first.position,), because)
    checkpoint = (Timestamp.kind == timestamps.CHECKPOINT, Timestamp.state == timestamps.STAMPED)
    stamped = select(func.max(cast(Timestamp.subject, BigInteger))).where(*checkpoint)
    size = session.scalar(stamped.where(Timestamp.revocation != timestamps.REVOKED)) or 0
    if (first := _beyond(session, exhibit, whole, size)) is not None:
        because = f"no time-stamp covers what was written from entry {first.position} on"
        yield Weakness(Code.NOT_TIME_STAMPED, first.recorded_at, "", (first.position,), because)


def _house(session: Session, since: str) -> Iterator[Weakness]:
    """Times since the first entry in which the house was silent or its clock was wrong."""
    for quiet in heartbeats.silences(session):
        until = clock.stamp(quiet.until) if quiet.until else ""
        if not until or until > since:
            yield Weakness(Code.SILENCE, clock.stamp(quiet.since), until, (), str(quiet))
    for fault in heartbeats.clock_faults(session):
        if clock.stamp(fault.written) > since:
            yield Weakness(Code.CLOCK_FAULT, clock.stamp(fault.stood), clock.stamp(fault.written), (), str(fault))


def _beyond(session: Session, exhibit: Exhibit, whole: Sequence[Step], size: int) -> Step | None:
    """The first entry of an exhibit that stands beyond this size of the tree; entries enter it in their order."""

    def beyond(step: Step) -> bool:
        index = tree.index_of(session, exhibit.chain, step.position)
        return index is None or index >= size

    if not whole or not beyond(whole[-1]):
        return None
    return whole[bisect_left(range(len(whole)), 1, key=lambda at: int(beyond(whole[at])))]
