"""The public statements of the corpus against what is known of them, and the table in docs/ against both."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import Invalid
from evidence.money.statements import Statement, Statements, read
from tests.conftest import ROOT
from tests.evidence.money.measured import line, table

Facts = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def facts(corpus: Path) -> Facts:
    """What GROUND_TRUTH.csv says of each file."""
    found: Facts = {}
    with (corpus / "GROUND_TRUTH.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["path"], {})[row["fact"]] = row["value"]
    return found


def readings(corpus: Path, family: str) -> Iterator[tuple[str, Statements]]:
    for path in sorted((corpus / family).iterdir()):
        found = line(family, path).found
        if found is not None:
            yield f"{family}/{path.name}", found


def total(statements: tuple[Statement, ...]) -> Decimal:
    return sum((row.amount or Decimal(0) for one in statements for row in one.rows if row.part_of is None), Decimal(0))


# Where the reading that the facts were taken from is known to be wrong: it takes "150" for a currency in a balance
# that names none, and the last account field of a broken statement for its account.
LIBRARY_IS_WRONG = {
    ("self-provided_raphaelm.sta", "final_closing_balance"),
    ("self-provided_raphaelm.sta", "final_opening_balance"),
}


def test_mt940_agrees_with_the_facts(corpus: Path, facts: Facts) -> None:
    for path, found in readings(corpus, "financial_mt940"):
        known, name = facts[path], path.rpartition("/")[2]
        rows = [row for one in found.statements for row in one.rows]
        assert len(rows) == int(known["lines_starting_61"]), path
        if "sum_signed" in known:
            assert total(found.statements) == Decimal(known["sum_signed"]), path
        for fact, sides in (
            ("final_opening_balance", [one.opening for one in found.statements if one.opening]),
            ("final_closing_balance", [one.closing for one in found.statements if one.closing]),
        ):
            if fact not in known or (name, fact) in LIBRARY_IS_WRONG:
                continue
            amount, currency, _mark = known[fact].split()
            assert any(side.amount == Decimal(amount) and side.currency == currency for side in sides), (path, fact)


def test_camt_agrees_with_the_facts(corpus: Path, facts: Facts) -> None:
    for path, found in readings(corpus, "financial_camt"):
        known = facts[path]
        entries = [row for one in found.statements for row in one.rows if row.part_of is None]
        assert len(found.statements) == int(known["records"]), path
        assert len(entries) == int(known["entries_Ntry"]), path
        told = [entry for statement in json.loads(known["statements"]) for entry in statement["entries"]]
        for row, (amount, currency, side, booked, _details) in zip(entries, told, strict=True):
            assert row.amount == Decimal(amount) * (1 if side == "CRDT" else -1), path
            assert row.currency == currency, path
            assert row.booked is not None, path
            assert row.booked.isoformat() == booked[:10], path


def test_every_line_of_a_table_is_a_row_a_heading_or_kept_as_another_line(corpus: Path, facts: Facts) -> None:
    """The same table read line by line: whatever is not the heading is a row or among the other lines."""
    for path, found in readings(corpus, "financial_bank_csv"):
        assert found.layout is not None
        written = (corpus / path).read_bytes().decode(found.layout.encoding, "replace")
        filled = [one for one in written.replace("\r", "\n").split("\n") if one.strip(' ,;|\t"')]
        rows = sum(len(one.rows) for one in found.statements)
        others = sum(len(one.others) for one in found.statements)
        balances = sum((one.opening is not None) + (one.closing is not None) for one in found.statements)
        assert rows + others + balances + bool(found.layout.header) == len(filled), path


def test_a_reading_survives_json(corpus: Path) -> None:
    for family in ("financial_mt940", "financial_camt", "financial_bank_csv"):
        for path, found in readings(corpus, family):
            assert Statements.from_json(found.to_json()) == found, path


def test_each_file_of_the_hostile_families_is_refused_or_bounded(corpus: Path) -> None:
    for family in ("hostile_csv", "hostile_strings", "hostile_html", "hostile_svg"):
        for path in sorted((corpus / family).iterdir()):
            with suppress(Invalid):
                assert read(path.read_bytes(), path.name).format


def test_the_table_in_docs_is_what_is_measured(corpus: Path) -> None:
    written = (ROOT / "docs" / "money.md").read_text(encoding="utf-8")

    assert table(corpus) in written
