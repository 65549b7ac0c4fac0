"""API: shelf audits without content: draw, check in both directions, findings and their answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from evidence.audits import audits, findings, report
from evidence.audits.audits import Seen, Wanted
from evidence.audits.rows import AuditItem, Finding, ShelfAudit
from evidence.storeroom import places
from exports.papers import audited

routes = Blueprint("audits", __name__)
PDF = "application/pdf"
Count = Annotated[int, Field(ge=0, le=1_000)]
Word = Annotated[str, Field(min_length=1, max_length=2_000)]
Code = Annotated[str, Field(max_length=200)]


class NewAudit(Taken):
    """What to draw, below which place (its code); none means the whole house."""

    random: Count
    risk: Count = 0
    place: Code = ""


class SeenTaken(Taken):
    """What was seen of one thing."""

    there: bool
    place: Code = ""
    seal: Code = ""
    note: Annotated[str, Field(max_length=2_000)] = ""


class ShelfTaken(Taken):
    """Everything that was scanned on one shelf, and what bears no label, described without opening it."""

    place: Annotated[str, Field(min_length=1, max_length=200)]
    scanned: Annotated[list[Code], Field(max_length=1_000)] = []
    unlabelled: Annotated[list[Annotated[str, Field(max_length=2_000)]], Field(max_length=100)] = []


class SummaryTaken(Taken):
    """What the audit found."""

    summary: Word


class AnswerTaken(Taken):
    """How it came and what was done."""

    statement: Word


class JudgementTaken(Taken):
    """Whether an answer is enough, and why."""

    enough: bool
    decision: Word


class AssignmentTaken(Taken):
    """Who is to answer."""

    user: Annotated[str, Field(min_length=1, max_length=64)]


class ItemGiven(Given):
    """A thing that was drawn: number, place and seal, and never what it is."""

    id: UUID
    ordinal: int
    sample: str
    risks: list[str]
    reference: str
    place: str
    seal: str
    custody: str
    custodian: str
    result: str
    found_place: str
    found_seal: str
    checked: datetime | None


class FindingGiven(Given):
    """Something that does not fit between record and shelf."""

    id: UUID
    number: str
    kind: str
    exhibit_id: UUID | None
    place_id: UUID | None
    words: str
    made: datetime
    deadline: datetime
    assigned: str
    state: str
    answer: str
    decision: str
    times: int


class AuditGiven(Given):
    """An audit: its seed and among what it was drawn."""

    id: UUID
    number: str
    scope: str
    seed: str
    random_size: int
    risk_size: int
    population_size: int
    population_sha256: str
    drawn: datetime
    auditor: str
    state: str
    closed: datetime | None
    summary: str
    counts: dict[str, int] = {}
    items: list[ItemGiven] = []
    findings: list[FindingGiven] = []


class AuditList(Given):
    """All audits, the newest first."""

    audits: list[AuditGiven]


class FindingList(Given):
    """Findings that are not closed, the most urgent first."""

    findings: list[FindingGiven]


class SweptGiven(Given):
    """What a look along a shelf gave."""

    place: str
    fits: list[str]
    strange: list[str]
    absent: list[str]


@routes.get("/audits")
@described(Description("List the shelf audits", gives=AuditList))
def listed() -> AuditList:
    """List audits."""
    with transaction() as session:
        return AuditList(audits=[AuditGiven.model_validate(one) for one in audits.listed(session, actor())])


@routes.post("/audits")
@described(
    Description("Draw a random and a risk-weighted sample (auditors)", takes=NewAudit, gives=AuditGiven, status=201)
)
def drawn(taken: NewAudit) -> AuditGiven:
    """Draw an audit."""
    with transaction() as session:
        audits.auditor(actor())
        place = places.scanned(session, taken.place).id if taken.place else None
        return _whole(session, audits.draw(session, actor(), Wanted(taken.random, taken.risk, place)))


@routes.get("/audits/<uuid:audit_id>")
@described(Description("One audit with what was drawn and found", gives=AuditGiven))
def audit(audit_id: UUID) -> AuditGiven:
    """Give an audit."""
    with transaction() as session:
        return _whole(session, audits.fetch(session, actor(), audit_id))


@routes.get("/audits/<uuid:audit_id>/population")
@described(Description("Among what was drawn: id and weight of each thing (auditors)", media="text/plain"))
def population(audit_id: UUID) -> Response:
    """Give the list among which an audit was drawn."""
    with transaction() as session:
        one = audits.fetch(session, actor(), audit_id)
        audits.auditor(actor())
        return Response(one.population, mimetype="text/plain")


@routes.post("/audit-items/<uuid:check_id>")
@described(Description("Enter what was seen of a thing that was drawn", takes=SeenTaken, gives=ItemGiven))
def checked(check_id: UUID, taken: SeenTaken) -> ItemGiven:
    """Check a thing."""
    with transaction() as session:
        item = audits.check(session, actor(), check_id, Seen(taken.there, taken.place, taken.seal, taken.note))
        return ItemGiven.model_validate(item)


@routes.post("/audits/<uuid:audit_id>/shelf")
@described(Description("Enter all that was scanned on one shelf", takes=ShelfTaken, gives=SweptGiven))
def swept(audit_id: UUID, taken: ShelfTaken) -> SweptGiven:
    """Check a shelf."""
    with transaction() as session:
        made = audits.sweep(session, actor(), audit_id, taken.place, taken.scanned, taken.unlabelled)
        return SweptGiven(
            place=made.place.path, fits=list(made.fits), strange=list(made.strange), absent=list(made.absent)
        )


@routes.post("/audits/<uuid:audit_id>/closing")
@described(Description("Close an audit of which everything was looked for", takes=SummaryTaken, gives=AuditGiven))
def closed(audit_id: UUID, taken: SummaryTaken) -> AuditGiven:
    """Close an audit."""
    with transaction() as session:
        return _whole(session, audits.close(session, actor(), audit_id, taken.summary))


@routes.get("/audits/<uuid:audit_id>/report")
@described(Description("The signed report of an audit as PDF", media=PDF))
def reported(audit_id: UUID) -> Response:
    """Give the report of an audit."""
    with transaction() as session:
        made = report.issue(session, actor(), services().keyring, audit_id, office=services().config.office)
    return Response(audited.report_pdf(made), mimetype=PDF)


@routes.get("/findings")
@described(Description("Findings that are not closed", gives=FindingList))
def waiting() -> FindingList:
    """List findings."""
    with transaction() as session:
        return FindingList(findings=[_finding(session, one) for one in findings.waiting(session, actor())])


@routes.post("/findings/<uuid:finding_id>/answer")
@described(Description("Answer a finding", takes=AnswerTaken, gives=FindingGiven))
def answered(finding_id: UUID, taken: AnswerTaken) -> FindingGiven:
    """Answer a finding."""
    with transaction() as session:
        return _finding(session, findings.answer(session, actor(), finding_id, taken.statement))


@routes.post("/findings/<uuid:finding_id>/decision")
@described(
    Description("Close an answered finding, or open it again (auditors)", takes=JudgementTaken, gives=FindingGiven)
)
def judged(finding_id: UUID, taken: JudgementTaken) -> FindingGiven:
    """Decide about an answer."""
    with transaction() as session:
        return _finding(session, findings.decide(session, actor(), finding_id, taken.decision, enough=taken.enough))


@routes.post("/findings/<uuid:finding_id>/assignment")
@described(Description("Give a finding to somebody to answer", takes=AssignmentTaken, gives=FindingGiven))
def assigned(finding_id: UUID, taken: AssignmentTaken) -> FindingGiven:
    """Assign a finding."""
    with transaction() as session:
        return _finding(session, findings.assign(session, actor(), finding_id, taken.user))


def _whole(session: Session, one: ShelfAudit) -> AuditGiven:
    told = {name: getattr(one, name) for name in AuditGiven.model_fields if hasattr(one, name)}
    items: list[AuditItem] = list(audits.items(session, actor(), one))
    return AuditGiven(
        **told, counts=audits.counts(session, one), items=[ItemGiven.model_validate(each) for each in items],
        findings=[_finding(session, each) for each in findings.of_audit(session, actor(), one)],
    )  # fmt: skip


def _finding(session: Session, one: Finding) -> FindingGiven:
    told = {name: getattr(one, name) for name in FindingGiven.model_fields if hasattr(one, name)}
    return FindingGiven(**told, number=findings.number(session.get_one(ShelfAudit, one.audit_id), one))
