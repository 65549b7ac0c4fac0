"""Pages of those who check: the ledgers of everything for the auditor, and the ledger of one case for its members."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from app.auth import HOUSE_CHAIN, actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, desk, page, place, table_page
from app.pages.shapes.ledger import Filter, Verdict, entries_table
from app.pages.views.tables import ROWS, Place, Table
from app.wiring import transaction
from cases import access
from cases.access import Act
from core import clock
from core.accounts import Role
from core.errors import Forbidden, Missing
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import exhibits
from evidence.exhibits import Exhibit
from evidence.files import File

_OUTCOMES = ("done", "refused", "failed")
_MOST_BREAKS = 20


class NotAnAuditor(Forbidden):
    """The ledgers of the whole house are read by auditors."""


class NoSuchEntry(Missing):
    """There is no such entry, or none that this person may see."""


@desk.shows("/ledgers")
def ledgers() -> Shown:
    """All ledgers, filtered by person, case, exhibit, act, outcome and time."""
    _auditor()
    here = replace(place(), path="/ledgers")
    with transaction() as session:
        table = _table(session, _wanted(select(Entry), here), here)
        told = {name: value for name, value in here.given if name != "after"}
        ledger.append(session, HOUSE_CHAIN, actor(), "ledger read", purpose="audit", filter=told)
        return table_page(
            "oversight/ledgers.html", table, "entries", **_around(here, "/ledgers/verify", acts=_acts(session))
        )


@desk.takes("/ledgers/verify")
def verify_ledgers() -> Shown:
    """Check every chain now, and show the first bad place."""
    _auditor()
    with transaction() as session:
        g.verdict = _verified(session, None, ledger.count(session))
        outcome = "failed" if g.verdict.breaks else "done"
        ledger.append(session, HOUSE_CHAIN, actor(), "ledger verified", outcome=outcome, purpose="audit")
    return ledgers()


@desk.shows("/ledgers/<int:position>/<path:chain>")
def entry(position: int, chain: str) -> Page:
    """One entry with its exact bytes, for an auditor or for a member who may see what it is about."""
    with transaction() as session:
        query = select(Entry).where(Entry.chain == chain, Entry.position == position)
        found = session.scalar(query)
        if found is not None and not actor().holds(Role.AUDITOR):
            found = session.scalar(_seen(session, found.case).where(Entry.chain == chain, Entry.position == position))
        if found is None:
            raise NoSuchEntry("there is no such entry, or none that you may see")
        return page("oversight/entry.html", entry=_entry(found))


@desk.shows("/cases/<uuid:case_id>/ledger")
def case_ledger(case_id: UUID) -> Shown:
    """What was done, held and read in one case."""
    here = replace(place(), path=f"/cases/{case_id}/ledger")
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        table = _table(session, _wanted(_seen(session, str(case_id)), here), here)
        around = _around(here, f"/cases/{case_id}/ledger/verify", acts=_acts(session, str(case_id)))
        return table_page("oversight/case_ledger.html", table, "entries", **around, **standing(session, case))


@desk.takes("/cases/<uuid:case_id>/ledger/verify")
def verify_case_ledger(case_id: UUID) -> Shown:
    """Check the chains of one case now."""
    with transaction() as session:
        chains = session.scalars(_seen(session, str(case_id)).with_only_columns(Entry.chain).distinct()).all()
        found = [_verified(session, chain, 0) for chain in chains]
        breaks = tuple(one for verdict in found for one in verdict.breaks)
        g.verdict = Verdict(breaks, f"{len(chains)} chains of this case were checked entry by entry", clock.now())
    return case_ledger(case_id)


def _seen(session: Session, case: str) -> Select[Any]:
    """The entries of a case less those about exhibits above the person's clearance; raises as `access.fetch`."""
    try:
        case_id = UUID(case)
    except ValueError as none:
        raise NoSuchEntry("there is no such entry, or none that you may see") from none
    access.fetch(session, actor(), case_id, to=Act.SEE)
    known = exhibits.seen(session, actor(), case_id).with_only_columns(Exhibit.id)
    above = set(session.scalars(select(Exhibit.id).where(Exhibit.case_id == case_id, Exhibit.id.not_in(known))))
    query = select(Entry).where(Entry.case == case)
    if not above:
        return query
    hidden = [str(one) for one in above | set(session.scalars(select(File.id).where(File.exhibit_id.in_(above))))]
    return query.where(Entry.subject.not_in(hidden), Entry.chain.not_in([f"custody/{one}" for one in hidden]))


