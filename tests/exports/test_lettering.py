"""Any script is drawn with its own shapes, in its own direction, and extracts as it was written."""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from bidi.algorithm import get_display
from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import PdfDocument

from exports.lettering import directions
from exports.lettering.faces import Style, face
from exports.lettering.ink import Pen, blank_canvas
from exports.lettering.setting import NoGlyph, broken, clusters, measure, set_line, set_paragraph, shown

LETTERS_AND_SIGNS = "abc ABC אבג شسي ٣٤ 123 +-,.:/%€()[]{}!?"
EXACT = [
    "Plain fields, office & “quotes” – 1,234.56 €",
    "محمد بن عبد الله أرسل دولار",
    "زه په کندهار کې اوسېږم",
    "ትግርኛ፡ ሓው ኣስመራ ናብ ካርቱም ከይዱ።",
    "አማርኛ፡ ሰላም፣ ገንዘቡ ተልኳል (500 ብር)።",
    "বাংলা: মোহাম্মদ করিম ক্ষমতা স্ত্রী বিশ্ববিদ্যালয় ১২৩ কৌশল",
    "हिन्दी: श्रीमान् क्षेत्र विद्यार्थी कौन",
    "தமிழ்: இலங்கை ஸ்ரீ கொழும்பு",
    "中文：王小明 汇款 人民币 5,000 元（北京）文民",
    "Русский: Иван Петров, 12 марта; Україна їжак",
    "กรุงเทพฯ ที่นี่",
    "ქართული Հայերեն ਪੰਜਾਬੀ",
]


def page_of(*texts: str, style: Style = Style.REGULAR) -> bytes:
    out = BytesIO()
    canvas = blank_canvas(out, title="t", author="a", subject="s", language="en")
    pen = Pen(canvas)
    for text in texts:
        line = set_line(text, 12, style)
        pen.write(line, 500 - line.width if line.leftward else 50, 700)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def plain(text: str) -> str:
    return re.sub("[\u202a-\u202e\u2066-\u2069\u200b\x0c]", "", text).strip()


@pytest.mark.parametrize("text", EXACT)
def test_a_line_extracts_as_it_was_written(text: str) -> None:
    with PdfDocument(page_of(text)) as document:
        assert plain(document[0].get_textpage().get_text_bounded()) == text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler) is not installed")
@pytest.mark.parametrize("text", [*EXACT, "مُحَمَّد الرِّسَالَة لا إلا"])
def test_another_reader_extracts_the_same(text: str, tmp_path: Path) -> None:
    (tmp_path / "line.pdf").write_bytes(page_of(text))

    found = subprocess.run(["pdftotext", tmp_path / "line.pdf", "-"], capture_output=True, check=True)

    assert plain(found.stdout.decode()) == text


def test_a_character_beyond_the_first_plane_extracts_whole() -> None:
    with PdfDocument(page_of("x \U0001e900")) as document:
        assert "\U0001e900" in document[0].get_textpage().get_text_bounded()


def test_joined_letters_are_joined_and_not_the_lone_shapes() -> None:
    arabic = face("NotoNaskhArabic-Regular")
    lone = [arabic.nominal(letter) for letter in "محمد"]

    drawn = [glyph.number for run in set_line("محمد", 12).runs for glyph in run.glyphs]

    assert len(drawn) == 4
    assert drawn[::-1][:3] != lone[:3]


def test_digits_keep_their_order_in_a_right_to_left_line() -> None:
    line = set_line("شماره ۱۲۳۴", 12)
    seen = "".join(glyph.text for run in line.runs for glyph in run.glyphs)

    assert line.leftward
    assert seen.startswith("۱۲۳۴")


def test_brackets_in_a_right_to_left_line_are_mirrored() -> None:
    hebrew = set_line("שלום (123)", 12)
    seen = [(glyph.text, glyph.number, run.face) for run in hebrew.runs for glyph in run.glyphs]
    text, number, used = next(item for item in seen if item[0] == ")")

    assert text == ")"
    assert number == used.nominal("(")


def test_a_character_without_a_font_is_an_error_that_names_it() -> None:
    with pytest.raises(NoGlyph, match=r"U\+1F600 \(GRINNING FACE\)"):
        set_line("paid 😀", 12)


def test_foreign_text_shows_what_cannot_be_drawn() -> None:
    assert shown("a😀b\x07\u202ec\u202c\td\ud800") == "a[U+1F600]b[U+0007][U+202E]c[U+202C] d[U+D800]"


def test_a_hidden_direction_control_is_refused_where_it_was_not_shown() -> None:
    with pytest.raises(directions.HiddenDirection, match=r"U\+202E"):
        set_line("invoice\u202efdp.exe", 12)


@given(st.text(max_size=60))
def test_whatever_is_shown_can_be_set(text: str) -> None:
    assert set_paragraph(shown(text), 100, 10)


@given(st.text(LETTERS_AND_SIGNS, max_size=40))
def test_no_line_is_wider_than_asked_and_no_letter_is_lost(text: str) -> None:
    pieces = broken(text, 40, 10, Style.REGULAR)

    assert "".join(pieces) == text
    assert all(measure(piece.rstrip(), 10) <= 40.01 or len(list(clusters(piece.strip()))) == 1 for piece in pieces)


def test_a_digest_breaks_inside_and_chinese_between_signs() -> None:
    assert len(set_paragraph("9f" * 64, 100, 8, Style.MONO)) > 1
    lines = set_paragraph("王小明汇款人民币五千元到北京。", 60, 12)
    assert len(lines) > 1
    assert not any(line.text.startswith("。") for line in lines)


@given(st.text("abc אבג شسي 123 ٣٤ ,.:+-", max_size=30))
def test_lines_are_seen_in_the_order_that_another_implementation_gives(text: str) -> None:
    base, given_levels = directions.levels(text, 0)
    tail = directions.trailing(text, given_levels, base)

    seen = "".join(character for _, character in directions.in_sight(list(zip(tail, text, strict=True))))

    assert seen == get_display(text, base_dir="L")


def test_right_to_left_characters_that_share_a_level_come_in_reverse() -> None:
    base, given_levels = directions.levels("ab גד")

    assert base == 0
    assert [character for _, character in directions.in_sight(list(zip(given_levels, "ab גד", strict=True)))] == list(
        "ab דג"
    )


def test_bold_is_heavier_also_in_scripts_without_a_bold_font() -> None:
    assert all(run.heavy for run in set_line("ሰላም", 12, Style.BOLD).runs)
    assert not any(run.heavy for run in set_line("peace", 12, Style.BOLD).runs)


def test_the_same_text_gives_the_same_bytes() -> None:
    assert page_of(*EXACT) == page_of(*EXACT)


def test_only_embedded_fonts_are_named() -> None:
    page = page_of(*EXACT, style=Style.MONO)

    assert b"Helvetica" not in page
    assert page.count(b"/FontFile2") == page.count(b"/Type0")
