"""Archives: members come out whole and bounded, and none is lost without a word."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from dataclasses import replace

import pytest

from evidence.extraction.reading import Origin, State
from tests.evidence.extraction.hands import LIMITS, read, text_of, zipped

CLIMBING = ("../evil.txt", "..\\evil.txt", "/evil.txt", "C:\\evil.txt", "a/../../evil.txt")


def test_each_member_of_a_zip_comes_out_as_it_went_in():
    parts = {"a.txt": b"one", "folder/b.bin": bytes(range(256)) * 4_000}
    reading, hands = read(zipped(parts), "two.zip")

    assert (reading.state, reading.because, reading.members) == (State.READ, "", 2)
    assert hands.whole == parts
    assert text_of(reading).splitlines() == list(parts)


def test_names_that_climb_out_are_labels_and_nothing_else():
    _, hands = read(zipped(dict.fromkeys(CLIMBING, b"x")), "climb.zip")

    assert set(hands.whole) == set(CLIMBING)
    assert all("climbs out" in hands.about[name]["warning"] for name in CLIMBING)


def test_a_link_in_a_zip_is_named_and_not_followed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("s")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "../..")
        archive.writestr("s/evil.txt", "x")
    _, hands = read(out.getvalue(), "link.zip")

    assert "never followed" in hands.left["s"]
    assert list(hands.whole) == ["s/evil.txt"]


def test_a_bomb_stops_at_a_limit_and_what_came_of_it_is_not_kept():
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w", force_zip64=True) as part,
    ):
        for _ in range(300):
            part.write(bytes(1 << 20))
    reading, hands = read(out.getvalue(), "bomb.zip")

    assert hands.whole == {}
    assert "stopped" in hands.left["zeros"]
    assert reading.state is State.READ
    assert "not taken out" in reading.because


def test_a_member_that_declares_too_much_is_not_begun():
    content = bytearray(zipped({"small.txt": b"x"}))
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    _, hands = read(bytes(content), "liar.zip", replace(LIMITS, unpacked_bytes=1 << 30))

    assert "more than may still be unpacked" in hands.left["small.txt"]


def test_nesting_stops_at_the_depth_and_says_so():
    content = zipped({"bottom.txt": "here"})
    for level in range(30):
        content = zipped({f"{level}.zip": content})
    depth = 0
    while True:
        reading, hands = read(content, "nested.zip", LIMITS, Origin(depth=depth))
        if not hands.whole:
            break
        (content,) = hands.whole.values()
        depth += 1

    assert depth == LIMITS.depth
    assert all("nested deeper" in because for because in hands.left.values())
    assert "not taken out" in reading.because


def test_more_members_than_may_be_named_are_counted():
    names = {f"{number}.txt": b"" for number in range(60)}
    reading, hands = read(zipped(names), "many.zip", replace(LIMITS, members=20))

    assert len(hands.whole) == 20
    assert len(hands.left) == 20
    assert "40 of 60 members were not taken out" in reading.because
    assert "20 of these are counted and not named" in reading.because


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_one_compressed_file_comes_out_under_its_own_name(ending, pack):
    reading, hands = read(pack(b"the words" * 1_000), f"note.txt.{ending}")

    assert hands.whole == {"note.txt": b"the words" * 1_000}
    assert reading.state is State.READ


def test_a_compressed_stream_cut_short_is_not_kept_as_whole():
    _, hands = read(gzip.compress(bytes(range(256)) * 2_000)[:-200], "note.txt.gz")

    assert hands.whole == {}
    assert "cannot be unpacked" in hands.left["note.txt"]


def test_a_damaged_member_costs_itself_alone():
    content = bytearray(zipped({"a.txt": b"first" * 50, "b.txt": b"second" * 50}, zipfile.ZIP_STORED))
    content[content.index(b"firstfirst")] ^= 1
    reading, hands = read(bytes(content), "two.zip")

    assert list(hands.whole) == ["b.txt"]
    assert "a.txt" in hands.left
    assert "1 of 2 members" in reading.because


def test_a_tar_gives_files_and_names_its_links_and_devices():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        file = tarfile.TarInfo("a.txt")
        file.size = 3
        archive.addfile(file, io.BytesIO(b"one"))
        link = tarfile.TarInfo("etc")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/shadow"
        archive.addfile(link)
    _, hands = read(out.getvalue(), "set.tgz")

    assert hands.whole == {"a.txt": b"one"}
    assert "never followed" in hands.left["etc"]


def test_a_tar_cut_short_says_where_it_breaks_off():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("a.txt", "b.txt"):
            file = tarfile.TarInfo(name)
            file.size = 2_000
            archive.addfile(file, io.BytesIO(bytes(2_000)))
    reading, hands = read(out.getvalue()[:4_000], "cut.tar")

    assert list(hands.whole) == ["a.txt"]
    assert "b.txt" in hands.left
    assert "breaks off" in reading.because


def test_old_names_in_another_encoding_are_read():
    name = "审计压缩文件检索测试.txt"
    content = zipped({"x" * len(name.encode("gbk")): b"x"}).replace(b"x" * len(name.encode("gbk")), name.encode("gbk"))
    reading, hands = read(content, "old.zip")

    assert list(hands.whole) == [name]
    assert "gb18030" in reading.metadata["names"]
