"""Texts cut into pieces without losing or adding a character."""

from hypothesis import given
from hypothesis import strategies as st

from app.pages.views.marks import Piece, Sought, marked, spans


def test_a_number_is_marked_as_written_and_says_as_what_it_was_read() -> None:
    pieces = marked("call 0333 123 now", [Sought("0333 123", "phone", "+39333123")])

    assert pieces == (Piece("call "), Piece("0333 123", "phone", "+39333123"), Piece(" now"))


def test_of_two_that_overlap_the_longer_is_marked() -> None:
    pieces = marked("IT60X0542811101", [Sought("0542811101", "phone"), Sought("IT60X0542811101", "iban")])

    assert [piece.kind for piece in pieces] == ["iban"]


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=5), max_size=5))
def test_no_character_is_lost_or_added_by_marking(text: str, words: list[str]) -> None:
    pieces = marked(text, [Sought(word, "x") for word in words])

    assert "".join(piece.text for piece in pieces) == text


def test_spans_that_a_search_found_are_marked_in_place() -> None:
    assert spans("abcdef", [(0, 2), (4, 6)]) == (Piece("ab", "hit"), Piece("cd"), Piece("ef", "hit"))
