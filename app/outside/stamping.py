"""Asking time-stamp authorities for what is not yet stamped, and looking up whether their signers were revoked."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from cryptography.x509 import Certificate

from app.outside.calling import Unreachable, call
from app.wiring import transaction
from core import clock
from core.errors import Refusal
from core.ledger import timestamps
from core.ledger.outside import vouching
from core.ledger.outside.settings import AuthorityAt
from core.ledger.rfc3161 import revocation, signers, tokens
from core.ledger.rfc3161.signers import Chain, RevocationUnknown, SignerRevoked
from core.ledger.timestamps import Came, Timestamp

_MOST: Final = 20
_MOST_LIST: Final = 8 << 20
_log = logging.getLogger("probanda.stamping")


class NoSuchAuthority(Unreachable):
    """A stamp was asked of an authority that the settings do not name any more."""


def stamp_waiting(authorities: Sequence[AuthorityAt]) -> list[str]:
    """Ask for each stamp that is waiting, once; gives why those that did not come did not.

    An authority that does not answer is not asked again in the same run, so it delays nothing.
    """
    by_name = {one.name: one for one in authorities}
    with transaction() as session:
        rows = [(row.id, row.authority, row.digest) for row in timestamps.waiting(session, _MOST)]
    away: dict[str, str] = {}
    for row_id, name, digest in rows:
        if name in by_name and name not in away and (why := _stamp(row_id, by_name[name], digest)):
            away[name] = why
    _settle()
    return list(away.values())


def renew_expiring() -> int:
    """Ask anew for the stamps whose certificates end soon; gives how many."""
    with transaction() as session:
        waiting = {(row.kind, row.subject, row.authority) for row in timestamps.waiting(session, 1000)}
        due = [row for row in timestamps.expiring(session)
               if (row.kind, row.subject, row.authority) not in waiting]  # fmt: skip
        for row in due:
            timestamps.want_again(session, row)
        return len(due)


def obtain(at: AuthorityAt, digest: bytes) -> Came:
    """Ask an authority for a stamp on a SHA-256 and check everything; raises one reason for each way of not holding."""
    believed = at.believed()
    asked = tokens.request_for(digest, secrets.randbits(64) | 1 << 63)
    answer = call(at.url, asked, "application/timestamp-query", most=tokens.MOST_BYTES)
    if answer.status != 200:
        raise Unreachable(f"{at.name} answers {answer.status}: {answer.text}")
    stamp = tokens.check_digest(answer.body, digest, asked, believed)
    lists, known = looked_up(stamp.chain)
    return Came(asked, answer.body, stamp, lists, known)


def looked_up(chain: Chain) -> tuple[list[bytes | None], str]:
    """Fetch what is said about the certificates of a chain, and read what it says; raises `SignerRevoked`.

    For each certificate its issuer's list, or where none is named or had, a responder's answer.
    """
    if not any(revocation.lists(own) or revocation.responders(own) for own, _issuer in chain.links):
        return [None for _one in chain.links], timestamps.UNLISTED
    said = [_fetched(revocation.lists(own)) or _answered(own, issuer) for own, issuer in chain.links]
    try:
        revocation.check(chain, said, clock.now())
    except RevocationUnknown as unknown:
        _log.warning("%s", unknown.message)
        return said, timestamps.UNKNOWN
    return said, timestamps.CHECKED


def _stamp(row_id: UUID, at: AuthorityAt, digest: str) -> str:
    try:
        came = obtain(at, bytes.fromhex(digest))
    except (Refusal, OSError) as fault:
        why = f"{fault.code}: {fault.message}" if isinstance(fault, Refusal) else f"{at.root}: {fault}"
        state = vouching.AWAY if isinstance(fault, Unreachable) else vouching.REFUSED
        _log.warning("not yet time-stamped by %s: %s", at.name, why)
        with transaction() as session:
            timestamps.failed(session, session.get_one(Timestamp, row_id), why)
            vouching.say(session, vouching.AUTHORITY, at.name, state, why)
        return why
    with transaction() as session:
        row = session.get_one(Timestamp, row_id, with_for_update=True)
        if row.state == timestamps.WAITING:  # another worker may have been quicker
            timestamps.keep(session, row, came)
        vouching.say(session, vouching.AUTHORITY, at.name, vouching.WELL)
    return ""


def _settle() -> None:
    with transaction() as session:
        rows = {row.id: row.chain for row in timestamps.unsettled(session)}
    for row_id, pem in rows.items():
        lists: list[bytes | None] = []
        try:
            lists, said = looked_up(Chain(signers.roots(pem.encode())))
        except SignerRevoked:
            said = timestamps.REVOKED
        with transaction() as session:
            timestamps.settle(session, session.get_one(Timestamp, row_id), said, lists)


def _fetched(points: Sequence[str]) -> bytes | None:
    for url in points:
        try:
            answer = call(url, most=_MOST_LIST)
        except Unreachable as away:
            _log.info("%s", away.message)
            continue
        if answer.status == 200:
            return answer.body
    return None


def _answered(own: Certificate, issuer: Certificate) -> bytes | None:
    for url in revocation.responders(own):
        try:
            answer = call(url, revocation.question(own, issuer), "application/ocsp-request")
        except (Unreachable, RevocationUnknown) as away:
            _log.info("%s", away.message)
            continue
        if answer.status == 200:
            return answer.body
    return None


def named(authorities: Sequence[AuthorityAt]) -> Mapping[str, AuthorityAt]:
    """The authorities by their names."""
    return {one.name: one for one in authorities}
