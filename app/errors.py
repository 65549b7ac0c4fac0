"""Kind of refusal to status, as JSON for programs or as a page for people; the only place that knows statuses."""

import json
import logging
import secrets
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from app.api.describing import NotJson
from app.auth import actor
from app.wiring import transaction
from cases import access
from core.accounts import NotSignedIn, TooManyTries
from core.errors import Conflict, Forbidden, Invalid, Missing, Refusal, Tampered, Unavailable
from evidence.vault import TooLarge

STATUS: Final[Mapping[type[Refusal], int]] = {
    NotSignedIn: 401,
    TooManyTries: 429,
    TooLarge: 413,
    NotJson: 415,
    Missing: 404,
    Forbidden: 403,
    Invalid: 422,
    Conflict: 409,
    Tampered: 500,
    Unavailable: 503,
}
NOTED: Final = (Missing, Forbidden)
_log = logging.getLogger("probanda")


def set_up(app: Flask) -> None:
    """Register the one handler of each kind."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _protocol)
    app.register_error_handler(Exception, _fault)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal: that of its reason where that has one, else that of its kind."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def refused(refusal: Refusal) -> Answer:
    """Answer with a refusal, after writing down who was refused what."""
    if isinstance(refusal, NotSignedIn) and not _for_program():
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    if isinstance(refusal, NOTED) and not isinstance(refusal, NotSignedIn):
        _note(refusal)
    return answer(status_of(refusal), refusal.code, refusal.message, refusal.fields)


def answer(status: int, code: str, message: str, fields: Mapping[str, str] | None = None) -> Answer:
    """An error in its one shape: JSON for programs, a page for people."""
    told: dict[str, Any] = {"code": code, "message": message, "fields": dict(fields or {})}
    if _for_program():
        made = Response(status=status, mimetype="application/json")
        made.set_data(json.dumps({"error": told}, ensure_ascii=False))
        return made
    return Response(render_template("errors/refusal.html", status=status, error=told), status=status)


def _note(refusal: Refusal) -> None:
    try:
        who = actor()
    except Refusal:
        return
    with transaction() as session:
        access.note_refusal(session, who, f"{request.method} {request.path}", refusal.code)


def _forged(_fault: CSRFError) -> Answer:
    return answer(
        400, "FormExpired", "this form is too old or came from elsewhere; nothing was done, load the page again"
    )


def _protocol(fault: HTTPException) -> Answer:
    words = {
        404: "there is no such page",
        405: "this address does not take that method",
        413: "this is larger than this address takes; nothing of it was kept",
        400: "the request cannot be read; nothing was done",
        415: "send this as application/json",
    }
    status = fault.code or 500
    if fault.response is not None and status < 400:
        return fault.response  # type: ignore[return-value] # its type there is the base of all answers
    made = answer(status, fault.name.replace(" ", ""), words.get(status, fault.description or fault.name))
    if status == 405:
        made.headers["Allow"] = ", ".join(getattr(fault, "valid_methods", None) or ())
    return made


def _fault(fault: Exception) -> Answer:
    # The one place that sees every fault: it answers with a number that also stands in the log, and the log has the
    # whole trace.  Nothing of it is told to the outside, since messages of libraries quote what they were given.
    number = secrets.token_hex(4)
    _log.error("fault %s at %s %s", number, request.method, request.path, exc_info=fault)
    if isinstance(fault, (SQLAlchemyError, OSError)):
        return answer(
            503, "OutOfReach", f"something that this needs is out of reach; what was stored is safe (fault {number})"
        )
    return answer(
        500, "Fault", f"this went wrong on our side; what was stored is safe. Tell your administrator: fault {number}"
    )


def _for_program() -> bool:
    return request.path.startswith("/api/")
