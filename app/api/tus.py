"""The tus 1.0.0 protocol for resumable uploads, so that any of its clients can send evidence.

Core protocol and the extensions creation, creation-with-upload, expiration, checksum, termination and concatenation.
An offset that is told here is durable: its bytes were synced and their rows committed before.
"""

import base64
import binascii
from collections.abc import Callable
from email.utils import format_datetime
from functools import wraps
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as Answer

from app import uploading
from app.auth import actor, by_token
from app.errors import answer as told_refusal
from app.errors import refused
from app.wiring import services, transaction
from core import clock
from core.errors import Conflict, Invalid, Missing, Refusal
from evidence.uploads import plans, sessions
from evidence.uploads.parts import WrongPart
from evidence.uploads.plans import Plan
from evidence.uploads.rows import Kind, State, Upload
from evidence.vault import TooLarge

PREFIX: Final = "/api/uploads"
VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,expiration,checksum,termination,concatenation"
CHECKSUMS: Final = ("sha1", "sha256", "sha512")
_BYTES: Final = "application/offset+octet-stream"
_MISMATCH: Final = 460
_LONGEST_METADATA: Final = 16_384
routes = Blueprint("tus", __name__, url_prefix=PREFIX)


class BadHeader(Invalid):
    """A header of the protocol is missing or cannot be read."""


class OtherVersion(Conflict):
    """The client speaks another version of the protocol."""


class WrongOffset(Conflict):
    """The bytes were sent for another place than where the upload stands."""


class WrongKind(Invalid):
    """The bytes of an upload are sent as application/offset+octet-stream."""


class NotForBytes(Conflict):
    """A joined upload takes no bytes; its pieces do."""


class Gone(Missing):
    """The upload has ended, and its parts were removed."""


_STATUS: Final[dict[type[Refusal], int]] = {
    OtherVersion: 412,
    WrongKind: 415,
    NotForBytes: 403,
    Gone: 410,
    WrongPart: _MISMATCH,
    TooLarge: 413,
    sessions.UploadEnded: 409,
    Invalid: 400,
}


