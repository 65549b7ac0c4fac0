"""The API under ``/api/v1``: wiring of its parts, and the one check that a browser's request needs beyond sign-in."""

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from app.api import (
    cases,
    custody,
    deliveries,
    evidence,
    exports,
    ledgers,
    money,
    people,
    search,
    self_service,
    tus,
    uploads,
)
from app.api.collecting import data_orders, online
from app.api.ending import endings, retaining
from app.api.integrity import hashes, incidents
from app.api.openapi import PREFIX, document
from app.api.possession import continuity, deciding
from app.api.store import audits, kits, obligations, places, seals
from app.auth import actor, by_token
from app.security import csrf

_SAFE = {"GET", "HEAD", "OPTIONS"}


def set_up(app: Flask) -> None:
    """Put the API on the application."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    for part in (
        self_service, cases, people, evidence, deliveries, uploads, custody, continuity, deciding, money,
        search, exports, ledgers, endings,
        retaining, places, seals, kits, audits, obligations, incidents, hashes,
        data_orders, online,
    ):  # fmt: skip
        csrf.exempt(part.routes)
        api.register_blueprint(part.routes)
    api.add_url_rule("/openapi.json", "openapi", _document, methods=["GET"])
    api.before_request(_no_forgery)
    csrf.exempt(api)
    app.register_blueprint(api)
    # The same uploads for clients of tus: not JSON, so not among the described addresses, but behind the same guard.
    spoken = Blueprint("uploading", __name__)
    spoken.before_request(_no_forgery)
    spoken.register_blueprint(tus.routes)
    csrf.exempt(tus.routes)
    csrf.exempt(spoken)
    app.register_blueprint(spoken)


def _document() -> Response:
    return jsonify(document(current_app))


def _no_forgery() -> None:
    # A token is sent by no other site's page; a cookie is, so a change that comes with a cookie needs the form token.
    # Only the header is looked at: to look for a form would read the body, which may be a file of many gigabytes.
    if request.method in _SAFE or by_token():
        return
    actor()
    try:
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError as forged:
        raise CSRFError(str(forged)) from forged
