"""MT940 and MT942: every line read or said to be unread, nothing moved, nothing joined."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import mt940
import pytest

from core.errors import Invalid
from evidence.money.statements import Outcome, Statement, gaps, reconcile, swift
from evidence.money.statements.values import Direction, NotAStatement, Status


def one(text: str) -> Statement:
    found = swift.read(text.encode()).statements
    assert len(found) == 1
    return found[0]


HEAD = ":20:REF\n:25:DE02120300000000202051\n:28C:12/1\n:60F:C240301EUR1000,00\n"


def test_a_statement_is_read_with_line_amount_days_and_words() -> None:
    statement = one(
        HEAD + ":61:2403010302D250,50NTRFRENT MARCH//B123\nsupplement\n"
        ":86:105?00SEPA?20SVWZ+Rent for the flat?31DE89370400440532013000?32Example Landlord\n"
        ":62F:C240302EUR749,50\n-\n"
    )

    row = statement.rows[0]

    assert (statement.account, statement.sequence, statement.currency) == ("DE02120300000000202051", "12/1", "EUR")
    assert (row.amount, row.direction, row.status) == (Decimal("-250.50"), Direction.DEBIT, Status.COMPLETED)
    assert (row.value_date, row.booked) == (date(2024, 3, 1), date(2024, 3, 2))
    assert row.pinpoint.words() == "row 5"
    assert (row.counterparty, row.counterparty_account) == ("Example Landlord", "DE89370400440532013000")
    assert row.references == ("RENT MARCH", "B123")
    assert "Rent for the flat" in row.purpose
    assert row.as_written["61"] == "2403010302D250,50NTRFRENT MARCH//B123\nsupplement"
    assert row.verbatim.startswith(":61:2403010302D250,50NTRF")
    assert reconcile(statement).result is Outcome.RECONCILED


@pytest.mark.parametrize(
    ("mark", "amount", "reversal"),
    [("C", "10.00", False), ("D", "-10.00", False), ("RC", "-10.00", True), ("RD", "10.00", True)],
)
def test_a_reversal_takes_the_other_way(mark: str, amount: str, reversal: bool) -> None:  # noqa: FBT001 - a table
    row = one(HEAD + f":61:240301{mark}10,00NTRFX\n").rows[0]

    assert (row.amount, row.reversal) == (Decimal(amount), reversal)


def test_an_expected_entry_is_pending_and_does_not_count() -> None:
    statement = one(HEAD + ":61:240301ED10,00NTRFX\n:62F:C240301EUR1000,00\n")

    assert statement.rows[0].status is Status.PENDING
    assert reconcile(statement).result is Outcome.RECONCILED


@pytest.mark.parametrize(("written", "year"), [("690101", 2069), ("700101", 1970), ("991231", 1999), ("000101", 2000)])
def test_two_digits_of_a_year_are_read_by_one_stated_window(written: str, year: int) -> None:
    row = one(HEAD + f":61:{written}C1,00NTRFX\n").rows[0]

    assert row.value_date is not None
    assert row.value_date.year == year


def test_an_entry_day_takes_the_year_that_is_nearest() -> None:
    rows = one(HEAD + ":61:2312310102C1,00NTRFX\n:61:2401021230C1,00NTRFX\n").rows

    assert [row.booked for row in rows] == [date(2024, 1, 2), date(2023, 12, 30)]


def test_a_day_that_does_not_exist_is_left_unread_and_said() -> None:
    row = one(HEAD + ":61:2402300301D6,00NTRFX\n").rows[0]

    assert row.value_date is None
    assert row.booked == date(2024, 3, 1)
    assert row.remarks == ("the value date 240230 is no day of the calendar",)


@pytest.mark.parametrize(
    "line", ["240301C1.000,00NTRFX", "240301C1,00,00NTRFX", "24-03-01 C 10,00", "", "240301X10,00NTRF"]
)
def test_a_line_that_is_not_written_as_it_should_be_stays_as_a_row_without_a_figure(line: str) -> None:
    statement = one(HEAD + f":61:{line}\n:62F:C240301EUR1000,00\n")

    assert len(statement.rows) == 1
    assert statement.rows[0].amount is None
    assert statement.rows[0].status is Status.UNREAD
    assert statement.rows[0].remarks
    assert reconcile(statement).result is Outcome.NOT_RECONCILABLE


def test_a_statement_over_two_pages_keeps_its_pages_apart_and_continuous() -> None:
    found = swift.read(
        b":20:A\n:25:ACC\n:28C:7/1\n:60F:C240301EUR10,\n:61:240301C5,NTRFX\n:62M:C240301EUR15,\n-\n"
        b":20:A\n:25:ACC\n:28C:7/2\n:60M:C240301EUR15,\n:61:240301D1,NTRFX\n:62F:C240301EUR14,\n-\n"
    ).statements

    assert [reconcile(page).result for page in found] == [Outcome.RECONCILED] * 2
    assert list(gaps(found)) == []


def test_a_missing_statement_is_named_by_number_and_by_balance() -> None:
    found = swift.read(
        b":20:A\n:25:ACC\n:28C:7/1\n:60F:C240301EUR10,\n:62F:C240301EUR10,\n-\n"
        b":20:A\n:25:ACC\n:28C:9/1\n:60F:C240303EUR99,\n:62F:C240303EUR99,\n-\n"
    ).statements

    because = [gap.because for gap in gaps(found)]

    assert because == [
        "statement 7/1 closes at 10, statement 9/1 opens at 99",
        "no statement between number 7 and number 9",
    ]


def test_a_balance_without_a_currency_is_never_given_one() -> None:
    statement = one(HEAD + ":62F:C2403021000,00\n")

    assert statement.closing is not None
    assert (statement.closing.amount, statement.closing.currency) == (Decimal("1000.00"), "")
    assert reconcile(statement).result is Outcome.NOT_RECONCILABLE
    assert "the closing balance is written without a currency" in statement.remarks


def test_a_second_account_field_in_one_statement_is_reported_and_not_taken() -> None:
    statement = one(HEAD + ":25:OTHER\n:62F:C240302EUR1000,00\n")

    assert statement.account == "DE02120300000000202051"
    assert any("a second :25:" in remark for remark in statement.remarks)


def test_a_row_behind_the_end_of_a_statement_is_kept_without_an_account() -> None:
    found = swift.read((HEAD + ":62F:C240302EUR1000,00\n-\n:61:240302C5,00NTRFX\n").encode()).statements

    assert [len(statement.rows) for statement in found] == [0, 1]
    assert found[1].account == ""
    assert reconcile(found[1]).result is Outcome.NOT_RECONCILABLE


def test_a_file_cut_at_any_byte_never_reconciles_by_accident() -> None:
    whole = (HEAD + ":61:240301C5,00NTRFX\n:86:gift\n:61:240301C7,25NTRFY\n:62F:C240302EUR1012,25\n").encode()

    for cut in range(len(whole) - 2):
        try:
            found = swift.read(whole[:cut]).statements
        except Invalid:
            continue
        results = [reconcile(statement).result for statement in found if statement.closing is not None]
        assert Outcome.RECONCILED not in results, whole[:cut]


def test_sums_of_an_interim_report_are_checked_against_its_rows() -> None:
    text = ":20:A\n:25:ACC\n:28C:1/1\n:34F:EUR0,\n:61:240301C5,NTRFX\n:90D:0EUR0,\n:90C:2EUR5,\n-\n"
    found = swift.read(text.encode())

    assert found.format == "mt942"
    assert (found.statements[0].declared.credits, found.statements[0].declared.credit_sum) == (2, Decimal(5))


def test_code_words_between_slashes_are_read() -> None:
    row = one(
        HEAD + ":61:240301C5,NTRFX\n:86:/EREF/E2E-1/NAME/A. Example/IBAN/NL91ABNA0417164300/REMI/For the journey\n"
    ).rows[0]

    assert (row.counterparty, row.counterparty_account, row.purpose) == (
        "A. Example",
        "NL91ABNA0417164300",
        "For the journey",
    )
    assert "E2E-1" in row.references


def test_text_that_is_no_statement_is_refused() -> None:
    with pytest.raises(NotAStatement, match="no field of a SWIFT statement"):
        swift.read(b"good morning\n")


def test_the_well_known_library_finds_the_same_amounts(corpus: Path) -> None:
    """A second reader that is not ours; a file that it cannot read at all is read by us alone."""
    for path in sorted((corpus / "financial_mt940").iterdir()):
        data = path.read_bytes()
        ours = [row.amount for statement in swift.read(data).statements for row in statement.rows]
        try:
            theirs = mt940.parse(data.replace(b"\x01", b"").decode("utf-8", "replace"), options=mt940.Options.all())
        except (RuntimeError, ValueError):
            continue
        figures = [row.data["amount"].amount for row in theirs.transactions if "amount" in row.data]
        assert ours == figures, path.name


def test_a_line_of_text_that_begins_with_a_hyphen_does_not_end_a_statement() -> None:
    statement = one(HEAD + ":61:240301C5,00NTRFX\n:86:first line\n-AB\nlast line\n:62F:C240301EUR1005,00\n-\n")

    assert statement.rows[0].purpose == "first line -AB last line"
    assert reconcile(statement).result is Outcome.RECONCILED


def test_lines_outside_of_every_statement_are_reported_and_frames_are_not() -> None:
    found = swift.read(("{1:F01ABCDEFGHXXXX0000000000}\nkeep this secret\n" + HEAD + "-}\n940\n").encode())

    assert found.remarks == ("line 2 belongs to no statement: keep this secret",)
