"""What the pages say of states, sizes, times, amounts and names."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.pages.views import words

WHEN = datetime(2026, 3, 1, 22, 30, 5, tzinfo=UTC)


def test_a_state_without_an_entry_is_shown_by_its_own_word_and_never_hidden() -> None:
    assert words.state("half_way").word == "half way"


def test_no_two_words_of_a_state_differ_by_colour_alone() -> None:
    shown = {(tag.word, tag.shape) for tag in words.STATES.values()}

    assert len({word for word, _shape in shown}) == len(shown)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (20 * 1024**3, "20.0 GiB"),
        (2**60, "1048576.0 TiB"),
    ],
)
def test_a_size_is_told_in_the_unit_that_fits_it(count: int, told: str) -> None:
    assert words.size(count) == told


def test_a_time_is_shown_on_the_readers_clock_and_kept_in_utc() -> None:
    assert words.local(WHEN, words.zone("Africa/Nairobi")) == "2026-03-02 01:30"
    assert words.universal(WHEN) == "2026-03-01 22:30:05 UTC"


@pytest.mark.parametrize("name", ["Nowhere/Atall", "", "../../etc/passwd", "\0", "Europe", "x" * 5000])
def test_a_zone_that_is_none_becomes_utc(name: str) -> None:
    assert words.zone(name) is UTC


def test_an_amount_keeps_all_its_decimals_and_says_its_currency() -> None:
    assert words.amount(Decimal("-1234567.500"), "EUR") == "−1,234,567.500 EUR"


def test_a_name_cannot_turn_itself_round() -> None:
    assert words.plain("photo\u202egnp.exe\u0000") == "photo\\u{202e}gnp.exe\\u{0}"


def test_running_text_keeps_its_lines_and_the_marks_that_scripts_need() -> None:
    assert words.plain_lines("می\u200cروم\r\n\tپایان\u200e") == "می\u200cروم\n\tپایان\u200e"
    assert words.plain_lines("a\u202eb\x07") == "a\\u{202e}b\\u{7}"
