"""What makes the log believable from outside, round after round: signed, witnessed, time-stamped, and never silent.

Nothing here delays anybody's work.  Who does not answer is asked again and shown as a weakness until then; a
contradiction with what a witness holds stops the signing at once, is entered, and says what to do.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app import proving
from app.outside import stamping, witnesses
from app.outside.calling import Unreachable
from app.outside.witnesses import Ahead, NotWitnessed, Submission
from app.wiring import services, transaction
from core import clock
from core.accounts import HOUSE
from core.errors import Refusal
from core.ledger import checkpoints, heartbeats, timestamps, tree
from core.ledger import entries as ledger
from core.ledger.checkpoints import CheckpointRow, NothingToSign, WouldFork
from core.ledger.notes import Checkpoint, Signature
from core.ledger.outside import vouching
from core.ledger.outside.settings import WitnessAt

CHAIN: Final = "house/log"
EVERY: Final = timedelta(minutes=1)
# Longer apart than this, and house and witness do not have the same time.
_CLOCKS: Final = timedelta(minutes=5)
_INSTEAD: Final = (
    "Nothing was signed.  If this is an old copy, bring back what is missing and show the newest checkpoint: "
    "probanda ledger rejoin FILE.  If it is lost for good, begin a log with a new name, enter why, and say so to "
    "everybody who holds a checkpoint of this one."
)
_log = logging.getLogger("probanda.attesting")


@dataclass(frozen=True, slots=True)
class Attested:
    """How far the log is vouched for now, and what is missing."""

    size: int = 0
    cosigned: tuple[str, ...] = ()
    stamped: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default_factory=tuple)


def attest() -> None:
    """The round: sign what is new, have it witnessed, and have a checkpoint stamped from time to time."""
    attest_now(stamp=False)


def heartbeat() -> None:
    """The round of the heartbeat: how large the tree is and how the clock is kept, each hour or as the setting says.

    A clock that went back is written down by the next round, not by the next hour.
    """
    every = timedelta(minutes=services().config.heartbeat_minutes)
    with transaction() as session:
        last, now = heartbeats.last_beat(session), clock.now()
        if last is None or now - last.at >= every or last.at - now > heartbeats.SLACK:
            heartbeats.beat(session, tree.size(session), every)


def attest_now(*, stamp: bool = True) -> Attested:
    """Sign the tree as it is and have it vouched for as far as that can be had now; says what is missing.

    With *stamp* this very checkpoint is stamped, as a bundle wants it; else only when the last stamp is old.
    """
    proving.take_in()
    house = services()
    try:
        row = signed()
    except NothingToSign:
        return Attested(missing=("the ledger holds nothing yet",))
    except Refusal as refusal:
        _refused(refusal)
        return Attested(missing=(refusal.message,))
    missing = [why for at in house.config.witnesses if (why := _witness(at, row))]
    _want_stamps(row, at_once=stamp)
    stamping.renew_expiring()
    missing += stamping.stamp_waiting(house.config.time_authorities)
    with transaction() as session:
        lines = checkpoints.cosignatures(session, row)
        stamps = timestamps.of(session, timestamps.CHECKPOINT, str(row.size))
        return Attested(
            row.size,
            tuple(one.witness for one in lines),
            tuple(one.authority for one in stamps if one.state == timestamps.STAMPED),
            tuple(missing),
        )


def stamp_statement(subject: str, digest: str) -> list[str]:
    """Have a statement (a dossier, an export) with this SHA-256 stamped by every authority; gives who did it at once.

    What does not come at once is asked for again by the round.
    """
    authorities = services().config.time_authorities
    with transaction() as session:
        timestamps.want(session, timestamps.STATEMENT, subject, digest, [one.name for one in authorities])
    stamping.stamp_waiting(authorities)
    with transaction() as session:
        return [one.authority for one in timestamps.of(session, timestamps.STATEMENT, subject)
                if one.state == timestamps.STAMPED]  # fmt: skip


def weaknesses(session: Session) -> list[str]:
    """Everything that weakens what the log can prove, each as a sentence: silence, clock, witnesses, time."""
    config, last = services().config, checkpoints.latest(session)
    found = [*map(str, heartbeats.silences(session)), *map(str, heartbeats.clock_faults(session))]
    beat = heartbeats.last_beat(session)
    if beat is None:
        found.append("no heartbeat was ever written: is a worker running?")
    elif beat.clock != "synchronised":
        found.append(f"the server's clock: {beat.clock}")
    found += vouching.weaknesses(session)
    if not config.witnesses:
        found.append("no witness watches this log; print a checkpoint now and then, and keep it elsewhere")
    elif last is not None and (lacking := _lacking(session, last)):
        found.append(lacking)
    if not config.time_authorities:
        found.append("no time-stamp authority is set, so nothing but this server says when something was there")
    return found + list(timestamps.weaknesses(session))


def _lacking(session: Session, last: CheckpointRow) -> str:
    config = services().config
    names = {one.name for one in config.witnesses}
    signed = {one.witness for one in checkpoints.cosignatures(session, last)} & names
    due = min(config.witness_quorum, len(names))
    return "" if len(signed) >= due else (
        f"the last checkpoint ({last.size} entries) is witnessed by {len(signed)} of at least {due}"
    )  # fmt: skip


def signed() -> CheckpointRow:
    """Sign the tree as it is, after every witness was asked whether it holds more than we know of.

    Raises `WouldFork` when one does, or as `core.ledger.checkpoints.sign`; then nothing was signed.
    """
    with transaction() as session:
        proving.put_back(session)
        last, size = checkpoints.latest(session), tree.size(session)
    if last is not None and last.size == size:
        return proving.sign()  # nothing is new, so nothing is signed but what was
    row = proving.sign([one for at in services().config.witnesses for one in _known(at, last)])
    with transaction() as session:
        if vouching.say(session, vouching.LOG, vouching.ITSELF, vouching.WELL, size=row.size) and last is not None:
            ledger.append(session, CHAIN, HOUSE, "signing resumed", size=row.size)
    return row


def _known(at: WitnessAt, last: CheckpointRow | None) -> Sequence[Checkpoint]:
    """What a witness holds of this log; raises `WouldFork` when that is more than was ever signed here."""
    with transaction() as session:
        own = proving.signer(session)
    try:
        if last is not None:
            try:
                return [_submitted_newest(at, last)]
            except Ahead:
                # Ahead of what was signed here; the tree may still begin with it, as when a restore was made good.
                shown = witnesses.held(at, own.origin, own.keys)
                if shown is None:
                    raise
                return [shown]
        shown = witnesses.held(at, own.origin, own.keys)
    except Unreachable as away:
        _said(at, vouching.REFUSED if isinstance(away, NotWitnessed) else vouching.AWAY, away.message)
        return []
    return [] if shown is None else [shown]


def _submitted(at: WitnessAt, row: CheckpointRow) -> Checkpoint:
    """Have a witness sign a checkpoint that was signed here, and keep its line."""
    with transaction() as session:
        guess = {word.name: word.size for word in vouching.words(session, vouching.WITNESS)}.get(at.name, 0)
    signature = witnesses.submit(at, Submission(row.note, row.checkpoint, _proof), guess)
    _keep(at, row, signature)
    return row.checkpoint


def _submitted_newest(at: WitnessAt, row: CheckpointRow) -> Checkpoint:
    """The same, or of a newer one that another worker has signed meanwhile and that the witness may know already."""
    while True:
        try:
            return _submitted(at, row)
        except Ahead:
            with transaction() as session:
                newest = checkpoints.latest(session)
            if newest is None or newest.size <= row.size:
                raise
            row = newest


def _keep(at: WitnessAt, row: CheckpointRow, signature: Signature) -> None:
    state, because = vouching.WELL, ""
    apart = abs((signature.time or 0) - clock.now().timestamp())
    if apart > _CLOCKS.total_seconds():
        state, because = vouching.REFUSED, f"its clock and this server's are {int(apart)} seconds apart"
    with transaction() as session:
        checkpoints.add_cosignature(session, row, signature.line)
        vouching.say(session, vouching.WITNESS, at.name, state, because, row.size)


def _witness(at: WitnessAt, row: CheckpointRow) -> str:
    """Have the newest checkpoint witnessed unless it is; gives why not."""
    with transaction() as session:
        if at.name in {one.witness for one in checkpoints.cosignatures(session, row)}:
            return ""
    try:
        _submitted_newest(at, row)
    except Unreachable as away:
        _said(at, vouching.REFUSED if isinstance(away, NotWitnessed) else vouching.AWAY, away.message)
        return away.message
    except WouldFork as fork:
        _refused(fork)
        _said(at, vouching.FORK, fork.message)
        return fork.message
    return ""


def _said(at: WitnessAt, state: str, because: str) -> None:
    _log.warning("%s", because)
    with transaction() as session:
        vouching.say(session, vouching.WITNESS, at.name, state, because)


def _refused(refusal: Refusal) -> None:
    """Enter once that nothing is signed and why; it is shown until it is over."""
    because = f"{refusal.message}  {_INSTEAD}" if isinstance(refusal, WouldFork) else refusal.message
    _log.error("the log does not sign: %s", because)
    with transaction() as session:
        if vouching.say(session, vouching.LOG, vouching.ITSELF, vouching.FORK, because):
            ledger.append(session, CHAIN, HOUSE, "signing refused", outcome="refused", because=because,
                          reason=refusal.code)  # fmt: skip


def _proof(old: int, new: int) -> list[bytes]:
    with transaction() as session:
        return tree.consistency_proof(session, old, new)


def _want_stamps(row: CheckpointRow, *, at_once: bool) -> None:
    config = services().config
    with transaction() as session:
        last = timestamps.newest(session)
        old = last is None or clock.now() - last.wanted >= timedelta(minutes=config.stamp_minutes)
        if config.time_authorities and (old or at_once):
            digest = hashlib.sha256(row.note.encode()).hexdigest()
            names = [one.name for one in config.time_authorities]
            timestamps.want(session, timestamps.CHECKPOINT, str(row.size), digest, names)