def _auditor() -> None:
    if not actor().holds(Role.AUDITOR):
        raise NotAnAuditor(
            "the ledgers of the whole house are read by auditors; the ledger of a case is on its own page"
        )


def _verified(session: Session, chain: str | None, count: int) -> Verdict:
    found = [str(one) for one, _ in zip(ledger.breaks(session, chain), range(_MOST_BREAKS), strict=False)]
    return Verdict(tuple(found), f"{count:,} entries in all chains were checked one by one", clock.now())


def _wanted(query: Select[Entry], here: Place) -> Select[Entry]:
    """The query narrowed to what the address asks for."""
    for name, column in (("act", Entry.act), ("outcome", Entry.outcome), ("case", Entry.case)):
        if value := here.get(name):
            query = query.where(column == value)
    if person := here.get("person"):
        query = query.where(Entry.actor.startswith(f"{person}:", autoescape=True))
    if subject := here.get("exhibit"):
        query = query.where(or_(Entry.subject == subject, Entry.chain == f"custody/{subject}"))
    if since := here.get("since"):
        query = query.where(Entry.at >= since)
    if until := here.get("until"):
        query = query.where(Entry.at < until + "\uffff")
    return query


def _table(session: Session, query: Select[Entry], here: Place) -> Table:
    down = here.get("sort", "-at") != "at"
    at, _, rest = here.get("after").partition("|")
    chain, _, position = rest.rpartition("|")
    if chain and position.isdigit():
        query = query.where(_beyond(at, chain, int(position), down=down))
    order = (
        (Entry.at.desc(), Entry.chain.desc(), Entry.position.desc())
        if down
        else (Entry.at, Entry.chain, Entry.position)
    )
    found = list(session.scalars(query.order_by(*order).limit(ROWS + 1)))
    last = found[ROWS - 1] if len(found) > ROWS else None
    more = f"{last.at}|{last.chain}|{last.position}" if last else ""
    return entries_table(found[:ROWS], here, more, "-at" if down else "at")


def _beyond(at: str, chain: str, position: int, *, down: bool) -> Any:
    after = (
        (Entry.at < at, Entry.chain < chain, Entry.position < position)
        if down
        else (Entry.at > at, Entry.chain > chain, Entry.position > position)
    )
    return or_(after[0], and_(Entry.at == at, or_(after[1], and_(Entry.chain == chain, after[2]))))


def _acts(session: Session, case: str = "") -> tuple[str, ...]:
    query = select(Entry.act).distinct().order_by(Entry.act)
    return tuple(session.scalars(query.where(Entry.case == case) if case else query))


def _around(here: Place, verify: str, *, acts: tuple[str, ...]) -> dict[str, Any]:
    filters = [
        Filter("person", "Person", here.get("person")),
        Filter("act", "Act", here.get("act"), acts),
        Filter("outcome", "Outcome", here.get("outcome"), _OUTCOMES),
        Filter("exhibit", "Exhibit, file or person (id)", here.get("exhibit")),
        Filter("since", "From", here.get("since"), type="date"),
        Filter("until", "To", here.get("until"), type="date"),
    ]
    if here.path == "/ledgers":
        filters.insert(1, Filter("case", "Case (id)", here.get("case")))
    filtered = any(one.value for one in filters)
    return {"filters": filters, "filtered": filtered, "verdict": g.get("verdict"), "verify_url": verify}


def _entry(found: Entry) -> dict[str, Any]:
    facts = (
        ("When", found.at),
        ("Who", found.actor.partition(":")[0]),
        ("Role", found.role),
        ("Act", found.act),
        ("Outcome", found.outcome),
        ("Purpose", found.purpose.replace("_", " ")),
        ("From where", found.door),
        ("Case (id)", found.case),
        ("About (id)", found.subject),
    )
    body = found.body if actor().holds(Role.AUDITOR) or not found.chain.startswith("access/user/") else ""
    return {
        "chain": found.chain,
        "position": found.position,
        "previous": found.previous,
        "digest": found.digest,
        "facts": facts,
        "body": body,
    }
