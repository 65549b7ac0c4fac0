"""Queries are read as people mean them, or refused with the place of the fault."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.asking import Among, BadQuery, Between, Every, Named, Not, Some, Text, read


def asked(text):
    return read(text).question


def word(term):
    return Text("terms", (term,))


def test_words_are_all_wanted():
    assert asked("two men") == Every((word("two"), word("men")))
    assert asked("two AND men") == asked("two men")


def test_and_binds_closer_than_or():
    assert asked("a b OR c") == Some((Every((word("a"), word("b"))), word("c")))
    assert asked("a (b OR c)") == Every((word("a"), Some((word("b"), word("c")))))


def test_small_and_or_not_are_words():
    assert asked("to or") == Every((word("to"), word("or")))


@pytest.mark.parametrize("text", ["a -b", "a NOT b", "a AND NOT b"])
def test_what_is_not_wanted_is_left_out(text):
    assert asked(text) == Every((word("a"), Not(word("b"))))


@pytest.mark.parametrize("text", ['"the boat"', "“the boat”", "«the boat»", "„the boat“"])
def test_a_phrase_is_in_quotation_marks_of_any_kind(text):
    assert asked(text) == Text("terms", ("the", "boat"))


def test_a_word_is_looked_up_as_a_compound_too_and_a_quoted_one_as_it_stands():
    assert asked("muammar") == Some((word("muammar"), Text("joined", ("muammar",))))
    assert asked('"muammar"') == word("muammar")


def test_a_star_stands_for_the_rest_of_a_word():
    assert asked("ab*") == Text("terms", ("ab",), prefix=True)
    assert asked('"abdi ka*"') == Text("terms", ("abdi", "ka"), prefix=True)


@pytest.mark.parametrize("text", ["+98 912 345 6789", "+98 (912) 345 6789", "۰۹۱۲۳۴۵۶۷۸۹", "0912-345-6789"])
def test_a_number_is_looked_up_by_its_tail_however_it_is_typed(text):
    assert Text("joined", ("№123456789",)) in asked(text).parts


def test_years_side_by_side_are_still_words():
    assert Every((word("2019"), word("2020"))) in asked("2019 2020").parts


def test_an_account_typed_in_groups_is_one_number():
    assert Text("terms", ("de89370400440532013000",)) in asked("DE89 3704 0044 0532 0130 00").parts


def test_fields():
    assert asked("type:pdf,IMAGE") == Among("kind", frozenset({"pdf", "image"}))
    assert asked("lang:ar") == Among("language", frozenset({"ar"}))
    assert asked("from:2026-02 to:2026-02") == Every((Between(since="2026-02-01"), Between(until="2026-02-28")))
    assert asked("to:2024") == Between(until="2024-12-31")
    assert asked('name:"bank letter"') == Text("name", ("bank", "letter"))
    assert asked('case:"12/2026" exhibit:A-1') == Every((Named("case", "12/2026"), Named("exhibit", "A-1")))


def test_what_says_nothing_is_named_and_left_out():
    found = read("boat & night")
    assert found.question == Every((*asked("boat night").parts,))
    assert found.ignored == ("&",)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 1),
        ("&", 1),
        ("boat OR", 8),
        ("OR boat", 1),
        ("boat AND", 9),
        ("boat NOT", 9),
        ('say "boat', 5),
        ("boat)", 5),
        ("a (boat", 3),
        ("bo*at", 1),
        ("b*", 1),
        ("typ:pdf", 1),
        ("type:pfd", 6),
        ("lang:arabic", 6),
        ("from:yesterday", 6),
        ("from:2026-02-30", 6),
        ("name: boat", 6),
        ("name:!", 6),
        ("((((((((((((((boat))))))))))))))", 14),
        ("boat " * 101, 501),
        ("x" * 1001, 1001),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text, place):
    with pytest.raises(BadQuery) as refused:
        read(text)
    assert str(refused.value).startswith(f"at character {place}: ")
    assert refused.value.fields.keys() == {"query"}


@given(st.text(max_size=200) | st.text(st.sampled_from('ab12 ()"*-:+.ANDORTfromype'), max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(BadQuery):
        assert read(text).text == text
