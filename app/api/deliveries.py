"""API: deliveries: files announced, sent, compared, and their receipts."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import Field
from werkzeug.wrappers import Response as Answer

from app import delivering
from app.api.describing import JSON, Asked, Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from core.config import MIB
from evidence import files, intake, receipts
from evidence.files import File, Stated
from evidence.intake import Announced, Batch, BatchItem
from evidence.receipts import SignedReceipt
from exports.pdf.receipt import receipt_pdf

routes = Blueprint("deliveries", __name__)
Hex = Annotated[str, Field(pattern="^([0-9a-f]{64})?$")]
_BYTES = "application/octet-stream"
# Five thousand names of a thousand characters, in any script, are an honest folder.
_ANNOUNCEMENT = 32 * MIB


class AnnouncedTaken(Taken):
    """A file that is to come."""

    name: Annotated[str, Field(min_length=1, max_length=20_000)]
    size: Annotated[int, Field(ge=0, le=2**60)] | None = None
    sha256: Hex = ""


class NewBatch(Taken):
    """The files that are to come together."""

    items: Annotated[list[AnnouncedTaken], Field(min_length=1, max_length=5_000)]


class ItemGiven(Given):
    """An announced file and what became of it."""

    id: UUID
    number: int
    name: str
    size: int | None
    state: str
    because: str
    file_id: UUID | None


class BatchGiven(Given):
    """A delivery."""

    id: UUID
    case_id: UUID
    exhibit_id: UUID
    announced: datetime
    items: list[ItemGiven]


class StoredGiven(Given):
    """What was received: the answer that the sender can keep."""

    file: UUID
    sha256: str
    sha512: str
    size: int
    state: str
    because: str
    position: int
    digest: str


class InLanguage(Asked):
    """In which language the person who gets it reads."""

    language: Literal["en", "fr", "ar", "fa", "tr"] = "en"


class StatedTaken(Taken):
    """The SHA-256 that the sender computed while it read."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@routes.post("/exhibits/<uuid:exhibit_id>/batches")
@described(
    Description("Announce which files are to come", takes=NewBatch, gives=BatchGiven, status=201, limit=_ANNOUNCEMENT)
)
def announced(exhibit_id: UUID, taken: NewBatch) -> BatchGiven:
    """Announce files."""
    coming = [Announced(one.name, one.size, one.sha256) for one in taken.items]
    with transaction() as session:
        batch, items = intake.announce(session, actor(), exhibit_id, coming, source="api")
        return _batch(batch, items)


@routes.get("/batches/<uuid:batch_id>")
@described(Description("A delivery and what became of each file", gives=BatchGiven))
def one_batch(batch_id: UUID) -> BatchGiven:
    """Give a delivery."""
    with transaction() as session:
        return _batch(*intake.fetch(session, actor(), batch_id))


@routes.put("/batches/<uuid:batch_id>/items/<uuid:item_id>/content")
@described(
    Description(
        "Send the bytes of an announced file, raw; a stated hash that differs sets the file aside",
        gives=StoredGiven,
        status=201,
        body=_BYTES,
        headers={"X-Content-SHA256": "the SHA-256 that you computed"},
    )
)
def received(batch_id: UUID, item_id: UUID) -> StoredGiven:
    """Take the bytes of a file."""
    request.max_content_length = services().config.limits.file_bytes
    with transaction() as session:
        intake.item_of(session, actor(), batch_id, item_id)
    stated = request.headers.get("X-Content-SHA256", "")
    hashes = [Stated("sha256", stated, stated_by=f"{actor().name}, with the upload")] if stated else []
    file, _receipt = delivering.take_in(actor(), item_id, request.stream, stated=hashes, size=request.content_length)
    return _stored(file)


@routes.post("/batches/<uuid:batch_id>/items/<uuid:item_id>/stated")
@described(Description("State the hash computed while sending", takes=StatedTaken, gives=StoredGiven))
def hash_stated(batch_id: UUID, item_id: UUID, taken: StatedTaken) -> StoredGiven:
    """Compare the sender's hash."""
    with transaction() as session:
        intake.item_of(session, actor(), batch_id, item_id)
        stated = Stated("sha256", taken.sha256, stated_by=f"{actor().name}'s program, while it read the file")
        file = intake.state(session, actor(), item_id, stated)
    return _stored(file)


@routes.get("/batches/<uuid:batch_id>/receipt.json")
@described(Description("The signed receipt of a delivery", media=JSON))
def receipt(batch_id: UUID) -> Answer:
    """Give the signed receipt."""
    with transaction() as session:
        made = receipts.issue(session, actor(), services().keyring, batch_id, office=services().config.office)
    return Response(made.to_json(), mimetype=JSON)


@routes.get("/batches/<uuid:batch_id>/receipt.pdf")
@described(Description("The signed receipt of a delivery, to print", media="application/pdf"))
def printed_receipt(batch_id: UUID) -> Answer:
    """Give the signed receipt as PDF."""
    with transaction() as session:
        made = receipts.issue(session, actor(), services().keyring, batch_id, office=services().config.office)
    answer = Response(receipt_pdf(made), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="receipt-{str(batch_id)[:8]}.pdf"'
    return answer


@routes.get("/exhibits/<uuid:exhibit_id>/receipt.json")
@described(Description("The signed receipt of a thing, with or without files", asks=InLanguage, media=JSON))
def receipt_of_thing(exhibit_id: UUID, asked: InLanguage) -> Answer:
    """Give the signed receipt of a thing."""
    return Response(_of_thing(exhibit_id, asked).to_json(), mimetype=JSON)


@routes.get("/exhibits/<uuid:exhibit_id>/receipt.pdf")
@described(
    Description("The signed receipt of a thing, to print where it is taken", asks=InLanguage, media="application/pdf")
)
def printed_receipt_of_thing(exhibit_id: UUID, asked: InLanguage) -> Answer:
    """Give the signed receipt of a thing as PDF."""
    answer = Response(receipt_pdf(_of_thing(exhibit_id, asked)), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="exhibit-{str(exhibit_id)[:8]}.pdf"'
    return answer


def _of_thing(exhibit_id: UUID, asked: InLanguage) -> SignedReceipt:
    house = services()
    with transaction() as session:
        return receipts.for_thing(
            session, actor(), house.keyring, exhibit_id, office=house.config.office, language=asked.language
        )


def _batch(batch: Batch, items: list[BatchItem]) -> BatchGiven:
    told = [
        ItemGiven(
            id=one.id,
            number=one.number,
            name=one.shown_name,
            size=one.size,
            state=one.state,
            because=one.because,
            file_id=one.file_id,
        )
        for one in items
    ]
    return BatchGiven(
        id=batch.id, case_id=batch.case_id, exhibit_id=batch.exhibit_id, announced=batch.announced, items=told
    )


def _stored(file: File) -> StoredGiven:
    with transaction() as session:
        entry = files.arrival(session, file)
    place = (entry.position, entry.digest) if entry else (0, "")
    return StoredGiven(
        file=file.id, sha256=file.sha256, sha512=file.sha512, size=file.size, state=file.state,
        because=file.state_because,
        position=place[0], digest=place[1],
    )  # fmt: skip
