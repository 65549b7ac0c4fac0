"""Turning the master key or a case's key: in small steps, each a transaction with its entry, and resumed after a kill.

First the new key is made and everything new goes under it; then what lies under the old one is moved, batch by batch;
then, when no writer can still hold the old key, what is left is moved and the old key destroyed.
"""

import time
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.keys import sealed
from app.wiring import services, transaction
from cases.docket import Case
from core.accounts import Actor
from core.errors import Conflict, Refusal
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence.keyring import CaseKey
from evidence.keys import permits, recovery

BATCH: Final = 500
_PATIENCE: Final = 120.0
_PAUSE: Final = 0.2
_BEGUN, _ENDED = "master key being turned", "old master key destroyed"
Told = Callable[[int], object]


class WritersStay(Conflict):
    """A transaction that began before the key was turned is still open, so the old key cannot be destroyed yet."""


class KeyDestroyed(Conflict):
    """The case's key was destroyed; there is nothing to turn."""


def turn_case(actor: Actor, case_id: UUID, *, told: Told = lambda _count: None) -> int:
    """Give a case a new key and move everything under it; gives how many rows were moved now.

    Needs the approval of a second person, except to go on with what was begun.  Raises NotApproved, WritersStay.
    """
    version = _begin_case(actor, case_id)
    moved = _move(actor, case_id, version, told)
    _wait_for_writers()
    moved += _move(actor, case_id, version, told)
    # Whoever has read a row as it was before this and not its key yet, still opens it by the old one.
    _wait_for_writers()
    with transaction() as session:
        _end_case(session, actor, case_id, version)
    return moved


def turn_master(actor: Actor, *, told: Told = lambda _count: None) -> int:
    """Give the deployment a new master key and wrap every case's key by it; gives how many were wrapped now.

    Needs the approval of a second person, except to go on with what was begun.  Raises NotApproved, WritersStay.
    """
    keyring = services().keyring
    permits.administrator(actor)
    if not keyring.turning:
        with transaction() as session:
            if not _begun(session, keyring.master_id):
                permits.use(session, actor, permits.MASTER)
                ledger.append(session, permits.CHAIN, actor, _BEGUN, old=keyring.master_id)
    old = keyring.provider.present().id
    keyring.begin_turning()
    wrapped = _rewrap(actor, told)
    _wait_for_writers()
    wrapped += _rewrap(actor, told)
    _wait_for_writers()
    recovery.renew(keyring)
    # Written before the old key goes: killed in between, the next run finds two keys still and writes it again.
    with transaction() as session:
        words: dict[str, Any] = {"old": old, "new": keyring.master_id, "provider": keyring.provider.name}
        ledger.append(session, permits.CHAIN, actor, _ENDED, **words)
    keyring.finish_turning()
    return wrapped


def check() -> list[str]:
    """What is not as it should be with the keys: each case's key opens, and none is left half turned."""
    keyring, found = services().keyring, []
    if keyring.turning:
        found.append("the master key is half turned; run: probanda keys rotate-master")
    with transaction() as session:
        ids = session.execute(
            select(CaseKey.case_id, func.max(CaseKey.version), func.count()).group_by(CaseKey.case_id)
        )
        for case_id, version, count in ids.all():
            if _gone(session, case_id):
                continue
            if count > 1:
                remaining = sealed.left(session, case_id, version)
                found.append(f"case {case_id}: half turned, {remaining} rows to move; run: probanda keys rotate-case")
            try:
                keyring.case_key(session, case_id)
            except Refusal as fault:
                found.append(f"case {case_id}: {fault}")
    return found


def _begin_case(actor: Actor, case_id: UUID) -> int:
    keyring = services().keyring
    permits.administrator(actor)
    with transaction() as session:
        session.get_one(Case, case_id, with_for_update=True)
        if _gone(session, case_id):
            raise KeyDestroyed("the key of this case was destroyed; there is nothing left to turn")
        versions = session.scalars(select(CaseKey.version).where(CaseKey.case_id == case_id)).all()
        if len(versions) > 1:
            return max(versions)
        permits.use(session, actor, permits.CASE, case_id=case_id)
        version = keyring.turn_case(session, case_id)
        ledger.append(session, permits.CHAIN, actor, "case key turned", case=case_id, subject=case_id, version=version)
        return version


