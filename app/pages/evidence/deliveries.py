"""Pages of handing evidence in: the drop zone, the plain form for browsers without scripts, and the receipt."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import delivering
from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, desk, page, place, table_page
from app.pages.evidence.exhibits import shape
from app.pages.shapes.evidence import label
from app.pages.views.tables import Cell, Column, Row, Table, paged
from app.pages.views.words import size, state
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from core.errors import Invalid, Refusal
from evidence import exhibits, intake
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.intake import Announced, Batch, BatchItem

_PLAIN = "desk.deliver_plainly"
_COLUMNS = (Column("Name"), Column("Size", number=True), Column("SHA-256"), Column("State"), Column("Why"))


class NothingChosen(Invalid):
    """The form came without a file."""


@desk.url_value_preprocessor
def _room_for_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Runs before the form is read: it carries whole files, which wait encrypted (see `security.SealedSpool`).
    if endpoint == _PLAIN:
        request.max_content_length = services().config.limits.file_bytes


@desk.shows("/exhibits/<uuid:exhibit_id>/deliver")
def deliver(exhibit_id: UUID) -> Page:
    """The page on which files and folders are handed in."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.ADD)
        case = access.fetch(session, actor(), found.case_id, to=Act.ADD)
        values = {
            "announce_url": f"/api/v1/exhibits/{exhibit_id}/batches",
            "batch_url": "/api/v1/batches/BATCH",
            "receipt_url": "/deliveries/BATCH",
            "here": request.path,
        }
        return page("evidence/deliver.html", exhibit=shape(session, found), **values, **standing(session, case))


@desk.takes("/exhibits/<uuid:exhibit_id>/deliver")
def deliver_plainly(exhibit_id: UUID) -> Response:
    """Take files from a form without scripts, one after the other; each ends with its state on the receipt."""
    sent = [one for one in request.files.getlist("files") if one.filename]
    if not sent:
        raise NothingChosen("no file was chosen; go back and choose one")
    with transaction() as session:
        coming = [Announced(one.filename or "") for one in sent]
        batch, items = intake.announce(session, actor(), exhibit_id, coming, source="browser")
        batch_id, waiting = batch.id, [(item.id, item.state == intake.Item.WAITING) for item in items]
    for one, (item_id, comes) in zip(sent, waiting, strict=True):
        if comes:
            _take(item_id, one.stream)
    return redirect(url_for("desk.delivery", batch_id=batch_id))


@desk.shows("/deliveries/<uuid:batch_id>")
def delivery(batch_id: UUID) -> Shown:
    """What became of each file of a delivery, to look at and to print."""
    with transaction() as session:
        batch, items = intake.fetch(session, actor(), batch_id)
        found = exhibits.fetch(session, actor(), batch.exhibit_id, to=Act.SEE)
        case = access.fetch(session, actor(), batch.case_id, to=Act.SEE)
        kept = _stored(session, items)
        told = _receipt(batch, items, kept, found)
        return table_page(
            "evidence/receipt.html", _table(items, kept), "items", receipt=told, **standing(session, case)
        )


def _take(item_id: UUID, stream: Any) -> None:
    try:
        delivering.take_in(actor(), item_id, stream)
    except Refusal:
        # The item has got its state and reason already, and the receipt shows them; the next file is tried.
        return


def _stored(session: Session, items: list[BatchItem]) -> dict[UUID, File]:
    wanted = [one.file_id for one in items if one.file_id]
    return {one.id: one for one in session.scalars(select(File).where(File.id.in_(wanted)))}


def _receipt(batch: Batch, items: list[BatchItem], kept: dict[UUID, File], found: Exhibit) -> dict[str, Any]:
    count = {name: sum(one.state == name for one in items) for name in ("stored", "refused", "waiting")}
    return {
        **count,
        "announced": len(items),
        "quarantined": sum(one.state == "quarantined" for one in kept.values()),
        "exhibit": label(found),
        "exhibit_href": url_for("desk.exhibit", exhibit_id=found.id),
        "more_href": url_for("desk.deliver", exhibit_id=found.id),
        "by": batch.announced_by.partition(":")[0],
        "at": batch.announced,
        "pdf": f"/api/v1/batches/{batch.id}/receipt.pdf",
        "json": f"/api/v1/batches/{batch.id}/receipt.json",
    }


def _table(items: list[BatchItem], kept: dict[UUID, File]) -> Table:
    here = place()
    shown, more = paged(items, here.get("after"), lambda one: str(one.id))
    rows = tuple(_row(one, kept.get(one.file_id) if one.file_id else None) for one in shown)
    return Table("Files of this delivery", _COLUMNS, rows, here, next=more, total=len(items))


def _row(item: BatchItem, file: File | None) -> Row:
    if file is None:
        told = Cell(size(item.size)) if item.size is not None else Cell("not known")
        cells = (
            Cell(item.shown_name, own=True),
            told,
            Cell("none"),
            Cell(tag=state(item.state)),
            Cell(item.because, own=True),
        )
        return Row(cells, tone="red" if item.state == intake.Item.REFUSED else "orange")
    name = Cell(item.shown_name, href=url_for("desk.file", file_id=file.id))
    cells = (
        name,
        Cell(size(file.size)),
        Cell(digest=file.sha256),
        Cell(tag=state(file.state)),
        Cell(file.state_because, own=True),
    )
    return Row(cells, tone="" if file.state == "stored" else "red")
