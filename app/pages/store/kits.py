"""Pages of kits: made, printed, taken in with each line accounted for, and conflicts decided by a person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.api.store.kits import printed as papers_of
from app.auth import actor
from app.pages.counter import Page, Shown, chosen, desk, identity, masks_of, page, place, returning, table_page, typed
from app.pages.store.places import due_tag, printed
from app.pages.views.inputs import moment
from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag, state
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from core import clock
from core.errors import Refusal
from evidence.kits import format as sheet
from evidence.kits import kits
from evidence.kits import returning as returned
from evidence.kits.kits import BadKit, Wanted
from evidence.kits.labels import Kit, KitEntry, KitState
from evidence.kits.returning import FIXABLE, Choice, Decision
from exports.papers import choosing, offline

_KITS = (
    Column("Kit"),
    Column("With"),
    Column("What for"),
    Column("Back by"),
    Column("State"),
    Column("Waiting", number=True),
)
_LINES = (Column("Line", number=True), Column("Label"), Column("What"), Column("State"), Column("Why"))
_TAGS = {
    "taken in": Tag("taken in", "green", "✓"),
    "taken in before": Tag("taken in before", "grey", "○"),
    "conflict": Tag("waits for a person", "orange", "▲"),
    "refused": Tag("refused", "red", "✕"),
}
_CHOICES = (
    ("take in", "Take it in as it stands, or as put right below"),
    ("same thing", "It is the same thing as before: add this as a note to it"),
    ("refuse", "Refuse it: nothing happens, and the line stays in the record"),
)


@desk.shows("/kits")
def kits_list() -> Shown:
    """The kits that the reader has, made or keeps."""
    who, here = actor(), place()
    with transaction() as session:
        rows = tuple(_kit_row(session, one) for one in kits.mine(session, who))
        table = Table(
            "Kits", _KITS, rows, here, empty="You have no kit. Make one before you go where there is no network."
        )
        cases = [(str(one.id), one.title) for one in session.scalars(access.visible(who)) if _may_add(session, one.id)]
    return table_page("store/kits.html", table, "kits", may_make=who.holds(*kits.MAKERS), cases=cases)


@desk.takes("/kits")
@returning(kits_list)
def make_kit() -> Answer:
    """Make a kit."""
    wanted = Wanted(_count("exhibits"), _count("wristbands"), _count("seals"), typed("seals_from"))
    case_id = identity(typed("case"), "case") if typed("case") else None
    with transaction() as session:
        made = kits.make(
            session, actor(), wanted, issued_to=typed("issued_to") or actor().name, purpose=typed("purpose"),
            case_id=case_id, due=moment("due", typed("due")),
        )  # fmt: skip
    return redirect(url_for("desk.one_kit", kit_id=made.id))


@desk.shows("/kits/<uuid:kit_id>")
def one_kit(kit_id: UUID) -> Shown:
    """One kit: what lies in it, what came back, and what waits."""
    who = actor()
    with transaction() as session:
        one = kits.fetch(session, who, kit_id)
        waiting = returned.waiting(session, who, one)
        lines = _lines_table("Lines that wait for a person", waiting, place(), empty="No line waits.")
        values: dict[str, Any] = {"kit": _kit_view(session, one), "waits": lines}
        values["returns"] = [
            {"id": back.id, "device": back.device, "received": back.received, "lines": back.lines,
             "by": back.received_by.partition(":")[0]} for back in kits.returns(session, one)
        ]  # fmt: skip
        values["cases"] = [
            (str(each.id), each.title) for each in session.scalars(access.visible(who)) if _may_add(session, each.id)
        ]
        values["ends"] = who.holds(*kits.KEEPERS) or who.id in {one.issued_to_id, one.made_by_id}
    return page("store/kit.html", **values)


@desk.takes("/kits/<uuid:kit_id>/entries")
@returning(one_kit)
def take_kit_in(kit_id: UUID) -> Answer:
    """Take in a file that came back."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadKit(
            "file: choose the file that the device saved", fields={"file": "choose the file that the device saved"}
        )
    data = sent.stream.read(sheet.MOST_BYTES + 1)
    case_id = identity(typed("case"), "case") if typed("case") else None
    with transaction() as session:
        made = returned.take_in(session, actor(), services().keyring, kit_id, data, case_id=case_id)
    return redirect(url_for("desk.kit_return", return_id=made.back.id, again=int(made.again)))


@desk.shows("/kit-returns/<uuid:return_id>")
def kit_return(return_id: UUID) -> Shown:
    """What became of each line of a file."""
    with transaction() as session:
        made = returned.outcome(session, actor(), return_id)
        table = _lines_table("Lines", made.lines, place(), empty="The file held no line.")
        kit = session.get_one(Kit, made.back.kit_id)
        told = {"code": kit.code, "id": kit.id, "device": made.back.device, "lines": made.back.lines,
                "ahead": made.back.clock_ahead, "received": made.back.received, "counts": made.counts}  # fmt: skip
    return table_page("store/kit_return.html", table, "lines", back=told, again=request.args.get("again") == "1")


