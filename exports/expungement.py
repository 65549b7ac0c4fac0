"""What an order reaches, drawn up before anybody decides: what goes, is restricted or stays, and who has copies.

The map is made again when the order is carried out; if it is not the one that was approved, nothing begins (J7).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import access, people
from cases.docket import Case
from cases.masks import Masks, named
from cases.people import Person
from core.accounts import Actor
from evidence import text
from evidence.ending import orders, shredding
from evidence.ending.holding import holds_on
from evidence.ending.rows import Order, Scope, Shared
from evidence.exhibits import Exhibit
from evidence.files import File, State
from evidence.intake import BatchItem
from evidence.keyring import Keyring
from evidence.money.records import StatementRecord, TransactionRecord
from evidence.selectors import Selector
from evidence.text import PassageRow
from exports import register
from exports.register import Export
from exports.shelf import Shelved
from search.answers import searches
from search.folding.terms import fold

_SHORT: Final = 2
DESTROY, RESTRICT, MARK, EMPTY, KEEP = "destroy", "restrict", "mark", "empty", "keep"
_PARTS: Final = (
    ("passages", PassageRow),
    ("selectors", Selector),
    ("statements", StatementRecord),
    ("transactions", TransactionRecord),
)


@dataclass(frozen=True, slots=True)
class Reached:
    """One thing that an order reaches: what is done with it, under which thing it stands, and what hangs on it."""

    kind: str
    id: UUID
    label: str
    act: str
    parent: UUID | None = None
    because: str = ""
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything that an order reaches, and every reason why it cannot be carried out now."""

    things: tuple[Reached, ...]
    waits: tuple[str, ...]
    recipients: tuple[tuple[str, str], ...]

    def doing(self, act: str, *kinds: str) -> list[Reached]:
        """The things with which this is done, of these kinds or of all."""
        return [one for one in self.things if one.act == act and (not kinds or one.kind in kinds)]

    @property
    def digest(self) -> str:
        """The SHA-256 of which things are reached and what is done with each: what an approval is tied to."""
        lines = sorted(f"{one.kind} {one.id} {one.act}" for one in self.things)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def counts(self) -> dict[str, int]:
        """How many things of each kind are destroyed, restricted, marked or emptied, for people and approvals."""
        told = Counter(f"{one.act} {one.kind}" for one in self.things)
        return dict(sorted(told.items()))

    def words(self) -> dict[str, Any]:
        """What an approval says of it: counts and digest, no name."""
        return {"reach": self.digest, "counts": self.counts()}


def map_of(session: Session, actor: Actor, keyring: Keyring, order: Order, *, drawer: Actor | None = None) -> Reach:
    """Draw up what an order reaches; the caller has fetched the order for *actor*.

    Other cases appear only as far as this person may know of them: what they hold stands under keys of their own and
    is not touched, so nobody has to be told of a case that may not be seen.  *drawer* is whose map is voted on: what is
    restricted because another case holds it follows from what that person may know of, whoever looks at the map.
    """
    chosen, described = _chosen(session, order)
    things = [*described]
    naming: dict[UUID, str] = {}
    if order.scope == Scope.PERSONS:
        naming = _naming(session, keyring, order)
    mine, drawn = (
        set(session.scalars(access.visible(one).with_only_columns(Case.id))) - {order.case_id}
        for one in (actor, drawer or actor)
    )
    things += (_file(session, order, file, mine, drawn) for file in chosen)
    for file_id, because in naming.items():
        file = session.get_one(File, file_id)
        counts = _counts(session, file)
        things.append(Reached("file", file.id, file.shown_name, RESTRICT, file.exhibit_id, because, counts))
    gone = {one.id for one in things if one.kind == "file"}
    held = list(_dossiers(session, keyring, order, gone))
    things += (one for one, _ in held)
    things += _searches(session, keyring, order)
    if order.scope == Scope.CASE:
        case = session.get_one(Case, order.case_id)
        things.append(Reached("case", case.id, case.title, DESTROY, because="its keys and its title"))
    touched = {one.exhibit_id for one in chosen} | {one.id for one in described if one.kind == "exhibit"}
    holds = [words for one in sorted(touched) for words in holds_on(session, session.get_one(Exhibit, one))]
    recipients = tuple((recipient, one.label) for one, recipient in held if recipient)
    return Reach(tuple(things), tuple(orders.waits_for(session, order, holds)), recipients)


