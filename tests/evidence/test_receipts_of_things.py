"""A receipt can be given where a thing is taken: without files, in the person's language, and checked without us."""

import io
import json

import pikepdf
import pytest
import zxingcpp
from pypdfium2 import PdfDocument

from cases.docket import NoSuchCase
from core.cipher import SignatureBroken
from evidence import receipts
from evidence.exhibits import Arrival, Origin
from evidence.receipts import BadReceipt, NoSuchLanguage
from exports.pdf.receipt import STATEMENT, receipt_pdf
from exports.pdf.slips.scene import code_text
from exports.pdf.slips.tongues import KEYS, WORDS

ORIGIN = Origin(place_found="Pozzallo, pier 3", seized_from="سلام هايل", seized_as_written="2 March, about 14:30",
                officer="Insp. Bianchi")  # fmt: skip


def given(place, language="en", who=None):
    exhibit = place.exhibit(f"E-{language}", origin=ORIGIN, arrival=Arrival(seal="A-1001"))
    with place.house.transaction() as session:
        return receipts.for_thing(
            session, who or place.lead, place.keyring, exhibit.id, office="Questura di Ragusa", language=language
        )


def test_a_thing_without_files_gets_a_receipt_that_names_the_last_entry_of_its_chain(place):
    made = given(place)
    values = receipts.check(made.to_json())

    assert (values["files"], values["exhibit"]["seal"], values["taken"]["from"]) == (0, "A-1001", "سلام هايل")
    assert values["entry"]["position"] >= 1
    assert len(values["entry"]["digest"]) == 64
    assert "title" not in values["case"]


def test_a_receipt_that_was_changed_does_not_hold_and_another_text_is_none(place):
    made = given(place)
    for changed in (made.to_json().replace("A-1001", "A-1002"), made.to_json().replace("Bianchi", "Rossi")):
        with pytest.raises(SignatureBroken):
            receipts.check(changed)
    for other in ("", "[]", "{}", json.dumps({"statement": "{}", "signature": {}}), "[" * 100_000):
        with pytest.raises(BadReceipt):
            receipts.check(other)


def test_a_language_that_nobody_here_prints_is_refused(place):
    with pytest.raises(NoSuchLanguage):
        given(place, "xx")


def test_who_may_not_know_of_the_thing_gets_no_receipt_of_it(place):
    with pytest.raises(NoSuchCase):
        given(place, who=place.house.actor("stranger"))


def test_every_language_has_every_word():
    assert set(WORDS) == set(receipts.LANGUAGES)
    for words in WORDS.values():
        assert set(words) == set(KEYS)
        assert all(words.values())


@pytest.mark.parametrize("language", receipts.LANGUAGES)
def test_the_paper_says_it_in_the_persons_language_and_its_code_leads_to_the_signed_text(place, language):
    made = given(place, language)
    data = receipt_pdf(made)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        attached = pdf.attachments[STATEMENT].get_file().read_bytes().decode()
    assert receipts.check(attached)["language"] == language

    document = PdfDocument(data)
    text = document[0].get_textpage().get_text_range()
    picture = document[0].render(scale=3).to_pil()
    document.close()
    if language in {"en", "fr", "tr"}:
        assert WORDS[language]["title"] in text
    assert "A-1001" in text
    found = [one.text for one in zxingcpp.read_barcodes(picture)]
    assert found == [code_text(made)]


@pytest.mark.parametrize("language", ["ar", "tr"])
def test_the_paper_is_an_archival_document(place, language, tmp_path, verapdf):
    path = tmp_path / "receipt.pdf"
    path.write_bytes(receipt_pdf(given(place, language)))

    assert verapdf(path).failures == ()


def test_the_same_receipt_is_the_same_bytes(place):
    made = given(place, "fa")

    assert receipt_pdf(made) == receipt_pdf(made)
