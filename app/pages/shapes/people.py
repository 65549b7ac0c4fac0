"""A person as this reader may see it: names as written with their source, roles with their time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.pages.views.words import Tag, state
from cases.people import NameForm, Part, Person, PersonRole


@dataclass(frozen=True, slots=True)
class NameView:
    """One written form of a name."""

    text: str
    note: str


@dataclass(frozen=True, slots=True)
class RoleView:
    """One thing that a person was or is to the case."""

    words: str
    since: datetime
    until: datetime | None
    event: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person of a case; `sealed` says that the names are not for this reader."""

    id: UUID
    href: str
    label: str
    pseudonym: str
    kind: str
    protected: Tag | None
    sealed: bool
    names: tuple[NameView, ...]
    roles: tuple[RoleView, ...]


def person_view(
    person: Person,
    label: str,
    names: Collection[tuple[NameForm, str]],
    roles: Collection[PersonRole],
    *,
    open_names: bool,
) -> PersonView:
    """Shape a person; names that are not open to the reader never enter the value."""
    shown = tuple(NameView(text, _note(form)) for form, text in names) if open_names else ()
    return PersonView(
        id=person.id,
        href=f"/cases/{person.case_id}/people/{person.id}",
        label=label,
        pseudonym=person.pseudonym,
        kind=person.kind,
        protected=state("protected") if person.protected else None,
        sealed=not open_names,
        names=shown,
        roles=tuple(
            RoleView(part_words(one.role), one.since, one.until, one.event)
            for one in roles
            if one.person_id == person.id
        ),
    )


def part_words(part: str) -> str:
    """A role as words."""
    return part.replace("_", " ")


def parts() -> list[tuple[str, str]]:
    """The roles to choose from; the guarded ones come first, because that is what a smuggled person is by default."""
    return [(one.value, part_words(one)) for one in Part]


def _note(form: NameForm) -> str:
    told = [form.script.lower(), form.usage, f"from {form.source}" if form.source else "source not stated"]
    return ", ".join(one for one in told if one)
