"""The page of one's own account: password, tokens for programs, and what one has done of late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from flask import flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import auth
from app.auth import HOUSE_CHAIN, actor
from app.pages.counter import Page, desk, form, identity, page, place, returning, typed
from app.pages.shapes.account import searches_table, tokens_table
from app.pages.shapes.ledger import entries_table
from app.pages.views.tables import Table
from app.wiring import transaction
from cases.access import Act
from core import accounts
from core.accounts import Token, User
from core.errors import Invalid
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from search.answers import searches

_OWN_ENTRIES: Final = 50
_LONGEST: Final = 366


class NotYourPassword(Invalid):
    """The present password is another one, so it is not changed."""


class BadToken(Invalid):
    """A token cannot be issued like this."""


@desk.shows("/account")
def account() -> Page:
    """One's own account."""
    who = actor()
    with transaction() as session:
        query = select(Entry).where(Entry.actor == who.signature).order_by(Entry.at.desc(), Entry.chain, Entry.position)
        own = list(session.scalars(query.limit(_OWN_ENTRIES)))
        tokens = session.scalars(select(Token).where(Token.user_id == who.id).order_by(Token.issued.desc())).all()
        return page(
            "door/account.html",
            entries=_own_entries(own),
            searches=searches_table(searches.of_user(session, who.id), place()),
            tokens=tokens_table(tokens, place()),
            living=[(str(one.id), one.label) for one in tokens if one.revoked is None],
            scopes=[{"value": one.value, "text": one.value} for one in Act],
            form=form(days="30"),
            roles=who.role_words,
        )


@desk.takes("/account/password")
@returning(account)
def change_own_password() -> Response:
    """Set another password, which ends every sign-in and token of the account, this one too."""
    who = actor()
    with transaction() as session:
        fits = accounts.check_password(session, who.name, request.form.get("present_password", ""), auth.door())
    if fits is None:
        message = "This is not your present password"
        raise NotYourPassword(message, fields={"present_password": message})
    with transaction() as session:
        accounts.change_password(session, _own(session), request.form.get("password", ""))
        ledger.append(session, HOUSE_CHAIN, who, "password changed", subject=who.id, name=who.name)
    auth.sign_out()
    flash("Your password was changed. Sign in again with the new one.")
    return redirect(url_for("accounts.sign_in"))


@desk.takes("/account/tokens")
@returning(account)
def issue_token() -> Page:
    """Make a token for a program; it is shown this once."""
    who, label, scopes, days = actor(), typed("label"), request.form.getlist("scopes"), typed("days")
    wrong = {} if label else {"label": "Say what it is for"}
    wrong |= {} if scopes and set(scopes) <= set(Act) else {"scopes": "Choose what it may do"}
    wrong |= {} if days.isdecimal() and 0 < int(days) <= _LONGEST else {"days": f"Use 1 to {_LONGEST} days"}
    if wrong:
        raise BadToken("; ".join(wrong.values()), fields=wrong)
    with transaction() as session:
        token, text = accounts.issue_token(session, _own(session), label, scopes, timedelta(days=int(days)))
        told: dict[str, Any] = {"label": token.label, "scopes": sorted(scopes), "expires": token.expires}
        ledger.append(session, HOUSE_CHAIN, who, "token issued", subject=who.id, name=who.name, **told)
        return page("door/token.html", text=text, label=token.label, expires=token.expires)


@desk.takes("/account/tokens/revoke")
@returning(account)
def revoke_token() -> Response:
    """End a token before its time."""
    who = actor()
    with transaction() as session:
        accounts.revoke_token(session, _own(session), identity(typed("token"), "token"))
        ledger.append(session, HOUSE_CHAIN, who, "token revoked", subject=who.id, name=who.name, token=typed("token"))
    return redirect(url_for("desk.account"))


def _own_entries(found: list[Entry]) -> Table:
    table = entries_table(found, place(), "", "")
    columns = tuple(replace(one, key="") for one in table.columns)
    return replace(table, caption="What you have done of late", columns=columns, csv=False)


def _own(session: Session) -> User:
    return session.get_one(User, actor().id)
