"""Tables of banks: what a layout can be told from is proposed, what could be either is asked, nothing is guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from evidence.money.statements import (
    Layout,
    Outcome,
    answered,
    detect,
    layout_from_json,
    layout_to_json,
    read,
    read_csv,
    reconcile,
)
from evidence.money.statements.sheets.layout import BadAnswer, Certainty, LayoutOpen
from evidence.money.statements.sheets.table import MOST_COLUMNS, records
from evidence.money.statements.values import BrokenStatement, NotAStatement, Status

PLAIN = (
    "Date,Description,Amount,Currency,Balance\n13/03/2024,Bread,-2.50,EUR,97.50\n14/03/2024,Pay,+100.00,EUR,197.50\n"
)


def asked(layout: Layout) -> set[str]:
    return {question.field for question in layout.questions}


def test_a_plain_table_is_detected_read_and_reconciled_by_its_running_balance() -> None:
    layout = detect(PLAIN.encode())
    found = read_csv(PLAIN.encode(), layout)

    row = found.statements[0].rows[0]

    assert layout.certainty is Certainty.CERTAIN
    assert (layout.delimiter, layout.decimal, layout.dates, layout.header) == (",", ".", "DMY", 1)
    assert (row.amount, row.booked, row.balance) == (Decimal("-2.50"), date(2024, 3, 13), Decimal("97.50"))
    assert row.pinpoint.words() == "row 2"
    assert row.verbatim == "13/03/2024,Bread,-2.50,EUR,97.50"
    assert row.as_written == {
        "Date": "13/03/2024",
        "Description": "Bread",
        "Amount": "-2.50",
        "Currency": "EUR",
        "Balance": "97.50",
    }
    assert not found.confirmed
    assert reconcile(found.statements[0]).result is Outcome.RECONCILED


def test_day_and_month_that_could_be_either_are_asked() -> None:
    data = b"Date,Details,Amount,Currency\n02/03/2024,a,-1.50,EUR\n04/05/2024,b,-2.50,EUR\n"

    layout = detect(data)

    assert asked(layout) == {"dates"}
    assert layout.questions[0].options == ("DMY", "MDY")
    with pytest.raises(LayoutOpen):
        read_csv(data, layout)
    days = [
        read_csv(data, answered(data, layout, {"dates": order})).statements[0].rows[0].booked
        for order in ("DMY", "MDY")
    ]
    assert days == [date(2024, 3, 2), date(2024, 2, 3)]


def test_one_day_that_settles_the_order_settles_it_for_all() -> None:
    layout = detect(b"Date,Details,Amount,Currency\n02/03/2024,a,-1.50,EUR\n04/25/2024,b,-2.50,EUR\n")

    assert layout.dates == "MDY"


def test_days_that_contradict_each_other_are_asked_and_those_that_do_not_fit_stay_unread() -> None:
    data = b"Date,Details,Amount,Currency\n13/03/2024,a,-1.50,EUR\n04/25/2024,b,-2.50,EUR\n"
    layout = detect(data)

    rows = read_csv(data, answered(data, layout, {"dates": "DMY"})).statements[0].rows

    assert asked(layout) == {"dates"}
    assert [row.booked for row in rows] == [date(2024, 3, 13), None]
    assert "could not be read" in rows[1].remarks[0]


def test_a_point_that_could_be_decimal_or_thousand_is_asked() -> None:
    data = b"Datum;Text;Betrag;Waehrung\n13.03.2024;a;-1.234;EUR\n14.03.2024;b;-5.678;EUR\n"
    layout = detect(data)

    amounts = [
        read_csv(data, answered(data, layout, {"decimal": sign})).statements[0].rows[0].amount for sign in (".", ",")
    ]

    assert asked(layout) == {"decimal"}
    assert amounts == [Decimal("-1.234"), Decimal(-1234)]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1.234,56", "1234.56"),
        ("-1.234.567,80", "-1234567.80"),
        ("1 234,50", "1234.50"),
        ("1'234,50", "1234.50"),
        ("(12,00)", "-12.00"),
        ("12,00-", "-12.00"),
        ("€ 12,00", "12.00"),
        ("12,00 EUR", "12.00"),
        ("−12,00", "-12.00"),
        ("١٢,٥٠", "12.50"),
        ("১২,৫০", "12.50"),
    ],
)
def test_amounts_are_read_as_people_write_them(written: str, amount: str) -> None:
    data = f"Datum;Text;Betrag;Waehrung\n13.03.2024;a;{written};EUR\n14.03.2024;b;-0,01;EUR\n".encode()

    assert read_csv(data, detect(data)).statements[0].rows[0].amount == Decimal(amount)


@pytest.mark.parametrize("written", ["12.50", "=1+1", "n/a", "12,5,0", "1 2,00", "12,00 XYZW ABC", "1.23,00"])
def test_an_amount_that_is_not_written_by_the_layout_stays_unread_and_is_said(written: str) -> None:
    data = f"Datum;Text;Betrag;Waehrung\n13.03.2024;a;-1,10;EUR\n14.03.2024;b;{written};EUR\n".encode()
    layout = Layout(
        "utf-8",
        ";",
        1,
        ("Datum", "Text", "Betrag", "Waehrung"),
        {"booked": (0,), "amount": (2,), "currency": (3,)},
        ",",
        "DMY",
    )

    row = read_csv(data, layout).statements[0].rows[1]

    assert row.amount is None
    assert row.status is Status.UNREAD
    assert row.as_written["Betrag"] == written
    assert any("could not be read" in remark for remark in row.remarks)
    assert reconcile(read_csv(data, layout).statements[0]).result is Outcome.NOT_RECONCILABLE


def test_amounts_without_any_sign_are_asked_about() -> None:
    data = b"Date,Details,Amount,Currency\n13/03/2024,a,1.50,EUR\n"
    layout = detect(data)

    amount = read_csv(data, answered(data, layout, {"sign": "out"})).statements[0].rows[0].amount

    assert asked(layout) == {"sign"}
    assert amount == Decimal("-1.50")


def test_the_words_of_a_direction_column_are_known_in_several_languages() -> None:
    data = b"Datum;Omschrijving;Bedrag;Munt;Af Bij\n13-03-2024;brood;2,50;EUR;Af\n14-03-2024;loon;100,00;EUR;Bij\n"

    assert [row.amount for row in read_csv(data, detect(data)).statements[0].rows] == [
        Decimal("-2.50"),
        Decimal("100.00"),
    ]


def test_unknown_words_of_a_direction_column_are_asked_about() -> None:
    data = b"Date;Details;Amount;Currency;Sign\n13/03/2024;a;2.50;EUR;Q\n14/03/2024;b;100.00;EUR;Z\n"
    layout = detect(data)

    rows = read_csv(data, answered(data, layout, {"credit_words": "Z", "debit_words": "Q"})).statements[0].rows

    assert asked(layout) == {"credit_words", "debit_words"}
    assert [row.amount for row in rows] == [Decimal("-2.50"), Decimal("100.00")]


def test_credit_and_debit_in_columns_of_their_own() -> None:
    data = (
        b"Date,Details,Debit,Credit,Balance,Currency\n13/03/2024,a,2.50,,97.50,EUR\n14/03/2024,b,,100.00,197.50,EUR\n"
    )

    statement = read_csv(data, detect(data)).statements[0]

    assert [row.amount for row in statement.rows] == [Decimal("-2.50"), Decimal("100.00")]
    assert reconcile(statement).result is Outcome.RECONCILED


def test_withdrawals_with_a_minus_are_still_withdrawals_and_a_mixture_is_asked() -> None:
    data = (
        "Completion Time,Details,Paid In,Withdrawn,Balance,Currency\n2024-03-13 10:00:00,a,,-2.50,97.50,KES\n{}".format
    )
    mixed = detect(data("2024-03-14 10:00:00,b,,3.00,94.50,KES\n").encode())

    row = read_csv(data("").encode(), detect(data("").encode())).statements[0].rows[0]

    assert row.amount == Decimal("-2.50")
    assert asked(mixed) == {"debits"}


def test_a_failed_row_is_kept_and_does_not_count() -> None:
    data = (
        b"Date,Details,Amount,Status,Balance,Currency\n13/03/2024,a,-2.50,Completed,97.50,KES\n"
        b"13/03/2024,b,-50.00,Failed,97.50,KES\n14/03/2024,c,-7.50,Completed,90.00,KES\n"
    )
    statement = read_csv(data, detect(data)).statements[0]

    assert [row.status for row in statement.rows] == [Status.COMPLETED, Status.FAILED, Status.COMPLETED]
    assert reconcile(statement).result is Outcome.RECONCILED


def test_newest_first_reconciles_as_oldest_first_does() -> None:
    head, *rows = PLAIN.splitlines()
    data = "\n".join([head, *reversed(rows)]).encode()

    assert reconcile(read_csv(data, detect(data)).statements[0]).result is Outcome.RECONCILED


def test_two_accounts_in_one_table_are_two_statements() -> None:
    data = (
        b"Account,Date,Details,Amount,Currency,Balance\nA1,13/03/2024,a,-1.00,EUR,9.00\nB2,13/03/2024,b,-5.00,EUR,95.00\n"
        b"A1,14/03/2024,c,-1.00,EUR,8.00\nB2,14/03/2024,d,-5.00,EUR,90.00\n"
    )
    found = read_csv(data, detect(data)).statements

    assert [(one.account, len(one.rows), reconcile(one).result) for one in found] == [
        ("A1", 2, Outcome.RECONCILED),
        ("B2", 2, Outcome.RECONCILED),
    ]


def test_a_currency_that_changes_in_the_file_is_a_statement_of_its_own() -> None:
    data = b"Date,Details,Amount,Currency\n13/03/2024,a,-1.00,EUR\n14/03/2024,b,-1.00,USD\n"

    assert [one.currency for one in read_csv(data, detect(data)).statements] == ["EUR", "USD"]


def test_lines_that_are_no_rows_are_kept_and_balances_among_them_are_used() -> None:
    data = (
        b"Example Bank\nIBAN: DE02 1203 0000 0000 2020 51\n\nDate;Details;Amount;Currency\nOpening balance;;100.00;\n"
        b"13/03/2024;a;-1.00;EUR\nClosing balance;;99.00;\nThank you\n"
    )
    statement = read_csv(data, detect(data)).statements[0]

    assert statement.account == "DE02120300000000202051"
    assert (statement.opening and statement.opening.amount, statement.closing and statement.closing.amount) == (
        Decimal(100),
        Decimal(99),
    )
    assert statement.others == (
        "line 1: Example Bank",
        "line 2: IBAN: DE02 1203 0000 0000 2020 51",
        "line 8: Thank you",
    )
    assert reconcile(statement).result is Outcome.RECONCILED


def test_a_table_without_headings_asks_what_its_columns_do_not_say() -> None:
    data = b"13.03.2024;bread;12.03.2024;;2,50\n14.03.2024;pay;14.03.2024;100,00;\n"
    layout = detect(data)

    settled = answered(data, layout, {"booked": "1", "credit": "4", "debit": "5", "currency": "EUR"})

    assert asked(layout) == {"booked", "credit", "debit", "currency"}
    assert [row.amount for row in read_csv(data, settled).statements[0].rows] == [Decimal("-2.50"), Decimal("100.00")]


def test_an_answer_that_cannot_be_taken_is_named() -> None:
    layout = detect(PLAIN.encode())

    with pytest.raises(BadAnswer) as refused:
        layout.answered({"dates": "YDM", "amount": "99", "nothing": "x"})

    assert set(refused.value.fields) == {"dates", "amount", "nothing"}


def test_an_encoding_is_told_by_the_headings_that_become_words() -> None:
    data = "Datum zaúčtování;Název protiúčtu;Zaúčtovaná částka;Měna účtu\n13.03.2024;Řehoř;-1,00;CZK\n".encode("cp1250")

    layout = detect(data)

    assert layout.encoding == "cp1250"
    assert layout.certainty is Certainty.LIKELY
    assert read_csv(data, layout).statements[0].rows[0].counterparty == "Řehoř"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_names_the_encoding(encoding: str) -> None:
    data = PLAIN.encode(encoding)

    assert len(read_csv(data, detect(data)).statements[0].rows) == 2


def test_years_of_another_calendar_stay_unread() -> None:
    data = b"Date,Details,Amount,Currency\n1403/01/15,a,-1.50,AFN\n1403/01/16,b,-1.50,AFN\n"

    row = read_csv(data, detect(data)).statements[0].rows[0]

    assert (row.booked, row.amount) == (None, Decimal("-1.50"))
    assert row.as_written["Date"] == "1403/01/15"


def test_cells_that_look_like_formulas_are_kept_as_text(corpus: Path) -> None:
    payloads = [line for line in (corpus / "hostile_csv/formula_cells.txt").read_text().splitlines() if line.strip()]
    lines = "".join('13/03/2024,"{}",-1.00,EUR\n'.format(line.replace('"', '""')) for line in payloads)
    data = ("Date,Details,Amount,Currency\n" + lines).encode()

    written = [row.as_written["Details"] for row in read_csv(data, detect(data)).statements[0].rows]

    assert written == payloads


def test_a_record_over_several_lines_is_pinned_to_its_first() -> None:
    data = b'Date,Details,Amount,Currency\n13/03/2024,"one\ntwo",-1.00,EUR\n14/03/2024,b,-1.00,EUR\n'

    assert [row.pinpoint.row for row in read_csv(data, detect(data)).statements[0].rows] == [2, 4]


def test_a_row_of_a_million_columns_is_refused() -> None:
    with pytest.raises(BrokenStatement, match=str(MOST_COLUMNS)):
        list(records("," * 1_000_000, ","))


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02\x03" * 100, b"good morning\n", b"PK\x03\x04rest", b"%PDF-1.7", b"OFXHEADER:100\n"]
)
def test_what_is_no_table_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(NotAStatement) as refused:
        read(data, "file.csv")

    assert str(refused.value)


def test_a_layout_survives_json_and_a_second_look(corpus: Path) -> None:
    for path in sorted((corpus / "financial_bank_csv").iterdir()):
        data = path.read_bytes()
        layout = detect(data)

        assert layout_from_json(layout_to_json(layout)) == layout
        assert answered(data, layout, {}) == layout, path.name


def test_a_line_with_an_amount_but_no_day_leaves_the_sum_open() -> None:
    head = b"Date,Details,Amount,Currency,Balance\n"
    data = head + b"13/03/2024,a,-1.00,EUR,9.00\n14/03/2024,b,-1.00,EUR,8.00\nTotal,,-2.00,EUR,\n"
    statement = read_csv(data, detect(data)).statements[0]

    assert statement.rows[2].status is Status.UNKNOWN
    assert reconcile(statement).because == "it is not known whether row 3 counts"


@pytest.mark.parametrize(
    "data",
    [
        b"number,start,seconds\n+447700900123,2024-03-13 10:00,62\n+447700900124,2024-03-13 11:00,5\n",
        b"2024-03-13 10:00:00,54.18721,7.88412\n2024-03-13 10:01:00,54.18731,7.88402\n",
        b"02/04/26, 18:10 - A: see you at 5\n02/04/26, 18:12 - B: 20, yes\n",
        b"temperature,day\n8.1,2024-03-13\n7.9,2024-03-14\n",
    ],
)
def test_days_and_figures_that_are_not_money_are_no_statement(data: bytes) -> None:
    with pytest.raises(NotAStatement):
        detect(data)


def test_a_column_that_no_heading_names_is_asked_for_among_those_that_fit() -> None:
    layout = detect("Datum;Foo;Bar;Währung\n13.03.2024;2,50;x;EUR\n14.03.2024;-1,00;y;EUR\n".encode())

    assert [(one.field, one.options) for one in layout.questions] == [("amount", ("2",))]
