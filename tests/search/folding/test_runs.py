"""Numbers and names written in pieces are found however they were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.folding.runs import TAIL, joined, whole

IBAN = "DE89370400440532013000"


def terms(text):
    return {term.text for term in joined(text)}


@pytest.mark.parametrize(
    "written",
    [
        "+98 912 345 6789",
        "+98-912-345-6789",
        "+98 (912) 345.6789",
        "۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹+",
        "\u202a+98\u00a0912\u00a0345\u00a06789\u202c",
    ],
)
def test_a_number_in_groups_is_joined(written):
    assert "989123456789" in terms(f"ring {written}, tonight")


@pytest.mark.parametrize(
    "written", ["0912 345 6789", "00989123456789", "+98 912 3456789", "98-912-3456789", "9123456789"]
)
def test_national_and_international_forms_share_their_tail(written):
    assert f"{TAIL}123456789" in terms(written)
    assert f"{TAIL}123456789" in whole(written)


def test_a_number_that_is_followed_by_another_is_still_found():
    assert {"09123456789", f"{TAIL}123456789"} <= terms("17 0912 345 6789 12")


@pytest.mark.parametrize("written", ["2026-03-01 14:02", "01.03.2026", "12/31/1999 7"])
def test_a_date_is_no_number(written):
    assert terms(written) == set()


def test_an_account_in_groups_is_joined_and_ends_where_its_check_digits_hold():
    assert IBAN.lower() in terms("to DE89 3704 0044 0532 0130 00 SENT")
    assert whole("de89 3704 0044 0532 0130 00") == (IBAN.lower(),)


def test_an_account_is_no_telephone_number():
    assert not any(term.startswith(TAIL) for term in terms("DE89 3704 0044 0532 0130 00"))


@pytest.mark.parametrize("written", ["Gebre-Egziabher", "Gebre‐Egziabher", "gebre'egziabher", "Gebre’Egziabher"])
def test_a_compound_name_is_found_as_one_word(written):
    assert "gebreegziabher" in terms(f"by {written}.")
    assert whole(written) == ("gebreegziabher",)


def test_an_emblem_is_a_word_to_those_who_use_it_as_one():
    assert terms("🐔🐔 ok") == {"🐔"}
    assert whole("🐔") == ("🐔",)


@given(st.text(max_size=80))
def test_every_joined_term_leads_back_to_its_place(text):
    for term in joined(text):
        assert 0 <= term.start < term.end <= len(text)
        assert " " not in term.text


@given(st.from_regex(r"[0-9]{3,5}( [0-9]{3,4}){1,3}", fullmatch=True))
def test_a_number_typed_whole_is_among_the_terms_of_the_same_number_written(number):
    assert set(whole(number)) <= terms(f"x {number} y")
