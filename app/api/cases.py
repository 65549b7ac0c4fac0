"""API: cases and their members."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.describing import Asked, Description, Given, Taken, described
from app.auth import actor
from app.wiring import transaction
from cases import access, docket
from cases.access import Act, Duty
from cases.handling import Sensitivity
from core import accounts
from evidence import custody, intake, reindexing

routes = Blueprint("cases", __name__)
_CLASS = Literal["C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7"]
_DUTY = Literal["lead", "investigate", "custody", "examine", "analyse", "prosecute", "supervise", "protect"]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class NewCase(Taken):
    """A case to be opened."""

    title: Line
    number: Annotated[str, Field(max_length=300)] = ""
    sensitivity: _CLASS = "C2"
    restricted: bool = False


class CaseChange(Taken):
    """What is to be changed in a case."""

    title: Line | None = None
    number: Annotated[str, Field(max_length=300)] | None = None


class Restriction(Taken):
    """Whether a case is to be restricted, and why."""

    restricted: bool
    reason: Reason


class Because(Taken):
    """Why something is to be done."""

    reason: Reason


class NewMember(Taken):
    """Somebody who is to be a member."""

    user: Annotated[str, Field(min_length=1, max_length=64)]
    duty: _DUTY
    clearance: _CLASS = "C2"


class Reckoned(Given):
    """How many files were announced in a case and what became of each; the first is the sum of the others."""

    announced: int
    stored: int
    refused: int
    waiting: int


class CaseGiven(Given):
    """A case as the person may see it."""

    id: UUID
    title: str
    number: str
    state: str
    restricted: bool
    sensitivity: str
    opened: datetime
    acts: list[str] = []
    files: Reckoned | None = None


class CaseList(Given):
    """The cases that the person may see."""

    cases: list[CaseGiven]


class MemberGiven(Given):
    """A member of a case."""

    user: str
    duty: str
    clearance: str
    since: datetime


class MemberList(Given):
    """The present members of a case."""

    members: list[MemberGiven]


class CaseQuery(Asked):
    """Which cases to list."""

    state: Literal["open", "closed", "any"] = "any"


@routes.get("/cases")
@described(Description("List the cases that I may see", asks=CaseQuery, gives=CaseList))
def listed(asked: CaseQuery) -> CaseList:
    """List the cases that the person may see."""
    with transaction() as session:
        query = access.visible(actor()).order_by(docket.Case.opened, docket.Case.id)
        found = [one for one in session.scalars(query) if asked.state in ("any", one.state)]
        return CaseList(cases=[shape(one) for one in found])


@routes.post("/cases")
@described(Description("Open a case; I become its lead", takes=NewCase, gives=CaseGiven, status=201))
def opened(taken: NewCase) -> CaseGiven:
    """Open a case."""
    with transaction() as session:
        kind = Sensitivity[taken.sensitivity]
        case = access.open_case(
            session, actor(), taken.title, number=taken.number, sensitivity=kind, restricted=taken.restricted
        )
        return shape(case, acts=access.acts(session, actor(), case))


@routes.get("/cases/<uuid:case_id>")
@described(Description("One case, what I may do in it, and what became of the files announced for it", gives=CaseGiven))
def one(case_id: UUID) -> CaseGiven:
    """Give one case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        files = Reckoned.model_validate(intake.reckon(session, actor(), case.id), from_attributes=True)
        return shape(case, acts=access.acts(session, actor(), case), files=files)


@routes.patch("/cases/<uuid:case_id>")
@described(Description("Change a case's title or number", takes=CaseChange, gives=CaseGiven))
def amended(case_id: UUID, taken: CaseChange) -> CaseGiven:
    """Amend a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.AMEND)
        docket.amend(session, case, actor(), title=taken.title, number=taken.number)
        return shape(case)


@routes.post("/cases/<uuid:case_id>/restriction")
@described(Description("Restrict a case, or lift that", takes=Restriction, gives=CaseGiven))
def restricted(case_id: UUID, taken: Restriction) -> CaseGiven:
    """Restrict a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        docket.restrict(session, case, actor(), restricted=taken.restricted, reason=taken.reason)
        reindexing.ask_for_case(session, case.id)
        return shape(case)


@routes.post("/cases/<uuid:case_id>/closing")
@described(Description("Close a case", takes=Because, gives=CaseGiven))
def closed(case_id: UUID, taken: Because) -> CaseGiven:
    """Close a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        docket.close(session, case, actor(), reason=taken.reason, still_out=custody.outstanding(session, case.id))
        return shape(case)


@routes.post("/cases/<uuid:case_id>/reopening")
@described(Description("Open a closed case again", takes=Because, gives=CaseGiven))
def reopened(case_id: UUID, taken: Because) -> CaseGiven:
    """Reopen a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        docket.reopen(session, case, actor(), reason=taken.reason)
        return shape(case)


@routes.get("/cases/<uuid:case_id>/members")
@described(Description("List a case's members", gives=MemberList))
def members(case_id: UUID) -> MemberList:
    """List the members."""
    with transaction() as session:
        return _members(session, access.fetch(session, actor(), case_id, to=Act.SEE))


@routes.post("/cases/<uuid:case_id>/members")
@described(Description("Make somebody a member", takes=NewMember, gives=MemberGiven, status=201))
def admitted(case_id: UUID, taken: NewMember) -> MemberGiven:
    """Admit a member."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        user = accounts.named(session, taken.user)
        one = access.admit(session, actor(), case, user, Duty(taken.duty), Sensitivity[taken.clearance])
        return MemberGiven(user=user.name, duty=one.duty, clearance=taken.clearance, since=one.since)


@routes.delete("/cases/<uuid:case_id>/members/<name>")
@described(Description("End a membership", gives=MemberList))
def dismissed(case_id: UUID, name: str) -> MemberList:
    """Dismiss a member."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        access.dismiss(session, actor(), case, accounts.named(session, name))
        return _members(session, case)


def shape(case: docket.Case, *, acts: frozenset[Act] = frozenset(), files: Reckoned | None = None) -> CaseGiven:
    """A case as JSON says it."""
    return CaseGiven(
        id=case.id, title=case.title, number=case.number, state=case.state, restricted=case.restricted,
        sensitivity=Sensitivity(case.sensitivity).name, opened=case.opened, acts=sorted(acts), files=files,
    )  # fmt: skip


def _members(session: Session, case: docket.Case) -> MemberList:
    found = access.members(session, case)
    return MemberList(
        members=[
            MemberGiven(user=user.name, duty=one.duty, clearance=Sensitivity(one.clearance).name, since=one.since)
            for one, user in found
        ]
    )
