"""API: exhibits, deliveries and files."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, stream_with_context
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import reading
from app.api.describing import Asked, Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from cases.access import Act
from cases.handling import Handling, Sensitivity
from core.accounts import Actor
from evidence import authorities, exhibits, files, text
from evidence import exhibits as wing
from evidence.authorities import Grant
from evidence.exhibits import Arrival, Exhibit, Number, Origin
from evidence.files import File
from evidence.possession.arrivals import Kind
from evidence.vault import Receipt

routes = Blueprint("evidence", __name__)
Word = Annotated[str, Field(max_length=4_000)]
Short = Annotated[str, Field(max_length=200)]
_CLASS = Literal["C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7"]
_BYTES = "application/octet-stream"


class NumberTaken(Taken):
    """A number that somebody outside gave."""

    scheme: Annotated[str, Field(min_length=1, max_length=200)]
    value: Annotated[str, Field(min_length=1, max_length=200)]
    issuer: Short = ""


class GrantTaken(Taken):
    """A legal authority."""

    kind: Literal[
        "warrant", "statutory power", "consent", "plain view", "order", "mutual legal assistance", "border power"
    ]
    number: Word = ""
    issuer: Word = ""
    scope: Word = ""
    valid_from: datetime | None = None
    expires: datetime | None = None


class NewExhibit(Taken):
    """An exhibit to be registered into the custody of whoever asks."""

    reference: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=4_000)]
    condition: Word = ""
    sensitivity: _CLASS | None = None
    handling: Literal["H0", "H1", "H2", "H3"] = "H0"
    place_found: Word = ""
    spot: Word = ""
    found_by: Word = ""
    seized_from: Word = ""
    seized_as_written: Word = ""
    seized_at: datetime | None = None
    officer: Word = ""
    seal: Word = ""
    place: Word = ""
    kind: Literal["receive", "seize", "receive_voluntarily", "receive_by_order", "receive_mla", "capture_online"] = (
        "receive"
    )
    received_from: Word = ""
    received_under: Word = ""
    witness: Word = ""
    tool: Word = ""
    tool_version: Word = ""
    occurred_at: AwareDatetime | None = None
    occurred_as_written: Word = ""
    note: Word = ""
    quantity: Short = ""
    unit: Short = ""
    packaging: Short = ""
    provisional: bool = False
    numbers: Annotated[list[NumberTaken], Field(max_length=50)] = []
    authority: GrantTaken | None = None


class NumberGiven(Given):
    """A number that somebody outside gave."""

    scheme: str
    value: str
    issuer: str


class AuthorityGiven(Given):
    """A legal authority."""

    id: UUID
    kind: str
    number: str
    issuer: str
    scope: str
    valid_from: datetime | None
    expires: datetime | None
    out_of_scope: str


class DigestGiven(Given):
    """A hash value, what it is a hash of, and who says so."""

    algorithm: str
    value: str
    target: str
    stated_by: str
    at: datetime
    agrees: bool | None


class FileGiven(Given):
    """A file of an exhibit."""

    id: UUID
    case_id: UUID
    exhibit_id: UUID
    parent_id: UUID | None
    name: str
    size: int
    sha256: str
    sha512: str
    media_type: str
    state: str
    state_because: str
    reading: str
    reading_because: str
    language: str
    received: datetime
    method: dict[str, Any]
    digests: list[DigestGiven] = []


class ExhibitGiven(Given):
    """An exhibit."""

    id: UUID
    case_id: UUID
    reference: str
    description: str
    condition: str
    sensitivity: str
    handling: str
    state: str
    custodian: str
    offered_to: str
    place: str
    seal: str
    parent_id: UUID | None
    quantity: str
    unit: str
    packaging: str
    place_found: str
    spot: str
    found_by: str
    seized_from: str
    seized_as_written: str
    seized_at: datetime | None
    officer: str
    registered: datetime
    numbers: list[NumberGiven] = []
    authorities: list[AuthorityGiven] = []
    files: list[FileGiven] = []


class ExhibitList(Given):
    """The exhibits of a case."""

    exhibits: list[ExhibitGiven]


class PassageGiven(Given):
    """A piece of text and where it stands."""

    id: UUID
    ordinal: int
    pinpoint: str
    text: str


class PassageList(Given):
    """The text of a file; ``after`` asks for what follows."""

    passages: list[PassageGiven]
    after: int | None


class PassageQuery(Asked):
    """From where on to read."""

    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


_ARRIVAL = (
    "place", "seal", "received_from", "witness", "tool", "tool_version", "occurred_at", "occurred_as_written", "note",
    "provisional",
)  # fmt: skip
_PURPOSE = {"X-Purpose": "for what purpose you read, when none was chosen at sign-in"}
_PAGE = 200


@routes.get("/cases/<uuid:case_id>/exhibits")
@described(Description("List a case's exhibits", gives=ExhibitList))
def listed(case_id: UUID) -> ExhibitList:
    """List the exhibits."""
    with transaction() as session:
        return ExhibitList(
            exhibits=[shape(session, one, whole=False) for one in exhibits.listed(session, actor(), case_id)]
        )


@routes.post("/cases/<uuid:case_id>/exhibits")
@described(Description("Register an exhibit into my custody", takes=NewExhibit, gives=ExhibitGiven, status=201))
def registered(case_id: UUID, taken: NewExhibit) -> ExhibitGiven:
    """Register an exhibit."""
    kind = Sensitivity[taken.sensitivity] if taken.sensitivity else None
    what = wing.Description(
        taken.reference,
        taken.description,
        taken.condition,
        kind,
        Handling(taken.handling),
        **{name: getattr(taken, name) for name in ("quantity", "unit", "packaging")},
    )
    origin = Origin(**{name: getattr(taken, name) for name in Origin.__dataclass_fields__})
    numbers = [Number(one.scheme, one.value, one.issuer) for one in taken.numbers]
    said = {name: getattr(taken, name) for name in _ARRIVAL}
    arrival = Arrival(kind=Kind(taken.kind), authority=taken.received_under, **said)
    with transaction() as session:
        one = exhibits.register(session, actor(), case_id, what, origin=origin, numbers=numbers, arrival=arrival)
        if taken.authority is not None:
            authorities.authorise(session, actor(), one.id, _grant(taken.authority))
        return shape(session, one)


@routes.get("/exhibits/<uuid:exhibit_id>")
@described(Description("One exhibit with its numbers, authorities and files", gives=ExhibitGiven))
def one_exhibit(exhibit_id: UUID) -> ExhibitGiven:
    """Give an exhibit."""
    with transaction() as session:
        return shape(session, exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE))


@routes.post("/exhibits/<uuid:exhibit_id>/authorities")
@described(
    Description(
        "Record an authority; files that waited for one are read", takes=GrantTaken, gives=ExhibitGiven, status=201
    )
)
def authorised(exhibit_id: UUID, taken: GrantTaken) -> ExhibitGiven:
    """Record an authority."""
    with transaction() as session:
        authorities.authorise(session, actor(), exhibit_id, _grant(taken))
        return shape(session, exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE))


@routes.get("/files/<uuid:file_id>")
@described(Description("One file with its digests", gives=FileGiven))
def one_file(file_id: UUID) -> FileGiven:
    """Give a file."""
    with transaction() as session:
        return shape_file(session, files.fetch(session, actor(), file_id, to=Act.SEE))


@routes.get("/files/<uuid:file_id>/passages")
@described(Description("The text of a file with its pinpoints", asks=PassageQuery, gives=PassageList, headers=_PURPOSE))
def passages(file_id: UUID, asked: PassageQuery) -> PassageList:
    """Give the text of a file; to read it is an entry."""
    with transaction() as session:
        file = files.fetch(session, actor(), file_id, to=Act.READ)
        files.note_reading(session, actor(), file, "text")
        found = text.page(session, services().keyring, file, after=asked.after, size=_PAGE)
    shaped = [
        PassageGiven(id=one.id, ordinal=one.ordinal, pinpoint=one.pinpoint.words(), text=one.text) for one in found
    ]
    return PassageList(passages=shaped, after=shaped[-1].ordinal if len(shaped) == _PAGE else None)


@routes.get("/files/<uuid:file_id>/content")
@described(Description("The bytes of a file, as they came in", media=_BYTES, headers=_PURPOSE))
def content(file_id: UUID) -> Answer:
    """Hand a file out; the entry is durable before the first byte leaves."""
    return hand_out(actor(), file_id)


def hand_out(who: Actor, file_id: UUID) -> Answer:
    """Stream a file to a person who may read it; what does not hold breaks the stream and freezes the file."""
    house = services()
    with transaction() as session:
        kept = files.open_file(session, who, house.keyring, file_id)
        name = files.fetch(session, who, file_id, to=Act.READ).shown_name
    pieces = _checked(who, kept)
    answer = Response(stream_with_context(pieces), mimetype=_BYTES)
    answer.headers["Content-Length"] = str(kept.size)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(name.rpartition('/')[2] or 'file', safe='')}"
    )
    answer.headers["Repr-Digest"] = f"sha-256=:{_base64(kept.sha256)}:"
    return answer


def _checked(who: Actor, kept: Receipt) -> Iterator[bytes]:
    """The bytes of a file, of which the first piece is read and found whole before any answer begins."""
    opened = reading.opened(who, kept)
    first = next(opened, b"")
    return chain([first], opened)


def _base64(digest: str) -> str:
    return b64encode(bytes.fromhex(digest)).decode()


def _grant(taken: GrantTaken) -> Grant:
    return Grant(**{name: getattr(taken, name) for name in Grant.__dataclass_fields__})


def shape(session: Session, one: Exhibit, *, whole: bool = True) -> ExhibitGiven:
    """An exhibit as JSON says it."""
    told = {
        name: getattr(one, name)
        for name in ExhibitGiven.model_fields
        if name not in {"numbers", "authorities", "files", "sensitivity"}
    }
    return ExhibitGiven(
        **told,
        sensitivity=f"C{one.sensitivity}",
        numbers=[NumberGiven.model_validate(number) for number in exhibits.numbers(session, one.id)],
        authorities=[AuthorityGiven.model_validate(grant) for grant in authorities.of_exhibit(session, one)],
        files=[shape_file(session, file) for file in files.of_exhibit(session, one)] if whole else [],
    )


def shape_file(session: Session, file: File) -> FileGiven:
    """A file as JSON says it."""
    told = {name: getattr(file, name) for name in FileGiven.model_fields if name not in {"name", "digests"}}
    return FileGiven(
        **told, name=file.shown_name, digests=[DigestGiven.model_validate(one) for one in files.digests(session, file)]
    )
