"""Codes on labels: what is misread is refused, and nothing in them says what a thing is."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.storeroom import codes
from evidence.storeroom.codes import BadCode, Thing

_NUMBERS = st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=4, max_size=26)


@given(one=st.uuids())
def test_an_exhibits_code_reads_back_as_its_identity_scanned_and_typed(one):
    code = codes.exhibit(one)

    assert codes.read(code.uri).uuid == one
    assert codes.read(code.typed.lower()).uuid == one


@given(number=_NUMBERS, place=st.integers(0, 40), other=st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_letter_is_always_found(number, place, other):
    whole = codes.place(number).uri
    at = len("PROBANDA:P/") + place % (len(number) + 2)
    wrong = whole[:at] + other + whole[at + 1 :]

    if wrong == whole:
        assert codes.read(wrong).number == number
    else:
        with pytest.raises(BadCode):
            codes.read(wrong)


@given(number=_NUMBERS, place=st.integers(0, 40))
def test_two_neighbours_that_changed_places_are_always_found(number, place):
    at = place % (len(number) - 1)
    turned = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if turned != number:
        with pytest.raises(BadCode):
            codes.read(f"P/{turned}{codes.check_letters(number)}")


def test_letters_that_are_taken_for_one_another_read_the_same():
    code = codes.place("10VA0K")

    assert codes.read(code.uri.replace("10VA0K", "IOUAOK")).number == "10VA0K"


@pytest.mark.parametrize(
    "text", ["", "hello", "PROBANDA:Z/AAAA12", "PROBANDA:X/", "https://probanda/x", "X/AAAAAA", "P/-"]
)
def test_what_is_no_code_is_refused_with_words(text):
    with pytest.raises(BadCode, match="nothing was looked up"):
        codes.read(text)


def test_a_code_of_one_sort_is_not_taken_for_another():
    code = codes.exhibit(uuid4())

    assert code.thing is Thing.EXHIBIT
    assert code.uri.isupper()
    with pytest.raises(BadCode, match="no exhibit's number"):
        _ = codes.place("ABC123").uuid
