"""The page of the log: what is signed, who vouched for it from outside, where it was silent, and what is weak."""

from flask import Response

from app.auth import actor
from app.outside import standing
from app.outside.standing import Standing
from app.pages.counter import Page, Shown, desk, page, place
from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag, state
from app.wiring import services, transaction
from core import clock
from core.accounts import Role
from core.errors import Forbidden, Missing
from core.ledger import timestamps
from core.ledger.outside import vouching
from exports.papers import checkpoint as paper
from exports.papers.checkpoint import Signed

_WORDS = (Column("Who"), Column("As what"), Column("Last word"), Column("Vouched for", number=True),
          Column("Since"), Column("Asked"), Column("Why"))  # fmt: skip
_STAMPS = (Column("Of"), Column("Authority"), Column("State"), Column("Time"), Column("Revocation"),
           Column("Certificate ends"), Column("Why"))  # fmt: skip
_STATES = {
    vouching.WELL: state("well"),
    vouching.AWAY: state("away"),
    vouching.REFUSED: Tag("does not vouch", "red", "✕"),
    vouching.FORK: Tag("contradiction", "red", "≠"),
    timestamps.STAMPED: Tag("time-stamped", "green", "✓"),
    timestamps.WAITING: Tag("not yet time-stamped", "orange", "○"),
}


class NotOfOversight(Forbidden):
    """How the log stands is for auditors and administrators."""


class NothingSigned(Missing):
    """No checkpoint was signed yet."""


@desk.shows("/log")
def log() -> Page:
    """How the log stands."""
    _overseer()
    with transaction() as session:
        one = standing.look(session)
    here = place()
    return page(
        "oversight/log.html",
        facts=one.facts(),
        words=_words(one, here),
        stamps=_stamps(one, here),
        silences=[str(each) for each in (*one.silences, *one.faults)],
        weaknesses=one.weaknesses,
        signed=one.signed,
    )


@desk.shows("/log/checkpoint")
def log_checkpoint() -> Shown:
    """The newest checkpoint as the exact text, to keep elsewhere."""
    one = _signed()
    said = Response(one.note.encode(), mimetype="text/plain")
    said.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{one.at:%Y%m%d-%H%M%S}.txt"'
    return said


@desk.shows("/log/checkpoint.pdf")
def log_checkpoint_sheet() -> Shown:
    """The newest checkpoint as a sheet to print."""
    one = _signed()
    made = paper.page(one, office=services().config.office, made=clock.now())
    said = Response(made, mimetype="application/pdf")
    said.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{one.at:%Y%m%d-%H%M%S}.pdf"'
    return said


def _overseer() -> None:
    if not actor().holds(Role.AUDITOR, Role.ADMINISTRATOR):
        raise NotOfOversight("how the log stands is looked after by auditors and administrators")


def _signed() -> Signed:
    _overseer()
    with transaction() as session:
        one = standing.look(session)
    if one.signed_at is None:
        raise NothingSigned("nothing was signed yet; the worker does it within a minute")
    return Signed(one.note, one.vkey, one.signed_at)


def _words(one: Standing, here: Place) -> Table:
    rows = tuple(
        Row(
            (
                Cell(word.name),
                Cell(word.kind),
                Cell(tag=_STATES.get(word.state, Tag(word.state))),
                Cell(f"{word.size:,}" if word.size else ""),
                Cell(when=word.since),
                Cell(when=word.at),
                Cell(word.because),
            ),
            tone="" if word.state == vouching.WELL else "red",
        )
        for word in one.words
    )
    return Table("Who vouches for it", _WORDS, rows, here, csv=False, empty="Nobody was asked yet.")


def _stamps(one: Standing, here: Place) -> Table:
    rows = tuple(
        Row(
            (
                Cell(f"{stamp.kind} {stamp.subject}"),
                Cell(stamp.authority),
                Cell(tag=_STATES.get(stamp.state, Tag(stamp.state))),
                Cell(when=stamp.at),
                Cell(stamp.revocation),
                Cell(when=stamp.expires),
                Cell(stamp.because),
            )
        )
        for stamp in one.stamps
    )
    return Table("Time stamps", _STAMPS, rows, here, csv=False, empty="Nothing was time-stamped yet.")
