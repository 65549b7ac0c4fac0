"""Gather chosen exhibits of a case into one frozen dossier: plain values, numbered, with protected names masked.

Everything is fetched through the rules of access for the person who orders it, and every weakness that the system can
see is written in: what is missing is said, never smoothed over (COC-9).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from cases import access, people
from cases.access import Act
from cases.docket import Case, NoSuchCase
from cases.handling import HANDLING_WORDS, NEVER_EXPORTED, Handling, Sensitivity, carried, strictest
from cases.masks import Masks
from core import clock
from core.accounts import Actor
from core.errors import Forbidden, Invalid
from evidence import authorities, custody, exhibits, files
from evidence.authorities import Authority
from evidence.continuity import report
from evidence.continuity.codes import Kind
from evidence.continuity.report import Explained
from evidence.exhibits import Exhibit
from evidence.files import Digest, File
from evidence.keyring import Keyring
from evidence.selectors.rows import Selector
from evidence.vault import Receipt
from exports import doubts, numbering
from exports.contents import (
    Cover,
    CustodyEntry,
    Dossier,
    ExhibitEntry,
    FactEntry,
    FileEntry,
    GapEntry,
    HashEntry,
    PersonEntry,
    RoleEntry,
    SignOff,
)
from exports.gathering import collected, ordered, schedules, walk, weaknesses, withholding
from exports.gathering.pieces import Keys, Piece, lay_out

# What an original is called in a bundle follows from its type and never from its name (EXC-2).
ENDINGS: Final = {
    "application/gzip": "gz", "application/json": "json", "application/msword": "doc", "application/pdf": "pdf",
    "application/rtf": "rtf", "application/vnd.ms-excel": "xls", "application/vnd.ms-outlook": "msg",
    "application/vnd.ms-powerpoint": "ppt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.sqlite3": "sqlite", "application/xml": "xml", "application/zip": "zip", "audio/mpeg": "mp3",
    "image/gif": "gif", "image/heic": "heic", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif",
    "image/webp": "webp", "message/rfc822": "eml", "text/csv": "csv", "text/html": "html", "text/plain": "txt",
    "video/mp4": "mp4",
}  # fmt: skip
# How the reading process was held is for whoever runs the house; it says nothing about the evidence.
NOT_FOR_PRINT: Final = frozenset({"reader held by"})
# What is drawn beside the custody as a gap; what concerns bytes and proof stands in the list of weaknesses alone.
DRAWN: Final = frozenset({Kind.POSSESSION, Kind.TIME})
_MOST_EXHIBITS: Final = 10_000
_LONGEST: Final = 300


class BadOrder(Invalid):
    """A dossier cannot be ordered like this; `fields` names each fault."""


class NotForExport(Forbidden):
    """An exhibit of this class never leaves in a dossier (domain.md 5.3)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: chosen exhibits in their order, what for, for whom, under which title.

    `dossier` is the number of an earlier dossier of which this is the next version, empty for a new one.
    `looked_through` are files that the person vouches to have searched for protected names by eye and ear, because a
    machine could not.
    """

    case_id: UUID
    exhibits: tuple[UUID, ...]
    title: str
    purpose: str = ""
    recipient: str = ""
    dossier: str = ""
    looked_through: frozenset[UUID] = frozenset()


def gather(session: Session, actor: Actor, order: Order, *, keyring: Keyring, office: str) -> Dossier:
    """Freeze what the order names into one dossier with its numbers; `exports.register.enter` puts it on record.

    Raises BadOrder, NotForExport, numbering.NoSuchDossier, and as `exhibits.fetch` does for what may not be seen.
    """
    _check(order)
    case = access.fetch(session, actor, order.case_id, to=Act.EXPORT)
    chosen = [_fetch(session, actor, case, exhibit_id) for exhibit_id in order.exhibits]
    masks = people.masks(session, case.id, key=keyring.case_key(session, case.id))
    numbers = numbering.exhibits(session, case.id, [one.id for one in chosen])
    desk = Desk(actor, Keys(session, keyring), order, masks)
    gathered = [desk.exhibit(one, numbers[one.id]) for one in chosen]
    schedule, left_out = schedules.gather(session, keyring, desk.given)
    dossier = Dossier(
        cover=_cover(session, actor, order, case, chosen, office),
        people=tuple(_people(session, case, keyring)),
        exhibits=tuple(gathered),
        schedules=schedule,
        signoffs=(SignOff(actor.name, actor.role_words, "ordered and checked", clock.stamp(clock.now())),),
        weaknesses=(*desk.weaknesses, *left_out, *weaknesses.of_case(session, actor, case, schedule, masks)),
    )
    return withholding.masked(dossier, masks)


def receipts(session: Session, actor: Actor, keyring: Keyring, dossier: Dossier) -> dict[str, Receipt]:
    """Give for each original in the bundle (by its path) what the vault needs to open it, and enter each reading.

    The door streams the bytes only after this is committed.
    """
    doubts.refuse_any(session, dossier)
    way = f"dossier {dossier.cover.dossier_number} version {dossier.cover.version}"
    return {
        one.original: files.open_file(session, actor, keyring, UUID(one.id), way=way)
        for one in dossier.files()
        if one.original
    }


@dataclass(slots=True)
class Desk:
    """One exhibit after another is laid on it and written out; weaknesses and the files given pile up beside."""

    actor: Actor
    keys: Keys
    order: Order
    masks: Masks
    weaknesses: list[str] = field(default_factory=list)
    given: list[tuple[File, str]] = field(default_factory=list)

    def exhibit(self, exhibit: Exhibit, number: str) -> ExhibitEntry:
        """Write out one exhibit with its files, custody, gaps and facts."""
        session = self.keys.session
        top = access.clearance_of(session, self.actor, exhibit.case_id)
        laid = lay_out(
            self.keys, exhibit, number, self.masks, top=top, looked_through=self.order.looked_through
        )  # fmt: skip
        self.given += [(piece.file, piece.number) for piece in laid if not piece.verdict.because]
        continuity = report.report(session, exhibit)
        self.weaknesses += weaknesses.of_exhibit(session, exhibit, number, continuity.weaknesses)
        self.weaknesses += [said for piece in laid for said in weaknesses.of_piece(piece)]
        return ExhibitEntry(
            id=str(exhibit.id),
            number=number,
            references=tuple(_references(session, exhibit)),
            description=exhibit.description,
            origin=(*_origin(exhibit), *collected.of_exhibit(session, self.keys.keyring, exhibit, laid)),
            authority=(
                *(_authority(one) for one in authorities.of_exhibit(session, exhibit)),
                *ordered.of_exhibit(session, exhibit),
            ),
            sensitivity=f"{Sensitivity(exhibit.sensitivity).name}, {exhibit.handling}",
            state=exhibit.state,
            files=tuple(replace(_file(piece), walk=walk.of_piece(exhibit, laid, piece)) for piece in laid),
            custody=tuple(_step(step) for step in continuity.steps),
            gaps=tuple(_gap(one) for one in continuity.weaknesses if one.weakness.kind in DRAWN),
            facts=tuple(fact for piece in laid for fact in _facts(piece)),
        )


def _file(piece: Piece) -> FileEntry:
    file, exhibit = piece.file, piece.number.partition(".")[0]
    ending = ENDINGS.get(file.media_type.partition(";")[0], "bin")
    return FileEntry(
        id=str(file.id),
        number=piece.number,
        name=file.shown_name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        sha512=file.sha512,
        parent=piece.parent,
        method="; ".join(f"{name}: {value}" for name, value in sorted(file.method.items())) or "received",
        reading=file.reading,
        because=file.reading_because,
        original="" if piece.verdict.because else f"data/originals/{exhibit}/{piece.number}.{ending}",
        withheld_because=piece.verdict.because,
        hashes=tuple(_hash(one) for one in piece.digests),
    )


def _facts(piece: Piece) -> Iterator[FactEntry]:
    for label, value in piece.facts.items():
        if label not in NOT_FOR_PRINT:
            yield FactEntry(f"{label}: {value}", "fact", "whole file", piece.number)
    yield from _selectors(piece)


def _check(order: Order) -> None:
    wrong = {}
    if not order.exhibits:
        wrong["exhibits"] = "choose at least one exhibit"
    elif len(order.exhibits) > _MOST_EXHIBITS or len(set(order.exhibits)) < len(order.exhibits):
        wrong["exhibits"] = f"choose each exhibit once, and at most {_MOST_EXHIBITS}"
    if not order.title.strip():
        wrong["title"] = "give the dossier a title"
    for name in ("title", "purpose", "recipient"):
        held = getattr(order, name)
        if len(held) > _LONGEST or any(ord(one) < ord(" ") or "\ud800" <= one <= "\udfff" for one in held):
            wrong[name] = f"use one line of at most {_LONGEST} characters"
    if wrong:
        raise BadOrder("; ".join(f"{name}: {why}" for name, why in wrong.items()), fields=wrong)


def _fetch(session: Session, actor: Actor, case: Case, exhibit_id: UUID) -> Exhibit:
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.EXPORT)
    if exhibit.case_id != case.id:
        raise NoSuchCase
    if (held := Sensitivity(exhibit.sensitivity)) in NEVER_EXPORTED:
        raise NotForExport(f"«{exhibit.reference}» is {held.name} ({held.meaning}) and never leaves in a dossier")
    doubts.refuse(session, exhibit)
    return exhibit


def _cover(session: Session, actor: Actor, order: Order, case: Case, chosen: list[Exhibit], office: str) -> Cover:
    number = order.dossier or numbering.new_dossier(session, case.id)
    held = strictest(Sensitivity(one.sensitivity) for one in chosen)
    code = carried(Handling(one.handling) for one in chosen)
    return Cover(
        office=office,
        case_title=case.title,
        case_number=case.number,
        case_id=str(case.id),
        dossier_number=number,
        version=numbering.next_version(session, case.id, number),
        made_at=clock.stamp(clock.now()),
        made_by=actor.name,
        purpose=order.purpose.strip() or actor.purpose,
        handling=f"{held.name}: {held.meaning}. {code}: {HANDLING_WORDS[code]}",
        title=order.title.strip(),
        recipient=order.recipient.strip(),
    )


def _people(session: Session, case: Case, keyring: Keyring) -> Iterator[PersonEntry]:
    persons = people.of_case(session, case.id)
    forms = people.names(session, persons, key=keyring.case_key(session, case.id))
    roles = people.roles(session, persons)
    for one in persons:
        written = tuple(dict.fromkeys(name for _form, name in forms[one.id]))
        held = (role for role in roles if role.person_id == one.id)
        yield PersonEntry(
            label=people.label(one, written),
            kind=one.kind,
            names=() if one.protected else written,
            roles=tuple(RoleEntry(role.role, _at(role.since), _at(role.until), role.event) for role in held),
            protected=one.protected,
        )


def _references(session: Session, exhibit: Exhibit) -> Iterator[tuple[str, str]]:
    yield "reference", exhibit.reference
    for one in exhibits.numbers(session, exhibit.id):
        yield f"{one.scheme}, {one.issuer}" if one.issuer else one.scheme, one.value


def _origin(exhibit: Exhibit) -> Iterator[tuple[str, str]]:
    said = {
        "found at": exhibit.place_found,
        "spot": exhibit.spot,
        "found by": exhibit.found_by,
        "seized from": exhibit.seized_from,
        "seized, as written": exhibit.seized_as_written,
        "seized": _when(exhibit.seized_at),
        "officer": exhibit.officer,
        "condition": exhibit.condition,
        "registered": _when(exhibit.registered),
        "registered by": exhibit.registered_by.partition(":")[0],
        "custodian": exhibit.custodian,
    }
    return ((label, value) for label, value in said.items() if value)


def _authority(one: Authority) -> tuple[str, str]:
    said = {
        "": one.number,
        "by ": one.issuer,
        "scope: ": one.scope,
        "in force from ": _when(one.valid_from),
        "until ": _when(one.expires),
        "DOUBTED: ": one.out_of_scope,
    }
    return one.kind, "; ".join(f"{label}{value}" for label, value in said.items() if value)


def _hash(one: Digest) -> HashEntry:
    agrees = {True: "yes", False: "NO", None: "cannot be compared"}[one.agrees]
    return HashEntry(one.algorithm, one.value, one.target, one.stated_by, _at(one.at), agrees)


def _gap(one: Explained) -> GapEntry:
    return GapEntry(one.weakness.since, one.weakness.until, one.words(), one.weakness.title)


def _step(step: custody.Step) -> CustodyEntry:
    return CustodyEntry(
        position=step.position,
        at=step.occurred_at,
        recorded_at=step.recorded_at,
        act=step.act,
        by=step.by,
        from_=step.from_,
        to=step.to,
        place=step.place,
        seal_in=step.seal_in,
        seal_out=step.seal_out,
        note="; ".join(part for part in (step.reason, step.note) if part),
        digest=step.digest,
        body=step.body,
    )


def _selectors(piece: Piece) -> Iterator[FactEntry]:
    """Each number, account or address found in a file once, with its first place and how often it stands there."""
    found: dict[tuple[str, str], list[Selector]] = {}
    for one in piece.selectors:
        found.setdefault((one.kind, one.value), []).append(one)
    for (kind, value), places in sorted(found.items()):
        first = places[0]
        more = f", and {len(places) - 1} more" if len(places) > 1 else ""
        written = f", written «{first.as_written}»" if first.as_written != value else ""
        said = f"{kind.replace('_', ' ')} {value}{written}"
        yield FactEntry(said, "selector", f"{first.place.words()}{more}", piece.number)


def _at(moment: datetime | None) -> str:
    return clock.stamp(moment) if moment else ""


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""
