"""Coming in and going out: sign-in, sign-out, and the purpose for which one reads."""

from urllib.parse import urlsplit

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.auth import visitor
from app.pages.counter import Desk, Page, Shown, form, page, returning, typed
from app.wiring import services
from cases import access
from core.errors import Invalid

routes = Desk("accounts", __name__)


class NotKnown(Invalid):
    """Name and password do not belong together, or the account is closed; which of these is not told."""


@routes.shows("/sign-in")
def sign_in() -> Shown:
    """Ask who comes in."""
    if visitor() is not None:
        return redirect(url_for("desk.start"))
    return page("door/sign_in.html", next=_onward(), idle=services().config.idle_minutes)


@routes.takes("/sign-in")
@returning(sign_in)
def enter() -> Response:
    """Let somebody in by name and password."""
    if not auth.sign_in(typed("name"), request.form.get("password", "")):
        message = "The name and the password do not belong together, or the account is closed"
        raise NotKnown(message, fields={"name": message})
    return redirect(_onward())


@routes.takes("/sign-out")
def sign_out() -> Response:
    """End the sign-in, here and on the server."""
    auth.sign_out()
    return redirect(url_for("accounts.sign_in"))


@routes.shows("/purpose")
def purpose() -> Page:
    """Ask for what purpose the person reads."""
    options = [{"value": name, "text": words[:1].upper() + words[1:]} for name, words in access.PURPOSES.items()]
    return page("door/purpose.html", form=form(purpose=auth.actor().purpose), options=options, next=_onward())


@routes.takes("/purpose")
@returning(purpose)
def choose_purpose() -> Response:
    """Keep the purpose for this sign-in."""
    auth.actor()
    auth.choose_purpose(typed("purpose"))
    return redirect(_onward())


def _onward() -> str:
    """Where the person wanted to go, as long as it is a page of this house."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    outside = (
        parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or "\\" in wanted
    )
    return url_for("desk.start") if outside else wanted
