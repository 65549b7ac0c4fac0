"""Which column of a bank's table plays which part, told by its heading or, for want of one, by what stands in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evidence.money.statements import amounts, dates
from evidence.money.statements.sheets import words
from evidence.money.statements.sheets.layout import Question

_MANY: Final = frozenset({"purpose", "reference"})
_FLAGS: Final = 6


@dataclass(slots=True)
class Draft:
    """A layout while it is being found out, with what is doubtful and what must be asked."""

    encoding: str
    delimiter: str
    header: int = 0
    names: list[str] = field(default_factory=list)
    columns: dict[str, list[int]] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def column(self, role: str) -> int | None:
        """The first column of a role."""
        return self.columns[role][0] if self.columns.get(role) else None

    def ask(self, name: str, question: str, *options: str, because: str = "") -> None:
        """Leave something to a person."""
        if all(one.field != name for one in self.questions):
            self.questions.append(Question(name, question, options, because))


def by_headings(draft: Draft, cells: Sequence[str]) -> None:
    """Give each known heading its column; a bare "name" beside a named counterparty is the holder's."""
    found = roles(cells)
    named = [place for place, (role, _) in found.items() if role == "counterparty"]
    if len(named) > 1 and words.fold(cells[named[0]]) in words.BARE_NAMES:
        found[named[0]] = ("holder", "")
    for place, (role, currency) in found.items():
        if role in _MANY or role not in draft.columns:
            draft.columns.setdefault(role, []).append(place)
            if role == "amount" and amounts.known(currency):
                draft.found["currency"] = currency


def of_money(draft: Draft, cells: Mapping[int, list[str]]) -> bool:
    """Whether a table is about money: a heading says so, or for want of headings its figures look like amounts.

    Call records, positions and measurements have days and figures too.
    """
    if draft.header:
        return any(draft.columns.get(role) for role in ("amount", "credit", "debit", "balance", "currency"))
    columns = [[cell for cell in column if cell] for column in cells.values()]
    if any(column and all(amounts.known(cell) for cell in column) for column in columns):
        return True
    figures = [[amounts.take(cell) for cell in column] for column in columns]
    return any(column and all(one and _like_money(one.digits) for one in column) for column in figures)


def _like_money(digits: str) -> bool:
    """Whether a figure is written with two decimals, as amounts are and little else is."""
    return re.search(r"[.,٫]\d\d\Z", digits) is not None


def names_of(cells: Sequence[str], width: int) -> list[str]:
    """The headings as names that differ from one another."""
    names: list[str] = []
    for place in range(max(width, len(cells))):
        name = " ".join((cells[place] if place < len(cells) else "").split())[:80] or f"column {place + 1}"
        same = sum(1 for one in names if one == name or one.startswith(f"{name} ("))
        names.append(f"{name} ({same + 1})" if same else name)
    return names


def by_content(draft: Draft, cells: Mapping[int, list[str]]) -> None:
    """Tell columns without headings by what stands in them; two that could be either are asked about."""
    filled = {place: [cell for cell in column if cell] for place, column in cells.items()}
    days = [
        place for place, column in filled.items() if column and all(dates.looks_like_a_day(cell) for cell in column)
    ]
    money = [
        place
        for place, column in filled.items()
        if column and place not in days and all(amounts.take(cell) for cell in column)
    ]
    codes = [place for place, column in filled.items() if column and all(amounts.known(cell) for cell in column)]
    flags = [place for place, column in filled.items() if column and place not in money and _flags(column)]
    draft.columns = {"booked": days[:1], "currency": codes[:1], "direction": flags[:1]}
    if len(days) > 1:
        draft.columns["value_date"] = days[1:2]
        draft.ask(
            "booked",
            "Which column is the day of booking?",
            *(str(place + 1) for place in days),
            because="two columns hold days and nothing names them",
        )
    _money_columns(draft, money, filled)
    used = {place for columns in draft.columns.values() for place in columns}
    draft.columns["purpose"] = [
        place for place, column in filled.items() if column and place not in used and place not in money
    ]


def _money_columns(draft: Draft, money: list[int], filled: Mapping[int, list[str]]) -> None:
    shown = [str(place + 1) for place in money]
    why = "nothing names the columns that hold amounts"
    if len(money) == 1:
        draft.columns["amount"] = money
    elif len(money) == 2 and sum(len(filled[place]) for place in money) <= max(map(len, filled.values())):
        draft.ask("credit", "Which column is money in?", *shown, because=why)
        draft.ask("debit", "Which column is money out?", *shown, because=why)
    else:
        draft.ask("amount", "Which column is the amount?", *shown, because=why)


def _flags(column: list[str]) -> bool:
    """Whether a column mostly holds a few words that tell money in from money out."""
    telling = sum(1 for cell in column if words.fold(cell) in words.CREDIT_WORDS | words.DEBIT_WORDS)
    return len(set(column)) <= _FLAGS and telling > len(column) * 3 // 4


def roles(cells: Iterable[str]) -> dict[int, tuple[str, str]]:
    """The roles of those cells that are known headings, each with the currency that the heading names."""
    return {place: found for place, cell in enumerate(cells) if (found := words.role(cell))[0]}
