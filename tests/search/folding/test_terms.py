"""What counts as the same word, in the scripts that smuggling cases are written in."""

import string
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.folding.terms import LONGEST, fold, level_digits, locate

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("ISTANBUL ığdır", "İstanbul Iğdır"),
        ("Nguyen Duc", "Nguyễn Đức"),
        ("Nguyễn", unicodedata.normalize("NFD", "Nguyễn")),
        ("ＡＢＣ１２", "abc12"),
        ("ﬁne", "fine"),
        ("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"),
        ("Ёлка", "елка"),
        ("أحمد إبراهيم آدم", "احمد ابراهيم ادم"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("فاطمة", "فاطمه"),
        ("علی کریمی", "علي كريمي"),
        ("می‌خواهم", "ميخواهم"),
        ("ﻣﺤﻤﺪ", "محمد"),
        ("ﷺ", "صلى الله عليه وسلم"),
        ("ሓይለ ሥላሴ", "ሀይለ ስላሴ"),
        ("ኣስመራ", "አስመራ"),
        ("ፀሐይ", "ጸሀይ"),
        ("য়", "য\u09bc"),
        ("ত\u09cd\u200d", "ৎ"),
        ("কো", "ক\u09c7\u09be"),
        ("ﾊﾞｽ", "バス"),
        ("㈱", "株"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("שָׁלוֹם", "שלומ"),
        ("Maxamed ʿAli", "maxamed ali"),
        ("pass\u00adword", "password"),
    ],
)
def test_these_are_the_same_words(one, other):
    assert fold(one) == fold(other) != ()


@pytest.mark.parametrize(
    "digits",
    ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "০১২৩৪৫৬৭৮৯", "०१२३४५६७८९", "０１２３４５６７８９", "၀၁၂၃၄၅၆၇၈၉"],
)
def test_digits_of_every_script_are_equal(digits):
    assert fold(digits) == ("0123456789",)


def test_a_number_is_not_glued_to_the_word_beside_it():
    assert fold("৫০০টাকা") == ("500", "টাকা")
    assert fold("رقم٠٩١٢") == ("رقم", "0912")
    assert fold("B12") == ("b12",)


def test_what_is_written_without_spaces_is_one_term_a_character():
    assert fold("北京市abc") == ("北", "京", "市", "abc")
    assert fold("สวัสดี") == ("ส", "วั", "ส", "ดี")


def test_signs_and_lone_marks_are_no_words():
    assert fold("— !? \u0301 \u200f _ ™ … 💸") == ()


def test_a_direction_mark_parts_words_and_a_joiner_does_not():
    assert fold("abc\u200fdef") == ("abc", "def")
    assert fold("abc\u200ddef") == ("abcdef",)


@given(ANY_TEXT)
def test_terms_hold_only_what_both_engines_leave_alone(text):
    for term in fold(text):
        assert 0 < len(term) <= LONGEST
        assert not set(term) & set(string.whitespace + string.punctuation + string.ascii_uppercase)
        # Han of the later planes may be younger than this Python's tables.
        assert all(unicodedata.category(one)[0] in "LNM" or ord(one) >= 0x20000 for one in term)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text):
    once = fold(text)
    assert fold(" ".join(once)) == once


@given(ANY_TEXT)
def test_every_term_leads_back_to_the_text_as_written(text):
    terms = list(locate(text))
    assert tuple(term.text for term in terms) == fold(text)
    assert all(term.text in fold(text[term.start : term.end]) for term in terms)


@given(ANY_TEXT, ANY_TEXT)
def test_a_space_between_two_texts_keeps_their_terms_apart(one, other):
    assert fold(f"{one} {other}") == fold(one) + fold(other)


@given(ANY_TEXT)
def test_levelled_digits_stay_where_they_were(text):
    assert len(level_digits(text)) == len(text)


def test_no_character_at_all_upsets_folding():
    for point in range(sys.maxunicode + 1):
        assert len(fold(f"a {chr(point)} b")) >= 2
