"""Text in any encoding, tables, marked-up text and chats: read as written, each at its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.reading import PASSAGE, State, split
from evidence.pinpoints import Pinpoint
from tests.evidence.extraction.hands import places, read, text_of

SAID = {
    "cp1256": "سيصل القارب عند منتصف الليل، ادفع للسائق في الميناء",
    "cp1251": "Лодка придёт в полночь, заплати водителю в порту у старого маяка",
    "koi8-r": "Лодка придёт в полночь, заплати водителю в порту у старого маяка",
    "cp866": "Лодка придёт в полночь, заплати водителю в порту у старого маяка",
    "gb18030": "船半夜到，在港口付钱给司机，不要告诉任何人我们的名字",
    "big5": "船半夜到，在港口付錢給司機，不要告訴任何人我們的名字",
    "shift_jis": "船は真夜中に着きます。港で運転手に払ってください。",
    "euc_kr": "배는 자정에 도착한다. 항구에서 기사에게 돈을 내라.",
    "cp1253": "Το σκάφος φτάνει τα μεσάνυχτα, πλήρωσε τον οδηγό στο λιμάνι",
    "cp1255": "הסירה תגיע בחצות, שלם לנהג בנמל ואל תספר לאיש",
    "cp1252": "Le bateau arrive à minuit, payez le chauffeur à côté du port où l’été",
    "cp1250": "Łódź przypłynie o północy, zapłać kierowcy w porcie, źle się dzieje",
    "utf-16": "ጀልባ ፍርቂ ለይቲ ክትመጽእ እያ",
    "utf-16-le": "The boat comes at midnight, pay the driver in the port",
    "utf-8-sig": "নৌকা মধ্যরাতে আসবে",
    "utf-32": "قایق نیمه شب می رسد",
}


@pytest.mark.parametrize("encoding", SAID)
def test_a_text_is_read_in_the_encoding_in_which_it_was_written(encoding):
    reading, _ = read(SAID[encoding].encode(encoding), "note.txt")

    assert text_of(reading) == SAID[encoding]
    assert reading.metadata["encoding"]


def test_how_the_encoding_is_known_is_told():
    sure, _ = read(SAID["utf-8-sig"].encode(), "note.txt")
    guessed, _ = read(SAID["koi8-r"].encode("koi8-r"), "note.txt")

    assert "every byte fits" in sure.metadata["encoding"]
    assert "guessed" in guessed.metadata["encoding"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (SAID["cp1256"], "ar"),
        ("قایق نیمه‌شب می‌رسد، پول را به راننده بده", "fa"),
        ("እታ ጃልባ ፍርቂ ለይቲ ናብ ወደብ ክትመጽእ እያ፡ ነቲ መራሒ ክፈሎ", "ti"),
        (SAID["utf-8-sig"], "bn"),
        (SAID["gb18030"], "zh"),
        (SAID["shift_jis"], "ja"),
        (SAID["cp1251"], "ru"),
        ("The boat comes at midnight and you pay the driver in the port", "en"),
        ("12345", "und"),
    ],
)
def test_the_language_of_a_text_is_guessed(text, language):
    reading, _ = read(text.encode(), "note.txt")

    assert reading.language == language


def test_a_long_text_is_cut_at_paragraphs_and_each_passage_knows_its_line():
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(20))
    reading, _ = read(text.encode(), "long.txt")

    assert all(len(one.text) <= PASSAGE for one in reading.passages)
    lines = text.split("\n")
    for one in reading.passages:
        line = int(one.pinpoint.words().removeprefix("line "))
        assert one.text.startswith(lines[line - 1].strip())


def test_a_text_without_any_space_is_cut_all_the_same():
    passages = list(split("船" * 10_000, Pinpoint(page=3)))

    assert "".join(one.text for one in passages) == "船" * 10_000
    assert {one.pinpoint for one in passages} == {Pinpoint(page=3)}


@given(st.integers(min_value=900, max_value=1_100), st.integers(min_value=0, max_value=60))
def test_a_number_written_in_groups_is_never_cut_in_two(before, shift):
    text = "word " * (before // 5) + "x" * shift + " +49 176 123 456 78 " + "word " * 400

    assert any("+49 176 123 456 78" in one.text for one in split(text, Pinpoint()))


@given(st.text(max_size=5_000))
def test_nothing_but_blanks_is_lost_in_cutting(text):
    passages = [one.text for one in split(text, Pinpoint(), size=100)]

    assert "".join("".join(passages).split()) == "".join(text.split())
    assert all(len(one) <= 200 for one in passages)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_of_a_table_keep_their_numbers_and_the_separator_is_told(delimiter):
    rows = [["Date", "Amount", "Note"], ["2026-03-01", "12.50", 'said "yes"'], ["", "", ""], ["2026-03-02", "7", "end"]]
    text = "\r\n".join(delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    reading, _ = read(text.encode(), "ledger.csv")

    assert places(reading) == ["row 1", "row 2", "row 4"]
    assert reading.passages[1].text == '2026-03-01 | 12.50 | said "yes"'
    assert reading.metadata["delimiter"] == {"\t": "tab"}.get(delimiter, delimiter)


def test_html_gives_what_a_reader_would_see_and_fetches_nothing():
    page = (
        "<html><head><title>Prices</title><style>p{}</style></head><body><p>From <b>Izmir</b> to Kos"
        "<script>steal()</script><img src='http://203.0.113.9/x.png'><p><a href='tel:+4917612345678'>call</a>"
        "</body></html>"
    )
    reading, _ = read(page.encode(), "offer.html")

    assert "From Izmir to Kos" in text_of(reading)
    assert "tel:+4917612345678" in text_of(reading)
    assert "steal" not in text_of(reading)


BOMB = "<!DOCTYPE b [<!ENTITY a 'lol'>" + "".join(f"<!ENTITY a{n} '{'&a;' * 50}'>" for n in range(9)) + "]><b>&a8;</b>"


@pytest.mark.parametrize(
    "document",
    [
        "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><r>said &x;</r>",
        BOMB,
        "<svg xmlns='http://www.w3.org/2000/svg'><!DOCTYPE r><text>said</text></svg>",
    ],
)
def test_xml_that_points_elsewhere_or_swells_gives_only_what_it_says_itself(document):
    reading, _ = read(document.encode(), "paper.xml")

    assert reading.because
    assert len(text_of(reading)) < 100


def test_escaped_letters_in_json_can_be_read():
    reading, _ = read(json.dumps({"name": "محمد", "town": "Köln"}).encode(), "record.json")

    assert "محمد" in text_of(reading)
    assert "Köln" in text_of(reading)


CHATS = {
    "android, day first": ("28/02/2026, 21:05 - Sami: hello\n01/03/2026, 07:10 - Ana: yes", "2026-02-28 21:05"),
    "android, month first": ("2/28/26, 9:05 PM - Sami: hello\n3/1/26, 7:10 AM - Ana: yes", "2026-02-28 21:05"),
    "iphone, german": ("[28.02.26, 21:05:33] Sami: hello\n[01.03.26, 07:10:00] Ana: yes", "2026-02-28 21:05:33"),
    "iphone, with marks": (
        "\u200e[28/02/2026, 21:05:33] Sami: hello\n[1/3/2026, 7:10:00] Ana: yes",
        "2026-02-28 21:05:33",
    ),
    "arabic": ("٢٨/٠٢/٢٠٢٦، ٩:٠٥ م - Sami: hello\n٠١/٠٣/٢٠٢٦، ٧:١٠ ص - Ana: yes", "2026-02-28 21:05"),
    "chinese": ("2026/2/28 下午9:05 - Sami: hello\n2026/3/1 上午7:10 - Ana: yes", "2026-02-28 21:05"),
    "narrow space": ("28/02/2026, 9:05\u202fpm - Sami: hello\n01/03/2026, 7:10\u202fam - Ana: yes", "2026-02-28 21:05"),
    "signal": ("[2026-02-28, 21:05] Sami: hello\n[2026-03-01, 07:10] Ana: yes", "2026-02-28 21:05"),
}


@pytest.mark.parametrize("form", CHATS)
def test_a_chat_export_is_read_message_by_message(form):
    text, first = CHATS[form]
    reading, _ = read(text.encode(), "_chat.txt")

    assert [one.text for one in reading.passages] == ["Sami: hello", "Ana: yes"]
    assert reading.passages[0].pinpoint == Pinpoint(message="1", at=first)
    assert reading.metadata["people who wrote"] == "Sami, Ana"


def test_a_chat_whose_dates_can_be_read_two_ways_keeps_them_as_written():
    reading, _ = read(b"03/04/2026, 21:05 - Sami: hello\n05/06/2026, 07:10 - Ana: yes\n  and more", "_chat.txt")

    assert reading.passages[0].pinpoint.at == "03/04/2026 21:05"
    assert "cannot be told" in reading.metadata["order of dates"]
    assert reading.passages[1].text == "Ana: yes\n  and more"


def test_a_text_that_mentions_a_date_is_no_chat():
    reading, _ = read(b"Report\n28/02/2026, 21:05 - the boat left\n" + b"more words\n" * 50, "report.txt")

    assert "chat export" not in reading.metadata


def test_telegram_exports_are_read_in_both_their_forms():
    chat = {
        "name": "Route",
        "messages": [
            {
                "id": 7,
                "type": "message",
                "date": "2026-02-28T21:05:00",
                "from": "Sami",
                "text": ["see ", {"text": "@ana"}],
            },
            {
                "id": 8,
                "type": "message",
                "date": "2026-02-28T21:06:00",
                "from": "Ana",
                "text": "",
                "photo": "photos/1.jpg",
            },
        ],
    }
    page = (
        "<div class='message default clearfix' id='message7'><div class='body'>"
        "<div class='pull_right date details' title='28.02.2026 21:05:00'>21:05</div>"
        "<div class='from_name'>Sami</div><div class='text'>see @ana</div></div></div>"
    )
    from_json, _ = read(json.dumps(chat).encode(), "result.json")
    from_html, _ = read(f"<html><body>{page}</body></html>".encode(), "messages.html")

    assert [one.text for one in from_json.passages] == ["Sami: see @ana", "Ana: [photo: photos/1.jpg]"]
    assert from_json.passages[0].pinpoint == Pinpoint(message="7", at="2026-02-28T21:05:00", path="Route")
    assert [one.text for one in from_html.passages] == ["Sami: see @ana"]
    assert from_html.passages[0].pinpoint == Pinpoint(message="7", at="28.02.2026 21:05:00")


def test_a_file_of_blanks_is_empty_and_says_so():
    reading, _ = read(b"  \n \n", "blank.txt")

    assert (reading.state, reading.because) == (State.EMPTY, "it holds no text")
