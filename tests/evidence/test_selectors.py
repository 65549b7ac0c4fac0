"""Selectors: found in any script, decided once, normalised, and kept with file and place."""

import csv
from collections import Counter
from dataclasses import dataclass

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import selectors
from evidence.pinpoints import Pinpoint
from evidence.selectors import Seen, Sighting, find


def found(text: str, *hints: str) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in find(text, hints)]


@dataclass
class Said:
    text: str
    pinpoint: Pinpoint


ONE_NUMBER = ("phone", "+4917612345678")


@pytest.mark.parametrize(
    "written",
    [
        "+49 176 12345678",
        "+49 (176) 123-456-78",
        "0049 176 12345678",
        "+٤٩ ١٧٦ ١٢٣٤٥٦٧٨",
        "+۴۹۱۷۶۱۲۳۴۵۶۷۸",
        "＋４９ １７６ １２３４５６７８",
        "+49\u00a0176\u202f12345678",
        "+49\u2011176\u201112345678",
        "4917612345678",
        "4917612345678@s.whatsapp.net",
    ],
)
def test_one_number_has_one_normal_form_however_it_is_written(written):
    assert found(f"call {written} tonight") == [ONE_NUMBER]


def test_a_national_number_gives_a_candidate_for_each_country_in_question():
    assert found("call 0176 12345678") == []
    assert found("call 0176 12345678", "DE") == [ONE_NUMBER]
    assert set(found("call 09123456789", "IR", "DE")) == {("phone", "+989123456789"), ("phone", "+499123456789")}


def test_two_numbers_side_by_side_are_two():
    assert found("+49 176 12345678 +39 347 1234567") == [ONE_NUMBER, ("phone", "+393471234567")]
    assert found("0176 12345678 / 0177 7654321", "DE") == [ONE_NUMBER, ("phone", "+491777654321")]


def test_a_number_out_of_an_old_plan_is_kept_if_its_country_is_written():
    ((kind, value),) = found("+355 66 212 3456")
    assert (kind, value) == ("phone", "+355662123456")


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-03-01 14:02:33 and 01.03.2026",
        "from 28/02/2026, 21:05 on",
        "costs 1.234.567,89 or 12,345,678.90",
        "at 192.168.100.200 port 8080",
        "card 4111 1111 1111 1111",
        "reference 00000000000000",
        "case 12/2026-4455",
        "order A4917612345678B",
    ],
)
def test_dates_amounts_addresses_and_cards_are_no_telephone_numbers(text):
    assert found(text, "DE", "IT", "GR") == []


def test_a_number_beside_a_date_is_still_found():
    assert found("01.03.2026 14:02 +49 176 12345678") == [ONE_NUMBER]


def test_an_account_number_is_not_also_a_telephone_number():
    text = "IBAN DE89 3704 0044 0532 0130 00, GB29NWBK60161331926819 and DE89 3704 0044 0532 0130 01"

    assert found(text, "DE", "GB") == [("iban", "DE89370400440532013000"), ("iban", "GB29NWBK60161331926819")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("write Ana.B+boat@Harbour.EXAMPLE.", "ana.b+boat@harbour.example"),
        ("<ana@münchen.example>", "ana@münchen.example"),
        ("'ana@harbour.example'", "ana@harbour.example"),
    ],
)
def test_mail_addresses_are_written_small(text, value):
    assert found(text) == [("email", value)]


@pytest.mark.parametrize("text", ["a@b", "@harbour.example", "ana@1.2.3.4", "x..y@harbour.example"])
def test_what_is_no_mail_address_is_not_taken_for_one(text):
    assert found(text) == []


WALLETS = {
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": "btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy": "btc:3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq": "btc:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4": "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": (
        "btc:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
    ),
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": "eth:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
    "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8": "tron:TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
}


@pytest.mark.parametrize("written", WALLETS)
def test_a_wallet_address_is_known_by_its_checksum(written):
    assert found(f"send to {written} now") == [("wallet", WALLETS[written])]


@pytest.mark.parametrize("written", WALLETS)
def test_a_wallet_address_with_one_letter_wrong_is_none(written):
    place = len(written) // 2
    for letter in "abcdef23" if written.startswith("0x") else "23qpzQPZ":
        changed = written[:place] + letter + written[place + 1 :]
        if changed != written and changed.lower() != written.lower():
            assert ("wallet", WALLETS[written]) not in found(changed)
            assert not [kind for kind, _ in found(changed) if kind == "wallet"]
            break


