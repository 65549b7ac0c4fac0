"""Online items of an exhibit: recorded, corrected, their files given a part, and what is missing told or reasoned.

Each act is an entry in the exhibit's custody chain, which commits to addresses and context and does not say them:
they may name a person, and an entry is never changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cases.access import Act
from cases.docket import NoSuchCase
from core import cipher, clock
from core.accounts import Actor
from core.errors import Conflict, Invalid
from core.ledger import entries as ledger
from evidence import custody, exhibits, files
from evidence.exhibits import Exhibit
from evidence.files import File, State
from evidence.keyring import Keyring
from evidence.names import committed, new_salt
from evidence.online import addresses
from evidence.online.rows import Element, OnlineItem, OnlinePart, OnlineReason, Role
from evidence.possession.times import as_given

COLLECTED: Final = "collected online"
LABEL: Final = "network identities"
EMPTY: Final = "expunged"
LONGEST: Final = 4_000
_SHORT: Final = 300
_SAID: Final = ("collector", "tool", "tool_version")
_COMMITTED: Final = ("typed", "final", "context")


class BadOnlineItem(Invalid):
    """An online item cannot be recorded or changed like this; `fields` names each fault."""


class Replaced(Conflict):
    """This record was corrected; what is done is done on the one that came in its place."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was collected, as it is stated: `typed` is the address as typed, `final` where redirects had led."""

    typed: str
    collector: str
    tool: str
    tool_version: str
    collected: datetime
    final: str = ""
    context: str = ""
    identity: str = ""


_WANTED: Final = {
    "typed": "give the address as it was typed",
    "collector": "name who collected it",
    "tool": "name the program",
    "tool_version": "say which version of the program",
}


def record(session: Session, actor: Actor, keyring: Keyring, exhibit_id: UUID, what: Collected) -> OnlineItem:
    """Record that something was collected online into an exhibit; raises as `exhibits.fetch` does, or BadOnlineItem."""
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.ADD)
    _check(what)
    ledger.hold(session, exhibit.chain)
    number = 1 + max((one.number for one in of_exhibit(session, exhibit, replaced=True)), default=0)
    row = _row(session, actor, keyring, exhibit, what, number)
    _enter(session, actor, exhibit, COLLECTED, row, _words(row, what))
    return row


def correct(
    session: Session, actor: Actor, keyring: Keyring, item_id: UUID, what: Collected, because: str
) -> OnlineItem:
    """Record an item anew with the reason; the older record stays, and the entry names each of its values.

    Without another network identity the one that was recorded goes on to the new record, as do files and reasons.
    """
    exhibit, old = fetch(session, actor, item_id, to=Act.ADD)
    _check(what, because=because)
    row = _row(session, actor, keyring, exhibit, what, old.number)
    if not what.identity.strip() and old.sealed:
        row.sealed = _sealed(session, keyring, exhibit, row, _opened(session, keyring, exhibit, old))
    row.disclosed, old.replaced_by_id = old.disclosed, row.id
    for table in (OnlinePart, OnlineReason):
        session.execute(update(table).where(table.item_id == old.id).values(item_id=row.id))
    session.flush()
    was = {name: getattr(old, name) for name in _SAID} | {"collected": old.collected_local}
    was |= {name: committed(text, old.salt) for name in _COMMITTED if (text := getattr(old, name))}
    told = _words(row, what) | {"was": was, "because": because.strip(), "in_place_of": str(old.id)}
    _enter(session, actor, exhibit, "online item corrected", row, told)
    return row


def give_part(session: Session, actor: Actor, item_id: UUID, file_id: UUID, role: Role) -> OnlinePart:
    """Say which part of an online item a file of the same exhibit is; said again, the entry names what it was."""
    exhibit, item = fetch(session, actor, item_id, to=Act.ADD)
    file = files.fetch(session, actor, file_id, to=Act.SEE)
    session.refresh(file)
    if file.exhibit_id != exhibit.id or file.state == State.EXPUNGED:
        raise NoSuchCase
    mine = (OnlinePart.item_id == item.id, OnlinePart.file_id == file.id)
    row = session.scalar(select(OnlinePart).where(*mine))
    was = row.role if row else ""
    if row is None:
        row = OnlinePart(id=uuid4(), item_id=item.id, file_id=file.id)
        session.add(row)
    row.role = role.value
    session.flush()
    told = {"file": str(file.id), "sha256": file.sha256, "role": role.value, "was": was}
    _enter(session, actor, exhibit, "part of online item", item, told)
    return row


def explain(session: Session, actor: Actor, item_id: UUID, element: Element, reason: str) -> OnlineReason:
    """Say why something of an online item is not here; said again, the entry names what was said before."""
    exhibit, item = fetch(session, actor, item_id, to=Act.ADD)
    wrong = exhibits.faults([("reason", reason, LONGEST)])
    if not reason.strip():
        wrong["reason"] = "say why it is not here"
    if wrong:
        raise BadOnlineItem(exhibits.told(wrong), fields=wrong)
    mine = (OnlineReason.item_id == item.id, OnlineReason.element == element.value)
    row = session.scalar(select(OnlineReason).where(*mine))
    was = row.reason if row else ""
    if row is None:
        row = OnlineReason(id=uuid4(), item_id=item.id, element=element.value)
        session.add(row)
    row.reason, row.entered, row.entered_by = reason.strip(), clock.now(), actor.signature
    session.flush()
    told = {"element": element.value, "reason": row.reason, "was": was}
    _enter(session, actor, exhibit, "missing of online item", item, told)
    return row


