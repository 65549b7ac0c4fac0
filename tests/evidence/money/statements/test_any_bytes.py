"""Whatever the bytes: a reading, or a refusal with its reason; what was written comes back exactly or is asked."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from evidence.money.statements import (
    Outcome,
    Statements,
    answered,
    detect,
    read,
    read_csv,
    read_to_json,
    reconcile,
    swift,
)
from tests.evidence.money.statements.test_camt import entry, file

MT940 = (
    b":20:R\n:25:ACC\n:28C:1/1\n:60F:C240301EUR10,00\n:61:2403010301C5,00NTRFX//Y\n"
    b":86:166?00A?20SVWZ+b?32C\n:62F:C240302EUR15,00\n-\n"
)
TABLE = b"Date;Details;Amount;Currency;Balance\n13.03.2024;a;-1,50;EUR;8,50\n14.03.2024;b;2,00;EUR;10,50\n"
SEEDS = (MT940, TABLE, file(entry()))

amounts = st.decimals(min_value=Decimal("-9999999.99"), max_value=Decimal("9999999.99"), places=2)
days = st.dates(min_value=date(1970, 1, 1), max_value=date(2069, 12, 31))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Invalid):
        assert isinstance(read(data, "any"), Statements)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_any_damage_to_a_statement_is_read_or_refused(seed: bytes, choose: st.DataObject) -> None:
    data = bytearray(seed)
    for _ in range(choose.draw(st.integers(1, 4))):
        place = choose.draw(st.integers(0, len(data) - 1))
        if choose.draw(st.booleans()):
            data[place] = choose.draw(st.integers(0, 255))
        else:
            del data[place : place + choose.draw(st.integers(1, 9))]
        data = data or bytearray(b" ")

    answer = read_to_json(bytes(data), "any", "")

    assert answer.startswith(('{"reading"', '{"refused"'))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(days, amounts.filter(bool)), min_size=1, max_size=20), amounts)
def test_every_mt940_statement_that_adds_up_is_found_to_and_any_changed_amount_is_found(
    payments: list[tuple[date, Decimal]], opening: Decimal
) -> None:
    def swifted(amount: Decimal) -> str:
        return f"{abs(amount):.2f}".replace(".", ",")

    def marked(amount: Decimal) -> str:
        return "C" if amount >= 0 else "D"

    closing = opening + sum(amount for _, amount in payments)
    lines = [f":61:{day:%y%m%d}{marked(amount)}{swifted(amount)}NTRFX" for day, amount in payments]
    head = f":20:R\n:25:ACC\n:60F:{marked(opening)}240301EUR{swifted(opening)}\n"
    tail = f"\n:62F:{marked(closing)}240301EUR{swifted(closing)}\n-\n"

    statement = swift.read((head + "\n".join(lines) + tail).encode()).statements[0]
    short = swift.read((head + "\n".join(lines[1:]) + tail).encode()).statements[0]

    assert [(row.value_date, row.amount) for row in statement.rows] == payments
    assert reconcile(statement).result is Outcome.RECONCILED
    assert reconcile(short).result is Outcome.UNRECONCILED
    assert reconcile(short).difference == payments[0][1]


@pytest.mark.parametrize(("decimal", "group"), [(",", "."), (".", ","), (",", " "), (".", "'"), (",", ""), (".", "")])
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(days, amounts), min_size=1, max_size=12))
def test_a_table_gives_back_exactly_what_was_written_or_asks(
    decimal: str, group: str, payments: list[tuple[date, Decimal]]
) -> None:
    def written(amount: Decimal) -> str:
        return f"{amount:,.2f}".replace(",", "G").replace(".", decimal).replace("G", group)

    rows = "".join(f'{day:%d.%m.%Y};x;"{written(amount)}";EUR\n' for day, amount in payments)
    data = ("Datum;Text;Betrag;Währung\n" + rows).encode()
    layout = detect(data)
    truth = {"decimal": decimal, "dates": "DMY", "sign": "signed"}

    settled = answered(data, layout, {one.field: truth[one.field] for one in layout.questions})
    found = read_csv(data, settled).statements[0].rows

    assert [(row.booked, row.amount) for row in found] == payments
