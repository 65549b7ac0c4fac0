"""Statements as records: kept once, never overwritten, sealed where they must be, summed only with their word."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from cases import people
from cases.access import Duty, NoPurpose, NotYourDuty
from cases.docket import NoSuchCase
from cases.people import Part
from core.accounts import WORKER, Role
from core.cipher import SealBroken
from core.config import Limits
from core.jobs import Job
from core.ledger import entries as ledger
from evidence import selectors
from evidence.authorities import NotAuthorised
from evidence.files import File
from evidence.money import bookings, layouts, reading, records
from evidence.money.bookings import BadQuestion, NotReconciled, Wanted
from evidence.money.layouts import NothingToConfirm
from evidence.money.records import StatementRecord, TransactionRecord
from evidence.money.statements.sheets.layout import LayoutOpen
from evidence.money.statements.values import NotAStatement
from tests.evidence.depot import Depot
from tests.racing import meanwhile

MT940 = (
    b":20:A\n:25:DE02120300000000202051\n:28C:7/1\n:60F:C240301EUR1000,00\n"
    b":61:2403010301C250,50NTRFX//B1\n"
    b":86:166?00CREDIT?20SVWZ+for the crossing?31DE89370400440532013000?32Selam Tesfay\n"
    b":61:2403020302D100,25NTRFY//B2\n:86:105?00DEBIT?20SVWZ+fuel?32Example Fuels\n"
    b":61:2403030303D50,00NTRFZ//B3\n:62F:C240303EUR1100,25\n-\n"
)
BROKEN = MT940.replace(b"1100,25", b"1100,20").replace(b"DE02120300000000202051", b"DE02500105170137075030")
TABLE = (
    b"Date,Details,Payee,Amount,Currency,Balance\n13/03/2024,Bread,Baker,-2.50,EUR,97.50\n"
    b"14/03/2024,Pay,Firm,+100.00,EUR,197.50\n"
)
ASKING = b"Date,Details,Amount,Currency\n02/03/2024,a,-1.50,EUR\n04/05/2024,b,-2.50,EUR\n"


def read(place: Depot, file: File, *, actor=WORKER) -> list[StatementRecord]:
    """What the worker does with a file."""
    with place.house.transaction() as session:
        order = reading.plan(session, place.keyring, file)
    found = reading.read(order, place.vault.open(order.receipt), Limits())
    with place.house.transaction() as session:
        return reading.keep(session, actor, place.keyring, file, found)


def taken(place: Depot, data: bytes = MT940, name: str = "statement.sta", reference: str = "E-1") -> File:
    file = place.file(place.exhibit(reference), data, name)
    read(place, file)
    return file


def rows(place: Depot, wanted: Wanted | None = None, **more: object) -> list[bookings.Booking]:
    with place.house.transaction() as session:
        return list(bookings.transactions(session, place.lead, place.keyring, place.case.id, wanted, **more).rows)


def acts(place: Depot, chain: str) -> list[str]:
    with place.house.transaction() as session:
        return [entry.act for entry in ledger.entries(session, chain)]


def test_a_statement_becomes_rows_that_cite_file_and_line(each_place: Depot) -> None:
    file = taken(each_place)

    found = rows(each_place)

    assert [(row.number, row.amount, row.day, row.pinpoint.words()) for row in found] == [
        (1, Decimal("250.50"), date(2024, 3, 1), "row 5"),
        (2, Decimal("-100.25"), date(2024, 3, 2), "row 7"),
        (3, Decimal("-50.00"), date(2024, 3, 3), "row 9"),
    ]
    assert {row.file_id for row in found} == {file.id}
    assert (found[0].counterparty, found[0].counterparty_account) == ("Selam Tesfay", "DE89370400440532013000")
    assert found[0].verbatim.startswith(":61:2403010301C250,50NTRFX//B1")
    assert {row.word for row in found} == {"reconciled"}


def test_what_names_people_is_not_in_the_clear_in_the_database(place: Depot) -> None:
    taken(place)

    tables = (StatementRecord.__table__, TransactionRecord.__table__)
    with place.house.transaction() as session:
        stored = "".join(str(row) for table in tables for row in session.execute(select(table)))

    assert "Selam" not in stored
    assert "crossing" not in stored
    assert "DE89370400440532013000" in stored


def test_the_same_reading_is_taken_once(place: Depot) -> None:
    file = taken(place)

    again = read(place, file)

    with place.house.transaction() as session:
        assert [one.id for one in records.of_file(session, file.id)] == [one.id for one in again]
        assert len(list(session.scalars(select(StatementRecord)))) == 1
    assert acts(place, f"case/{place.case.id}").count("statement read") == 1


def test_a_sealed_row_that_was_moved_to_another_does_not_open(place: Depot) -> None:
    taken(place)
    with place.house.transaction() as session:
        first, second = session.scalars(select(TransactionRecord).order_by(TransactionRecord.number).limit(2))
        session.execute(update(TransactionRecord).where(TransactionRecord.id == second.id).values(sealed=first.sealed))

    with pytest.raises(SealBroken):
        rows(place)


def test_an_exhibit_without_authority_is_not_read(place: Depot) -> None:
    file = place.file(place.exhibit(authorised=False), MT940, "statement.sta")

    with pytest.raises(NotAuthorised):
        read(place, file)


def test_a_file_that_is_no_statement_is_refused_with_a_reason(place: Depot) -> None:
    with pytest.raises(NotAStatement, match="PDF"):
        taken(place, b"%PDF-1.7\n", "statement.pdf")


def test_a_table_waits_for_a_person_and_the_entry_says_who_confirmed(place: Depot) -> None:
    file = taken(place, TABLE, "bank.csv")
    assert {row.word for row in rows(place)} == {"unreconciled (layout not confirmed)"}

    with place.house.transaction() as session:
        layouts.confirm_layout(session, place.lead, place.keyring, file.id)

    assert {row.word for row in rows(place)} == {"reconciled"}
    with place.house.transaction() as session:
        entries = ledger.entries(session, f"case/{place.case.id}")
        entry = next(one for one in entries if one.act == "layout confirmed")
    assert entry.actor == place.lead.signature
    assert ledger.words(entry)["settings"]["dates"] == "DMY"


def test_a_confirmed_table_that_is_read_again_stays_confirmed(place: Depot) -> None:
    file = taken(place, TABLE, "bank.csv")
    with place.house.transaction() as session:
        layouts.confirm_layout(session, place.lead, place.keyring, file.id)

    again = read(place, file)

    assert [one.state for one in again] == [records.CONFIRMED]


def test_an_open_question_holds_back_every_row_until_it_is_answered(place: Depot) -> None:
    file = taken(place, ASKING, "bank.csv")
    assert rows(place) == []
    with place.house.transaction() as session, pytest.raises(LayoutOpen):
        layouts.confirm_layout(session, place.lead, place.keyring, file.id)

    with place.house.transaction() as session:
        layouts.answer(session, place.lead, place.keyring, file.id, {"dates": "MDY"})
        job = session.scalar(select(Job).where(Job.kind == layouts.JOB))
        assert job is not None
        assert job.subject == file.id
    with place.house.transaction() as session, pytest.raises(NothingToConfirm):
        layouts.confirm_layout(session, place.lead, place.keyring, file.id)
    read(place, file)

    assert [row.day for row in rows(place)] == [date(2024, 2, 3), date(2024, 4, 5)]
    with place.house.transaction() as session:
        layouts.confirm_layout(session, place.lead, place.keyring, file.id)
        assert layouts.shown(session, place.lead, place.keyring, file.id)[1] == layouts.CONFIRMED


def test_a_changed_answer_supersedes_the_reading_and_keeps_the_old_rows(place: Depot) -> None:
    file = taken(place, ASKING, "bank.csv")
    for order in ("DMY", "MDY"):
        with place.house.transaction() as session:
            layouts.answer(session, place.lead, place.keyring, file.id, {"dates": order})
        read(place, file)

    with place.house.transaction() as session:
        states = [one.state for one in session.scalars(select(StatementRecord).order_by(StatementRecord.taken))]
        kept = len(list(session.scalars(select(TransactionRecord))))

    assert states == [records.SUPERSEDED, records.WAITING]
    assert kept == 4
    assert len(rows(place)) == 2


def test_totals_carry_the_word_unreconciled_as_soon_as_one_part_is(place: Depot) -> None:
    taken(place)
    with place.house.transaction() as session:
        alone = bookings.totals(session, place.lead, place.case.id)[0]
    taken(place, BROKEN, "other.sta", "E-2")

    with place.house.transaction() as session:
        both = bookings.totals(session, place.lead, place.case.id)[0]

    assert (alone.word, alone.incoming, alone.outgoing, alone.rows) == (
        "reconciled",
        Decimal("250.50"),
        Decimal("150.25"),
        3,
    )
    assert (both.word, both.incoming, both.outgoing, both.rows) == (
        "unreconciled",
        Decimal("501.00"),
        Decimal("300.50"),
        6,
    )
    assert both.words().endswith(": unreconciled")
    assert "miss the closing balance by -0.05" in both.because[0]
    with place.house.transaction() as session, pytest.raises(NotReconciled):
        bookings.totals(session, place.lead, place.case.id, reconciled_only=True)


def test_a_table_that_waits_makes_a_total_unreconciled(place: Depot) -> None:
    taken(place, TABLE, "bank.csv")

    with place.house.transaction() as session:
        assert bookings.totals(session, place.lead, place.case.id)[0].word == "unreconciled"


def test_rows_that_stand_in_two_statements_make_a_total_unreconciled(place: Depot) -> None:
    taken(place)
    taken(place, MT940.replace(b":28C:7/1", b":28C:7/2"), "again.sta", "E-2")

    with place.house.transaction() as session:
        total = bookings.totals(session, place.lead, place.case.id)[0]

    assert total.word == "unreconciled"
    assert total.because == (
        "DE02120300000000202051: 3 rows stand in more than one statement and are counted each time",
    )


def test_what_is_missing_between_two_statements_is_said_with_the_later_one(place: Depot) -> None:
    later = MT940.replace(b":28C:7/1", b":28C:9/1").replace(b"C240301EUR1000,00", b"C240301EUR1100,25")
    taken(place, MT940 + later.replace(b"EUR1100,25\n-", b"EUR1200,50\n-"))

    with place.house.transaction() as session:
        remarks = [one.remarks for one in bookings.statements(session, place.lead, place.keyring, place.case.id)]

    assert remarks == [(), ("no statement between number 7 and number 9",)]


def test_totals_are_exact_where_binary_fractions_are_not(place: Depot) -> None:
    lines = "".join(":61:2403010301C0,10NTRFX\n" for _ in range(1000))
    taken(place, f":20:A\n:25:ACC\n:60F:C240301EUR0,\n{lines}:62F:C240301EUR100,00\n".encode())

    with place.house.transaction() as session:
        total = bookings.totals(session, place.lead, place.case.id)[0]

    assert (total.incoming, total.word) == (Decimal("100.00"), "reconciled")


def test_rows_are_filtered_and_sorted_and_pages_join_without_gap(each_place: Depot) -> None:
    taken(each_place)
    taken(each_place, BROKEN, "other.sta", "E-2")

    for sort in ("number", "day", "amount"):
        for descending in (False, True):
            wanted = Wanted(sort=sort, descending=descending)
            whole = rows(each_place, wanted)
            joined, after = [], None
            while True:
                with each_place.house.transaction() as session:
                    page = bookings.transactions(
                        session, each_place.lead, each_place.keyring, each_place.case.id, wanted, after=after, size=1
                    )
                joined += page.rows
                after = page.after
                if after is None:
                    break
            assert [row.id for row in joined] == [row.id for row in whole]
            assert len(whole) == 6


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(direction="credit"), [1]),
        (Wanted(since=date(2024, 3, 2)), [2, 3]),
        (Wanted(until=date(2024, 3, 1)), [1]),
        (Wanted(least=Decimal(-60), most=Decimal(0)), [3]),
        (Wanted(account="DE89 3704 0044 0532 0130 00"), [1]),
        (Wanted(counterparty="SELAM  tesfay"), [1]),
        (Wanted(text="FUEL"), [2]),
        (Wanted(currency="USD"), []),
    ],
)
def test_each_filter_finds_what_it_says(place: Depot, wanted: Wanted, numbers: list[int]) -> None:
    taken(place)

    assert [row.number for row in rows(place, wanted)] == numbers


def test_an_unknown_order_is_refused(place: Depot) -> None:
    with pytest.raises(BadQuestion):
        rows(place, Wanted(sort="colour"))


def test_a_protected_name_never_shows_and_is_not_found_by_searching_for_it(place: Depot) -> None:
    with place.house.transaction() as session:
        key = place.keyring.case_key(session, place.case.id)
        witness = people.add(session, place.lead, place.case, "Selam Tesfay", Part.WITNESS, key=key, protected=True)
    taken(place)

    shown = rows(place)

    assert shown[0].counterparty == witness.pseudonym
    assert not any("Selam" in json.dumps([row.as_written, row.verbatim, row.purpose]) for row in shown)
    assert rows(place, Wanted(text="Selam")) == []


@pytest.mark.parametrize(
    "written", ["?32Selam Tes\nfay", "?32Selam?33Tesfay", "?20SVWZ+from Selam\nTesfay", "?32Tesfay, Selam"]
)
def test_a_protected_name_that_the_banks_form_cuts_up_does_not_show_either(place: Depot, written: str) -> None:
    with place.house.transaction() as session:
        key = place.keyring.case_key(session, place.case.id)
        people.add(session, place.lead, place.case, "Selam Tesfay", Part.WITNESS, key=key, protected=True)
    taken(place, MT940.replace(b"?32Selam Tesfay", written.encode()))

    row = rows(place)[0]

    shown = json.dumps([row.counterparty, row.purpose, row.as_written, row.verbatim, row.remarks])
    assert "Selam" not in shown
    assert "Tes" not in shown


def test_nobody_reads_money_without_duty_purpose_or_membership(place: Depot) -> None:
    taken(place)
    custodian = place.colleague("carl")
    stranger = place.house.actor("sam", Role.ANALYST)

    with place.house.transaction() as session:
        with pytest.raises(NotYourDuty):
            bookings.statements(session, custodian, place.keyring, place.case.id)
        with pytest.raises(NoSuchCase):
            bookings.transactions(session, stranger, place.keyring, place.case.id)
        with pytest.raises(NoPurpose):
            bookings.totals(session, place.lead.for_purpose(""), place.case.id)


def test_an_analyst_reads_and_each_reading_is_entered_apart_from_custody(place: Depot) -> None:
    taken(place)
    analyst = place.colleague("ann", Role.ANALYST, Duty.ANALYSE)

    with place.house.transaction() as session:
        account = bookings.statements(session, analyst, place.keyring, place.case.id)[0]
        bookings.transactions(session, analyst, place.keyring, place.case.id)

    assert (account.account, account.opening, account.closing, account.word) == (
        "DE02120300000000202051",
        Decimal("1000.00"),
        Decimal("1100.25"),
        "reconciled",
    )
    assert account.written["opening"] == ":60F:C240301EUR1000,00"
    assert acts(place, f"access/{place.case.id}")[-2:] == ["statements read", "transactions read"]


def test_a_schedule_holds_every_row_of_a_file(place: Depot) -> None:
    file = taken(place)

    with place.house.transaction() as session:
        (account, found), *more = bookings.schedules(session, place.keyring, [file])

    assert not more
    assert account.rows == len(found) == 3


def test_a_reader_that_is_fed_a_broken_stream_says_so_and_does_not_answer(place: Depot) -> None:
    file = place.file(place.exhibit(), MT940, "statement.sta")
    with place.house.transaction() as session:
        order = reading.plan(session, place.keyring, file)

    def cut():
        yield MT940[:40]
        raise SealBroken("the blob does not hold")

    with pytest.raises(SealBroken):
        reading.read(order, cut(), Limits())


def test_a_statement_too_large_for_the_limits_is_refused(place: Depot) -> None:
    file = place.file(place.exhibit(), MT940, "statement.sta")
    with place.house.transaction() as session:
        order = reading.plan(session, place.keyring, file)

    with pytest.raises(NotAStatement, match="larger"):
        reading.read(order, [MT940], Limits(extract_bytes=10))


def test_an_account_that_the_banks_form_glues_and_cuts_leads_to_other_cases(place: Depot) -> None:
    cut = MT940.replace(b"?31DE89370400440532013000", b"?31DE8937040044\n0532013000")
    file = taken(place, cut)
    read(place, file)

    with place.house.transaction() as session:
        found = [(one.kind, one.value, one.place.words()) for one in selectors.of_file(session, file)]

    assert found == [
        ("iban", "DE02120300000000202051", "row 1"),
        ("iban", "DE89370400440532013000", "row 5"),
    ]


def test_a_layout_is_confirmed_by_one_while_another_answers_and_one_of_them_stands(
    each_place: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = taken(each_place, TABLE, "bank.csv")

    def answered() -> object:
        with each_place.house.transaction() as session:
            return layouts.answer(session, each_place.lead, each_place.keyring, file.id, {"dates": "DMY"})

    outcome = meanwhile(monkeypatch, layouts, "_waiting", answered)
    with each_place.house.transaction() as session:
        layouts.confirm_layout(session, each_place.lead, each_place.keyring, file.id)
    outcome()
    with each_place.house.transaction() as session:
        states = session.scalars(select(layouts.LayoutRecord.state)).all()

    assert sorted(states) == [layouts.ANSWERED, layouts.SUPERSEDED]