def _move(actor: Actor, case_id: UUID, version: int, told: Told) -> int:
    """Move everything of a case that is under an older key; each batch is one transaction with one entry."""
    keyring, moved = services().keyring, 0
    for holding in sealed.HOLDINGS:
        while True:
            with transaction() as session:
                rows = sealed.some(session, holding, case_id, version, BATCH)
                if not rows:
                    break
                key = keyring.case_key(session, case_id)
                for row in rows:
                    holding.again(session, keyring, row, key)
                session.flush()
                words: dict[str, Any] = {"what": holding.name, "rows": len(rows), "version": version}
                if isinstance(holding, sealed.Wrap):
                    words["objects"] = sorted(str(_id(row)) for row in rows)
                ledger.append(
                    session, permits.CHAIN, actor, "sealed anew", case=case_id, subject=case_id, **words
                )  # fmt: skip
            moved += len(rows)
            told(len(rows))
    return moved


def _end_case(session: Session, actor: Actor, case_id: UUID, version: int) -> None:
    remaining = sealed.left(session, case_id, version)
    if remaining:
        raise WritersStay(f"{remaining} rows came under the old key meanwhile; nothing was destroyed, run it again")
    older = select(CaseKey.version).where(CaseKey.case_id == case_id, CaseKey.version < version)
    for old in session.scalars(older).all():
        services().keyring.destroy_version(session, case_id, old)
        ledger.append(
            session, permits.CHAIN, actor, "old case key destroyed", case=case_id, subject=case_id, version=old
        )


def _begun(session: Session, master: str) -> bool:
    """Whether the turn of this master key was begun with an approval, and killed before the next key was there."""
    query = select(Entry).where(Entry.chain == permits.CHAIN, Entry.act.in_((_BEGUN, _ENDED)))
    last = session.scalar(query.order_by(Entry.position.desc()).limit(1))
    return last is not None and last.act == _BEGUN and ledger.words(last).get("old") == master


def _rewrap(actor: Actor, told: Told) -> int:
    keyring, wrapped = services().keyring, 0
    while True:
        with transaction() as session:
            query = select(CaseKey).where(CaseKey.master != keyring.master_id, func.length(CaseKey.wrapped) > 0)
            rows = session.scalars(query.limit(BATCH).with_for_update()).all()
            if not rows:
                return wrapped
            for row in rows:
                keyring.rewrap(row)
            session.flush()
            cases = sorted(f"{row.case_id}/{row.version}" for row in rows)
            ledger.append(session, permits.CHAIN, actor, "wrapped anew", master=keyring.master_id, keys=cases)
        wrapped += len(rows)
        told(len(rows))


def _wait_for_writers() -> None:
    """Wait until every transaction that began before now has ended; SQLite has one writer and nothing to wait for."""
    engine = services().engine
    if engine.dialect.name != "postgresql":
        return
    older = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND xact_start < :began"
    )
    with engine.connect() as connection:
        began = connection.scalar(text("SELECT clock_timestamp()"))
    until = time.monotonic() + _PATIENCE
    while True:
        with engine.connect() as connection:
            if not connection.scalar(older, {"began": began}):
                return
        if time.monotonic() > until:
            raise WritersStay("a transaction that began before is still open; nothing was destroyed, run it again")
        time.sleep(_PAUSE)


def _gone(session: Session, case_id: UUID) -> bool:
    newest = select(CaseKey.wrapped).where(CaseKey.case_id == case_id).order_by(CaseKey.version.desc()).limit(1)
    return session.scalar(newest) == b""


def _id(row: object) -> object:
    return getattr(row, "id", None) or getattr(row, "export_id", "")