@desk.shows("/kit-entries/<uuid:entry_id>")
def kit_entry(entry_id: UUID) -> Page:
    """One line as it came, what stands against it, and what can be done."""
    with transaction() as session:
        entry = returned.fetch(session, actor(), entry_id, to=Act.ADD)
        line = returned.said(session, services().keyring, entry)
        masks = masks_of(session, entry.case_id)
        told = [(name, masks.apply(str(value))) for name, value in sorted(line.words.items()) if name != "id"]
        values = {"entry": entry, "state_tag": _TAGS[entry.state], "told": told, "choices": _choices_for(entry),
                  "fixable": [(name, name.replace("_", " ")) for name in sorted(FIXABLE) if name in line.words
                              or name in {"occurred_at", "seal", "description"}]}  # fmt: skip
    return page("store/kit_entry.html", **values)


@desk.takes("/kit-entries/<uuid:entry_id>")
@returning(kit_entry)
def decide_entry(entry_id: UUID) -> Answer:
    """Decide about a line."""
    fixed = {name: typed(f"fix_{name}") for name in FIXABLE if typed(f"fix_{name}")}
    decision = Decision(chosen(Choice, "choice"), typed("reason"), fixed)
    with transaction() as session:
        entry = returned.resolve(session, actor(), services().keyring, entry_id, decision)
    if entry.state == "conflict":
        return redirect(url_for("desk.kit_entry", entry_id=entry_id))
    return redirect(url_for("desk.one_kit", kit_id=entry.kit_id))


@desk.takes("/kits/<uuid:kit_id>/end")
@returning(one_kit)
def end_kit(kit_id: UUID) -> Answer:
    """Take a kit back, or declare a lost one void."""
    with transaction() as session:
        if typed("how") == "void":
            kits.void(session, actor(), kit_id, typed("reason"))
        else:
            kits.give_back(session, actor(), kit_id, typed("reason"))
    return redirect(url_for("desk.one_kit", kit_id=kit_id))


@desk.shows("/kits/<uuid:kit_id>/papers")
def kit_papers(kit_id: UUID) -> Shown:
    """Labels, list and paper forms, to print."""
    return printed(papers_of(kit_id), f"kit-{str(kit_id)[:8]}.pdf")


@desk.shows("/kits/<uuid:kit_id>/form")
def kit_form(kit_id: UUID) -> Shown:
    """The form for a browser without network, to save on the device."""
    with transaction() as session:
        one = kits.fetch(session, actor(), kit_id)
        labels = [label.title for label in choosing.of_kit(session, one)]
        key = sheet.public_key(services().keyring, one.id)
        made = offline.form(one.code, services().config.office, labels, kits.seal_numbers(session, one), key)
    answer = Response(made, mimetype="text/html")
    answer.headers["Content-Disposition"] = f'attachment; filename="kit-{one.code}.html"'
    return answer


def days_left(due: datetime) -> int:
    """How many days are left until an instant, below nothing when it has passed."""
    return (due.astimezone(UTC).date() - clock.now().date()).days


def _kit_row(session: Session, one: Kit) -> Row:
    tag = due_tag(days_left(one.due)) if one.state == KitState.OPEN else state(one.state)
    waiting = kits.open_conflicts(session, one)
    return Row((
        Cell(one.code, href=url_for("desk.one_kit", kit_id=one.id)), Cell(one.issued_to, own=True),
        Cell(one.purpose, own=True), Cell(when=one.due), Cell(tag=tag), Cell(f"{waiting:,}"),
    ), tone="orange" if waiting else "")  # fmt: skip


def _kit_view(session: Session, one: Kit) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for label in kits.labels(session, one):
        name = f"{label.sort}, {label.state}"
        counts[name] = counts.get(name, 0) + 1
    numbers = kits.seal_numbers(session, one)
    tag = due_tag(days_left(one.due)) if one.state == KitState.OPEN else state(one.state)
    facts = [("With", one.issued_to), ("What for", one.purpose), ("Made by", one.made_by.partition(":")[0])]
    facts += [(f"Labels: {name}", f"{count:,}") for name, count in sorted(counts.items())]
    facts.append(("Seals", f"{numbers[0]} to {numbers[-1]}" if numbers else "none"))
    return {"id": one.id, "code": one.code, "tag": tag, "facts": facts, "due": one.due, "because": one.because,
            "open": one.state == KitState.OPEN, "bound": one.case_id is not None}  # fmt: skip


def _lines_table(caption: str, lines: Sequence[KitEntry], here: Place, *, empty: str) -> Table:
    return Table(caption, _LINES, tuple(_line_row(one) for one in lines), here, empty=empty, total=len(lines))


def _line_row(one: KitEntry) -> Row:
    href = url_for("desk.kit_entry", entry_id=one.id)
    if one.exhibit_id and one.state != "conflict":
        href = url_for("desk.exhibit", exhibit_id=one.exhibit_id)
    cells = (Cell(str(one.line)), Cell(one.label or "none", href=href), Cell(one.kind), Cell(tag=_TAGS[one.state]))
    return Row((*cells, Cell(one.because, own=True)), tone="orange" if one.state == "conflict" else "")


def _choices_for(entry: KitEntry) -> list[dict[str, str]]:
    same = entry.code == "label used" and entry.exhibit_id is not None
    return [{"value": value, "text": words} for value, words in _CHOICES if same or value != "same thing"]


def _count(name: str) -> int:
    text = typed(name) or "0"
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        raise BadKit(f"{name}: write a number", fields={name: "Write a number"})
    return int(text)


def _may_add(session: Session, case_id: UUID) -> bool:
    try:
        access.fetch(session, actor(), case_id, to=Act.ADD)
    except Refusal:
        return False
    return True
