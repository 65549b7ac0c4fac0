"""What is judged by a part of it is judged as the whole would be: nothing that breaks a rule hides on a plain page."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf

from exports.press.forms import add_page
from exports.press.judging import FLAVOUR, judge
from exports.press.plain import read
from tests.exports.dossiers import clean_pdf


@pytest.mark.parametrize(
    "drawing",
    [
        b"q 1 0 0 1 0 0 cm 0 0 10 10 re f* Q",
        b"BT /F1 12 Tf 1 0 0 1 60 780 Tm (a line) Tj T* ET",
        b"BT /F1 12 Tf [(A)-12(B) 3.5 <00ff>]TJ 0 -14 Td (C)Tj ET",
        b"/P <</MCID 0>> BDC BT /F1 1 Tf (x) Tj ET EMC",
        b"[3 2] 0 d 1 J .5 w 0 0 m 10 10 l S",
        b"",
    ],
)
def test_common_drawing_is_plain(drawing: bytes) -> None:
    assert read(drawing) is not None


@pytest.mark.parametrize(
    "drawing",
    [
        b"Q q",
        b"BT (no font) Tj ET",
        b"BT /F1 12 Tf (no end) Tj",
        b"0 0 Td",
        b"1 2 cm",
        b"0 0 0 1 k",
        b"/Pattern cs /P1 scn",
        b"/Layer1 sh",
        b"/OC /Layer1 BDC EMC",
        b"BI /W 1 /H 1 ID x EI",
        b"nonsense",
        b"0 0 m % a remark\n10 10 l S",
        b"99999999999 0 m",
        b"BT /F1 12 Tf <abc> Tj ET",
        b"BT /F1 12 Tf (" + b"x" * 33_000 + b") Tj ET",
        b"q " * 20 + b"Q " * 20,
        b"BT /F1 12 Tf (open (nested) ) Tj ET",
    ],
)
def test_anything_else_is_left_to_the_full_check(drawing: bytes) -> None:
    assert read(drawing) is None


def test_every_string_is_noted_with_its_font_and_mode() -> None:
    uses = read(rb"q BT /F1 9 Tf (a\051\101) Tj ET Q BT /F2 9 Tf 3 Tr <0041> Tj [(b) 4 (c)] TJ ET")

    assert uses is not None
    assert uses.shown == {(b"F1", 0): {b"a)A"}, (b"F2", 3): {b"\0A", b"b", b"c"}}


def test_a_font_set_within_saved_state_ends_with_it() -> None:
    assert read(b"q BT /F1 9 Tf (a) Tj ET Q BT (b) Tj ET") is None


@pytest.fixture
def target() -> Iterator[Pdf]:
    with Pdf.new() as pdf:
        yield pdf


@pytest.fixture
def forms(target: Pdf) -> Iterator[list[Any]]:
    """Pages of a clean document as forms that share their resources; a test may spoil one."""
    with Pdf.open(BytesIO(clean_pdf("one", "two", "three"))) as source:
        made = [target.copy_foreign(page.as_form_xobject()) for page in source.pages]
        for form in made:
            add_page(target, form)
        yield made


def test_clean_pages_pass(forms: list[Any]) -> None:
    assert judge(forms).passed


def test_one_letter_without_a_shape_on_one_page_is_found(forms: list[Any]) -> None:
    font = next(iter(forms[0].Resources.Font.keys())).encode("ascii")
    forms[2].write(b"BT %b 12 Tf <FFF0> Tj ET" % font)

    assert read(forms[2].read_bytes()) is not None
    assert not judge(forms).passed


def test_a_font_that_is_not_there_is_found(forms: list[Any]) -> None:
    forms[1].write(b"BT /Nowhere 12 Tf (a) Tj ET")

    assert not judge(forms).passed


def test_a_page_with_resources_of_its_own_is_judged_by_them(forms: list[Any]) -> None:
    loose = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    forms[1].Resources = Dictionary(Font=Dictionary(F=loose))
    forms[1].write(b"BT /F 12 Tf (not embedded) Tj ET")

    assert not judge(forms).passed


def test_state_that_no_rule_allows_is_found_wherever_it_is_set(forms: list[Any]) -> None:
    forms[1].Resources.ExtGState = Dictionary(G=Dictionary(TR=Name.Wrong))
    forms[1].write(b"/G gs")

    assert not judge(forms).passed


def test_a_figure_beyond_the_limits_in_the_frame_of_one_page_is_found(forms: list[Any]) -> None:
    forms[2].BBox = Object.parse(b"[0." + b"0" * 39 + b"1 0 595 842]")

    assert not judge(forms).passed


def test_text_in_a_drawing_that_names_no_font_borrows_none(forms: list[Any], target: Pdf) -> None:
    inner = target.make_stream(b"BT <0001> Tj ET")
    inner.Type, inner.Subtype, inner.BBox, inner.Resources = Name.XObject, Name.Form, Array([0, 0, 9, 9]), Dictionary()
    forms[1].Resources.XObject = Dictionary(I=inner)
    forms[1].write(b"/I Do " + forms[1].read_bytes())

    assert read(forms[1].read_bytes()) is not None
    assert not judge(forms).passed


def test_an_odd_operator_on_one_page_is_found(forms: list[Any]) -> None:
    forms[1].write(b"1 2 3 unheardOf")

    assert not judge(forms).passed


def test_real_documents_are_judged_as_the_full_check_judges_them(corpus: Path) -> None:
    names = ("002-trivial-libre-office-writer", "rotation", "testOCR", "standard_fonts", "pdflatex-image", "habibi")
    for name in names:
        with Pdf.open(corpus / "documents_pdf" / f"{name}.pdf") as source, Pdf.new() as target:
            source.flatten_annotations("screen")
            made = [target.copy_foreign(page.as_form_xobject()) for page in source.pages]
            for form in made:
                add_page(target, form)
            verdict = judge(made)
            pikepdf.pdfa.prepare(target, FLAVOUR)
            assert pikepdf.pdfa.check(target, FLAVOUR).passed is verdict.passed, name
