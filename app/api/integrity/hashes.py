"""API: hashes by what they are a hash of, derived files, recomputing, comparing, and how much was looked at."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import fixing, integrity
from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from cases import access, people
from cases.access import Act
from cases.docket import Case
from core import clock
from core.accounts import Role
from core.errors import Forbidden, Invalid
from evidence import derivation, exhibits, files, intake
from evidence.derivation import Method
from evidence.exhibits import Exhibit
from evidence.files import Stated, Target
from evidence.intake import Announced
from evidence.integrity import comparing, recomputing, restoring, stating, view
from evidence.integrity.view import View
from exports.gathering import withholding
from exports.pdf.integrity import explanation_pdf

routes = Blueprint("hashes", __name__)
Word = Annotated[str, Field(min_length=1, max_length=1_000)]
_LIST = 32 * 1024 * 1024
_BYTES = "application/octet-stream"
_TARGET = Literal["source_data", "container_file", "logical_file", "transfer", "working_copy", "rendition"]


class ForThoseWhoCheck(Forbidden):
    """How much of everything was looked at is for administrators, auditors and supervisors."""


class NotText(Invalid):
    """A list of hashes is a text in UTF-8."""


class HashTaken(Taken):
    """A hash value that somebody states, what it is a hash of, and why it may rightly be another than the file's."""

    algorithm: Literal["md5", "sha1", "sha256", "sha512"]
    value: Annotated[str, Field(min_length=32, max_length=128)]
    target: _TARGET
    stated_by: Word
    because: Annotated[str, Field(max_length=1_000)] = ""


class HashKept(Given):
    """A recorded hash value, and whether it agrees where it can be compared."""

    algorithm: str
    value: str
    target: str
    stated_by: str
    at: datetime
    agrees: bool | None
    because: str


class DerivedTaken(Taken):
    """A file that was made from another one outside: every part of how is stated, and none is guessed."""

    name: Annotated[str, Field(min_length=1, max_length=1_000)]
    method: str
    tool: str
    version: str
    parameters: str
    person: str
    target: Literal["working_copy", "rendition", "logical_file", "container_file"]
    size: Annotated[int, Field(ge=0)] | None = None
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""


class Awaited(Given):
    """Where the bytes of an announced file are to be sent."""

    batch: UUID
    item: UUID
    content: str


class ViewGiven(Given):
    """The whole integrity view of a file."""

    file: UUID
    exhibit: UUID
    name: str
    state: str
    hashes: list[dict[str, Any]]
    looks: list[dict[str, Any]]
    walk: list[dict[str, Any]]
    incidents: list[dict[str, str]]
    anchor: dict[str, Any] | None
    scrubbed: str
    opened: str
    cautions: list[str]


class Reason(Taken):
    """Why something is asked for."""

    reason: Word


class Decided(Taken):
    """A second person's word."""

    grants: bool
    reason: Word


class ProposalGiven(Given):
    """Something that waits for another person."""

    id: UUID
    kind: str
    state: str
    proposed_by: str


class ComputedGiven(Given):
    """What a recomputation gave, seen by two people."""

    values: dict[str, str]
    holds: bool


class RedoneGiven(Given):
    """What came of making a derived file again."""

    verdict: str
    because: str
    recorded: str
    found: str


class ComparedGiven(Given):
    """What comparing a list with an exhibit came to; nothing of the list is kept."""

    agree: list[dict[str, str]]
    differ: list[dict[str, str]]
    extra: list[str]
    missing: list[str]
    unread: list[int]


class CoverageGiven(Given):
    """How much of everything was looked at within the days."""

    days: int
    blobs: int
    size: int
    late: int
    oldest: datetime | None
    scrubbed: int
    opened: int
    never: int
    damaged: int
    troubled: int
    trouble: str
    whole: bool
    words: str


