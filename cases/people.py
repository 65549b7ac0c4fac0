"""The people of a case: persons and organisations, names as written, roles over time; nobody is ever merged.

Every name is sealed in the database by a key made from the case's key, so a copied database names nobody.  A
protected person stands under a pseudonym that is random, stable within the case and unlike in any other (R-RED-03).
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases.docket import Case, NoSuchCase
from cases.masks import Masks, script_of
from core import cipher, clock
from core.accounts import Actor, Role
from core.db import Base, Moment
from core.errors import Forbidden, Invalid
from core.ledger import entries as ledger

_LONGEST = 500
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Part(StrEnum):
    """What a person is to the case at a time (domain.md 1.7); one person may be several things."""

    SMUGGLED_MIGRANT = "smuggled_migrant"
    WITNESS = "witness"
    VICTIM = "victim"
    VICTIM_AGGRAVATED = "victim_aggravated"
    VICTIM_TRAFFICKING = "victim_trafficking"
    SUSPECT = "suspect"
    ACCUSED = "accused"
    COOPERATING_OFFENDER = "cooperating_offender"
    PAYER = "payer"
    SPONSOR = "sponsor"
    FACILITATOR = "facilitator"
    OFFICIAL = "official"
    INTERPRETER = "interpreter"
    EXPERT = "expert"
    OWNER = "third_party_owner"
    DECEASED = "deceased"
    MISSING = "missing"


# Whoever was found in a smuggling event as one of these is not made a suspect in passing (R-ROL-02, R-PRO-01).
GUARDED: Final = frozenset(
    {Part.SMUGGLED_MIGRANT, Part.WITNESS, Part.VICTIM, Part.VICTIM_AGGRAVATED, Part.VICTIM_TRAFFICKING}
)
ACCUSING: Final = frozenset({Part.SUSPECT, Part.ACCUSED})
KINDS: Final = ("person", "organisation")

# Who may know that somebody is kept for a court alone.
FOR_THE_COURT: Final = (Role.SUPERVISOR, Role.AUDITOR)


class BadPerson(Invalid):
    """A person cannot be entered like this."""


class NeedsSupervisor(Forbidden):
    """Turning a migrant, witness or victim into a suspect takes a supervisor and a reason."""


class Person(Base):
    """A person or organisation of one case."""

    __tablename__ = "persons"
    __table_args__ = (UniqueConstraint("case_id", "pseudonym"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    pseudonym: Mapped[str]
    protected: Mapped[bool] = mapped_column(default=False)
    # Kept for a court alone; a person who is restricted is protected as long as that lasts.
    restricted: Mapped[bool] = mapped_column(default=False)
    entered: Mapped[datetime] = mapped_column(Moment, default=clock.now)


class NameForm(Base):
    """One way in which a person's name was written; the text is sealed and never changed."""

    __tablename__ = "name_forms"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    script: Mapped[str] = mapped_column(default="")
    usage: Mapped[str] = mapped_column(default="operator-typed")
    source: Mapped[str] = mapped_column(default="")
    entered: Mapped[datetime] = mapped_column(Moment, default=clock.now)


class PersonRole(Base):
    """What a person was from one time to another; ending it is a date, not a deletion."""

    __tablename__ = "person_roles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[str]
    since: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    until: Mapped[datetime | None] = mapped_column(Moment)
    event: Mapped[str] = mapped_column(default="")


def add(
    session: Session,
    actor: Actor,
    case: Case,
    name: str,
    role: Part,
    *,
    key: bytes,
    kind: str = "person",
    protected: bool = False,
    source: str = "",
    event: str = "",
) -> Person:
    """Enter a person with one name as written and a role; the case's key seals the name.

    The caller has fetched the case for `Act.PEOPLE`.  Raises `BadPerson` with what to change.
    """
    if kind not in KINDS:
        message = "kind: a person or an organisation"
        raise BadPerson(message, fields={"kind": message})
    person = Person(id=uuid4(), case_id=case.id, kind=kind, protected=protected, entered=clock.now())
    person.pseudonym = (
        f"{'Person' if kind == 'person' else 'Body'} {''.join(secrets.choice(_ALPHABET) for _ in range(5))}"
    )
    session.add(person)
    session.flush()
    told: dict[str, Any] = {"kind": kind, "pseudonym": person.pseudonym, "protected": protected, "part": role}
    ledger.append(session, case.chain, actor, "person entered", case=case.id, subject=person.id, **told)
    add_name(session, actor, case, person, name, key=key, source=source)
    session.add(PersonRole(id=uuid4(), person_id=person.id, role=role, since=clock.now(), event=event[:_LONGEST]))
    session.flush()
    return person


def fetch(session: Session, actor: Actor, case: Case, person_id: UUID) -> Person:
    """A person of this case; what belongs to another case, or is kept for a court alone, is not there."""
    person = session.scalar(select(Person).where(Person.id == person_id, Person.case_id == case.id))
    if person is None or (person.restricted and not actor.holds(*FOR_THE_COURT)):
        raise NoSuchCase
    return person


