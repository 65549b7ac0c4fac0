"""Writing a bundle: the form that the standard asks for, the same bytes again, and nothing half made."""

import csv
import hashlib
import io
import json
import re
import resource
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Unavailable
from exports import bundle, verifier
from exports.bundle import BundleExists, OriginalChanged, WrongOriginals
from exports.contents import to_json
from tests.exports import bundles

ROOT = Path(__file__).resolve().parents[2]
Given = Iterator[tuple[str, Iterator[bytes]]]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a bundle with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = bundles.made(tmp_path / "a"), bundles.made(tmp_path / "b")

    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert first == second


def test_a_tar_stream_holds_the_same_files_as_the_folder_and_is_itself_the_same_again(tmp_path: Path) -> None:
    bundles.made(tmp_path / "bundle")
    of = bundles.dossier()
    streams = [
        b"".join(bundle.tar(of, bundles.PDF, bundles.originals(of), bundles.signer(), bundle.bundle_name(of)))
        for _ in range(2)
    ]
    with tarfile.open(fileobj=io.BytesIO(streams[0])) as held:
        held.extractall(tmp_path / "out", filter="data")

    assert streams[0] == streams[1]
    assert contents(tmp_path / "out" / "probanda-D1-v1") == contents(tmp_path / "bundle")


def test_the_manifest_tells_what_lies_there(tmp_path: Path) -> None:
    manifest = bundles.made(tmp_path / "bundle")
    held = contents(tmp_path / "bundle")

    assert {one.path: (one.size, one.sha256, one.sha512) for one in manifest.files} == {
        name: (len(data), hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest())
        for name, data in held.items()
    }
    assert manifest.digest == hashlib.sha256(held["signature/statement.json"]).hexdigest()
    assert manifest.digests()["data/dossier.pdf"] == hashlib.sha256(bundles.PDF).hexdigest()


def test_bag_info_has_one_line_an_entry_whatever_the_texts_hold(tmp_path: Path) -> None:
    of = bundles.dossier(title="first\r\nPayload-Oxum: 1.1\n second\x85third\u2028fourth")
    bundles.made(tmp_path / "bundle", of)
    info = (tmp_path / "bundle/bag-info.txt").read_text("utf-8")

    assert "External-Description: first Payload-Oxum: 1.1 second third fourth\n" in info
    assert info.count("\nPayload-Oxum: ") == 1
    assert all(re.match(r"[A-Za-z-]+: \S", line) for line in info.splitlines())
    assert verifier.check(str(tmp_path / "bundle")).findings == []


def test_every_name_is_plain_ascii_whatever_the_files_were_called(tmp_path: Path) -> None:
    bundles.made(tmp_path / "bundle")

    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", name) for name in contents(tmp_path / "bundle"))


def test_human_tables_hold_no_formula_and_the_machine_record_is_unaltered(tmp_path: Path) -> None:
    bundles.made(tmp_path / "bundle")
    folder = tmp_path / "bundle/data/records"
    money = list(csv.DictReader(io.StringIO((folder / "money.csv").read_text("utf-8-sig"), newline="")))
    hashes = list(csv.DictReader(io.StringIO((folder / "hashes.csv").read_text("utf-8-sig"), newline="")))

    assert (money[0]["counterparty"], money[0]["amount"], money[0]["purpose"]) == ("'+SUM(A1)", "-250.00", "ትግርኛ")
    assert {row["name"] for row in hashes if row["file"] == "E2.1"} == {"'=cmd|'/c calc'!A0"}
    assert (folder / "dossier.json").read_text("utf-8") == to_json(bundles.dossier())
    assert json.loads((folder / "hashes.json").read_text())[2]["name"] == "=cmd|'/c calc'!A0"


@given(st.text())
def test_no_cell_of_any_text_begins_a_formula(text: str) -> None:
    cell = verifier.guarded(text)

    assert cell in {text, "'" + text}
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell) or not re.match(r"\s*[=+@|%-]|[\t\r\n]", cell)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(JSON)
@settings(max_examples=100)
def test_the_verifier_writes_canonical_json_as_the_library_does(value: object) -> None:
    assert verifier.canonical(value) == rfc8785.dumps(value)
    assert verifier.parse(verifier.canonical(value), "this") == value


def test_the_custody_lines_are_the_exact_texts_of_the_ledger(tmp_path: Path) -> None:
    bundles.made(tmp_path / "bundle")
    lines = (tmp_path / "bundle/data/records/custody.jsonl").read_bytes().splitlines()
    steps = [step for exhibit in bundles.dossier().exhibits for step in exhibit.custody]

    assert [line.decode() for line in lines] == [step.body for step in steps]
    assert [hashlib.sha256(line).hexdigest() for line in lines] == [step.digest for step in steps]


# --- Nothing half made ----------------------------------------------------------------------------------------------