def plan(reach: Reach) -> list[tuple[str, UUID, dict[str, Any]]]:
    """The steps of carrying out an order, in their order: first who reads, then the rows, then what copied them."""
    steps: list[tuple[str, UUID, dict[str, Any]]] = []
    steps += [("restrict", one.id, {"because": one.because}) for one in reach.doing(RESTRICT, "file")]
    steps += [("mark dossier", one.id, {}) for one in reach.doing(MARK, "dossier")]
    steps += [("empty search", one.id, {}) for one in reach.doing(EMPTY, "search")]
    steps += [("shred file", one.id, {}) for one in reach.doing(DESTROY, "file")]
    steps += [("shred exhibit", one.id, {}) for one in reach.doing(DESTROY, "exhibit")]
    steps += [("shred person", one.id, {}) for one in reach.doing(DESTROY, "person")]
    steps += [("shred case", one.id, {}) for one in reach.doing(DESTROY, "case")]
    nowhere = UUID(int=0)
    return [*steps, ("purge index", nowhere, {}), ("rewrite database", nowhere, {}), ("certify", nowhere, {})]


def _chosen(session: Session, order: Order) -> tuple[list[File], list[Reached]]:
    """The files that an order names, with all that was derived from them, and the things around them."""
    things = [UUID(one) for one in order.things]
    if order.scope == Scope.FILES:
        families = [one for file_id in things for one in shredding.family(session, file_id)]
        return _standing({one.id: one for one in families}.values()), []
    if order.scope == Scope.PERSONS:
        return [], [_person(session.get_one(Person, one)) for one in things]
    query = select(Exhibit).where(Exhibit.case_id == order.case_id).order_by(Exhibit.reference, Exhibit.id)
    if order.scope == Scope.EXHIBITS:
        query = query.where(Exhibit.id.in_(things))
    exhibits = list(session.scalars(query))
    described = [_exhibit(session, one) for one in exhibits]
    if order.scope == Scope.CASE:
        described += [_person(one) for one in people.of_case(session, order.case_id)]
    roots = select(File.id).where(File.exhibit_id.in_([one.id for one in exhibits]), File.parent_id.is_(None))
    roots = roots.order_by(File.exhibit_id, File.received, File.id)
    families = [one for file_id in session.scalars(roots).all() for one in shredding.family(session, file_id)]
    return _standing({one.id: one for one in families}.values()), described


def _standing(found: Iterable[File]) -> list[File]:
    return [one for one in found if one.state != State.EXPUNGED]


def _exhibit(session: Session, exhibit: Exhibit) -> Reached:
    announced = select(func.count()).select_from(BatchItem).where(BatchItem.exhibit_id == exhibit.id)
    counts = (("announced files", session.scalar(announced) or 0),)
    because = "its description goes; its reference and who had it stay, and so does the thing itself"
    return Reached("exhibit", exhibit.id, f"{exhibit.reference} {exhibit.description}", DESTROY, None, because, counts)


def _person(person: Person) -> Reached:
    return Reached("person", person.id, person.pseudonym, DESTROY, because="every written form of the name, and roles")


def _file(session: Session, order: Order, file: File, mine: set[UUID], drawn: set[UUID]) -> Reached:
    same = select(File.case_id).where(File.sha256 == file.sha256, File.size > 0, File.case_id != order.case_id)
    others = set(session.scalars(same.distinct()))
    shared = order.shared == Shared.RESTRICT and bool(others & drawn)
    act, count = (RESTRICT if shared else DESTROY), len(others & mine)
    cases = f"{count} other case{'' if count == 1 else 's'}"
    because = f"the same content stands in {cases} and stays there" if count else ""
    parent = file.parent_id or file.exhibit_id
    return Reached("file", file.id, file.shown_name, act, parent, because, _counts(session, file))


