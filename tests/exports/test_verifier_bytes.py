"""An enemy with a hex editor: whatever byte of a bundle is changed, the verifier finds it and names the file."""

import random
import shutil
from pathlib import Path

import pytest

from exports import verifier
from tests.exports import bundles

# Every offset of the files that carry the proof; of the others so many, spread by a fixed seed.
WHOLE = {"bag-info.txt", "bagit.txt", "signature/key.pub", "signature/statement.sig", "tagmanifest-sha256.txt"}
SAMPLES = 120


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole bundle, which each test leaves as it found it."""
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    bundles.made(folder)
    return folder


@pytest.fixture
def mine(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(whole, tmp_path / "bundle"))


def names(folder: Path) -> list[str]:
    """Every file of a bundle."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def blamed(folder: Path) -> set[str]:
    """The files that the verifier names."""
    return {finding.file for finding in verifier.check(str(folder)).findings}


EVERY = [
    "README.txt", "bag-info.txt", "bagit.txt", "data/dossier.pdf", "data/originals/E1/E1.1.txt",
    "data/originals/E1/E1.2.txt", "data/records/custody.csv", "data/records/custody.jsonl",
    "data/records/dossier.json", "data/records/exhibits.csv", "data/records/hashes.csv", "data/records/hashes.json",
    "data/records/money.csv", "manifest-sha256.txt", "manifest-sha512.txt", "signature/key.pub",
    "signature/statement.json", "signature/statement.sig", "tagmanifest-sha256.txt", "tagmanifest-sha512.txt",
    "verify.py",
]  # fmt: skip


def test_a_whole_bundle_holds_and_has_exactly_these_files(whole: Path) -> None:
    report = verifier.check(str(whole))

    assert names(whole) == EVERY
    assert report.findings == []
    assert report.code == 0


@pytest.mark.parametrize("name", EVERY)
def test_one_flipped_byte_anywhere_is_found_and_its_file_named(whole: Path, name: str) -> None:
    path = whole / name
    original = path.read_bytes()
    chance = random.Random(name)
    every = range(len(original))
    places = every if name in WHOLE else chance.sample(every, min(SAMPLES, len(original)))
    missed = []
    try:
        for place in {*places, 0, len(original) - 1}:
            changed = bytearray(original)
            changed[place] ^= 1 << chance.randrange(8)
            path.write_bytes(changed)
            if name not in blamed(whole):
                missed.append(place)
    finally:
        path.write_bytes(original)

    assert missed == []


@pytest.mark.parametrize("name", EVERY)
def test_a_file_cut_by_one_byte_is_named(mine: Path, name: str) -> None:
    data = (mine / name).read_bytes()
    (mine / name).write_bytes(data[:-1])

    assert name in blamed(mine)


@pytest.mark.parametrize("name", EVERY)
def test_a_file_with_a_byte_more_is_named(mine: Path, name: str) -> None:
    with (mine / name).open("ab") as file:
        file.write(b"\n")

    assert name in blamed(mine)


@pytest.mark.parametrize("name", EVERY)
def test_a_dropped_file_is_named(mine: Path, name: str) -> None:
    (mine / name).unlink()

    assert name in blamed(mine)


@pytest.mark.parametrize("name", EVERY)
def test_an_emptied_file_is_named(mine: Path, name: str) -> None:
    (mine / name).write_bytes(b"")

    assert name in blamed(mine)


@pytest.mark.parametrize("name", EVERY)
def test_a_renamed_file_is_missing_under_one_name_and_extra_under_the_other(mine: Path, name: str) -> None:
    (mine / name).rename(mine / f"{name}.old")

    assert {name, f"{name}.old"} <= blamed(mine)


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "data/more.bin",
        "data/records/more.csv",
        "data/originals/E9/E9.1.txt",
        "signature/more.sig",
        "fetch.txt",
    ],
)
def test_an_added_file_is_named(mine: Path, name: str) -> None:
    (mine / name).parent.mkdir(exist_ok=True)
    (mine / name).write_bytes(b"more")

    assert name in blamed(mine)


def test_an_added_empty_folder_is_named(mine: Path) -> None:
    (mine / "data" / "empty").mkdir()

    assert "data/empty" in blamed(mine)


def test_two_originals_that_changed_places_are_both_named(mine: Path) -> None:
    one, other = mine / "data/originals/E1/E1.1.txt", mine / "data/originals/E1/E1.2.txt"
    one.rename(mine / "aside")
    other.rename(one)
    (mine / "aside").rename(other)

    assert {"data/originals/E1/E1.1.txt", "data/originals/E1/E1.2.txt"} <= blamed(mine)


@pytest.mark.parametrize(
    ("one", "other"), [("README.txt", "bag-info.txt"), verifier.LISTS, verifier.TAG_LISTS], ids=str
)
def test_tag_files_that_changed_places_are_named(mine: Path, one: str, other: str) -> None:
    first, second = (mine / one).read_bytes(), (mine / other).read_bytes()
    (mine / one).write_bytes(second)
    (mine / other).write_bytes(first)

    assert {one, other} <= blamed(mine)


def test_a_signature_of_another_bundle_does_not_fit(mine: Path, tmp_path: Path) -> None:
    bundles.made(tmp_path / "other", bundles.dossier(title="Another dossier"))
    shutil.copy(tmp_path / "other/signature/statement.sig", mine / "signature/statement.sig")

    assert blamed(mine) == {"signature/statement.sig"}


def test_a_statement_of_another_bundle_with_its_signature_does_not_fit(mine: Path, tmp_path: Path) -> None:
    bundles.made(tmp_path / "other", bundles.dossier(title="Another dossier"))
    for name in ("statement.sig", "statement.json"):
        shutil.copy(tmp_path / "other/signature" / name, mine / "signature" / name)

    assert blamed(mine) == {"tagmanifest-sha256.txt", "tagmanifest-sha512.txt"}
