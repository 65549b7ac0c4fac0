"""A dossier is laid out whole, its numbers come from a table, and what is missing is seen to be missing."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from pikepdf import Pdf
from pypdfium2 import PdfDocument

from evidence.receipts import SignedReceipt
from exports.contents import Dossier, FactEntry, GapEntry, PageEntry
from exports.pdf import LaidOut, lay_out, receipt_pdf
from exports.pdf.appendix import Appendix, Treatment
from exports.pdf.layout import NoPageNumber
from exports.pdf.wording import amount, size, when
from tests.exports.dossiers import a_dossier, a_file, a_schedule


def texts(pdf: bytes) -> list[str]:
    with PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]


def with_numbers(dossier: Dossier, laid: LaidOut, first: int) -> Dossier:
    return replace(dossier, pages=tuple(PageEntry(first + at, *place) for at, place in enumerate(laid.pages)))


def test_every_part_stands_in_the_outline_and_leads_to_its_page() -> None:
    dossier = a_dossier(a_file(), schedules=(a_schedule(),))

    laid = lay_out(dossier)

    assert [target.key for target in laid.targets] == [
        "cover", "index", "people", "exhibits", "exhibit E1", "money", "schedule 1", "hashes", "concordance",
        "weaknesses", "signoffs", "pages E1", "file E1.1",
    ]  # fmt: skip
    pages = texts(laid.pdf)
    assert all(
        target.title.split("  ")[0] in pages[target.page]
        for target in laid.targets
        if target.level == 0 and target.page > 0 and target.key != "pages E1"
    )


def test_the_index_shows_the_number_printed_on_the_page_it_leads_to() -> None:
    dossier = a_dossier(a_file(), a_file("E1.2", "picture.jpg", "image/jpeg"), schedules=(a_schedule(rows=80),))
    numbered = with_numbers(dossier, lay_out(dossier), 101)

    laid = lay_out(numbered)

    with Pdf.open(BytesIO(laid.pdf)) as pdf, PdfDocument(laid.pdf) as drawn:
        targets = {target.key: target.page for target in laid.targets}
        index = targets["index"]
        links = [item for item in pdf.pages[index].obj.Annots if "/Dest" in item]
        assert len(links) == len(laid.targets) - 2
        text = drawn[index].get_textpage()
        for link in links:
            leads_to = link.Dest[0].objgen
            page = next(at for at, candidate in enumerate(pdf.pages) if candidate.obj.objgen == leads_to)
            line = text.get_text_bounded(*(float(side) for side in link.Rect))
            foot = drawn[page].get_textpage().get_text_bounded(400, 10, 842, 34)
            assert re.findall(r"\d+", line)[-1] == re.findall(r"\d+", foot)[-1] == str(101 + page)


def test_a_dossier_without_numbers_is_a_draft_and_says_so_on_every_page() -> None:
    assert all("draft, not numbered" in page for page in texts(lay_out(a_dossier(a_file())).pdf))


def test_numbers_that_do_not_fit_the_pages_are_refused() -> None:
    dossier = a_dossier(a_file())
    numbered = with_numbers(dossier, lay_out(dossier), 1)

    with pytest.raises(NoPageNumber):
        lay_out(replace(numbered, pages=numbered.pages[:-1]))
    with pytest.raises(NoPageNumber):
        lay_out(replace(numbered, pages=(*numbered.pages, PageEntry(99, "E1.1", 2))))


def test_a_protected_person_has_a_label_and_no_name() -> None:
    page = next(page for page in texts(lay_out(a_dossier()).pdf) if "People in their roles\n" in page and "W1" in page)

    assert "Protected: name sealed" in page


def test_a_gap_in_custody_stands_between_the_entries_that_it_parts() -> None:
    whole = "\n".join(texts(lay_out(a_dossier(a_file())).pdf))

    gap = whole.index("Offered and not accepted\nfrom 2026-03-02 10:00:00 UTC")
    assert whole.index("2026-03-01 10:00:00 UTC") < gap < whole.index("2026-03-05 10:00:00 UTC")
    assert "the driver was not there" in whole


def test_a_weakness_that_is_no_gap_in_possession_is_not_called_one() -> None:
    weak = GapEntry("2026-03-02T10:00:00.000000Z", "2026-03-02T10:00:00.000000Z", "no hash came", "No hash at receipt")
    before = GapEntry("", "2026-03-02T10:00:00.000000Z", "as it was frozen then")
    entry = replace(a_dossier(a_file()).exhibits[0], gaps=(weak, before))
    whole = "\n".join(texts(lay_out(replace(a_dossier(a_file()), exhibits=(entry,))).pdf))

    assert "No hash at receipt\nat 2026-03-02 10:00:00 UTC" in whole
    assert "Nobody is known to have had this exhibit\nfrom an unknown time to 2026-03-02 10:00:00 UTC" in whole


@pytest.mark.parametrize(
    ("result", "word"), [("unreconciled", "unreconciled"), ("not_reconcilable", "not reconcilable")]
)
def test_no_balance_that_does_not_agree_is_shown_without_the_word(result: str, word: str) -> None:
    whole = " ".join("\n".join(texts(lay_out(a_dossier(a_file(), schedules=(a_schedule(result),))).pdf)).split())

    for total in (
        "Opening balance as stated",
        "Closing balance as computed from the rows",
        "Closing balance as stated",
    ):
        assert f"{total} ({word})" in whole


def test_a_reconciled_balance_is_not_called_otherwise() -> None:
    assert "unreconciled" not in "\n".join(texts(lay_out(a_dossier(schedules=(a_schedule(),))).pdf))


def test_a_long_table_repeats_its_heads_and_loses_no_row() -> None:
    laid = lay_out(a_dossier(a_file(), schedules=(a_schedule(rows=90),)))
    pages = [page for page in texts(laid.pdf) if "As written:" in page]

    assert len(pages) > 3
    assert all("Counterparty; purpose" in page for page in pages)
    assert len(re.findall(r"As written: \d+;", "\n".join(pages))) == 90


def test_amounts_stand_on_their_decimal_points() -> None:
    laid = lay_out(a_dossier(schedules=(a_schedule(),)))
    page = next(target.page for target in laid.targets if target.key == "money")
    places = set()
    with PdfDocument(laid.pdf) as document:
        text = document[page].get_textpage()
        whole = text.get_text_range()
        for figure in ("1,500.00", "20.5", "0.125"):
            places.add(round(text.get_charbox(whole.index(figure) + figure.index("."))[0], 1))

    assert len(places) == 1


def test_a_fact_longer_than_a_page_is_shown_whole() -> None:
    words = [f"word{at}" for at in range(4000)]
    dossier = a_dossier(a_file())
    long = replace(dossier.exhibits[0], facts=(FactEntry(" ".join(words), "fact", "page 1", "E1.1"),))

    whole = "\n".join(texts(lay_out(replace(dossier, exhibits=(long,))).pdf))

    assert re.findall(r"word\d+", whole) == words


def test_hidden_signs_in_a_file_name_are_shown() -> None:
    whole = "\n".join(texts(lay_out(a_dossier(a_file(name="invoice\u202efdp.exe"))).pdf))

    assert "invoice[U+202E]fdp.exe" in whole


def test_values_of_absurd_length_are_laid_out_and_a_slip_sheet_stays_one_page() -> None:
    file = replace(a_file(name="n" * 1000 + "\n" + "ا" * 900, media_type="a/" + "b" * 300), method="m" * 4000)
    dossier = a_dossier(file, weaknesses=("w " * 5000,))
    exhibit = replace(dossier.exhibits[0], references=(("S" * 200, "v" * 3000),), description="x" * 5000)
    cover = replace(dossier.cover, case_title="t" * 3000, handling="h" * 400, office="o" * 500)

    laid = lay_out(replace(dossier, exhibits=(exhibit,), cover=cover))

    assert [place for place in laid.pages if place[0] == "E1.1"] == [("E1.1", 1)]
    assert "".join(texts(laid.pdf)).count("w ") >= 4900


def test_a_slip_sheet_gives_the_reason_the_hash_and_the_place_in_the_bundle() -> None:
    because = "The file is protected by a password that is not known here."
    laid = lay_out(a_dossier(a_file()), [Appendix("E1.1", Treatment.SLIP, because=because)])
    slip = texts(laid.pdf)[-1]

    assert because in slip
    assert "ab" * 32 in slip.replace("\n", "")
    assert "data/originals/E1.1" in slip


def test_stamps_stand_outside_the_page_that_they_stamp() -> None:
    sizes = ((595.0, 842.0), (842.0, 595.0), (2000.0, 3000.0), (200.0, 100.0))
    laid = lay_out(a_dossier(a_file()), [Appendix("E1.1", Treatment.COPIED, sizes, note="picture of the page")])

    assert [hole.source for hole in laid.holes] == [0, 1, 2, 3]
    with PdfDocument(laid.pdf) as document:
        for hole in laid.holes:
            width, height = document[hole.page].get_size()
            assert 0 < hole.left < hole.left + hole.width < width
            assert 0 < hole.bottom < hole.bottom + hole.height < height
            inside = (
                document[hole.page]
                .get_textpage()
                .get_text_bounded(hole.left, hole.bottom, hole.left + hole.width, hole.bottom + hole.height)
            )
            assert not inside.strip()
    assert round(laid.holes[0].width / laid.holes[0].height, 3) == round(595 / 842, 3)
    assert (laid.holes[3].width, laid.holes[3].height) == (200, 100)


def test_the_same_dossier_gives_the_same_bytes() -> None:
    dossier = a_dossier(a_file(), schedules=(a_schedule(),), weaknesses=("E1: a gap",))

    assert lay_out(dossier).pdf == lay_out(dossier).pdf


def test_no_font_but_our_own_is_named() -> None:
    with Pdf.open(BytesIO(lay_out(a_dossier(a_file())).pdf)) as pdf:
        fonts = {str(item.BaseFont) for item in pdf.objects if "/BaseFont" in item}

    assert fonts
    assert all(re.match(r"/PROB[A-Z]{2}\+(Noto|Droid)", name) for name in fonts)


def test_values_are_written_for_people() -> None:
    assert when("2026-11-24T22:26:38.123456Z") == "2026-11-24 22:26:38 UTC"
    assert when("about noon") == "about noon"
    assert amount("-1234567.50") == "\u22121,234,567.50"
    assert amount("1.234,50") == "1.234,50"
    assert size(999) == "999 bytes"
    assert size(1536) == "1.5 KiB (1,536 bytes)"
    assert size(2**40) == "1.0 TiB (1,099,511,627,776 bytes)"


def a_receipt(items: int = 60) -> SignedReceipt:
    lines = [
        {
            "number": at, "name": f"file {at}.txt", "state": "stored", "because": "", "announced_size": 10,
            "stated_sha256": "", "size": 10, "sha256": f"{at:064x}", "condition": "stored", "condition_because": "",
            "position": at, "file": "f",
        }
        for at in range(1, items)
    ]  # fmt: skip
    refused = {
        "number": items,
        "name": "صورة.jpg",
        "state": "refused",
        "because": "it is too long",
        "announced_size": 99,
        "stated_sha256": "ee" * 32,
    }
    values = {
        "office": "Prosecution Office", "case": {"id": "c", "title": "AMAL", "number": "PV-1"},
        "kind": "probanda intake receipt",
        "exhibit": {"id": "e", "reference": "2026/114", "description": "telephone"}, "batch": "b-1", "source": "stick",
        "announced_at": "2026-11-24T22:20:00.000000Z", "announced_by": "novak", "issued_by": "novak",
        "issued_at": "2026-11-24T22:26:38.123456Z",
        "counts": {"announced": items, "waiting": 0, "stored": items - 1, "refused": 1}, "items": [*lines, refused],
    }  # fmt: skip
    return SignedReceipt(values, "{}", b"s" * 64, b"p" * 32, "office-1")


def test_a_receipt_shows_every_item_once_and_its_counts() -> None:
    pages = texts(receipt_pdf(a_receipt()))
    whole = "\n".join(pages)

    assert len(pages) <= 4
    assert "60 items announced: 0 waiting, 59 stored, 1 refused." in whole
    assert sorted(int(found) for found in re.findall(r"file (\d+)\.txt", whole)) == list(range(1, 60))
    assert "it is too long" in whole


def test_a_hash_that_was_only_stated_is_not_printed_as_ours() -> None:
    assert "ee" * 16 not in "\n".join(texts(receipt_pdf(a_receipt())))


def test_a_receipt_carries_its_signed_text() -> None:
    receipt = a_receipt(3)
    with Pdf.open(BytesIO(receipt_pdf(receipt))) as pdf:
        held = pdf.attachments["receipt.json"].get_file().read_bytes()

    assert held == receipt.to_json().encode()
    assert receipt_pdf(receipt) == receipt_pdf(receipt)
