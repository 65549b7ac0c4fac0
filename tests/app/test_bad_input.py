"""Bad input through the doors: every file ends in a state with its reason, whole, unexecuted, never in the clear."""

import hashlib
import resource
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from app.wiring import services, transaction
from core.ledger import entries as ledger
from evidence import fixity, text
from evidence.files import File
from tests import hostile, makers, offices, operators

GIB = 1 << 30
ENDS = {"read", "empty", "refused", "failed"}


@pytest.fixture(scope="module")
def bounded(tmp_path_factory):
    """A deployment that unpacks little, so that a bomb is stopped early."""
    limits = {"limits_unpacked_bytes": str(32 * hostile.MIB), "limits_extract_seconds": "30"}
    made = offices.Office(offices.deployment(tmp_path_factory.mktemp("bounded") / "instance", **limits))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


def told(office, file):
    return office.call("ana", "GET", f"/files/{file}").json


def members(office, exhibit, file):
    listed = office.call("ana", "GET", f"/exhibits/{exhibit}").json["files"]
    return [one for one in listed if one["parent_id"] == file]


def everything_holds(office):
    with office.app.app_context():
        house = services()
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []


@pytest.fixture(scope="module")
def handed_in(bounded, corpus, tmp_path_factory):
    """Every hostile file of the corpus and every generated one, handed in and worked through together."""
    place = tmp_path_factory.mktemp("around")
    contents = {
        f"{family.name}/{path.name}": path.read_bytes()
        for family in sorted(corpus.glob("hostile_*")) if family.name != "hostile_generated"
        for path in sorted(family.iterdir()) if path.is_file()
    }  # fmt: skip
    contents |= hostile.everything(place / "canary", place / "secret.txt")
    contents |= {name: f"named {at}".encode() for at, name in enumerate(hostile.NAMES)}
    exhibit = bounded.exhibit("ana", bounded.case("ana"))
    sent = {name: bounded.send("ana", exhibit, content, name)["file"] for name, content in contents.items()}
    bounded.work()
    return Handed(bounded, exhibit, contents, sent, place)


class Handed:
    """What was handed in, under which ids, and where a mark would lie if anything had run."""

    def __init__(self, office, exhibit, contents, sent, place):
        self.office, self.exhibit, self.contents, self.sent, self.place = office, exhibit, contents, sent, place

    def told(self, name):
        return told(self.office, self.sent[name])


def test_every_hostile_file_ends_in_a_state_and_says_why_it_was_not_read(handed_in):
    assert len(handed_in.sent) > 70
    for name in handed_in.sent:
        one = handed_in.told(name)
        assert one["state"] == "stored", name
        assert one["reading"] in ENDS, name
        assert one["reading"] in {"read", "empty"} or one["reading_because"], name


def test_every_hostile_file_comes_out_as_it_came_in(handed_in):
    for name, content in handed_in.contents.items():
        answer = handed_in.office.call("ana", "GET", f"/files/{handed_in.sent[name]}/content")
        assert answer.data == content, name
        assert handed_in.told(name)["sha256"] == hashlib.sha256(content).hexdigest()
        assert answer.headers["Content-Disposition"].startswith("attachment"), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
    everything_holds(handed_in.office)


def test_nothing_hostile_was_executed_or_lies_in_the_clear(handed_in):
    instance = Path(handed_in.office.app.instance_path)
    assert not (handed_in.place / "canary").exists()
    lying = [path for path in instance.rglob("*") if path.is_file()]
    assert not any(path.stat().st_mode & 0o111 for path in lying)
    assert not [path for path in instance.rglob("*") if "evil" in path.name or "mark" in path.name]
    pieces = {name: piece for name, content in handed_in.contents.items() if (piece := telling(content))}
    assert len(pieces) > 40
    for path in lying:
        whole = path.read_bytes()
        assert not [name for name, piece in pieces.items() if piece in whole], path


def telling(content):
    """Bytes by which a file would be known again anywhere; nothing for one that has none."""
    for at in range(0, max(0, min(len(content), 1 << 16) - 48), 16):
        piece = content[at : at + 48]
        if len(set(piece)) > 20:
            return piece
    return None


def test_eicar_is_kept_and_given_back_and_opened_by_nobody(handed_in):
    assert hashlib.sha256(hostile.EICAR).hexdigest() == hostile.EICAR_SHA256
    one = handed_in.told("eicar.com")

    assert (one["size"], one["sha256"]) == (68, hostile.EICAR_SHA256)
    assert handed_in.office.call("ana", "GET", f"/files/{one['id']}/content").data == hostile.EICAR