def _counts(session: Session, file: File) -> tuple[tuple[str, int], ...]:
    tallies = (
        (name, session.scalar(select(func.count()).select_from(table).where(table.file_id == file.id)) or 0)
        for name, table in _PARTS
    )
    return tuple((name, count) for name, count in tallies if count)


def _naming(session: Session, keyring: Keyring, order: Order) -> dict[UUID, str]:
    """Files in which a person of the order is named: they say much of others, so a court alone keeps them."""
    masks = _masks(session, keyring, order)
    found: dict[UUID, str] = {}
    query = select(File).where(File.case_id == order.case_id, File.state != State.EXPUNGED.value)
    for file in session.scalars(query.order_by(File.received, File.id)):
        if not masks or file.restricted:
            continue
        key = text.key_of(session, keyring, file)
        told = [file.name, *text.facts(file, key).values()]
        count = sum(1 for one in text.passages(session, file, key) if named(masks, one.text))
        if count or any(named(masks, one) for one in told):
            found[file.id] = f"a person of the order is named in {count} passages of it"
    return found


def _words_of_names(session: Session, keyring: Keyring, order: Order) -> frozenset[str]:
    """Each word of each name: who looks for a person rarely types the whole of it."""
    persons = [session.get_one(Person, UUID(one)) for one in order.things]
    forms = people.names(session, persons, key=keyring.case_key(session, order.case_id))
    words = {word for one in persons for _, written in forms[one.id] for word in fold(written)}
    return frozenset(word for word in words if len(word) > _SHORT)


def _masks(session: Session, keyring: Keyring, order: Order) -> Masks:
    persons = [session.get_one(Person, UUID(one)) for one in order.things]
    forms = people.names(session, persons, key=keyring.case_key(session, order.case_id))
    return Masks({written: one.pseudonym for one in persons for _, written in forms[one.id]})


def _dossiers(session: Session, keyring: Keyring, order: Order, gone: set[UUID]) -> Iterator[tuple[Reached, str]]:
    """The versions of dossiers that hold what goes, each with its recipient; made ones have left the house."""
    wanted = {str(one) for one in gone} | set(order.things)
    masks = _masks(session, keyring, order) if order.scope == Scope.PERSONS else Masks({})
    for export in session.scalars(select(Export).where(Export.case_id == order.case_id).order_by(Export.asked_at)):
        held = {*export.versions.get("exhibits", {}), *export.versions.get("files", {})}
        if not export.sealed:
            continue
        names = bool(masks) and bool(named(masks, register.frozen(session, keyring, export)))
        if not (order.scope == Scope.CASE or names or held & wanted):
            continue
        shelved = session.get(Shelved, export.id) is not None
        both = " and its copy on the shelf" if shelved else ""
        because = f"its frozen contents{both} go; the register keeps the line"
        label = f"{export.dossier} version {export.version}"
        recipient = (export.recipient or "recipient not named") if export.made_at else ""
        yield Reached("dossier", export.id, label, MARK, None, because), recipient


def _searches(session: Session, keyring: Keyring, order: Order) -> Iterator[Reached]:
    """Searches whose words go: those made in the case or exhibit, and those that name a person of the order."""
    named_here = _words_of_names(session, keyring, order) if order.scope == Scope.PERSONS else frozenset[str]()
    things = {UUID(one) for one in order.things}
    for search, words in searches.every(session, keyring):
        whole = order.scope == Scope.CASE and words.case == order.case_id
        part = order.scope == Scope.EXHIBITS and words.exhibit in things
        if whole or part or (order.case_id in words.rights and not named_here.isdisjoint(fold(words.text))):
            yield Reached("search", search.id, "the words of a search", EMPTY)


def summary(reach: Reach) -> Sequence[str]:
    """The map in a few lines for a terminal."""
    return [f"{count} × {what}" for what, count in reach.counts().items()]
