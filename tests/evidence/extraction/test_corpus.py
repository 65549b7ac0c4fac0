"""Every file of the shared corpus ends in one state, with a reason where it is not read, and the facts are right."""

import csv
import re

import pytest

from evidence.extraction.reading import State
from evidence.selectors import sighted
from tests.evidence.extraction.corpus import LIMITS, outcomes, table
from tests.evidence.extraction.hands import read, text_of

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def found(corpus):
    """How each file ended, by its path."""
    return {one.path: one for one in outcomes(corpus)}


@pytest.fixture(scope="module")
def facts(corpus, found):
    """What the sources of the corpus say of the files that were read."""
    with (corpus / "GROUND_TRUTH.csv").open(newline="") as handle:
        return [row for row in csv.DictReader(handle) if row["path"] in found]


def test_every_file_ends_in_one_state_with_its_reason(found):
    assert all(one.reading.state in set(State) for one in found.values())
    silent = [path for path, one in found.items() if one.reading.state is not State.READ and not one.reading.because]
    assert silent == []


def test_every_file_that_is_read_gave_something(found):
    assert [
        path
        for path, one in found.items()
        if one.reading.state is State.READ and not one.reading.passages and not one.members
    ] == []


def test_no_reader_failed_or_ran_out_of_time(found):
    assert {path: one.reading.because for path, one in found.items() if one.reading.state is State.FAILED} == {}
    assert max(one.seconds for one in found.values()) < LIMITS.extract_seconds


def test_hostile_files_are_bounded(found):
    for path, one in found.items():
        if path.startswith("hostile"):
            assert sum(len(passage.text) for passage in one.reading.passages) < 5 * MIB
            assert one.reading.members < 100


def test_every_member_came_whole_or_with_a_reason(found):
    for one in found.values():
        assert len(one.members) == one.reading.members + one.reading.members_left
        assert all(member.content is not None or member.because for member in one.members)


def test_every_file_was_read_behind_closed_doors(found):
    for one in found.values():
        if one.reading.media_type != "application/x-empty":
            assert any(name.startswith("no network") for name in one.reading.protections)


def test_locked_documents_say_that_they_need_their_password(found, facts):
    locked = {row["path"] for row in facts if row["fact"] in {"user_password", "password"} and row["value"] != '""'}
    for path in locked - {"archives/test7Z_protected_passTika.7z"}:
        if found[path].reading.state is not State.READ:
            assert "password" in found[path].reading.because


def test_members_of_hostile_archives_carry_a_warning(found):
    climbing = found.get("hostile_archives/dotdot_path.tar")
    if climbing:
        assert [member.parameters.get("warning", "") for member in climbing.members] != [""]


TOLD = {
    "pages": lambda one, value: value in {one.reading.metadata.get("pages"), None},
    "subject": lambda one, value: _words(value.replace("\\x00", "")) in _words(_all(one)),
    "subject_contains": lambda one, value: _words(value) in _words(_all(one)),
    "sender_name_contains": lambda one, value: value in _all(one),
    "annotation_contains": lambda one, value: value in _all(one),
    "entry_name_contains": lambda one, value: any(value in member.name for member in one.members),
    "messages": lambda one, value: one.reading.metadata.get("messages") == value,
    "exif_model": lambda one, value: value in one.reading.metadata.get("EXIF Model", ""),
    "exif_make": lambda one, value: value in one.reading.metadata.get("EXIF Make", ""),
    "latitude": lambda one, value: (
        float(one.reading.metadata["place (latitude, longitude)"].split(",")[0]) == float(value)
    ),
    "frames": lambda one, value: one.reading.metadata.get("frames") == value,
    "artist": lambda one, value: value in _all(one),
    "title": lambda one, value: value in _all(one),
}


def _all(one):
    return " ".join([text_of(one.reading), *one.reading.metadata.values()])


def _words(text):
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("fact", TOLD)
def test_what_the_sources_say_of_a_file_is_what_was_read(fact, found, facts):
    told = [row for row in facts if row["fact"] == fact and found[row["path"]].reading.state is State.READ]
    told = [row for row in told if not row["path"].startswith(("standards", "names", "record", "financial"))]

    assert [(row["path"], row["value"]) for row in told if not TOLD[fact](found[row["path"]], row["value"])] == []


def test_chats_begin_and_end_when_their_sources_say(found, facts):
    for row in (row for row in facts if row["fact"] == "first_and_last"):
        first, last = (moment.strip()[:16].replace("T", " ") for moment in row["value"].split(" / "))
        passages = found[row["path"]].reading.passages
        assert [passages[0].pinpoint.at, passages[-1].pinpoint.at] == [first, last]


def test_account_numbers_labelled_valid_are_found_and_the_others_are_not(corpus):
    with (corpus / "ids_iban" / "iban_labelled.csv").open(newline="") as handle:
        for row in csv.DictReader(handle):
            text = f"Paid from {row['iban']}, on Monday"
            kinds = [seen.sighting.kind for seen in sighted([_Text(text)])]
            assert ("iban" in kinds) == row["label"].startswith("valid"), row


class _Text:
    """A passage as the selectors take it."""

    pinpoint = None

    def __init__(self, text):
        self.text = text


def test_the_table_counts_every_file_once(found):
    last = table(list(found.values())).splitlines()[-1]
    files, read, _, empty, refused, failed = (int(cell) for cell in last.split("|")[2:8])

    assert files == len(found) == read + empty + refused + failed


def test_a_file_packed_into_a_document_comes_out_with_the_path_it_had_at_home(corpus):
    document = corpus / "documents_office" / "test_recursive_embedded.docx"
    _, inside = read(document.read_bytes(), document.name)
    name = "word/embeddings/oleObject1.bin"
    packed, hands = read(inside.whole[name], name)

    assert hands.whole["embed1.zip"].startswith(b"PK")
    assert hands.about["embed1.zip"]["original path"].endswith(r"\Desktop\tmp\New folder (2)\embed1.zip")
    assert "embed1.zip" in text_of(packed)
    assert read(hands.whole["embed1.zip"], "embed1.zip")[0].members > 0


def test_macros_are_told_apart_from_documents(corpus):
    document = corpus / "documents_office" / "testWORD_macros.docm"
    _, inside = read(document.read_bytes(), document.name)
    reading, _ = read(inside.whole["word/vbaProject.bin"], "vbaProject.bin")

    assert reading.state is State.REFUSED
    assert "never run" in reading.because
