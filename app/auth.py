"""How people and programs come in: turns a request into an `Actor`; the only reader of the current user."""

from datetime import timedelta
from typing import Final

from flask import Flask, Request, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.wiring import services, transaction
from cases import access
from core import accounts, clock
from core.accounts import Actor, NotSignedIn, User
from core.errors import Invalid
from core.ledger import entries as ledger

_SEEN_EVERY = timedelta(minutes=1)
_BEARER: Final = "Bearer "
HOUSE_CHAIN: Final = "access/house"


class BadPurpose(Invalid):
    """What was given as a purpose is none of those that are offered."""


class Visitor(UserMixin):
    """One who is signed in, as flask-login wants it: known by the secret of the sign-in, never by the user's id."""

    def __init__(self, secret: str, actor: Actor, display: str) -> None:
        self.secret = secret
        self.actor = actor
        self.display = display

    def get_id(self) -> str:
        """The secret of the sign-in."""
        return self.secret


def set_up(app: Flask) -> None:
    """Teach the application who comes in by cookie and who by token."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_by_cookie)
    manager.request_loader(_by_token)


def actor() -> Actor:
    """Who acts in this request; raises `NotSignedIn` when nobody does."""
    if not current_user.is_authenticated:
        message = "sign in first; your sign-in may have ended because nothing was done for a while"
        raise NotSignedIn(message)
    known: Actor = current_user.actor
    purpose = request.headers.get("X-Purpose", "")
    return known.for_purpose(checked_purpose(purpose)) if purpose else known


def visitor() -> Visitor | None:
    """Who is signed in, for the head of a page; nothing when nobody is."""
    known: Visitor | None = current_user if current_user.is_authenticated else None
    return known


def by_token() -> bool:
    """Whether this request came in by an API token, which no other site's page can send."""
    return request.headers.get("Authorization", "").startswith(_BEARER)


def sign_in(name: str, password: str) -> bool:
    """Sign in by password; the session begins anew, so one planted beforehand is worthless.

    Gives whether it succeeded; both outcomes are entries.  Raises `TooManyTries`.
    """
    with transaction() as db:
        user = accounts.check_password(db, name, password, door())
        if user is None:
            stranger = Actor(accounts.HOUSE.id, accounts.HOUSE.name, frozenset(), door())
            ledger.append(db, HOUSE_CHAIN, stranger, "sign-in", outcome="refused", name=name[:64])
            return False
        secret = accounts.open_sign_in(db, user, door())
        who = user.actor(door())
        ledger.append(db, HOUSE_CHAIN, who, "sign-in")
        display = user.display
    session.clear()
    login_user(Visitor(secret, who, display))
    return True


def sign_out() -> None:
    """End this browser's sign-in, here and on the server."""
    known = visitor()
    if known is not None:
        with transaction() as db:
            accounts.end_sign_in(db, known.secret)
            ledger.append(db, HOUSE_CHAIN, known.actor, "sign-out")
    logout_user()
    session.clear()


def choose_purpose(purpose: str) -> None:
    """Keep the purpose for which this sign-in reads from now on; the choice is an entry."""
    known = visitor()
    if known is None:
        message = "sign in first"
        raise NotSignedIn(message)
    checked_purpose(purpose)
    with transaction() as db:
        found = accounts.find_sign_in(db, known.secret, _idle())
        if found is not None:
            accounts.note_sign_in(db, found[0], purpose=purpose)
            ledger.append(db, HOUSE_CHAIN, known.actor.for_purpose(purpose), "purpose chosen")
    g.pop("_login_user", None)


def checked_purpose(purpose: str) -> str:
    """A purpose that is offered, or `BadPurpose`; immigration enforcement is not among them (R-PRO-09)."""
    if purpose not in access.PURPOSES:
        message = "the purpose is one of: " + ", ".join(access.PURPOSES)
        raise BadPurpose(message, fields={"purpose": message})
    return purpose


def door() -> str:
    """Through which door the request came, as the ledger writes it."""
    kind = "api" if by_token() else "web"
    return f"{kind} {request.remote_addr or 'local'}"


def _idle() -> timedelta:
    return timedelta(minutes=services().config.idle_minutes)


def _by_cookie(secret: str) -> Visitor | None:
    with transaction() as db:
        found = accounts.find_sign_in(db, secret, _idle())
        if found is None:
            return None
        kept, user = found
        if clock.now() - kept.seen > _SEEN_EVERY:
            accounts.note_sign_in(db, kept, seen=clock.now())
        return Visitor(secret, user.actor(door(), kept.purpose), user.display)


def _by_token(asked: Request) -> Visitor | None:
    given = asked.headers.get("Authorization", "")
    if not given.startswith(_BEARER):
        return None
    with transaction() as db:
        found = accounts.find_token(db, given.removeprefix(_BEARER).strip())
        if found is None:
            return None
        token, user = found
        return Visitor("", _scoped(user, token.scopes), user.display)


def _scoped(user: User, scopes: list[str]) -> Actor:
    return user.actor(door(), scopes=scopes)