def fetch(session: Session, actor: Actor, item_id: UUID, *, to: Act) -> tuple[Exhibit, OnlineItem]:
    """An online item with its exhibit, which is held for what changes it; raises as `exhibits.fetch` does."""
    item = session.get(OnlineItem, item_id)
    if item is None:
        raise NoSuchCase
    exhibit = exhibits.fetch(session, actor, item.exhibit_id, to=to)
    if to is Act.SEE:
        return exhibit, item
    ledger.hold(session, exhibit.chain)
    session.refresh(item)
    if item.replaced_by_id is not None:
        raise Replaced("this record was corrected; look at the one that came in its place")
    return exhibit, item


def of_exhibit(session: Session, exhibit: Exhibit, *, replaced: bool = False) -> Sequence[OnlineItem]:
    """The online items of an exhibit that the caller has fetched, without records that were corrected."""
    query = select(OnlineItem).where(OnlineItem.exhibit_id == exhibit.id)
    if not replaced:
        query = query.where(OnlineItem.replaced_by_id.is_(None))
    return session.scalars(query.order_by(OnlineItem.number, OnlineItem.recorded)).all()


def parts(session: Session, item: OnlineItem) -> list[tuple[OnlinePart, File]]:
    """The files of an online item with the part that each is, in the order of arrival."""
    query = select(OnlinePart, File).join(File, File.id == OnlinePart.file_id).where(OnlinePart.item_id == item.id)
    return [(row, file) for row, file in session.execute(query.order_by(File.received, File.id))]


def reasons(session: Session, item: OnlineItem) -> dict[Element, str]:
    """Why things of an online item are not here, as far as somebody has said."""
    query = select(OnlineReason).where(OnlineReason.item_id == item.id).order_by(OnlineReason.element)
    return {Element(one.element): one.reason for one in session.scalars(query)}


def missing(session: Session, item: OnlineItem) -> list[Element]:
    """Which of the six are not here, whether or not a reason is recorded."""
    here = {row.role for row, _file in parts(session, item)}
    if item.context:
        here.add(Element.CONTEXT.value)
    if item.sealed:
        here.add(Element.COLLECTION.value)
    return [one for one in Element if one.value not in here]


def empty_exhibit(session: Session, exhibit_id: UUID) -> None:
    """Destroy what is written about the online items of an exhibit; that and when something was collected stays."""
    mine = select(OnlineItem.id).where(OnlineItem.exhibit_id == exhibit_id)
    session.execute(delete(OnlineReason).where(OnlineReason.item_id.in_(mine)))
    gone = {"typed": EMPTY, "final": "", "context": "", "salt": new_salt(), "collector": "", "sealed": b""}
    session.execute(update(OnlineItem).where(OnlineItem.exhibit_id == exhibit_id).values(gone))


def _row(
    session: Session, actor: Actor, keyring: Keyring, exhibit: Exhibit, what: Collected, number: int
) -> OnlineItem:
    said = {name: getattr(what, name).strip() for name in (*_SAID, *_COMMITTED)}
    row = OnlineItem(
        id=uuid4(), exhibit_id=exhibit.id, number=number, salt=new_salt(), sealed=b"", disclosed=False,
        collected=what.collected.astimezone(UTC), collected_local=as_given(what.collected), recorded=clock.now(),
        recorded_by=actor.signature, **said,
    )  # fmt: skip
    if what.identity.strip():
        row.sealed = _sealed(session, keyring, exhibit, row, what.identity.strip())
    session.add(row)
    session.flush()
    return row


def _sealed(session: Session, keyring: Keyring, exhibit: Exhibit, row: OnlineItem, identity: str) -> bytes:
    key = cipher.derive(keyring.case_key(session, exhibit.case_id), LABEL)
    return cipher.seal_note(key, identity.encode(), context=row.id.bytes)


def _opened(session: Session, keyring: Keyring, exhibit: Exhibit, row: OnlineItem) -> str:
    key = cipher.derive(keyring.case_key(session, exhibit.case_id), LABEL)
    return cipher.unseal_note(key, row.sealed, context=row.id.bytes).decode()


def _words(row: OnlineItem, what: Collected) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in _SAID} | {"collected": as_given(what.collected)}
    told |= {name: committed(text, row.salt) for name in _COMMITTED if (text := getattr(row, name))}
    return {**told, "identity": "recorded and sealed" if row.sealed else "not recorded"}


def _enter(
    session: Session, actor: Actor, exhibit: Exhibit, act: str, row: OnlineItem, told: Mapping[str, Any]
) -> None:
    custody.note_files(session, actor, exhibit, act, {"item": str(row.id), "online": row.number, **told})


def _check(what: Collected, *, because: str | None = None) -> None:
    texts = [(one.name, getattr(what, one.name)) for one in fields(what) if one.name != "collected"]
    wrong = exhibits.faults((name, text, _SHORT if name in _SAID else LONGEST) for name, text in texts)
    wrong |= {name: why for name, why in _WANTED.items() if not getattr(what, name).strip()}
    for name in ("typed", "final"):
        if (text := getattr(what, name)) and (why := addresses.fault(text)):
            wrong[name] = why
    if what.collected > clock.now() + exhibits.AHEAD:
        wrong["collected"] = "this time has not come yet"
    if because is not None and (not because.strip() or exhibits.faults([("because", because, LONGEST)])):
        wrong["because"] = "say in a few words why it is corrected"
    if wrong:
        raise BadOnlineItem(exhibits.told(wrong), fields=wrong)
