"""Pages of the administrator: is it well, what failed, since when; who may come in, and as what."""

import shutil
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import fixing, worker
from app.auth import HOUSE_CHAIN, actor
from app.outside import attesting
from app.pages.counter import Page, desk, form, page, place, returning, typed
from app.pages.shapes.health import Part, failures_table, jobs_table, users_table
from app.pages.views.words import size, state
from app.wiring import services, transaction
from core import accounts, clock, jobs
from core.accounts import Role
from core.errors import Forbidden, Unavailable
from core.jobs import FAILED, Job
from core.ledger import entries as ledger
from evidence.keys import standing

_LITTLE_ROOM = 5 * 1024**3
_MOST_FAILURES = 50


class NotAnAdministrator(Forbidden):
    """Accounts and machinery are looked after by administrators."""


@desk.shows("/administration")
def administration() -> Page:
    """How the house is, who may come in, and what failed."""
    _administrator()
    with transaction() as session:
        failed = list(
            session.scalars(select(Job).where(Job.state == FAILED).order_by(Job.ended.desc()).limit(_MOST_FAILURES))
        )
        return page(
            "oversight/administration.html",
            health=_health(session, len(failed)),
            users=users_table(accounts.everyone(session), place()),
            jobs=jobs_table(jobs.tally(session), place()),
            failures=failures_table(failed, place()),
            roles=_roles(),
        )


@desk.takes("/administration/accounts")
@returning(administration)
def add_user() -> Response:
    """Make an account."""
    _administrator()
    name, roles = typed("name"), _chosen()
    with transaction() as session:
        user = accounts.add(session, name, roles, request.form.get("password", ""), display=typed("display"))
        ledger.append(session, HOUSE_CHAIN, actor(), "account made", subject=user.id, name=name, roles=sorted(roles))
    return redirect(url_for("desk.administration"))


@desk.shows("/administration/accounts/<name>")
def user(name: str) -> Page:
    """One account and what can be changed about it."""
    _administrator()
    with transaction() as session:
        found = accounts.named(session, name)
        told = {"name": found.name, "display": found.display, "active": found.active}
        told["state"] = state("active" if found.active else "closed")
        return page("oversight/user.html", user=told, roles=_roles(found.roles), form=form())


@desk.takes("/administration/accounts/<name>/roles")
@returning(user)
def change_roles(name: str) -> Response:
    """Give an account other roles; everything issued to it ends."""
    _administrator()
    roles = _chosen()
    with transaction() as session:
        found = accounts.named(session, name)
        accounts.change_roles(session, found, roles)
        ledger.append(session, HOUSE_CHAIN, actor(), "roles changed", subject=found.id, name=name, roles=sorted(roles))
    return redirect(url_for("desk.user", name=name))


@desk.takes("/administration/accounts/<name>/password")
@returning(user)
def change_password(name: str) -> Response:
    """Set a new password; everything issued to the account ends."""
    _administrator()
    with transaction() as session:
        found = accounts.named(session, name)
        accounts.change_password(session, found, request.form.get("password", ""))
        ledger.append(session, HOUSE_CHAIN, actor(), "password changed", subject=found.id, name=name)
    return redirect(url_for("desk.user", name=name))


@desk.takes("/administration/accounts/<name>/close")
@returning(user)
def close_user(name: str) -> Response:
    """Close an account; what it did stays in the ledgers."""
    _administrator()
    with transaction() as session:
        found = accounts.named(session, name)
        accounts.deactivate(session, found)
        ledger.append(session, HOUSE_CHAIN, actor(), "account closed", subject=found.id, name=name)
    return redirect(url_for("desk.user", name=name))


@desk.takes("/administration/jobs/again")
def retry_jobs() -> Response:
    """Ask once more for all work that failed."""
    _administrator()
    with transaction() as session:
        failed = list(session.scalars(select(Job).where(Job.state == FAILED)))
        for one in failed:
            jobs.again(session, one)
        ledger.append(session, HOUSE_CHAIN, actor(), "failed work asked for again", jobs=len(failed))
    return redirect(url_for("desk.administration"))


def _administrator() -> None:
    if not actor().holds(Role.ADMINISTRATOR):
        raise NotAnAdministrator("accounts and machinery are looked after by administrators")


def _chosen() -> list[Role]:
    return [Role(one) for one in request.form.getlist("roles") if one in set(Role)]


def _roles(held: Collection[str] = ()) -> list[dict[str, Any]]:
    return [{"value": one.value, "text": one.value, "checked": one.value in held} for one in Role]


def _health(session: Session, failed: int) -> list[Part]:
    """Each part of the house: is it well, and since when is it not."""
    house = services()
    free = shutil.disk_usage(house.config.vault if house.config.vault.exists() else house.config.instance).free
    waiting = jobs.oldest_due(session, tuple(worker.KINDS))
    told = f"the oldest waits since {clock.stamp(waiting)[:16].replace('T', ' ')} UTC" if waiting else "nothing waits"
    return [
        Part("Database", f"{house.engine.dialect.name}, {ledger.count(session):,} ledger entries", state("well")),
        _index(),
        Part("Vault", f"{size(free)} free", state("well" if free > _LITTLE_ROOM else "ill")),
        *_keys(session),
        _stored(session),
        _log(session),
        Part("Work", f"{failed} failed; {told}", state("ill" if failed else "well")),
    ]


def _keys(session: Session) -> list[Part]:
    """Who keeps the keys and when they were last turned, tried and saved; nothing of any case."""
    found = standing.of(session, services().keyring)
    kept = f"{found.provider}, master key {found.master}, signing key {found.signing}, {found.cases} case keys"
    turned = f"last turned {_day(found.master_turned)}" + (f"; {found.turning} half turned" if found.turning else "")
    shares = f"shares {found.shares}, last drill {_day(found.drilled)}"
    return [
        Part("Keys", f"{kept}, {turned}; {shares}", state("ill" if found.turning else "well")),
        _backup(found),
    ]


def _backup(found: standing.Standing) -> Part:
    """When the last backup was made: ill when it is twice as old as the settings say, or the next one did not come."""
    config = services().config
    by_itself = f"one each {config.backup_hours} hours" if config.backup_folder else "none comes by itself"
    hindered = f"; the next was hindered: {found.backup_hindered}" if found.backup_hindered else ""
    old = clock.now() - timedelta(hours=2 * config.backup_hours)
    well = bool(found.backed_up) and clock.parse(found.backed_up) > old and not found.backup_hindered
    return Part("Backup", f"last made {_day(found.backed_up)}, {by_itself}{hindered}", state("well" if well else "ill"))


def _day(stamp: str) -> str:
    return f"{stamp[:16].replace('T', ' ')} UTC" if stamp else "never"


def _log(session: Session) -> Part:
    found = attesting.weaknesses(session)
    told = found[0] if found else "signed, witnessed and time-stamped"
    more = f"; {len(found) - 1} more on the page of the log" if len(found) > 1 else ""
    return Part("Log", told + more, state("ill" if found else "well"))


def _stored(session: Session) -> Part:
    found = fixing.coverage(session)
    return Part("Stored bytes", str(found), state("well" if found.whole else "ill"))


def _index() -> Part:
    try:
        ready = services().index.ready()
    except Unavailable as away:
        return Part("Index", away.message, state("away"))
    return Part("Index", f"{ready.engine}, {ready.documents:,} passages", state("well"))
