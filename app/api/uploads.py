"""API: uploads that may last for days: begun, sent part by part in any order, looked at, cancelled, and their receipts.

The same uploads are spoken to by any client of tus 1.0.0 at ``/api/uploads`` (see `app.api.tus`).
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import uploading
from app.api.describing import JSON, Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from cases.access import Act
from core.config import MIB
from evidence.files import Stated, Target
from evidence.intake import BatchItem
from evidence.uploads import papers, plans, sessions, sheets
from evidence.uploads.plans import BadPlan, Plan
from evidence.uploads.rows import Upload
from exports.pdf.receipt import receipt_pdf

routes = Blueprint("uploads", __name__)
Hex = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=1_000)]
_BYTES = "application/octet-stream"
_SHEET = 32 * MIB


class StatedWhole(Taken):
    """A hash of the whole, with what it is a hash of: a tool's own hash is often that of the data inside the file."""

    algorithm: Annotated[str, Field(pattern="^(md5|sha1|sha256|sha512)$")] = "sha256"
    value: Annotated[str, Field(pattern="^[0-9a-f]{32,128}$")]
    target: Annotated[str, Field(pattern="^(source_data|container_file|logical_file|transfer)$")] = "container_file"
    stated_by: Text = ""


class NewUpload(Taken):
    """A file that is to come: by a signed intake sheet, or in words; without hashes of parts each is taken as it is."""

    sheet: Annotated[str, Field(max_length=_SHEET)] = ""
    name: Annotated[str, Field(max_length=20_000)] = ""
    size: Annotated[int, Field(ge=0, le=2**60)] | None = None
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    part_bytes: Annotated[int, Field(ge=1, le=2**40)] | None = None
    part_sha256: Annotated[list[Hex], Field(max_length=plans.MOST_PARTS)] = []
    also: Annotated[list[StatedWhole], Field(max_length=20)] = []


class Cancelled(Taken):
    """Why an upload is cancelled."""

    reason: Annotated[str, Field(min_length=1, max_length=4_000)]


class UploadGiven(Given):
    """An upload: what was announced, what is held, and how it ended."""

    id: UUID
    exhibit_id: UUID
    batch_id: UUID | None
    item_id: UUID | None
    name: str
    kind: str
    state: str
    because: str
    size: int
    sha256: str
    target: str
    part_bytes: int
    parts: int
    part_hashes: bool
    held_bytes: int
    held_parts: int
    offset: int
    begun: datetime
    begun_by: str
    last_by: str
    last_at: datetime
    expires: datetime
    file_id: UUID | None
    tus: str


class UploadsGiven(Given):
    """The uploads of an exhibit."""

    uploads: list[UploadGiven]


class StretchGiven(Given):
    """Bytes that are held: where they start, how many, and their SHA-256."""

    number: int
    start: int
    length: int
    sha256: str


class StretchesGiven(Given):
    """All that is held of an upload, in order."""

    upload: UUID
    size: int
    held: list[StretchGiven]


class PartGiven(Given):
    """A part that is held; `before` says that it was so already, whoever sent it."""

    number: int
    start: int
    length: int
    sha256: str
    before: bool


@routes.post("/exhibits/<uuid:exhibit_id>/uploads")
@described(
    Description("Begin an upload of one file, with no bytes yet", takes=NewUpload, gives=UploadGiven, status=201,
                limit=_SHEET)
)  # fmt: skip
def begun(exhibit_id: UUID, taken: NewUpload) -> UploadGiven:
    """Begin an upload."""
    name, plan = _plan(taken)
    row = uploading.begin(actor(), exhibit_id, name, plan)
    with transaction() as session:
        return shape(session, session.get_one(Upload, row.id))


@routes.get("/exhibits/<uuid:exhibit_id>/uploads")
@described(Description("The uploads of an exhibit, the newest first", gives=UploadsGiven))
def of_exhibit(exhibit_id: UUID) -> UploadsGiven:
    """List uploads."""
    with transaction() as session:
        rows = sessions.of_exhibit(session, actor(), exhibit_id)
        return UploadsGiven(uploads=[shape(session, one) for one in rows])


@routes.get("/uploads/<uuid:upload_id>")
@described(Description("An upload and how far it has come", gives=UploadGiven))
def one_upload(upload_id: UUID) -> UploadGiven:
    """Give an upload."""
    with transaction() as session:
        return shape(session, sessions.fetch(session, actor(), upload_id, to=Act.SEE))


