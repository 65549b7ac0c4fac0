"""Pages of shelf audits: draw, look for one thing, look along a shelf, findings with their answers; never content."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import g, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.auth import actor
from app.pages.counter import Page, Shown, desk, page, place, returning, table_page, typed
from app.pages.store.kits import days_left
from app.pages.store.places import due_tag, printed
from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag, state
from app.wiring import services, transaction
from core.accounts import Role
from evidence.audits import audits, findings, report
from evidence.audits.audits import BadAudit, Seen, Wanted
from evidence.audits.rows import AuditItem, Finding, FindingState, ShelfAudit
from evidence.storeroom import places
from exports.papers import audited

_AUDITS = (Column("Audit"), Column("Where"), Column("Drawn"), Column("Among", number=True), Column("State"))
_ITEMS = (
    Column("No.", number=True),
    Column("Number"),
    Column("By"),
    Column("Recorded at"),
    Column("Seal"),
    Column("Result"),
)
_FINDINGS = (Column("Finding"), Column("What"), Column("In words"), Column("Who"), Column("Answer by"), Column("State"))
_RESULTS = {
    "unchecked": Tag("to look for", "grey", "○"),
    "present": Tag("present", "green", "✓"),
    "discrepancy": Tag("differs", "orange", "≠"),
    "missing": Tag("missing", "red", "✕"),
}
_STATES = {
    "open": Tag("to answer", "orange", "▲"),
    "answered": Tag("answered", "yellow", "◐"),
    "closed": Tag("closed", "green", "✓"),
}


@desk.shows("/audits")
def audits_list() -> Shown:
    """All shelf audits."""
    who, here = actor(), place()
    with transaction() as session:
        rows = tuple(_audit_row(one) for one in audits.listed(session, who))
        waits = findings_table(session, findings.waiting(session, who), here, "Findings that are not closed")
    table = Table("Audits", _AUDITS, rows, here, empty="No audit was drawn yet.")
    return table_page("store/audits.html", table, "audits", waits=waits, draws=who.holds(Role.AUDITOR))


@desk.takes("/audits")
@returning(audits_list)
def draw_audit() -> Answer:
    """Draw an audit."""
    with transaction() as session:
        audits.auditor(actor())
        below = places.scanned(session, typed("place")).id if typed("place") else None
        made = audits.draw(session, actor(), Wanted(_count("random"), _count("risk"), below))
    return redirect(url_for("desk.one_audit", audit_id=made.id))


@desk.shows("/audits/<uuid:audit_id>")
def one_audit(audit_id: UUID) -> Shown:
    """One audit: its draw, what was found of each thing, and its findings."""
    who, here = actor(), place()
    with transaction() as session:
        one = audits.fetch(session, who, audit_id)
        rows = tuple(_item_row(each, may_check=who.holds(Role.AUDITOR)) for each in audits.items(session, who, one))
        items = Table("What was drawn", _ITEMS, rows, here, total=len(rows))
        found = findings_table(session, findings.of_audit(session, who, one), here, "Findings")
        told = {"id": one.id, "number": one.number, "state": state(one.state), "open": one.state == "open",
                "summary": one.summary, "counts": audits.counts(session, one)}  # fmt: skip
        told["facts"] = [
            ("Where", one.scope or "the whole house"), ("Drawn by", one.auditor),
            ("Among", f"{one.population_size:,} things"), ("At random", str(one.random_size)),
            ("By risk", str(one.risk_size)), ("Seed", one.seed), ("List, SHA-256", one.population_sha256),
        ]  # fmt: skip
    values: dict[str, Any] = {"audit": told, "findings": found, "auditor": who.holds(Role.AUDITOR)}
    return table_page("store/audit.html", items, "drawn", swept=g.get("swept"), **values)


@desk.takes("/audits/<uuid:audit_id>/shelf")
@returning(one_audit)
def sweep_shelf(audit_id: UUID) -> Shown:
    """Look along one shelf."""
    scanned, bare = typed("scanned").splitlines(), typed("unlabelled").splitlines()
    with transaction() as session:
        g.swept = audits.sweep(session, actor(), audit_id, typed("shelf"), scanned, bare)
    return one_audit(audit_id)


@desk.takes("/audits/<uuid:audit_id>/close")
@returning(one_audit)
def close_audit(audit_id: UUID) -> Answer:
    """Close an audit."""
    with transaction() as session:
        audits.close(session, actor(), audit_id, typed("summary"))
    return redirect(url_for("desk.one_audit", audit_id=audit_id))


@desk.shows("/audits/<uuid:audit_id>/report")
def audit_report(audit_id: UUID) -> Shown:
    """The signed report, to print."""
    house = services()
    with transaction() as session:
        made = report.issue(session, actor(), house.keyring, audit_id, office=house.config.office)
    return printed(audited.report_pdf(made), f"audit-{made.values['number']}.pdf")


@desk.shows("/audit-items/<uuid:check_id>")
def audit_item(check_id: UUID) -> Page:
    """One thing to look for."""
    with transaction() as session:
        one = audits.fetch_item(session, actor(), check_id)
        audit = audits.fetch(session, actor(), one.audit_id)
        told = {"id": one.id, "reference": one.reference, "tag": _RESULTS[one.result], "audit": audit.number,
                "audit_id": audit.id, "open": one.result == "unchecked", "found": one.found_place}  # fmt: skip
        told["facts"] = [("Recorded at", one.place), ("Seal", one.seal or "none"), ("State", one.custody),
                         ("With", one.custodian), ("Drawn", ", ".join([one.sample, *one.risks]))]  # fmt: skip
    return page("store/audit_item.html", item=told)


@desk.takes("/audit-items/<uuid:check_id>")
@returning(audit_item)
def check_item(check_id: UUID) -> Answer:
    """Enter what was seen."""
    if typed("there") not in {"yes", "no"}:
        raise BadAudit("there: say whether it is there", fields={"there": "Say whether it is there"})
    with transaction() as session:
        seen = Seen(typed("there") == "yes", typed("place"), typed("seal"), typed("note"))
        one = audits.check(session, actor(), check_id, seen)
    return redirect(url_for("desk.one_audit", audit_id=one.audit_id))


@desk.shows("/findings/<uuid:finding_id>")
def finding(finding_id: UUID) -> Page:
    """One finding, its answer, and what the auditor says of it."""
    who = actor()
    with transaction() as session:
        one = findings.fetch(session, who, finding_id)
        audit = session.get_one(ShelfAudit, one.audit_id)
        told = {"id": one.id, "number": findings.number(audit, one), "tag": _STATES[one.state], "words": one.words,
                "kind": one.kind, "deadline": one.deadline, "times": one.times, "state": one.state,
                "answer": one.answer, "decision": one.decision, "due": due_tag(days_left(one.deadline))}  # fmt: skip
        told["facts"] = [("Given to", one.assigned or "nobody yet"), ("Audit", audit.number)]
        told["exhibit"] = one.exhibit_id
    answers = one.state == FindingState.OPEN and not who.holds(Role.AUDITOR)
    judges = one.state == FindingState.ANSWERED and who.holds(Role.AUDITOR)
    gives = who.holds(Role.AUDITOR, Role.SUPERVISOR) and one.state != FindingState.CLOSED
    return page("store/finding.html", finding=told, answers=answers, judges=judges, gives=gives)


@desk.takes("/findings/<uuid:finding_id>/<act>")
@returning(lambda finding_id, act: finding(finding_id))  # noqa: ARG005 - the page is the same for each act
def act_on_finding(finding_id: UUID, act: str) -> Answer:
    """Answer, judge or assign a finding."""
    with transaction() as session:
        if act == "answer":
            findings.answer(session, actor(), finding_id, typed("statement"))
        elif act == "assign":
            findings.assign(session, actor(), finding_id, typed("user"))
        elif act in {"close", "reopen"}:
            findings.decide(session, actor(), finding_id, typed("decision"), enough=act == "close")
        else:
            raise findings.NoSuchFinding("there is no such finding")
    return redirect(url_for("desk.finding", finding_id=finding_id))


def findings_table(session: Session, found: Sequence[Finding], here: Place, caption: str) -> Table:
    """Findings as a table, those that escalated marked."""
    rows = tuple(_finding_row(session.get_one(ShelfAudit, one.audit_id), one) for one in found)
    return Table(caption, _FINDINGS, rows, here, empty="None.", csv=False)


def _audit_row(one: ShelfAudit) -> Row:
    href = url_for("desk.one_audit", audit_id=one.id)
    among = Cell(f"{one.population_size:,}")
    where = Cell(one.scope or "the whole house", own=True)
    return Row((Cell(one.number, href=href), where, Cell(when=one.drawn), among, Cell(tag=state(one.state))))


def _item_row(one: AuditItem, *, may_check: bool) -> Row:
    href = url_for("desk.audit_item", check_id=one.id) if may_check else ""
    return Row((
        Cell(str(one.ordinal)), Cell(one.reference, href=href), Cell(one.sample, note=", ".join(one.risks)),
        Cell(one.place, own=True), Cell(one.seal or "none"), Cell(tag=_RESULTS[one.result]),
    ), tone="orange" if one.result in {"missing", "discrepancy"} else "")  # fmt: skip


def _finding_row(audit: ShelfAudit, one: Finding) -> Row:
    href = url_for("desk.finding", finding_id=one.id)
    again = f"found {one.times} times before" if one.times > 1 else "found once before" if one.times else ""
    left = Cell(when=one.deadline) if one.state == FindingState.CLOSED else Cell(tag=due_tag(days_left(one.deadline)))
    return Row((
        Cell(findings.number(audit, one), href=href), Cell(one.kind, note=again), Cell(one.words, own=True),
        Cell(one.assigned or "nobody yet", own=True), left, Cell(tag=_STATES[one.state]),
    ), tone="orange" if one.times else "")  # fmt: skip


def _count(name: str) -> int:
    text = typed(name) or "0"
    if not text.isascii() or not text.isdecimal() or len(text) > 5:
        raise BadAudit(f"{name}: write a number", fields={name: "Write a number"})
    return int(text)