def _speaking(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Hold a view to the protocol: its version, its statuses, and the method that a client names in a header."""

    @wraps(view)
    def door(**parts: Any) -> Answer:
        try:
            if request.headers.get("Tus-Resumable", "") != VERSION:
                raise OtherVersion(f"this address speaks tus {VERSION}; say so with Tus-Resumable: {VERSION}")
            return view(**parts)
        except Refusal as refusal:
            for kind in type(refusal).__mro__:
                if kind in _STATUS:
                    return told_refusal(_STATUS[kind], refusal.code, refusal.message, refusal.fields)
            return refused(refusal)

    return door


@routes.after_request
def _signed(answer: Response) -> Response:
    answer.headers["Tus-Resumable"] = VERSION
    if answer.status_code == _STATUS[OtherVersion] or request.method == "OPTIONS":
        answer.headers["Tus-Version"] = VERSION
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.route("", methods=["OPTIONS"], provide_automatic_options=False)
@routes.route("/<uuid:upload_id>", methods=["OPTIONS"], provide_automatic_options=False)
def what_is_spoken(upload_id: UUID | None = None) -> Answer:  # noqa: ARG001 - both addresses say the same
    """Tell what of the protocol is spoken here."""
    answer = Response(status=204)
    answer.headers["Tus-Extension"] = EXTENSIONS
    answer.headers["Tus-Checksum-Algorithm"] = ",".join(CHECKSUMS)
    answer.headers["Tus-Max-Size"] = str(services().config.limits.file_bytes)
    return answer


@routes.route("", methods=["POST"])
@_speaking
def created() -> Answer:
    """Create an upload, a piece of one, or the whole of such pieces; the first bytes may come with it."""
    metadata = _metadata()
    exhibit, name = _exhibit(metadata), metadata.get("filename") or metadata.get("name") or "unnamed"
    concat, written = request.headers.get("Upload-Concat", ""), request.headers.get("Upload-Metadata", "")
    sha256 = metadata.get("sha256", "").lower()
    if concat.startswith("final;"):
        row = uploading.join(actor(), exhibit, name, _pieces(concat), Plan(0, sha256), metadata=written)
        return _created(row)
    if concat not in {"", "partial"}:
        raise BadHeader("Upload-Concat is either partial, or final; with the addresses of the pieces")
    size = _number("Upload-Length")
    plan = Plan(size, sha256, part_bytes=plans.fitting(size, services().config.limits.part_bytes))
    if size > services().config.limits.file_bytes:
        raise TooLarge(f"one file may have at most {services().config.limits.file_bytes} bytes here")
    row = (
        uploading.begin_partial(actor(), exhibit, plan)
        if concat
        else uploading.begin(actor(), exhibit, name, plan, metadata=written)
    )
    if request.mimetype == _BYTES:
        return _created(row, _taken(row.id, 0))
    return _created(row)


@routes.route("/<uuid:upload_id>", methods=["HEAD", "GET", "PATCH", "DELETE", "POST"])
@_speaking
def spoken_to(upload_id: UUID) -> Answer:
    """Do what the method says, or the header that stands in for a method which the client cannot send."""
    method = request.headers.get("X-HTTP-Method-Override", request.method).upper()
    if request.method not in {method, "POST"} and not by_token():
        raise BadHeader("only a POST may stand in for another method")  # what is safe came past the form token
    ways: dict[str, Callable[[UUID], Answer]] = {"HEAD": _head, "PATCH": _patch, "DELETE": _delete}
    if method not in ways:
        answer = told_refusal(405, "MethodNotAllowed", "this address takes HEAD, PATCH and DELETE")
        answer.headers["Allow"] = "HEAD, PATCH, DELETE, OPTIONS"
        return answer
    return ways[method](upload_id)


def _head(upload_id: UUID) -> Answer:
    with transaction() as session:
        row = sessions.fetch(session, actor(), upload_id)
    _not_gone(row)
    answer = Response(status=200)
    answer.headers["Upload-Length"] = str(row.size)
    if row.kind != Kind.FINAL or row.state in {State.WHOLE, State.STORED}:
        answer.headers["Upload-Offset"] = str(row.size if row.state == State.STORED else row.offset)
    if row.metadata_as_sent:
        answer.headers["Upload-Metadata"] = row.metadata_as_sent
    if row.kind == Kind.PARTIAL:
        answer.headers["Upload-Concat"] = "partial"
    if row.kind == Kind.FINAL:
        answer.headers["Upload-Concat"] = "final;" + " ".join(f"{PREFIX}/{one}" for one in row.joined_of)
    return _expiring(answer, row)


def _patch(upload_id: UUID) -> Answer:
    if request.mimetype != _BYTES:
        raise WrongKind(f"send the bytes as {_BYTES}")
    offset = _number("Upload-Offset")
    with transaction() as session:
        row = sessions.fetch(session, actor(), upload_id)
    _not_gone(row)
    if row.kind == Kind.FINAL:
        raise NotForBytes("this upload is made of others, and takes no bytes itself")
    if offset != row.offset:
        raise WrongOffset(f"this upload stands at {row.offset}, and bytes for {offset} were sent; ask with HEAD")
    if (request.content_length or 0) > row.size - offset:
        raise TooLarge(f"{row.size - offset} bytes of this upload are missing, and more were sent; none was kept")
    return _standing(_taken(upload_id, offset))


def _delete(upload_id: UUID) -> Answer:
    with transaction() as session:
        row = sessions.fetch(session, actor(), upload_id)
    _not_gone(row)
    uploading.cancel(actor(), upload_id, "its sender ended it (tus termination)")
    return Response(status=204)


def _taken(upload_id: UUID, offset: int) -> Upload:
    """Take the body in, and give the upload as it stands then."""
    request.max_content_length = services().config.limits.file_bytes
    checksum = request.headers.get("Upload-Checksum", "")
    if checksum:
        algorithm, digest = _checksum(checksum)
        if request.content_length is None:
            raise BadHeader("bytes with a checksum need their Content-Length")
        uploading.take_checked(actor(), upload_id, offset, request.stream, request.content_length, algorithm, digest)
    else:
        for _held in uploading.take_stream(actor(), upload_id, offset, request.stream, most=request.content_length):
            continue
    with transaction() as session:
        return sessions.fetch(session, actor(), upload_id)


def _created(row: Upload, after: Upload | None = None) -> Answer:
    answer = Response(status=201)
    answer.headers["Location"] = url_for(".spoken_to", upload_id=row.id)
    if after is not None:
        answer.headers["Upload-Offset"] = str(after.offset)
    return _expiring(answer, row)


def _standing(row: Upload) -> Answer:
    answer = Response(status=204)
    answer.headers["Upload-Offset"] = str(row.offset)
    return _expiring(answer, row)


def _expiring(answer: Answer, row: Upload) -> Answer:
    if row.state == State.OPEN:
        answer.headers["Upload-Expires"] = format_datetime(row.expires, usegmt=True)
    return answer


def _not_gone(row: Upload) -> None:
    late = row.state == State.OPEN and row.expires <= clock.now()
    if late or row.state in {State.CANCELLED, State.EXPIRED}:
        raise Gone(f"this upload has ended: {row.because or 'its time ran out'}; begin a new one")


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise BadHeader(f"{header} is a whole number, zero or more")
    return int(text)


def _checksum(text: str) -> tuple[str, bytes]:
    algorithm, _, value = text.partition(" ")
    if algorithm not in CHECKSUMS:
        raise BadHeader("Upload-Checksum is by one of: " + ", ".join(CHECKSUMS))
    try:
        return algorithm, base64.b64decode(value, validate=True)
    except binascii.Error as fault:
        raise BadHeader("the value of Upload-Checksum is not Base64") from fault


def _metadata() -> dict[str, str]:
    """The pairs that the client sent; raises BadHeader for what breaks the protocol's form."""
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > _LONGEST_METADATA:
        raise BadHeader(f"Upload-Metadata has at most {_LONGEST_METADATA} characters")
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in text.split(","))):
        key, _, value = pair.partition(" ")
        if not key.isascii() or not key.isprintable() or key in found:
            raise BadHeader("each key of Upload-Metadata is ASCII and stands once")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as fault:
            raise BadHeader(f"the value of «{key}» in Upload-Metadata is not text in Base64") from fault
    return found


def _exhibit(metadata: dict[str, str]) -> UUID:
    try:
        return UUID(metadata["exhibit"])
    except (KeyError, ValueError) as fault:
        raise BadHeader("say for which exhibit: «exhibit» with its id in Upload-Metadata") from fault


def _pieces(concat: str) -> list[UUID]:
    names = concat.removeprefix("final;").split()
    try:
        found = [UUID(one.rstrip("/").rpartition("/")[2]) for one in names]
    except ValueError as fault:
        raise BadHeader("Upload-Concat names an address that is none of an upload") from fault
    if not found or len(found) > plans.MOST_PARTS:
        raise BadHeader("Upload-Concat names the pieces after «final;»")
    return found