def cut(given: Given) -> Given:
    """An original that has lost its last byte."""
    for path, chunks in given:
        data = b"".join(chunks)
        yield path, iter([data[:-1]])


def longer(given: Given) -> Given:
    """An original that has grown."""
    for path, chunks in given:
        yield path, iter([*chunks, b"more"])


def flipped(given: Given) -> Given:
    """An original of the right length with other bytes."""
    for path, chunks in given:
        yield path, iter([bytes(byte ^ 1 for byte in b"".join(chunks))])


@pytest.mark.parametrize("change", [cut, longer, flipped])
def test_an_original_that_changed_stops_the_bundle_and_nothing_is_left(tmp_path: Path, change: object) -> None:
    of = bundles.dossier()

    with pytest.raises(OriginalChanged, match=r"E1\.1 is no longer what was recorded"):
        bundle.write(tmp_path / "bundle", of, bundles.PDF, change(bundles.originals(of)), bundles.signer())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OriginalChanged):
        list(bundle.tar(of, bundles.PDF, change(bundles.originals(of)), bundles.signer(), "x"))


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given[:-1],
        lambda given: given[1:],
        lambda given: given[::-1],
        lambda given: [*given, ("data/originals/E9/E9.1.txt", iter([b"x"]))],
    ],
)
def test_other_originals_than_the_dossier_gives_are_refused_and_nothing_is_left(tmp_path: Path, change: object) -> None:
    of = bundles.dossier()

    with pytest.raises(WrongOriginals):
        bundle.write(tmp_path / "bundle", of, bundles.PDF, iter(change(list(bundles.originals(of)))), bundles.signer())
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_breaks_off_leaves_nothing_and_its_own_reason_comes_through(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"+49"
        raise bundle.Tampered("the blob does not open")

    of = bundles.dossier()
    with pytest.raises(bundle.Tampered, match="the blob does not open"):
        bundle.write(
            tmp_path / "bundle", of, bundles.PDF, iter([("data/originals/E1/E1.1.txt", broken())]), bundles.signer()
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_a_bundle_never_overwrites(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "bundle"
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_bytes(b"mine")
    else:
        place.symlink_to(tmp_path / "nowhere")

    with pytest.raises(BundleExists):
        bundles.made(place)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(Unavailable, match="nothing of it was left behind"):
            bundles.made(tmp_path / "bundle")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(tmp_path.iterdir()) == []


KILLED = """\
import os, signal, sys
from pathlib import Path
from exports import bundle
from tests.exports import bundles
def kill():
    yield b"+49"
    os.kill(os.getpid(), signal.SIGKILL)
given = iter([("data/originals/E1/E1.1.txt", kill())])
bundle.write(Path(sys.argv[1]), bundles.dossier(), bundles.PDF, given, bundles.signer())
"""


def test_a_writer_that_is_killed_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "bundle")], cwd=ROOT, check=False, timeout=60)

    assert ran.returncode == -signal.SIGKILL
    assert [path.name.endswith(".part") for path in tmp_path.iterdir()] == [True]
    bundles.made(tmp_path / "bundle")
    assert verifier.check(str(tmp_path / "bundle")).findings == []


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(Unavailable, match="could not be written"):
        bundles.made(tmp_path / "file" / "bundle")


def test_a_dossier_without_exhibits_is_a_whole_bundle_too(tmp_path: Path) -> None:
    bundles.made(tmp_path / "bundle", replace(bundles.dossier(), exhibits=(), schedules=()))

    assert verifier.check(str(tmp_path / "bundle")).findings == []


def test_a_large_original_passes_through_in_pieces(tmp_path: Path) -> None:
    piece, count = bytes(1 << 20), 64
    short, long = hashlib.sha256(), hashlib.sha512()
    for _ in range(count):
        short.update(piece)
        long.update(piece)
    of = bundles.dossier()
    first = replace(of.exhibits[0].files[1], size=len(piece) * count, sha256=short.hexdigest(), sha512=long.hexdigest())
    of = replace(of, exhibits=(replace(of.exhibits[0], files=(first,)),))
    taken: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(count):
            taken.append(number)
            yield piece

    parts = bundle.tar(of, bundles.PDF, iter([(first.original, pieces())]), bundles.signer(), "x")
    longest = max(len(part) for part in parts)

    assert longest <= len(piece)
    assert len(taken) == count


def test_the_manifest_can_be_had_without_writing_anything(tmp_path: Path) -> None:
    of = bundles.dossier()

    assert bundle.manifest(of, bundles.PDF, bundles.originals(of), bundles.signer()) == bundles.made(
        tmp_path / "bundle"
    )


def test_records_that_no_verifier_would_read_are_refused_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "MOST_KEPT", 2_000)

    with pytest.raises(bundle.TooLarge, match=r"data/records/dossier\.json would have"):
        bundles.made(tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []
