"""Everything that is known about the bytes of one file, for a court that asks (journey J4).

Hashes by what they are a hash of, checks, incidents, the walk from the seal, and where in the log it is anchored.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.ledger import checkpoints, tree
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import derivation, files, incidents
from evidence.derivation import Step
from evidence.files import Digest, File, Target
from evidence.incidents import Incident
from evidence.integrity import schedule

_MOST: Final = 50
_WEAK: Final = frozenset({"md5", "sha1"})
# Why a value may rightly be another one than that of the file (domain.md 2.2).
MEANINGS: Final = {
    Target.SOURCE_DATA: "of the data that were acquired, without the container around them: it differs from the hash "
    "of the container file although nothing was changed",
    Target.CONTAINER_FILE: "of the file as it was received, with everything in it",
    Target.LOGICAL_FILE: "of a file inside an image or container: it stays the same when the device is read again, "
    "although the hash of the whole image does not",
    Target.TRANSFER: "of what was sent, as the sender stated it",
    Target.WORKING_COPY: "of a copy made for analysis",
    Target.RENDITION: "of something made to be shown, such as a PDF: it has its own hash",
}
_HAPPENED: Final = ("receive file", "derive", "integrity-failure", "sealed hash recorded", "hash stated",
                    "hashes recomputed", "damaged bytes set aside", "good copy brought back")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hash:
    """One hash value with what it is a hash of, who says so, and what came of comparing it."""

    algorithm: str
    value: str
    target: str
    meaning: str
    by: str
    at: str
    result: str
    because: str
    computed: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One time at which the stored bytes were looked at, or at which something happened to them."""

    at: str
    what: str
    by: str
    result: str
    chain: str
    position: int
    digest: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the arrival of a file stands in the log: its index, and the first signed checkpoint that holds it."""

    chain: str
    position: int
    digest: str
    index: int | None
    size: int
    root: str
    at: str


@dataclass(frozen=True, slots=True)
class View:
    """The whole view of one file."""

    file: UUID
    exhibit: UUID
    name: str
    state: str
    hashes: tuple[Hash, ...]
    looks: tuple[Look, ...]
    walk: tuple[Step, ...]
    incidents: tuple[tuple[str, str, str], ...]
    anchor: Anchor | None
    scrubbed: str
    opened: str
    cautions: tuple[str, ...]


def of_file(session: Session, file: File) -> View:
    """Put together what is known; the caller has fetched the file."""
    walk = derivation.lineage(session, file)
    kept = schedule.of(session, file.blob)
    hashes = [_hash(one) for one in files.digests(session, file)]
    told = _incidents(session, file)
    return View(
        file=file.id,
        exhibit=file.exhibit_id,
        name=file.shown_name,
        state=file.state,
        hashes=(*hashes, *_sealed(file)),
        looks=tuple(_looks(session, file)),
        walk=tuple(walk),
        incidents=tuple((str(one.id), one.number, f"{one.kind}: {one.because} ({one.state})") for one in told),
        anchor=anchor(session, file),
        scrubbed=clock.stamp(kept.scrubbed) if kept and kept.scrubbed else "",
        opened=clock.stamp(kept.opened) if kept and kept.opened else "",
        cautions=tuple(_cautions(hashes, walk)),
    )


def anchor(session: Session, file: File) -> Anchor | None:
    """Where the entry by which a file came stands in the log; nothing when no entry tells of it."""
    entry = _arrival(session, file)
    if entry is None:
        return None
    index = tree.index_of(session, entry.chain, entry.position)
    row = checkpoints.covering(session, index) if index is not None else None
    if row is None:
        return Anchor(entry.chain, entry.position, entry.digest, index, 0, "", "")
    return Anchor(
        entry.chain, entry.position, entry.digest, index, row.size, row.root.hex(), clock.stamp(row.at)
    )  # fmt: skip


def _arrival(session: Session, file: File) -> Entry | None:
    if file.position:
        return files.arrival(session, file)
    chain = f"custody/{file.exhibit_id}"
    derived = select(Entry).where(Entry.chain == chain, Entry.act == "derive", Entry.body.contains(str(file.id)))
    return session.scalars(derived.order_by(Entry.position)).first()


def _hash(one: Digest) -> Hash:
    computed = one.stated_by == files.COMPUTED_BY
    results = {True: "the same" if not computed else "computed", False: "DIFFERS", None: "not comparable with the file"}
    return Hash(
        one.algorithm, one.value, one.target, MEANINGS[Target(one.target)], one.stated_by, clock.stamp(one.at),
        results[one.agrees], one.because, computed,
    )  # fmt: skip


def _sealed(file: File) -> list[Hash]:
    if not file.sealed_sha256:
        return []
    meaning = "of the encrypted bytes on our disk: with it they are looked over without any key"
    by, at = files.COMPUTED_BY, clock.stamp(file.received)
    return [Hash("sha256", file.sealed_sha256, "sealed_bytes", meaning, by, at, "computed", "", computed=True)]


def _looks(session: Session, file: File) -> list[Look]:
    about = Entry.body.contains(str(file.id))
    chains = (f"fixity/{file.exhibit_id}", f"custody/{file.exhibit_id}")
    query = select(Entry).where(Entry.chain.in_(chains), Entry.act.in_((*_HAPPENED, "hashes verified")), about)
    found = session.scalars(query.order_by(Entry.at.desc(), Entry.position.desc()).limit(_MOST))
    return [_look(one) for one in found]


def _look(entry: Entry) -> Look:
    words = ledger.words(entry)
    what = f"{entry.act} ({words['level']})" if "level" in words else entry.act
    because = str(words.get("because") or words.get("result") or "")
    result = because or ("held" if entry.outcome == "done" else entry.outcome)
    return Look(
        entry.at, what, _by(entry, words), result, entry.chain, entry.position, entry.digest
    )  # fmt: skip


def _by(entry: Entry, words: dict[str, Any]) -> str:
    name = entry.actor.partition(":")[0]
    other = str(words.get("asked_by", "")).partition(":")[0]
    return f"{other} and {name}" if other else name


def _incidents(session: Session, file: File) -> list[Incident]:
    mine = select(Incident).where(Incident.file_id == file.id)
    return list(session.scalars(mine.order_by(Incident.year, Incident.ordinal)))


def _cautions(hashes: list[Hash], walk: list[Step]) -> list[str]:
    stated = [one for one in hashes if not one.computed]
    told = [f"{step.name or step.what}: {missing}" for step in walk for missing in step.missing]
    if stated and all(one.algorithm in _WEAK for one in stated):
        told.append(
            "only MD5 or SHA-1 was stated by others: these show no accident, but a forger can make two files with the "
            "same value; the SHA-256 here was computed when the bytes came in and shows everything since then"
        )
    if not stated:
        told.append(
            "nobody outside has stated a hash of this file: what happened to it before it came in is shown by custody "
            "alone, and a statement of whoever made it can be added"
        )
    told += [
        f"the {one.algorithm} of the {one.target.replace('_', ' ')} stated by {one.by} is not that of the file"
        for one in stated
        if one.result == "DIFFERS"
    ]
    return told


def open_incidents(session: Session, file: File) -> list[Incident]:
    """The incidents of a file that nobody has closed yet."""
    return [one for one in _incidents(session, file) if one.state != incidents.State.CLOSED]
