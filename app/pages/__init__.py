"""The desk's pages: wiring of its parts, and what every template finds ready."""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any, Final
from urllib.parse import unquote

from flask import Flask, Response, request, url_for
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from markupsafe import Markup

from app.auth import visitor
from app.pages import account, cases, counter, deciding, door, exports, fonts, money, people, search, start
from app.pages.collecting import data_orders, online
from app.pages.ending import keeping as ending_keeping
from app.pages.ending import orders as ending_orders
from app.pages.evidence import continuity, custody, deliveries, exhibits, files, uploads
from app.pages.integrity import hashes, incidents
from app.pages.oversight import administration, ledgers, log
from app.pages.store import audits, conflicts, kits, obligations, places
from app.pages.views import frame, words
from app.wiring import services
from core import accounts

PARTS: Final[tuple[ModuleType, ...]] = (
    account, start, deciding, cases, people, exhibits, custody, continuity, deliveries, uploads, files, money, search,
    exports, ledgers,
    administration, log, fonts, incidents, hashes, ending_orders, ending_keeping,
    places, conflicts, kits, audits, obligations, data_orders, online,
)  # fmt: skip
# The page that hashes runs WebAssembly in a worker of its own; nothing else may, and the worker may load nothing else.
_WORKER: Final = "/static/desk/hash-worker.js"
_WORKER_POLICY: Final = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"


def set_up(app: Flask) -> None:
    """Put the pages on the application."""
    components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    known = app.jinja_env.loader
    app.jinja_env.loader = ChoiceLoader([components] if known is None else [known, components])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        when=_when,
        size=words.size,
        exact=words.exact,
        short=words.short,
        plain=_plain,
        plain_lines=_plain_lines,
    )
    app.jinja_env.globals["shortest_password"] = accounts.SHORTEST
    app.context_processor(_frame)
    app.after_request(_worker_policy)
    app.register_blueprint(door.routes)
    app.register_blueprint(counter.desk)


def _frame() -> dict[str, Any]:
    known = visitor()
    language = frame.language(request.args.get("lang", ""), request.cookies.get("language", ""))
    about = frame.Frame(
        office=services().config.office, here=request.full_path.rstrip("?"), language=language, zone=_zone_name()
    )
    if known is None:
        return {"page": about}
    return {"page": frame.signed_in(about, known.actor, known.display, request.path)}


def _zone_name() -> str:
    named = unquote(request.cookies.get("zone", "UTC"))
    return named if words.zone(named) is not UTC else "UTC"


def _when(moment: datetime | None) -> Markup:
    if moment is None:
        return Markup("")
    told = words.universal(moment)
    local = words.local(moment, words.zone(_zone_name()))
    return Markup('<time class="desk-time" datetime="{}" title="{}" data-utc="{}">{}</time>').format(
        moment.astimezone(UTC).isoformat(), told, told, local
    )


def _plain(text: str) -> str:
    """A name as it may be shown: protected names hidden, control and direction characters written out."""
    return words.plain(counter.hidden(text))


def _plain_lines(text: str) -> str:
    """Running text as it may be shown: protected names hidden, overriding and control characters written out."""
    return words.plain_lines(counter.hidden(text))


def _worker_policy(answer: Response) -> Response:
    if request.path in {_WORKER, url_for("static", filename="desk/hash-worker.js")}:
        answer.headers.setdefault("Content-Security-Policy", _WORKER_POLICY)
    return answer
