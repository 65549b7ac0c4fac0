"""An approved order carried out, step by step; each step may run twice, and a second run of all does nothing.

Rows and tombstone are one transaction, then the line is in the file outside the database, then the blob is gone, then
the index; only then is the step done.  Whatever is interrupted goes on where it stood.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ending import certifying, restricting, wiping
from app.wiring import services, transaction
from cases.docket import Case
from cases.people import Person
from core import approvals, clock, jobs
from core.accounts import WORKER, Actor, User
from core.errors import Conflict
from core.ledger import entries as ledger
from evidence import reindexing
from evidence.ending import orders, restrictions, shredding, tombstones
from evidence.ending.restrictions import Of
from evidence.ending.rows import Order, Scope, State, Step
from evidence.exhibits import Exhibit
from evidence.files import File
from exports import attestation, expungement, register, shelf
from exports.expungement import Reach
from exports.register import Export
from search.answers import searches
from search.engines.protocol import OUT_OF_REACH, IndexOutOfReach

JOB: Final = "expunge"
_AT_ONCE: Final = 50


class ReachChanged(Conflict):
    """What the order reaches now is not what was approved."""


def reach_of(actor: Actor, order_id: UUID) -> tuple[Order, Reach]:
    """The order and what it reaches now, as this person may see it; raises as `orders.fetch` does."""
    with transaction() as session:
        order = orders.fetch(session, actor, order_id)
        keyring = services().keyring
        return order, expungement.map_of(session, actor, keyring, order, drawer=drawer_of(session, order))


def propose(actor: Actor, order_id: UUID, reason: str) -> UUID:
    """Ask two others to approve exactly what the order reaches now; gives the proposal's id."""
    with transaction() as session:
        order = orders.fetch(session, actor, order_id)
        reach = expungement.map_of(session, actor, services().keyring, order, drawer=actor)
        return orders.propose(session, actor, order.id, reach.words(), reason).id


def begin(actor: Actor, order_id: UUID, *, copies_until: date | None = None) -> Order:
    """Have an approved order carried out by the worker; from here on it cannot be stopped, only resumed.

    *copies_until* is the day on which the last backup of before expires.  Raises NotYet with every reason, NotApproved,
    or ReachChanged when the map is not the one that was approved; then nothing is used up and nothing begins.
    """
    with transaction() as session:
        order = orders.fetch(session, actor, order_id)
        orders.may_carry_out(session, actor, order)
        if order.state != State.REGISTERED:
            raise orders.NotYet(f"this order is {order.state}; nothing was changed")
        # No hold is set, and nothing comes about in what it reaches, between the map and the beginning.
        ledger.hold_each(session, [f"custody/{one}" for one in _exhibits_of(session, order)])
        reach = expungement.map_of(session, actor, services().keyring, order, drawer=drawer_of(session, order))
        if reach.waits:
            raise orders.NotYet("this cannot be carried out yet: " + "; ".join(reach.waits))
        used = approvals.use(session, actor, orders.KIND, order.id)
        if used.words.get("reach") != reach.digest:
            raise ReachChanged("what this order reaches has changed since it was approved; have it approved again")
        order.copies_until = clock.parse(f"{copies_until}T00:00:00Z") if copies_until else None
        order.master = services().keyring.master_id
        plan = expungement.plan(reach)
        orders.began(session, actor, order, plan)
        certifying.notify(session, order, reach)
        jobs.enqueue(session, JOB, order.id)
        return order


def _exhibits_of(session: Session, order: Order) -> Sequence[UUID]:
    """The exhibits that an order may reach."""
    things = [UUID(one) for one in order.things]
    query = select(Exhibit.id).where(Exhibit.case_id == order.case_id)
    if order.scope == Scope.EXHIBITS:
        query = query.where(Exhibit.id.in_(things))
    if order.scope == Scope.FILES:
        query = query.where(Exhibit.id.in_(select(File.exhibit_id).where(File.id.in_(things))))
    return session.scalars(query).all()


def drawer_of(session: Session, order: Order) -> Actor | None:
    """Who drew up the map that was last put to the vote; nobody when none was."""
    found = orders.proposals(session, order)
    user = session.get(User, found[-1].proposed_by_id) if found else None
    return user.actor("worker") if user else None


