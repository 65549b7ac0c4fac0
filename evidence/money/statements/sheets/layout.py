"""The layout of a table of bank rows: what was detected, how sure that is, and what a person must still say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

from core.errors import Invalid

ROLES: Final = (
    "booked",
    "value_date",
    "amount",
    "credit",
    "debit",
    "direction",
    "currency",
    "balance",
    "counterparty",
    "counterparty_account",
    "purpose",
    "reference",
    "account",
    "holder",
    "status",
)
DECIMALS: Final = (".", ",", "٫")
ORDERS: Final = ("DMY", "MDY", "YMD")
SIGNS: Final = ("signed", "reversed", "out", "in", "direction", "columns")


class LayoutOpen(Invalid):
    """The layout of this table is not settled, and reading it would be guessing."""


class BadAnswer(Invalid):
    """An answer about the layout is none of those that can be taken."""


class Certainty(StrEnum):
    """How sure the detection of a layout is; even a certain one is shown and confirmed by a person."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Question:
    """Something about the layout that the file does not settle and that only a person may.

    *options* are the answers that can be taken; when there are none, the answer is free text.
    """

    field: str
    ask: str
    options: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a table: encoding, delimiter, header, columns, decimal sign, order of dates, signs, currency.

    Lines and columns count from 1 in what is shown; *columns* maps a role to column positions counted from 0.
    *decimal* is the decimal sign, *dates* the order of day, month and year, *sign* how money in and out is told apart:
    "signed" (minus is out), "reversed" (minus is in), "out" and "in" (all rows alike), "direction" (a column says it),
    "columns" (a column for each).  *debits* says whether a debit column writes its figures "plain" or with a "minus".
    *given* names the fields that a person has settled; detection never changes them again.
    """

    encoding: str
    delimiter: str
    header: int
    names: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    decimal: str = ""
    dates: str = ""
    sign: str = "signed"
    credit_words: tuple[str, ...] = ()
    debit_words: tuple[str, ...] = ()
    debits: str = "plain"
    currency: str = ""
    account: str = ""
    doubts: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """The weakest point of the detection."""
        if self.questions:
            return Certainty.ASKED
        return Certainty.LIKELY if self.doubts else Certainty.CERTAIN

    def settled(self) -> Self:
        """Give the layout back when nothing is open; raises LayoutOpen naming each open question."""
        if self.questions:
            message = "the layout of this table is not settled; answer what is asked, then confirm it"
            raise LayoutOpen(message, fields={question.field: question.ask for question in self.questions})
        return self

    def answered(self, answers: Mapping[str, str]) -> Self:
        """The layout with a person's answers taken; raises BadAnswer naming each answer that cannot be taken.

        Keys are the fields of questions, any of "decimal", "dates", "sign", "debits", "currency", "account",
        "encoding", "credit_words" and "debit_words" (apart by commas), and the roles of columns (with or without
        "_column" behind, always with it for currency and account): a column counted from 1, or "" for none.
        """
        columns = dict(self.columns)
        changed: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for name, answer in answers.items():
            fault = _take(name, answer, columns, changed, len(self.names))
            if fault:
                faults[name] = fault
        if faults:
            message = "some answers about the layout cannot be taken"
            raise BadAnswer(message, fields=faults)
        left = tuple(question for question in self.questions if question.field not in answers)
        given = tuple(dict.fromkeys([*self.given, *answers]))
        return replace(self, columns=columns, questions=left, given=given, **changed)


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "decimal": DECIMALS,
    "dates": ORDERS,
    "sign": SIGNS,
    "debits": ("plain", "minus"),
}
_FREE: Final = frozenset({"currency", "account", "encoding"})
VALUES: Final = frozenset({*_CHOICES, *_FREE, "credit_words", "debit_words"})
_WORDS: Final = frozenset({"credit_words", "debit_words"})


def _take(name: str, answer: str, columns: dict[str, tuple[int, ...]], changed: dict[str, Any], width: int) -> str:
    """Put one answer where it belongs; the fault in words when it cannot be taken."""
    if name in _CHOICES:
        if answer not in _CHOICES[name]:
            return "choose one of " + ", ".join(_CHOICES[name])
        changed[name] = answer
        return ""
    if name in _WORDS:
        changed[name] = tuple(word.strip() for word in answer.split(",") if word.strip())
        return ""
    if name in _FREE:
        changed[name] = answer.strip()
        return ""
    role = name.removesuffix("_column")
    if role in ROLES:
        return _take_columns(role, answer, columns, width)
    return "there is nothing of this name in a layout"


def _take_columns(role: str, answer: str, columns: dict[str, tuple[int, ...]], width: int) -> str:
    given = [part.strip() for part in answer.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= width for part in given):
        return f"give column numbers from 1 to {width}"
    columns.pop(role, None)
    if given:
        columns[role] = tuple(int(part) - 1 for part in given)
    return ""