def test_devices_vessels_and_plates_are_found_beside_their_labels():
    text = "IMEI: 49-015420-323751-8, IMO 9074729, MMSI 211234560, Kennzeichen: B-AB 1234"

    assert found(text) == [
        ("imei", "490154203237518"),
        ("vessel", "imo:9074729"),
        ("vessel", "mmsi:211234560"),
        ("plate", "BAB1234"),
    ]


@pytest.mark.parametrize(
    "text", ["IMEI 490154203237519", "IMO 9074728", "211234560", "B-AB 1234", "plate number: none"]
)
def test_numbers_that_fail_their_check_or_lack_their_label_are_left_alone(text):
    assert found(text) == []


ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"


def test_travel_documents_are_found_by_their_check_digits():
    assert found(ZONE) == [("document", "L898902C3")]
    assert found(CARD) == [("document", "D23145890")]
    assert found(ZONE.replace("L898902C36", "L898902C46")) == []


@pytest.mark.parametrize(
    "label", ["Passport No.", "passport:", "Reisepass Nr.", "паспорт №", "جواز السفر رقم:", "护照："]
)
def test_a_document_number_beside_its_label_is_found(label):
    assert ("document", "AB1234567") in found(f"{label} AB1234567")


def test_a_sighting_points_at_the_text_as_written():
    text = "اتصل \u200f+٤٩ ١٧٦ ١٢٣٤٥٦٧٨ الآن"
    (one,) = find(text)

    assert one.as_written == "+٤٩ ١٧٦ ١٢٣٤٥٦٧٨"
    assert text[one.start : one.end] == one.as_written
    assert one.basis


@given(st.text(max_size=300))
def test_any_text_gives_stretches_of_itself_that_do_not_cross(text):
    last = (0, 0)
    for one in find(text, ("DE",)):
        assert text[one.start : one.end] == one.as_written
        assert (one.start, one.end) == last or one.start >= last[1]
        last = (one.start, one.end)


@given(st.text(alphabet="0123456789 +-./()@:", max_size=300))
def test_whatever_is_found_in_a_mess_of_digits_stands_there_as_written(text):
    for one in find(text, ("DE", "IT")):
        assert text[one.start : one.end] == one.as_written


def test_countries_written_in_full_help_with_the_other_numbers_of_a_file():
    passages = [Said("Sami: +49 176 12345678", Pinpoint(message="1")), Said("Ana: 0177 7654321", Pinpoint(message="2"))]
    seen = list(selectors.sighted(passages))

    assert [(one.ordinal, one.sighting.value, one.pinpoint.message) for one in seen] == [
        (1, "+4917612345678", "1"),
        (2, "+491777654321", "2"),
    ]


def test_every_mobile_example_is_found_in_each_way_of_writing(corpus):
    with (corpus / "ids_phone" / "mobile_examples.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    missed: Counter[str] = Counter()
    for row in rows:
        value = f"+{phonenumbers.country_code_for_region(row['region'])}{row['national_number']}"
        number = phonenumbers.parse(value)
        ways = {
            "plus": (value, ()),
            "spaced": (phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL), ()),
            "00": ("00" + value[1:], ()),
            "bare": (value[1:], ()),
            "national": (
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL),
                (row["region"],),
            ),
        }
        for way, (written, hints) in ways.items():
            missed[way] += ("phone", value) not in found(f"Tel: {written} ok", *hints)

    # One example of Albania lies in a range that its number plan has since given up.
    assert missed == {"plus": 0, "spaced": 0, "00": 1, "bare": 1, "national": 1}


def seen(value: str, ordinal: int = 1) -> Seen:
    return Seen(
        Sighting("phone", value, value, 0, len(value), "written with its country"), ordinal, Pinpoint(page=ordinal)
    )


def test_selectors_of_a_file_are_kept_once_for_each_passage_and_replaced_when_it_is_read_again(place):
    file = place.file(place.exhibit())
    with place.house.transaction() as session:
        kept = selectors.keep(session, file, [seen("+4917612345678"), seen("+4917612345678"), seen("+393471234567", 2)])
    with place.house.transaction() as session:
        again = selectors.keep(session, file, [seen("+4917612345678")])
        rows = selectors.of_file(session, file)

    assert (kept, again) == (2, 1)
    assert [(row.value, row.place, row.case_id) for row in rows] == [("+4917612345678", Pinpoint(page=1), file.case_id)]