def carry_out(order_id: UUID) -> None:
    """Do every step that is not done yet; for the worker, who may be killed at any of them."""
    with transaction() as session:
        order = session.get(Order, order_id)
        if order is None or order.state != State.RUNNING:
            return
        todo = [one for one in orders.steps(session, order) if one.done is None]
    for act, same in groupby(todo, key=lambda one: one.act):
        run = list(same)
        for start in range(0, len(run), _AT_ONCE):
            _ACTS[act](order, run[start : start + _AT_ONCE])


def stones_file() -> Path:
    """The file of tombstones, beside the settings and outside the database."""
    return services().config.instance / tombstones.FILE


def _restrict(order: Order, batch: Sequence[Step]) -> None:
    with transaction() as session:
        _hold_chains(session, batch)
        for one in batch:
            if restrictions.current(session, one.subject) is None:
                because = str(one.words.get("because") or "another case relies on the same content")
                made = restrictions.impose(
                    session, WORKER, order.case_id, Of.FILE, one.subject, order_number=order.number, reason=because
                )
                restricting.note(session, made)
    for one in batch:
        services().index.drop(one.subject)
    _done(batch)


def _mark_dossiers(order: Order, batch: Sequence[Step]) -> None:
    house = services()
    blobs = []
    with transaction() as session:
        gone = {str(one) for one in _files_to_go(session, order)}
        for one in batch:
            step = session.get_one(Step, one.id)
            if blob := _expunge_dossier(session, order, one.subject, gone):
                step.words = {"blob": blob}
            blobs.append(str(step.words.get("blob", "")))
    _write_out()
    for blob in filter(None, blobs):
        house.vault.discard(blob)
    _done(batch)


def _expunge_dossier(session: Session, order: Order, export_id: UUID, gone: Collection[str]) -> str:
    """Destroy what a version says, and give the blob of its copy on the shelf; nothing when it was gone already."""
    # Whoever makes it or signs it off ends first, or finds it gone.
    export = session.get_one(Export, export_id, with_for_update=True, populate_existing=True)
    if export.state == register.State.EXPUNGED:
        return ""
    words = {"blob": shelf.take_off(session, export)}
    attestation.forget(session, export)
    register.expunge(session, WORKER, export, number=order.number, gone=gone)
    stone = tombstones.Gone(export.id, "dossier", order.case_id, {"dossier": export.dossier, **words})
    tombstones.set_up(session, WORKER, services().keyring, stone, order=order.id, number=order.number)
    return words["blob"]


def _late_dossiers(session: Session, order: Order, things: Collection[UUID]) -> list[str]:
    """Destroy the versions that were ordered when the order had begun and that hold what goes; gives their blobs."""
    gone, held = {str(one) for one in _files_to_go(session, order)}, {str(one) for one in things}
    query = select(Export).where(Export.case_id == order.case_id, Export.state != register.State.EXPUNGED.value)
    late = [
        one.id
        for one in session.scalars(query.order_by(Export.asked_at, Export.id))
        if held & {*one.versions.get("exhibits", {}), *one.versions.get("files", {})}
    ]
    return [_expunge_dossier(session, order, one, gone) for one in late]


def _empty_searches(order: Order, batch: Sequence[Step]) -> None:
    with transaction() as session:
        for one in batch:
            searches.empty(session, one.subject)
            gone = tombstones.Gone(one.subject, "search", order.case_id, {"words": "sealed"})
            tombstones.set_up(session, WORKER, services().keyring, gone, order=order.id, number=order.number)
    _write_out()
    _done(batch)


def _shred_files(order: Order, batch: Sequence[Step]) -> None:
    house, reached = services(), list[UUID]()
    with transaction() as session:
        files = _hold_chains(session, batch)
        named = {one.subject for one in orders.steps(session, order)}
        for file in (made for one in files for made in _with_late_ones(session, one, named)):
            reached.append(file.id)
            if tombstones.of(session, file.id) is None:
                gone = shredding.shred_file(session, WORKER, file, number=order.number, keep_hash=order.keep_hashes)
                tombstones.set_up(session, WORKER, house.keyring, gone, order=order.id, number=order.number)
        blobs = _late_dossiers(session, order, reached)
    destroy_copies(reached)
    for blob in filter(None, blobs):
        house.vault.discard(blob)
    _done(batch)


