"""What reading the corpus's statements gives, by file: `python -m tests.evidence.money.measured CORPUS`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from core.errors import Invalid
from evidence.money.statements import Outcome, Result, Statements, answered, detect, read, reconcile

FAMILIES = ("financial_mt940", "financial_camt", "financial_bank_csv", "financial_ofx_qif")
# What a person who has the bank's own description of the file would answer.
ANSWERS: dict[str, dict[str, str]] = {
    "2018-04-14_10-52-13_bunq-transactieoverzicht.csv": {"currency": "EUR"},
    "20180226-1000594757-umsatz.CSV": {"dates": "DMY"},
    "kta_ei.dat": {"currency": "EUR"},
    "statement_1.csv": {"sign": "out", "currency": "GBP"},
    "test_BOI_TransactionExport.csv": {"currency": "EUR"},
    "test_delimiter_tab.csv": {"booked": "1", "credit": "4", "debit": "5", "currency": "EUR"},
    "test_raiffeisen_01.csv": {"booked": "1"},
    "test_row_format_CD_flag.csv": {"booked": "1", "currency": "EUR", "credit_words": "I", "debit_words": "O"},
}


@dataclass(frozen=True)
class Line:
    """One file of the table; *found* is empty when it was refused."""

    family: str
    name: str
    asked: tuple[str, ...]
    found: Statements | None
    results: tuple[Result, ...] = ()
    refused: str = ""

    def cells(self) -> list[str]:
        if self.found is None:
            return [self.name, "refused", "", "", "", self.refused]
        rows = [row for one in self.found.statements for row in one.rows]
        parts = sum(1 for row in rows if row.part_of is not None)
        unread = sum(1 for row in rows if row.amount is None and row.part_of is None)
        said = (
            str(len(rows) - parts) + (f" + {parts} parts" if parts else "") + (f", {unread} unread" if unread else "")
        )
        return [
            self.name,
            said,
            _figures([result.opening for result in self.results]),
            _figures([result.closing for result in self.results]),
            ", ".join(self.asked),
            _outcome(self.results),
        ]


def lines(corpus: Path) -> Iterator[Line]:
    """Every file of the families, read as a person would have it read."""
    for family in FAMILIES:
        for path in sorted((corpus / family).iterdir()):
            yield line(family, path)


def line(family: str, path: Path) -> Line:
    data = path.read_bytes()
    try:
        found = read(data, path.name)
        asked: tuple[str, ...] = ()
        if found.layout and found.layout.questions:
            asked = tuple(question.field for question in found.layout.questions)
            found = read(data, path.name, answered(data, detect(data), ANSWERS[path.name]))
    except Invalid as refusal:
        return Line(family, path.name, (), None, refused=str(refusal).removeprefix(f"«{path.name}»: "))
    return Line(family, path.name, asked, found, tuple(reconcile(one) for one in found.statements))


def _figures(amounts: list[Decimal | None]) -> str:
    if len(amounts) > 4:
        return f"{amounts[0]} … {amounts[-1]}"
    return " / ".join("–" if amount is None else str(amount) for amount in amounts)


def _outcome(results: tuple[Result, ...]) -> str:
    words = [
        result.result.replace("_", " ") + (f" by {result.difference}" if result.difference else "")
        for result in results
    ]
    if len(set(words)) == 1 and len(words) > 1:
        return f"{words[0]} ({len(words)} statements)"
    open_ones = [result.because for result in results if result.result == Outcome.NOT_RECONCILABLE]
    return " / ".join(words) + (f": {open_ones[0]}" if open_ones else "")


def table(corpus: Path) -> str:
    """The table as it stands in docs/money.md."""
    head = ["file", "rows", "opening", "closing", "asked", "result"]
    body = [head, ["---"] * len(head), *(line.cells() for line in lines(corpus))]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n" for cells in body)


if __name__ == "__main__":
    sys.stdout.write(table(Path(sys.argv[1])))