@routes.get("/files/<uuid:file_id>/integrity")
@described(
    Description("All hashes of a file by target, its checks, its walk from the seal, its anchor", gives=ViewGiven)
)
def viewed(file_id: UUID) -> ViewGiven:
    """Give the integrity view of a file."""
    with transaction() as session:
        return _view(view.of_file(session, files.fetch(session, actor(), file_id, to=Act.SEE)))


@routes.post("/files/<uuid:file_id>/hashes")
@described(Description("State a hash value and what it is a hash of", takes=HashTaken, gives=HashKept, status=201))
def hash_stated(file_id: UUID, taken: HashTaken) -> HashKept:
    """Record a stated hash."""
    stated = Stated(taken.algorithm, taken.value, Target(taken.target), taken.stated_by)
    with transaction() as session:
        return HashKept.model_validate(stating.state(session, actor(), file_id, stated, taken.because))


@routes.post("/files/<uuid:file_id>/derived")
@described(
    Description("Announce a file made from this one, with how", takes=DerivedTaken, gives=Awaited, status=201)
)  # fmt: skip
def derived(file_id: UUID, taken: DerivedTaken) -> Awaited:
    """Announce a derived file."""
    method = Method(
        taken.method, taken.tool, taken.version, taken.parameters, taken.person, Target(taken.target)
    )  # fmt: skip
    with transaction() as session:
        batch, item = announce_derived(session, file_id, method, Announced(taken.name, taken.size, taken.sha256))
    return Awaited(batch=batch, item=item, content=f"/api/v1/batches/{batch}/items/{item}/content")


def announce_derived(session: Session, file_id: UUID, method: Method, coming: Announced) -> tuple[UUID, UUID]:
    """Announce one derived file for API, page and command line; gives its batch and item."""
    parent = derivation.parent_for(session, actor(), file_id, method)
    batch, (item,) = intake.announce(session, actor(), parent.exhibit_id, [coming], source="api")
    derivation.announce(session, parent, item.id, method)
    return batch.id, item.id


@routes.post("/files/<uuid:file_id>/redo")
@described(
    Description("Make a derived file again from its parent and compare", gives=RedoneGiven,
                headers={"X-Purpose": "for what purpose"})
)  # fmt: skip
def redone(file_id: UUID) -> RedoneGiven:
    """Redo a derivation."""
    return RedoneGiven.model_validate(integrity.redo(actor(), file_id))


@routes.post("/files/<uuid:file_id>/recomputations")
@described(Description("Ask to hash a file before two people", takes=Reason, gives=ProposalGiven, status=201))
def asked_again(file_id: UUID, taken: Reason) -> ProposalGiven:
    """Ask for a recomputation."""
    with transaction() as session:
        return ProposalGiven.model_validate(recomputing.ask(session, actor(), file_id, taken.reason))


@routes.post("/recomputations/<uuid:proposal_id>")
@described(Description("Confirm as the second person, and hash the file now", gives=ComputedGiven, status=201))
def recomputed(proposal_id: UUID) -> ComputedGiven:
    """Recompute."""
    return ComputedGiven.model_validate(integrity.recompute(actor(), proposal_id))


@routes.post("/files/<uuid:file_id>/copies")
@described(Description("Propose to bring back a frozen file's bytes", takes=Reason, gives=ProposalGiven, status=201))
def copy_proposed(file_id: UUID, taken: Reason) -> ProposalGiven:
    """Propose a good copy."""
    with transaction() as session:
        return ProposalGiven.model_validate(restoring.propose(session, actor(), file_id, taken.reason))


@routes.post("/copies/<uuid:proposal_id>/decision")
@described(Description("Approve or refuse it, as a supervisor", takes=Decided, gives=ProposalGiven, status=201))
def copy_decided(proposal_id: UUID, taken: Decided) -> ProposalGiven:
    """Decide on a good copy."""
    with transaction() as session:
        row = restoring.decide(session, actor(), proposal_id, grants=taken.grants, reason=taken.reason)
        return ProposalGiven.model_validate(row)


