"""One's own tokens and searches as rows."""

from collections.abc import Iterable
from typing import Final

from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag
from core import clock
from core.accounts import Token
from search.answers.searches import Search

_TOKENS: Final = (Column("What it is for"), Column("May"), Column("Issued"), Column("Expires"), Column("State"))
_SEARCHES: Final = (Column("When"), Column("Purpose"), Column("Hits", number=True), Column("Over"))


def tokens_table(tokens: Iterable[Token], here: Place) -> Table:
    """The tokens of an account; their secrets are kept nowhere."""
    rows = tuple(_token(one) for one in tokens)
    return Table("Your tokens", _TOKENS, rows, here, csv=False, empty="You have issued no token.")


def searches_table(found: Iterable[Search], here: Place) -> Table:
    """The latest searches, each with its certificate; their words are opened only there."""
    rows = tuple(_search(one) for one in found)
    return Table("Your latest searches", _SEARCHES, rows, here, csv=False, empty="You have not searched yet.")


def _token(one: Token) -> Row:
    state = Tag("in force", "green", "●")
    if one.revoked is not None:
        state = Tag("ended", "grey", "■")
    elif one.expires <= clock.now():
        state = Tag("expired", "grey", "■")
    scopes = ", ".join(one.scopes)
    return Row(
        (Cell(one.label, own=True), Cell(scopes), Cell(when=one.issued), Cell(when=one.expires), Cell(tag=state))
    )


def _search(one: Search) -> Row:
    at = one.at.strftime("%Y-%m-%d %H:%M:%S UTC")
    cases = f"{one.cases:,} case{'' if one.cases == 1 else 's'}"
    return Row(
        (Cell(at, href=f"/searches/{one.id}"), Cell(one.purpose.replace("_", " ")), Cell(f"{one.total:,}"), Cell(cases))
    )
