"""A snippet shows the text as written, marks what was asked for, and cuts between words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import asking
from search.answers.snippets import snippet
from search.folding.terms import fold


def shown(text, typed, **how):
    return str(snippet(text, asking.read(typed).question, **how))


@pytest.mark.parametrize(
    ("text", "typed", "wanted"),
    [
        ("The Boat left", "boat", "The [Boat] left"),
        ("The boat left", '"boat left"', "The [boat left]"),
        ("The boat left", "bo*", "The [boat] left"),
        ("The boat left", "boat -truck", "The [boat] left"),
        ("قال مُحَمَّد إنه سافر", "محمد", "قال [مُحَمَّد] إنه سافر"),
        ("ከኣስመራ ወደ ኣስመራ", "አስመራ", "ከኣስመራ ወደ [ኣስመራ]"),
        ("我在北京市", "北京", "我在[北京]市"),
        ("ring ۰۹۱۲ ۳۴۵ ۶۷۸۹ now", "+98 912 345 6789", "ring [۰۹۱۲ ۳۴۵ ۶۷۸۹] now"),
        ("to DE89 3704 0044 0532 0130 00.", "DE89370400440532013000", "to [DE89 3704 0044 0532 0130 00]."),
        ("Mu'ammar and Gebre-Egziabher", "muammar OR gebreegziabher", "[Mu'ammar] and [Gebre-Egziabher]"),
        ("50 🐔 ready", "🐔", "50 [🐔] ready"),
        ("nothing of it", "type:pdf", "nothing of it"),
    ],
)
def test_what_was_asked_for_is_marked_as_written(text, typed, wanted):
    assert shown(text, typed) == wanted


def test_a_long_text_is_cut_where_most_stands_together():
    text = "boat " + "and so on " * 100 + "the boat left at night " + "and so on " * 100
    found = shown(text, "boat night")
    assert "the [boat] left at [night]" in found
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert len(found) < 300


def test_a_long_text_without_a_mark_is_shown_from_its_beginning():
    assert shown("and so on " * 100, "type:pdf").startswith("and so on")


@given(st.text(max_size=400), st.sampled_from(["a", '"a b"', "00*", "é OR б", "的"]), st.integers(5, 60))
def test_stretches_read_on_and_only_marks_hold_what_was_asked_for(text, typed, length):
    found = snippet(text, asking.read(typed).question, length=length)
    piece = "".join(one.text for one in found.stretches)
    assert piece in text
    assert found.cut_before or text.startswith(piece)
    assert found.cut_after or text.endswith(piece)
    assert all(fold(one.text) for one in found.stretches if one.marked)
