"""On a machine without the optional tools a file says which package would change that."""

import io
import os
import shutil

import pytest
from PIL import Image

from evidence.extraction.families import archives, media
from evidence.extraction.findings import CannotRead, Findings, Order, Source
from evidence.extraction.kinds import detect
from tests.conftest import leave_out
from tests.evidence.extraction.hands import zipped

SEVEN = b"7z\xbc\xaf\x27\x1c" + bytes(60)


def handed(content: bytes, name: str) -> tuple[Source, Findings, list]:
    """What a reader is given, in this process, and the frames it sends."""
    if not hasattr(os, "memfd_create"):
        leave_out("this system has no files in memory, so nothing is read on it")
    fd = os.memfd_create("evidence")
    os.write(fd, content)
    frames: list = []

    def send(head, body):
        frames.append(head)

    order = Order(name, len(content), 30, 1 << 30, 4, 100, 1 << 30)
    return (
        Source(fd, len(content), name, detect(content, name)),
        Findings(send, order),
        frames,
    )


def test_without_libarchive_an_archive_names_the_package(monkeypatch):
    monkeypatch.setattr(archives, "libarchive", None)
    source, found, _ = handed(SEVEN, "a.7z")

    with pytest.raises(CannotRead, match="libarchive13"):
        archives.read(source, found)


def test_without_libarchive_a_zip_is_read_all_the_same(monkeypatch):
    monkeypatch.setattr(archives, "libarchive", None)
    source, found, frames = handed(zipped({"a.txt": "x"}), "a.zip")
    archives.read(source, found)

    assert [frame["name"] for frame in frames if frame["frame"] == "member"] == ["a.txt"]


def test_without_tesseract_a_picture_gives_its_facts_and_names_the_package(monkeypatch, tmp_path):
    monkeypatch.setattr(media, "_TESSERACT", tmp_path / "absent")
    out = io.BytesIO()
    Image.new("L", (30, 20)).save(out, "PNG")
    source, found, frames = handed(out.getvalue(), "a.png")
    media.read(source, found)

    assert {frame["name"] for frame in frames if frame["frame"] == "fact"} >= {"width in pixels", "format"}
    assert "tesseract-ocr" in " ".join(found.weaknesses)


def test_the_languages_of_recognition_begin_with_those_of_the_work():
    if not shutil.which("tesseract"):
        leave_out("tesseract is not installed, so text in pictures is not read")

    assert media._languages().split("+")[0] == "eng"
    assert len(media._languages().split("+")) <= 7
