"""What a file is: its bytes decide, and its name only where they do not."""

import io
import tarfile

import pytest

from evidence.extraction.kinds import detect
from tests.evidence.extraction.hands import read, zipped

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n"


@pytest.mark.parametrize(
    ("content", "name", "family", "media_type"),
    [
        (PDF, "a.txt", "pdf", "application/pdf"),
        (b"MZ" + b"\0" * 200, "invoice.pdf", "", "application/x-msdownload"),
        (b"GIF89a<html><script>", "photo.gif", "media", "image/gif"),
        (b"\x89PNG\r\n\x1a\n", "a", "media", "image/png"),
        (b"BMW sold for cash", "note.txt", "plain", "text/plain"),
        (b"SQLite format 3\0", "msgstore.db", "databases", "application/vnd.sqlite3"),
        (b"From a@b.example Mon Jan  1\nSubject: x\nFrom: y\n\nz", "inbox", "mail", "application/mbox"),
        (b"Received: x\nFrom: a@b.example\nSubject: hi\n\nbody", "mail", "mail", "message/rfc822"),
        (b"Title: a book\nAuthor: b\n\nFrom here on", "note.txt", "plain", "text/plain"),
        (b"<?xml version='1.0'?><svg xmlns='x'/>", "a.svg", "plain", "image/svg+xml"),
        (b"<!DOCTYPE html><html>", "a", "plain", "text/html"),
        ("سلام".encode("utf-16"), "a.txt", "plain", "text/plain"),
        (bytes(range(256)) * 4, "a.bin", "", "application/octet-stream"),
        (b"", "a.pdf", "", "application/x-empty"),
    ],
)
def test_a_kind_is_told_from_the_bytes(content, name, family, media_type):
    kind = detect(content, name)

    assert (kind.family, kind.media_type) == (family, media_type)


def test_office_files_are_told_apart_by_what_is_in_the_package():
    types = '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.{}.main+xml"/></Types>'
    word = zipped({"[Content_Types].xml": types.format("wordprocessingml.document")})
    sheet = zipped({"[Content_Types].xml": types.format("spreadsheetml.sheet")})
    text = zipped({"mimetype": "application/vnd.oasis.opendocument.text"})

    assert detect(word, "a.zip").media_type.endswith("wordprocessingml.document")
    assert detect(sheet, "a.docx").family == "sheets"
    assert detect(text, "a").family == "office"
    assert detect(zipped({"a.txt": "x"}), "a.docx").family == "archives"


def test_a_tar_without_a_name_is_known_by_its_header():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))

    assert detect(out.getvalue(), "download").media_type == "application/x-tar"


def test_a_name_that_does_not_fit_the_content_is_told():
    reading, _ = read(b"MZ" + b"\0" * 200, "invoice.pdf")

    assert reading.state == "refused"
    assert "never opened" in reading.because
    assert "invoice" not in reading.because
    assert ".pdf" in reading.metadata["name and content differ"]