def test_a_flat_bomb_stops_at_the_limit_and_takes_no_disk(handed_in):
    one = handed_in.told("flat.zip")
    vault = Path(handed_in.office.app.instance_path) / "vault"

    assert members(handed_in.office, handed_in.exhibit, one["id"]) == []
    assert "not" in one["reading_because"]
    assert sum(path.stat().st_size for path in vault.rglob("*") if path.is_file()) < 512 * hostile.MIB
    assert list((vault / "incoming").iterdir()) == []


def test_members_that_climb_out_are_labels_and_a_link_is_not_followed(handed_in):
    found = {one["name"] for one in members(handed_in.office, handed_in.exhibit, handed_in.sent["climbing.zip"])}

    assert {name.replace("\\", "/") for name in found} >= {name.replace("\\", "/") for name in hostile.CLIMBING}
    assert "s" not in found
    assert "member" in handed_in.told("climbing.zip")["reading_because"]


def test_nesting_stops_at_the_depth_with_its_reason(handed_in):
    level, depth = handed_in.sent["nested.zip"], 0
    while inside := members(handed_in.office, handed_in.exhibit, level):
        level, depth = inside[0]["id"], depth + 1

    assert depth == 4
    assert told(handed_in.office, level)["reading_because"] == "1 of 1 members were not taken out"
    with handed_in.office.app.app_context(), transaction() as session:
        file = session.get_one(File, UUID(level))
        facts = text.facts(file, text.key_of(session, services().keyring, file))
    assert any("nested deeper than this system unpacks" in because for because in facts.values())


@pytest.mark.parametrize("name", ["outward.docx", "outward.xlsx"])
def test_a_document_brings_in_no_file_of_the_machine(handed_in, name):
    text = handed_in.office.call("ana", "GET", f"/files/{handed_in.sent[name]}/passages").text

    assert hostile.SECRET not in text
    found = handed_in.office.call("ana", "GET", "/search", query_string={"q": '"none of its business"'}).json
    assert found["total"] == 0


def test_what_a_file_is_follows_from_its_content_and_not_from_its_name(handed_in):
    assert handed_in.told("two faced.pdf")["media_type"] == "application/pdf"
    assert handed_in.told("invoice.pdf")["media_type"] != "application/pdf"
    assert handed_in.told("points.png")["media_type"] == "image/png"


def test_names_are_kept_and_shown_without_what_hides_or_turns(handed_in):
    for at, name in enumerate(hostile.NAMES):
        shown = handed_in.told(name)["name"]
        assert not set(shown) & {"\u202e", "\n", "\x00"}
        answer = handed_in.office.call("ana", "GET", f"/files/{handed_in.sent[name]}/content")
        assert answer.data == f"named {at}".encode()
        assert not set(answer.headers["Content-Disposition"]) & set("\n\r\x00")


# --- A file of 20 GiB -----------------------------------------------------------------------------------------


def digest(path):
    """The SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def limited(most):
    """What a child process does first: no file of its may grow beyond so many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def test_a_file_of_20_gib_is_stored_whole_or_refused_for_want_of_room(tmp_path):
    operator = operators.at(tmp_path / "instance")
    operator.hire("ana", "investigator")
    case, huge = operator.open_case("ana"), tmp_path / "disk.img"
    with huge.open("wb") as out:
        out.truncate(20 * GIB)
    vault = operator.instance / "vault"
    add = ("evidence", "add", case, huge, "--authority", "warrant", "--as", "ana")
    try:
        if shutil.disk_usage(tmp_path).free > 24 * GIB:
            with ThreadPoolExecutor(1) as beside:
                counted = beside.submit(digest, huge)
                came = operator.told(*add)
                assert came["items"][0]["sha256"] == counted.result()
            operator.run("work", "--until-idle")
            file = operator.told("evidence", "list", case, "--as", "ana")["exhibits"][0]["files"][0]
            assert (file["state"], file["size"], file["reading"]) == ("stored", 20 * GIB, "refused")
            assert "stored and not read" in file["reading_because"]
        else:
            command = [sys.executable, "-m", "app.cli", "--instance", operator.instance, *map(str, add)]
            said = subprocess.run(command, cwd=Path(__file__).parents[2], env=makers.environment(), text=True,
                                  capture_output=True, check=False, preexec_fn=limited(64 * hostile.MIB))  # fmt: skip
            assert said.returncode == 4
            assert said.stderr.startswith("VaultFull")
            assert [path for path in vault.rglob("*") if path.is_file()] == []
            assert operator.told("evidence", "list", case, "--as", "ana")["waiting"] == 1
    finally:
        shutil.rmtree(vault)
        huge.unlink()
