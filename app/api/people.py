"""API: the people of a case."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from cases import access
from cases import people as wing
from cases.access import Act
from cases.docket import Case
from cases.people import Part, Person
from core.accounts import Actor
from evidence import reindexing

routes = Blueprint("people", __name__)
Name = Annotated[str, Field(min_length=1, max_length=500)]
_PART = Literal[
    "smuggled_migrant", "witness", "victim", "victim_aggravated", "victim_trafficking", "suspect", "accused",
    "cooperating_offender", "payer", "sponsor", "facilitator", "official", "interpreter", "expert", "third_party_owner",
    "deceased", "missing",
]  # fmt: skip


class NewPerson(Taken):
    """Somebody to be entered, under a name as it was written."""

    name: Name
    role: _PART
    kind: Literal["person", "organisation"] = "person"
    protected: bool = False
    source: Annotated[str, Field(max_length=500)] = ""
    event: Annotated[str, Field(max_length=500)] = ""


class NewName(Taken):
    """One more written form of a name."""

    name: Name
    usage: Annotated[str, Field(max_length=60)] = "operator-typed"
    source: Annotated[str, Field(max_length=500)] = ""


class NewRole(Taken):
    """One more role; the reason is needed where a migrant, witness or victim is to be accused."""

    role: _PART
    event: Annotated[str, Field(max_length=500)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class Protection(Taken):
    """Why a person is to be protected."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class RoleGiven(Given):
    """A role with its time."""

    role: str
    since: datetime
    until: datetime | None
    event: str


class NameGiven(Given):
    """A name as it was written."""

    text: str
    script: str
    usage: str
    source: str


class PersonGiven(Given):
    """A person as the reader may see it: of the protected, only the pseudonym."""

    id: UUID
    kind: str
    label: str
    protected: bool
    names: list[NameGiven]
    roles: list[RoleGiven]


class PersonList(Given):
    """The people of a case."""

    people: list[PersonGiven]


@routes.get("/cases/<uuid:case_id>/people")
@described(Description("List a case's people", gives=PersonList))
def listed(case_id: UUID) -> PersonList:
    """List the people."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        return PersonList(people=shapes(session, actor(), case, wing.listed(session, actor(), case.id)))


@routes.post("/cases/<uuid:case_id>/people")
@described(Description("Enter a person", takes=NewPerson, gives=PersonGiven, status=201))
def entered(case_id: UUID, taken: NewPerson) -> PersonGiven:
    """Enter a person."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        told = {"kind": taken.kind, "source": taken.source, "event": taken.event}
        one = wing.add(
            session,
            actor(),
            case,
            taken.name,
            Part(taken.role),
            key=_key(session, case),
            protected=taken.protected,
            **told,
        )
        if taken.protected:
            reindexing.ask_for_case(session, case.id)
        return shapes(session, actor(), case, [one])[0]


@routes.post("/cases/<uuid:case_id>/people/<uuid:person_id>/names")
@described(Description("Add a written form of a name", takes=NewName, gives=PersonGiven, status=201))
def named(case_id: UUID, person_id: UUID, taken: NewName) -> PersonGiven:
    """Add a name."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        one = wing.fetch(session, actor(), case, person_id)
        wing.add_name(
            session, actor(), case, one, taken.name, key=_key(session, case), usage=taken.usage, source=taken.source
        )
        if one.protected:
            reindexing.ask_for_case(session, case.id)
        return shapes(session, actor(), case, [one])[0]


@routes.post("/cases/<uuid:case_id>/people/<uuid:person_id>/roles")
@described(Description("Give a person a role from now on", takes=NewRole, gives=PersonGiven, status=201))
def given(case_id: UUID, person_id: UUID, taken: NewRole) -> PersonGiven:
    """Give a role."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        one = wing.fetch(session, actor(), case, person_id)
        wing.add_role(session, actor(), case, one, Part(taken.role), event=taken.event, reason=taken.reason)
        return shapes(session, actor(), case, [one])[0]


@routes.post("/cases/<uuid:case_id>/people/<uuid:person_id>/protection")
@described(Description("Protect a person: from now on only a pseudonym shows", takes=Protection, gives=PersonGiven))
def protected(case_id: UUID, person_id: UUID, taken: Protection) -> PersonGiven:
    """Protect a person."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        one = wing.fetch(session, actor(), case, person_id)
        wing.protect(session, actor(), case, one, reason=taken.reason)
        reindexing.ask_for_case(session, case.id)
        return shapes(session, actor(), case, [one])[0]


def shapes(session: Session, who: Actor, case: Case, persons: list[Person]) -> list[PersonGiven]:
    """People as JSON says them to this reader."""
    names = wing.names(session, persons, key=services().keyring.reading_key(session, case.id))
    roles = wing.roles(session, persons)
    return [
        PersonGiven(
            id=one.id,
            kind=one.kind,
            label=wing.label(one, (text for _form, text in names[one.id])),
            protected=one.protected,
            names=[
                NameGiven(text=text, script=form.script, usage=form.usage, source=form.source)
                for form, text in names[one.id]
                if wing.may_name(who, one)
            ],
            roles=[RoleGiven.model_validate(role) for role in roles if role.person_id == one.id],
        )
        for one in persons
    ]


def _key(session: Session, case: Case) -> bytes:
    return services().keyring.case_key(session, case.id)
