"""A name that something cuts in two is found all the same, so that what names a protected person does not leave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.masks import Masks, named

MASKS = Masks({"Selam Tesfay": "Person A", "ሰላም ተስፋይ": "Person A"})


@pytest.mark.parametrize(
    "text",
    [
        "for Selam Tesfay",
        "for TESFAY, Sélam",
        "for selamtesfay",
        "for Selam\nTesfay",
        "for Selam Tes-\n   fay",
        "for Se\u200blam Tes\u00adfay",
        "for \u202bSelam\u202c Tesfay",
        "?20for?32Selam Tes?33fay?34end",
        "?20for?32Selam Tes\r\n?33fay",
        "for\r\nSelam Tes\r\nfay\r\nend",
        "?32Sel?33am Tes?34fay",
        "?32Selam?33Tesfay",
        "ለሰላም ሰላም\nተስፋይ",
    ],
)
def test_a_name_is_found_whatever_cuts_it_in_two(text: str) -> None:
    assert named(MASKS, text) == {"Person A"}


@pytest.mark.parametrize(
    "text", ["", "Selam", "Tesfay and Selamawit", "Selam met\n\nnobody called Tesfay", "?32Selam?33Kidane"]
)
def test_a_part_of_a_name_alone_names_nobody(text: str) -> None:
    assert named(MASKS, text) == frozenset()


PARTS = [
    "Selam",
    "Tesfay",
    "Kidane",
    "ሰላም",
    "نوری",
    "و",
    "O'Neil",
    "van",
    "der",
    "Berg",
    "Ünal",
    "İnci",
    "李",
    "小龙",
    "さくら",
    "Straße",
]
FILLER = st.text(st.sampled_from(" \n.,-_?3\u200b\u00ada'é"), max_size=3)


@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=5, unique=True),
    st.lists(st.tuples(FILLER, st.sampled_from(PARTS)), max_size=8),
)
def test_the_quick_look_never_says_no_where_a_name_stands(form: list[str], text: list[tuple[str, str]]) -> None:
    masks = Masks({" ".join(form): "Person A"})
    words = "".join(between + part for between, part in text)
    slow = {pseudonym for _start, _end, pseudonym in [*masks._spaced(words), *masks._unspaced(words)]}

    assert not slow or masks.possible(words)
    assert masks.found(words) == slow