def _hold_chains(session: Session, batch: Sequence[Step]) -> list[File]:
    """The files of these steps, held after the chains of their exhibits and before anything else is."""
    files = [session.get_one(File, one.subject) for one in batch]
    ledger.hold_each(session, [f"custody/{file.exhibit_id}" for file in files])
    # All at once and in the order in which whoever gathers a dossier of them takes them.
    held = select(File).where(File.id.in_([one.subject for one in batch])).order_by(File.id).with_for_update()
    session.scalars(held.execution_options(populate_existing=True)).all()
    return files


def _with_late_ones(session: Session, file: File, named: Collection[UUID]) -> list[File]:
    """A file, after whatever was still taken out of it when the order had begun: that goes with what it came from."""
    found, level = [file], [file.id]
    while level:
        late = list(session.scalars(select(File).where(File.parent_id.in_(level), File.id.not_in(named))))
        found += late
        level = [one.id for one in late]
    return list(reversed(found))


def destroy_copies(file_ids: Sequence[UUID]) -> None:
    """Write the lines of these files out, discard their blobs and take them out of the index; may run twice."""
    house = services()
    _write_out()
    with transaction() as session:
        stones = [stone for one in file_ids if (stone := tombstones.of(session, one))]
        blobs = [blob for stone in stones for blob in (stone.destroyed.get("blob"), *stone.destroyed.get("parts", ()))]
    for blob in filter(None, blobs):
        house.vault.discard(blob)
    for one in file_ids:
        house.index.drop(one)


def _shred_exhibits(order: Order, batch: Sequence[Step]) -> None:
    with transaction() as session:
        for one in batch:
            if tombstones.of(session, one.subject) is None:
                exhibit = session.get_one(Exhibit, one.subject)
                gone = shredding.shred_exhibit(session, WORKER, exhibit, number=order.number)
                tombstones.set_up(session, WORKER, services().keyring, gone, order=order.id, number=order.number)
        blobs = _late_dossiers(session, order, [one.subject for one in batch])
    _write_out()
    for blob in filter(None, blobs):
        services().vault.discard(blob)
    _done(batch)


def _shred_persons(order: Order, batch: Sequence[Step]) -> None:
    with transaction() as session:
        for one in batch:
            if tombstones.of(session, one.subject) is None:
                person = session.get_one(Person, one.subject)
                gone = shredding.shred_person(session, WORKER, person, number=order.number)
                tombstones.set_up(session, WORKER, services().keyring, gone, order=order.id, number=order.number)
        reindexing.ask_for_case(session, order.case_id)
    _write_out()
    _done(batch)


def _shred_cases(order: Order, batch: Sequence[Step]) -> None:
    with transaction() as session:
        for one in batch:
            if tombstones.of(session, one.subject) is None:
                case = session.get_one(Case, one.subject)
                gone = shredding.shred_case(session, WORKER, services().keyring, case, number=order.number)
                tombstones.set_up(session, WORKER, services().keyring, gone, order=order.id, number=order.number)
    _write_out()
    _done(batch)


def _purge_index(_order: Order, batch: Sequence[Step]) -> None:
    if left := services().index.purge():
        raise IndexOutOfReach(OUT_OF_REACH.format(f"{left} dropped passages are still being wiped from its disk"))
    _done(batch)


def _rewrite_database(_order: Order, batch: Sequence[Step]) -> None:
    wiping.rewrite()
    _done(batch)


def _certify(order: Order, batch: Sequence[Step]) -> None:
    certifying.certify(order.id, stones_file())
    _done(batch)


_ACTS: Final[Mapping[str, Callable[[Order, Sequence[Step]], None]]] = {
    "restrict": _restrict,
    "mark dossier": _mark_dossiers,
    "empty search": _empty_searches,
    "shred file": _shred_files,
    "shred exhibit": _shred_exhibits,
    "shred person": _shred_persons,
    "shred case": _shred_cases,
    "purge index": _purge_index,
    "rewrite database": _rewrite_database,
    "certify": _certify,
}


def _files_to_go(session: Session, order: Order) -> Iterator[UUID]:
    if not order.keep_hashes:
        yield from (one.subject for one in orders.steps(session, order) if one.act == "shred file")


def write_out(_about: UUID) -> None:
    """Write what the file of tombstones lacks; for the worker, after a restriction was set or lifted."""
    _write_out()


def _write_out() -> None:
    with transaction() as session:
        wanted = tombstones.lines(session)
    tombstones.write_out(stones_file(), wanted)


def _done(batch: Sequence[Step]) -> None:
    with transaction() as session:
        for one in batch:
            session.get_one(Step, one.id).done = clock.now()
