"""A name that something cuts in two is found all the same, so that what names a protected person does not leave."""

import pytest

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
