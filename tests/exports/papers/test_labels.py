"""Labels and sheets: what a scanner reads back from the printed page is the code, and nothing on it names anybody."""

from datetime import UTC, datetime
from uuid import UUID

import pypdfium2
import pytest
import zxingcpp

from evidence.storeroom import codes
from exports.papers import bags, kitted, labels
from exports.papers.bags import Bag
from exports.papers.kitted import KitPapers
from exports.papers.labels import Label

MADE = datetime(2026, 11, 25, tzinfo=UTC)
ARABIC = "هاتف محمول أسود مع غطاء"
THINGS = [codes.exhibit(UUID(int=0x1234 << 96 | at)) for at in range(60)]


def pages(pdf, dots=200):
    """Each page as a picture and its text."""
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            yield page.render(scale=dots / 72).to_pil(), text.get_text_range()
            text.close()
            page.close()


def scanned(pdf, dots=200):
    return [sorted(one.text for one in zxingcpp.read_barcodes(picture)) for picture, _text in pages(pdf, dots)]


def words(pdf):
    return "\n".join(text for _picture, text in pages(pdf, 40))


def label(at, *lines):
    return Label(THINGS[at], f"E-{at:03d}", lines, "Exhibit")


@pytest.mark.parametrize("dots", [120, 200, 300])
def test_every_label_of_a_sheet_reads_back_as_its_code(dots):
    made = labels.sheet([label(at) for at in range(60)], office="Office", made=MADE)
    read = scanned(made, dots)

    assert [len(page) for page in read] == [24, 24, 12]
    assert sorted(text for page in read for text in page) == sorted(code.uri for code in THINGS)
    assert all(codes.read(text).uuid for page in read for text in page)


def test_single_labels_are_one_a_page_and_the_first_free_place_can_be_chosen():
    assert scanned(labels.single([label(0), label(1)], office="Office", made=MADE)) == [
        [THINGS[0].uri], [THINGS[1].uri],
    ]  # fmt: skip
    late = labels.sheet([label(at) for at in range(3)], office="Office", made=MADE, start=22)
    assert [len(page) for page in scanned(late)] == [2, 1]


def test_a_description_from_the_right_can_be_read_back_and_the_code_beside_it_too():
    made = labels.single([label(0, "Seal PN000001", ARABIC)], office="Office", made=MADE)

    assert scanned(made) == [[THINGS[0].uri]]
    assert "هاتف" in words(made)
    assert "PN000001" in words(made)


def test_what_is_typed_under_the_code_is_the_code():
    made = words(labels.single([label(7)], office="Office", made=MADE)).replace("\r\n", " ")

    typed = next(word for word in made.split() if word.startswith("X/"))
    assert codes.read(typed) == THINGS[7]


@pytest.mark.parametrize("title", ["K7Q2A-001", "A very long number of another office 2026/4471-B/12", "١٢٣", ""])
def test_no_title_hides_the_code(title):
    made = labels.single([Label(THINGS[0], title, (ARABIC * 8, "x" * 300), "Exhibit")], office="O" * 200, made=MADE)

    assert scanned(made) == [[THINGS[0].uri]]


def test_the_same_labels_are_the_same_bytes():
    first, again = (labels.sheet([label(0, ARABIC)], office="Office", made=MADE) for _ in range(2))

    assert first == again


def test_a_bag_sheet_has_its_code_its_facts_and_room_to_write():
    facts = (("Description", ARABIC), ("Seal", "PN000123"), ("Seized by", ""), ("Packed by", ""))
    made = bags.sheets_of([Bag(THINGS[0], "E-001", facts)] * 2, office="Office", made=MADE)

    assert scanned(made) == [[THINGS[0].uri]] * 2
    assert all(part in words(made) for part in ("E-001", "PN000123", "Seized by", "Given by", "Taken by", "هاتف"))


def test_a_kit_on_paper_holds_each_of_its_numbers_once_as_a_label():
    numbers = [f"K7Q2A-{at:03d}" for at in range(1, 31)] + [f"K7Q2A-W{at:03d}" for at in range(1, 6)]
    kit = KitPapers(
        "K7Q2A", "lena", "night patrol", "2026-12-01", [Label(codes.label(one), one) for one in numbers],
        ["PN000001", "PN000002"], 2,
    )  # fmt: skip
    made = kitted.papers(kit, office="Office", made=MADE)
    read = [text for page in scanned(made) for text in page]

    assert sorted(read) == sorted(codes.label(one).uri for one in numbers)
    assert "PN000002" in words(made)


def test_labels_are_archival(verapdf, tmp_path):
    path = tmp_path / "labels.pdf"
    path.write_bytes(labels.sheet([label(0, ARABIC), label(1)], office="Office", made=MADE))

    assert verapdf(path).failures == ()