def add_name(
    session: Session,
    actor: Actor,
    case: Case,
    person: Person,
    name: str,
    *,
    key: bytes,
    usage: str = "operator-typed",
    source: str = "",
) -> NameForm:
    """Add one more form of a person's name, exactly as written; the entry tells that, not the name."""
    if not name.strip() or len(name) > _LONGEST:
        message = f"a name has 1 to {_LONGEST} characters"
        raise BadPerson(message, fields={"name": message})
    form = NameForm(id=uuid4(), person_id=person.id, script=script_of(name), usage=usage[:60], source=source[:_LONGEST])
    form.sealed, form.entered = cipher.seal_note(_key(key), name.encode(), context=form.id.bytes), clock.now()
    session.add(form)
    session.flush()
    told: dict[str, Any] = {"pseudonym": person.pseudonym, "script": form.script, "usage": form.usage}
    ledger.append(session, case.chain, actor, "name entered", case=case.id, subject=person.id, **told)
    return form


def add_role(
    session: Session, actor: Actor, case: Case, person: Person, role: Part, *, event: str = "", reason: str = ""
) -> PersonRole:
    """Give a person one more role from now on; a guarded person is accused only by a supervisor, with a reason."""
    held = {Part(one.role) for one in roles(session, [person])}
    if role in ACCUSING and held & GUARDED and not (actor.holds(Role.SUPERVISOR) and reason.strip()):
        message = (
            "a migrant, witness or victim becomes a suspect only by a supervisor's act with its legal basis as reason"
        )
        raise NeedsSupervisor(message)
    given = PersonRole(id=uuid4(), person_id=person.id, role=role, since=clock.now(), event=event[:_LONGEST])
    session.add(given)
    session.flush()
    told: dict[str, Any] = {"pseudonym": person.pseudonym, "part": role, "before": sorted(held)}
    told["reason"] = reason[:_LONGEST]
    ledger.append(session, case.chain, actor, "role given", case=case.id, subject=person.id, **told)
    return given


def end_role(session: Session, actor: Actor, case: Case, person: Person, role: Part, *, reason: str) -> None:
    """End a role that a person has now; it stays on record with its time."""
    # One after the other, or two would both find it going on.
    ledger.hold(session, case.chain)
    for one in roles(session, [person]):
        if one.role == role and one.until is None:
            one.until = clock.now()
            told: dict[str, Any] = {"pseudonym": person.pseudonym, "part": role, "reason": reason[:_LONGEST]}
            ledger.append(session, case.chain, actor, "role ended", case=case.id, subject=person.id, **told)
            return
    message = f"the person is not {role} now"
    raise BadPerson(message, fields={"role": message})


def protect(session: Session, actor: Actor, case: Case, person: Person, *, reason: str) -> None:
    """Put a person under protection: from now on only the pseudonym stands in index, pages, logs and dossiers.

    The caller asks for the case's files to be indexed anew, since what was indexed before held the name.
    """
    person.protected = True
    told: dict[str, Any] = {"pseudonym": person.pseudonym, "reason": reason[:_LONGEST]}
    ledger.append(session, case.chain, actor, "person protected", case=case.id, subject=person.id, **told)


def of_case(session: Session, case_id: UUID) -> list[Person]:
    """The people of a case in the order of entry."""
    return list(session.scalars(select(Person).where(Person.case_id == case_id).order_by(Person.entered, Person.id)))


def listed(session: Session, actor: Actor, case_id: UUID) -> list[Person]:
    """The people of a case of whom this person may know; those kept for a court alone are for a few."""
    return [one for one in of_case(session, case_id) if not one.restricted or actor.holds(*FOR_THE_COURT)]


def roles(session: Session, persons: Collection[Person]) -> list[PersonRole]:
    """The roles of these persons by time, those that ended included."""
    ids = [one.id for one in persons]
    return list(
        session.scalars(
            select(PersonRole).where(PersonRole.person_id.in_(ids)).order_by(PersonRole.since, PersonRole.id)
        )
    )


def names(session: Session, persons: Collection[Person], *, key: bytes) -> dict[UUID, list[tuple[NameForm, str]]]:
    """All written forms of these persons' names by person; whoever shows them looks at `may_name` first."""
    found: dict[UUID, list[tuple[NameForm, str]]] = {one.id: [] for one in persons}
    query = select(NameForm).where(NameForm.person_id.in_(list(found))).order_by(NameForm.entered, NameForm.id)
    for form in session.scalars(query):
        text = cipher.unseal_note(_key(key), form.sealed, context=form.id.bytes).decode()
        found[form.person_id].append((form, text))
    return found


def may_name(actor: Actor, person: Person) -> bool:
    """Whether this person may see the other's names; those of the protected are for a protection officer alone.

    Those of the restricted are for a supervisor who carries out a court's order, and for nobody else.
    """
    if person.restricted:
        return actor.holds(Role.SUPERVISOR) and actor.purpose == "court_order"
    return not person.protected or actor.holds(Role.PROTECTION)


def label(person: Person, forms: Iterable[str]) -> str:
    """How a person is called where anybody may look: the first name form, or the pseudonym of the protected."""
    return person.pseudonym if person.protected else next(iter(forms), person.pseudonym)


def masks(session: Session, case_id: UUID, *, key: bytes, only_restricted: bool = False) -> Masks:
    """What hides the names of the protected of a case in any text (R-PRO-12), or of those kept for a court alone."""
    guarded = [one for one in of_case(session, case_id) if (one.restricted if only_restricted else one.protected)]
    forms = names(session, guarded, key=key)
    return Masks({text: one.pseudonym for one in guarded for _form, text in forms[one.id]})


def _key(case_key: bytes) -> bytes:
    return cipher.derive(case_key, "people")
