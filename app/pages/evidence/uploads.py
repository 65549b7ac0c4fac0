"""The page of uploads that may last for days: one to begin or go on with, and what became of the others."""

from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Shown, desk, place, table_page
from app.pages.evidence.exhibits import shape
from app.pages.views.tables import Cell, Column, Row, Table, paged
from app.pages.views.words import size
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from evidence import exhibits
from evidence.intake import BatchItem
from evidence.uploads import sessions
from evidence.uploads.rows import Upload
from exports.pdf.slips.tongues import NAMES

_COLUMNS = (
    Column("Name"),
    Column("Size", number=True),
    Column("Held", number=True),
    Column("State"),
    Column("Why"),
    Column("Last sent by"),
    Column("Until"),
    Column("Receipt"),
)


@desk.shows("/exhibits/<uuid:exhibit_id>/uploads")
def uploads(exhibit_id: UUID) -> Shown:
    """Show the uploads of an exhibit, and let one be begun or go on."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.ADD)
        case = access.fetch(session, actor(), found.case_id, to=Act.ADD)
        rows = sessions.of_exhibit(session, actor(), exhibit_id)
        values = {
            "exhibit": shape(session, found),
            "uploads_url": f"/api/v1/exhibits/{exhibit_id}/uploads",
            "receipt_url": f"/api/v1/exhibits/{exhibit_id}/receipt.pdf",
            "languages": tuple(NAMES.items()),
            "days": services().config.upload_days,
        }
        return table_page("evidence/uploads.html", _table(session, rows), "items", **values, **standing(session, case))


def _table(session: Session, rows: list[Upload]) -> Table:
    here = place()
    shown, more = paged(rows, here.get("after"), lambda one: str(one.id))
    made = tuple(_row(one, session.get(BatchItem, one.item_id) if one.item_id else None) for one in shown)
    return Table("Uploads of this exhibit", _COLUMNS, made, here, next=more, total=len(rows))


def _row(one: Upload, item: BatchItem | None) -> Row:
    name = item.shown_name if item else ""
    stored = url_for("desk.file", file_id=one.file_id) if one.file_id else ""
    cells = (
        Cell(name, href=stored) if stored else Cell(name, own=True),
        Cell(size(one.size)),
        Cell(size(one.held_bytes)),
        Cell(one.state),
        Cell(one.because, own=True),
        Cell(one.last_by.partition(":")[0], own=True),
        Cell(when=one.expires) if one.state == "open" else Cell(""),
        Cell("PDF", href=f"/api/v1/uploads/{one.id}/receipt.pdf"),
    )
    return Row(cells, tone="red" if one.state in {"cancelled", "expired"} else "")
