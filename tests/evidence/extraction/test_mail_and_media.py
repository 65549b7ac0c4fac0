"""E-mail, databases and pictures: messages with their time, rows with their table, photos with their place."""

import io
import sqlite3
import struct
import zlib
from email.message import EmailMessage

from PIL import Image

from evidence.extraction.reading import State
from evidence.pinpoints import Pinpoint
from tests.evidence.extraction.hands import places, read, text_of


def letter(subject: str = "مرحبا from Ana") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ana <ana@harbour.example>"
    message["To"] = "sami@harbour.example"
    message["Date"] = "Sun, 01 Mar 2026 14:02:00 +0100"
    message["Subject"] = subject
    message.set_content("The boat comes at midnight.")
    return message


def test_a_message_gives_its_head_its_body_and_its_attachments():
    message = letter()
    message.add_attachment(bytes(range(256)), maintype="image", subtype="jpeg", filename="صورة.jpg")
    message.add_attachment(letter("forwarded"))
    reading, hands = read(message.as_bytes(), "letter.eml")

    assert "مرحبا from Ana" in text_of(reading)
    assert "midnight" in text_of(reading)
    assert reading.passages[0].pinpoint == Pinpoint(message="1", at="2026-03-01 14:02:00+01:00")
    assert reading.metadata["Subject"] == "مرحبا from Ana"
    assert hands.whole["صورة.jpg"] == bytes(range(256))
    assert b"midnight" in hands.whole["forwarded.eml"]


def test_an_html_message_is_read_without_fetching_what_it_shows():
    message = letter()
    message.clear_content()
    message.set_content("<p>Pay <b>3000</b></p><img src='http://203.0.113.9/seen.gif'>", subtype="html")
    reading, hands = read(message.as_bytes(), "letter.eml")

    assert "Pay 3000" in text_of(reading)
    assert hands.whole == {}


def test_each_message_of_a_mailbox_has_its_number():
    box = b"".join(b"From x Sun Mar  1 14:02:00 2026\n" + letter(f"number {n}").as_bytes() + b"\n" for n in (1, 2, 3))
    reading, _ = read(box, "inbox.mbox")

    assert [one.pinpoint.message for one in reading.passages] == ["1", "2", "3"]
    assert reading.metadata["messages"] == "3"


MANY_ROWS = """
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 50)
INSERT INTO a SELECT hex(zeroblob(1500)) || x FROM c
"""


def database(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def test_rows_of_a_database_stand_in_their_table():
    content = database(
        "CREATE TABLE trips (name TEXT, fee REAL, photo BLOB)", "INSERT INTO trips VALUES ('Ana', 30.5, x'0102')"
    )
    reading, _ = read(content, "trips.db")

    assert text_of(reading) == "name: Ana | fee: 30.5 | photo: (2 bytes)"
    assert reading.passages[0].pinpoint == Pinpoint(path="table trips", row=1)


def test_a_whatsapp_database_is_read_as_messages():
    content = database(
        "CREATE TABLE jid (_id INTEGER, raw_string TEXT)",
        "CREATE TABLE chat (_id INTEGER, jid_row_id INTEGER)",
        "CREATE TABLE message (_id INTEGER, chat_row_id INTEGER, from_me INTEGER, sender_jid_row_id INTEGER,"
        " timestamp INTEGER, text_data TEXT)",
        "INSERT INTO jid VALUES (1, '4917612345678@s.whatsapp.net')",
        "INSERT INTO chat VALUES (5, 1)",
        "INSERT INTO message VALUES (9, 5, 0, 1, 1772366520000, 'قبل الفجر'), (10, 5, 1, 0, 1772366580000, 'ok')",
    )
    reading, _ = read(content, "msgstore.db")
    messages = [one for one in reading.passages if one.pinpoint.message]

    assert [one.text for one in messages] == ["4917612345678@s.whatsapp.net: قبل الفجر", "owner: ok"]
    assert messages[0].pinpoint.at == "2026-03-01 12:02:00 UTC"
    assert "WhatsApp" in reading.metadata["chat database"]


def test_a_database_that_kept_a_log_is_opened_without_it_and_that_is_told():
    content = bytearray(database("CREATE TABLE a (b TEXT)", "INSERT INTO a VALUES ('said')"))
    content[18:20] = b"\2\2"
    reading, _ = read(bytes(content), "app.db")

    assert "said" in text_of(reading)
    assert "-wal" in reading.metadata["write-ahead log"]


def test_a_view_in_a_database_is_not_run():
    endless = "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
    reading, _ = read(database("CREATE TABLE a (b TEXT)", "INSERT INTO a VALUES ('said')", endless), "app.db")

    assert text_of(reading) == "b: said"


def test_a_database_overwritten_in_the_middle_says_where_it_breaks():
    content = bytearray(database("CREATE TABLE a (b TEXT)", MANY_ROWS))
    content[40_000:120_000] = b"\xff" * 80_000
    reading, _ = read(bytes(content), "app.db")

    assert reading.because
    assert reading.state in {State.READ, State.FAILED, State.REFUSED}


def test_a_photo_tells_its_camera_and_its_place():
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "EOS 40D"
    place = {1: "S", 2: (12.0, 30.0, 36.0), 3: "E", 4: (54.0, 7.0, 12.0)}
    exif[0x8825] = place
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "JPEG", exif=exif)
    reading, _ = read(out.getvalue(), "photo.jpg")

    assert reading.metadata["place (latitude, longitude)"] == "-12.510000, 54.120000"
    assert reading.metadata["EXIF Model"] == "EOS 40D"
    assert "EOS 40D" in text_of(reading)
    assert places(reading) == ["EXIF"]


def test_a_picture_of_a_billion_pixels_is_never_decoded():
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    side = 30_000
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = bytes(side // 8 + 1)
    zeros = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zeros) + chunk(b"IEND", b"")
    reading, _ = read(bomb, "bomb.png")

    assert reading.state is State.REFUSED
    assert "900,000,000" in reading.because or "30,000 by 30,000" in reading.because


def test_a_picture_that_is_half_there_is_told():
    out = io.BytesIO()
    Image.effect_noise((400, 400), 60).save(out, "PNG")
    reading, _ = read(out.getvalue()[:20_000], "half.png")

    assert reading.because


def test_sound_gives_its_tags_and_says_that_speech_is_not_read():
    tag = b"TIT2" + struct.pack(">I", 8) + b"\0\0" + b"\3" + b"Harbour"
    mp3 = b"ID3\3\0\0\0\0\0" + bytes([len(tag)]) + tag + b"\xff\xfb\x90\x00" + bytes(413)
    reading, _ = read(mp3 * 1 + (b"\xff\xfb\x90\x00" + bytes(413)) * 20, "voice.mp3")

    assert "Harbour" in text_of(reading)
    assert "not transcribed" in reading.because