@routes.get("/uploads/<uuid:upload_id>/parts")
@described(Description("Which parts of an upload are held, with their hashes", gives=StretchesGiven))
def held_parts(upload_id: UUID) -> StretchesGiven:
    """List what is held."""
    with transaction() as session:
        row = sessions.fetch(session, actor(), upload_id, to=Act.SEE)
        held = [
            StretchGiven(number=one.start // row.part_bytes + 1, start=one.start, length=one.length, sha256=one.sha256)
            for one in sessions.held(session, row)
        ]
        return StretchesGiven(upload=row.id, size=row.size, held=held)


@routes.put("/uploads/<uuid:upload_id>/parts/<int:number>")
@described(
    Description(
        "Send one part, raw, in any order; it is kept only if its hash is right",
        gives=PartGiven,
        body=_BYTES,
        headers={"X-Content-SHA256": "the SHA-256 of this part"},
    )
)
def part_taken(upload_id: UUID, number: int) -> PartGiven:
    """Take a part."""
    request.max_content_length = plans.MOST_PART
    stated = request.headers.get("X-Content-SHA256", "").strip().lower()
    held = uploading.take_part(actor(), upload_id, number, request.stream, stated=stated)
    span = held.span
    return PartGiven(number=span.number, start=span.start, length=span.length, sha256=held.sha256, before=held.before)


@routes.post("/uploads/<uuid:upload_id>/stated")
@described(Description("State a hash of the whole, as one does who hashes while sending", takes=StatedWhole,
                       gives=UploadGiven))  # fmt: skip
def whole_stated(upload_id: UUID, taken: StatedWhole) -> UploadGiven:
    """Take the whole hash."""
    with transaction() as session:
        return shape(session, sessions.state_whole(session, actor(), upload_id, _stated(taken)))


@routes.post("/uploads/<uuid:upload_id>/cancellation")
@described(Description("Cancel an upload; what came of it is purged, and that is certified", takes=Cancelled,
                       gives=UploadGiven))  # fmt: skip
def cancelled(upload_id: UUID, taken: Cancelled) -> UploadGiven:
    """Cancel an upload."""
    uploading.cancel(actor(), upload_id, taken.reason)
    with transaction() as session:
        return shape(session, session.get_one(Upload, upload_id))


@routes.get("/uploads/<uuid:upload_id>/receipt.json")
@described(Description("The signed receipt of an upload, with the hash of each part that is held", media=JSON))
def receipt(upload_id: UUID) -> Answer:
    """Give the signed receipt."""
    with transaction() as session:
        made = papers.of_upload(session, actor(), services().keyring, upload_id, office=services().config.office)
    return Response(made.to_json(), mimetype=JSON)


@routes.get("/uploads/<uuid:upload_id>/receipt.pdf")
@described(Description("The signed receipt of an upload, to print", media="application/pdf"))
def printed_receipt(upload_id: UUID) -> Answer:
    """Give the signed receipt as PDF."""
    with transaction() as session:
        made = papers.of_upload(session, actor(), services().keyring, upload_id, office=services().config.office)
    answer = Response(receipt_pdf(made), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="upload-{str(upload_id)[:8]}.pdf"'
    return answer


def shape(session: Session, row: Upload) -> UploadGiven:
    """An upload as the API tells it."""
    item = session.get(BatchItem, row.item_id) if row.item_id else None
    told: dict[str, Any] = {
        "batch_id": item.batch_id if item else None,
        "name": item.shown_name if item else "",
        "parts": plans.count(row.size, row.part_bytes),
        "part_hashes": row.has_sheet,
        "begun_by": row.begun_by.partition(":")[0],
        "last_by": row.last_by.partition(":")[0],
        "tus": f"/api/uploads/{row.id}",
    }
    told |= {name: getattr(row, name) for name in UploadGiven.model_fields if name not in told}
    return UploadGiven(**told)


def _plan(taken: NewUpload) -> tuple[str, Plan]:
    """What is to come, by the sheet alone where there is one."""
    also = tuple(_stated(one) for one in taken.also)
    if taken.sheet:
        sheet = sheets.read(taken.sheet)
        return taken.name or sheet.name, replace(sheet.plan, also=also)
    if not taken.name or taken.size is None:
        wrong = {name: "say it, or send a sheet" for name in ("name", "size") if getattr(taken, name) in {"", None}}
        raise BadPlan("an upload needs a name and a size, or a sheet that says both", fields=wrong)
    asked = taken.part_bytes or plans.fitting(taken.size, services().config.limits.part_bytes)
    return taken.name, Plan(
        taken.size, taken.sha256, stated_by="", part_bytes=asked, parts=plans.packed(taken.part_sha256), also=also
    )


def _stated(taken: StatedWhole) -> Stated:
    by = taken.stated_by or f"{actor().name}'s program, while it read the file"
    return Stated(taken.algorithm, taken.value, Target(taken.target), by)
