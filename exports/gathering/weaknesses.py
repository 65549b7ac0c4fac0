"""Where the record is weak, in sentences for the court: found by the system itself and never smoothed over (COC-9)."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from cases.docket import Case
from cases.handling import HANDLING_WORDS, Handling
from cases.masks import Masks
from core import clock
from core.accounts import Actor
from evidence import authorities, intake
from evidence.authorities import NotAuthorised
from evidence.continuity.report import Explained
from evidence.exhibits import Exhibit
from evidence.files import State
from exports.contents import MoneySchedule
from exports.gathering import ordered
from exports.gathering.pieces import Piece
from exports.gathering.withholding import unsearched

LIMITS_OF_SEARCH = (
    "Protected persons are searched for under the forms of their names that are entered in the case; pictures, sound, "
    "handwriting, other spellings and what a file hides from its reader are not searched"
)


def of_exhibit(session: Session, exhibit: Exhibit, number: str, found: Sequence[Explained]) -> Iterator[str]:
    """Yield what is weak in an exhibit: its authority, its handling code, its custody."""
    try:
        authorities.allow_processing(session, exhibit)
    except NotAuthorised as because:
        yield f"{number}: {because}"
    yield from ordered.weak(session, exhibit, number)
    if exhibit.handling != Handling.H0:
        yield f"{number} carries the handling code {exhibit.handling}: {HANDLING_WORDS[Handling(exhibit.handling)]}"
    for one in found:
        since, until = one.weakness.since, one.weakness.until
        when = f", from {_when(since) or 'an unknown time'} to {_when(until) or 'now'}" if since or until else ""
        yield f"{number}{when}: {one.words()}"


def of_piece(piece: Piece) -> Iterator[str]:
    """Yield what is weak in a file: its state, its reading, its digests, and why it is withheld."""
    file, number, verdict = piece.file, piece.number, piece.verdict
    if file.state != State.STORED:
        yield f"{number} is {file.state}: {file.state_because}"
    if (why := unsearched(file)) and not verdict.protects:
        yield f"{number} was not searched in full: {why}"
    for one in piece.digests:
        if one.agrees is False:
            yield f"{number}: the {one.algorithm} of the {one.target} stated by {one.stated_by} is not the file's"
    if verdict.because:
        yield f"{number} is withheld: {verdict.because}"
    elif piece.vouched:
        yield f"{number} is given because whoever ordered this dossier vouches to have looked through it"


def of_case(
    session: Session, actor: Actor, case: Case, schedules: Sequence[MoneySchedule], masks: Masks
) -> Iterator[str]:
    """Yield what is weak in the whole case: files that never came, sums that do not close, limits of the search."""
    tally = intake.reckon(session, actor, case.id)
    if tally.waiting or tally.refused:
        yield (
            f"Of {tally.announced} files announced to this case, {tally.stored} are stored, {tally.refused} were "
            f"refused and {tally.waiting} have not come"
        )
    for one in schedules:
        if one.result != "reconciled":
            difference = f", the difference is {one.difference} {one.currency}" if one.difference else ""
            yield f"{one.file}: the statement of {one.account} is {one.result.replace('_', ' ')}{difference}"
    if masks:
        yield LIMITS_OF_SEARCH


def _when(stamped: str) -> str:
    return f"{clock.parse(stamped):%Y-%m-%d %H:%M} UTC" if stamped else ""