@routes.post("/exhibits/<uuid:exhibit_id>/comparison")
@described(
    Description("Compare a list of hashes with an exhibit's files; nothing is kept", gives=ComparedGiven,
                body="text/plain", limit=_LIST)
)  # fmt: skip
def compared(exhibit_id: UUID) -> ComparedGiven:
    """Compare a list."""
    return shape_compared(compare(exhibit_id, request.get_data(cache=False)))


def compare(exhibit_id: UUID, data: bytes) -> comparing.Compared:
    """Compare a list of hashes with the files of an exhibit, for API and page."""
    with transaction() as session:
        exhibit = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        access.fetch(session, actor(), exhibit.case_id, to=Act.READ)
        here = [(one, files.digests(session, one)) for one in files.of_exhibit(session, exhibit)]
    try:
        lines, unread = comparing.parse(data.decode("utf-8"))
    except UnicodeDecodeError as fault:
        raise NotText("send the list as a text in UTF-8") from fault
    return comparing.compare(lines, unread, here)


@routes.get("/files/<uuid:file_id>/explanation")
@described(Description("The explanation sheet with a draft certificate (PDF)", media="application/pdf"))
def explained(file_id: UUID) -> Answer:
    """Give the explanation sheet."""
    return hand_out_explanation(file_id)


def hand_out_explanation(file_id: UUID, examiner: str = "") -> Answer:
    """The explanation sheet of a file, for API and page."""
    with transaction() as session:
        file = files.fetch(session, actor(), file_id, to=Act.SEE)
        case = session.get_one(Case, file.case_id)
        access.fetch(session, actor(), case.id, to=Act.SEE)
        masks = people.masks(session, case.id, key=services().keyring.reading_key(session, case.id))
        told = withholding.masked(view.of_file(session, file), masks)
        number = case.number or masks.apply(case.title)
        exhibit = session.get_one(Exhibit, file.exhibit_id)
        reference = masks.apply(exhibit.reference)
    made = explanation_pdf(
        told, office=services().config.office, case=number, exhibit=reference, examiner=examiner,
        by=actor().name, at=clock.stamp(clock.now()),
    )  # fmt: skip
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="integrity-{file_id}.pdf"'
    return answer


@routes.get("/integrity/coverage")
@described(Description("How much of everything stored was looked at, and when", gives=CoverageGiven))
def covered() -> CoverageGiven:
    """Give the coverage."""
    if not actor().holds(Role.ADMINISTRATOR, Role.AUDITOR, Role.SUPERVISOR):
        raise ForThoseWhoCheck("how much was looked at is for administrators, auditors and supervisors")
    with transaction() as session:
        found = fixing.coverage(session)
    return CoverageGiven(**asdict(found), whole=found.whole, words=str(found))


def shape_compared(found: comparing.Compared) -> ComparedGiven:
    """A comparison as JSON says it."""
    agree, differ = (
        [{"line": str(one.line.number), "name": one.line.name, "here": one.here, "note": one.note} for one in pairs]
        for pairs in (found.agree, found.differ)
    )
    extra = [one.name or one.values[0][1] for one in found.extra]
    return ComparedGiven(
        agree=agree, differ=differ, extra=extra, missing=list(found.missing), unread=list(found.unread)
    )  # fmt: skip


def _view(told: View) -> ViewGiven:
    return ViewGiven(
        file=told.file, exhibit=told.exhibit, name=told.name, state=told.state,
        hashes=[asdict(one) for one in told.hashes], looks=[asdict(one) for one in told.looks],
        walk=[{**asdict(one), "missing": list(one.missing)} for one in told.walk],
        incidents=[{"id": one, "number": number, "words": words} for one, number, words in told.incidents],
        anchor=asdict(told.anchor) if told.anchor else None, scrubbed=told.scrubbed, opened=told.opened,
        cautions=list(told.cautions),
    )  # fmt: skip
