"""Integrity through the doors: what does not hold does not leave, people end it, and hashes are explained."""

import hashlib
import io
import os
import zipfile
from pathlib import Path
from uuid import UUID

import pytest

from app import clockwork, fixing
from app.wiring import services, transaction
from core.accounts import Role
from evidence import derivation
from evidence.exhibits import Exhibit
from evidence.files import File
from tests import offices
from tests.operators import Operator

HOW = {
    "name": "clip.mp4", "method": "converted", "tool": "ffmpeg", "version": "6.1", "parameters": "-c copy",
    "person": "ana", "target": "working_copy",
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = offices.Office(offices.deployment(tmp_path_factory.mktemp("integrity") / "instance"))
    for name, role in (
        ("ana", Role.INVESTIGATOR), ("bo", Role.INVESTIGATOR), ("sven", Role.SUPERVISOR), ("aude", Role.AUDITOR),
    ):  # fmt: skip
        made.token(name, role)
    return made


@pytest.fixture
def stored(office):
    """A case of ana's with bo and sven in it, an exhibit, and a file."""
    case = office.case("ana")
    for name, duty in (("bo", "investigate"), ("sven", "supervise")):
        answer = office.call("ana", "POST", f"/cases/{case}/members", json={"user": name, "duty": duty})
        assert answer.status_code < 300, answer.text
    exhibit = office.exhibit("ana", case)
    data = os.urandom(40_000)
    file = office.send("ana", exhibit, data, "image.E01")["file"]
    return case, exhibit, file, data


def path_of(office, file):
    with office.app.app_context(), transaction() as session:
        return services().vault.root / session.get_one(File, UUID(file)).blob


def damage(office, file):
    """Flip one bit on the disk; gives the sealed bytes as they were."""
    path = path_of(office, file)
    sealed = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:])
    return sealed


def incident_of(office, exhibit):
    (one,) = office.call("ana", "GET", f"/exhibits/{exhibit}/incidents").json["incidents"]
    return one


def test_a_file_made_outside_walks_back_to_its_exhibit_with_tool_and_person(office, stored):
    _case, exhibit, file, _data = stored
    asked = office.call("ana", "POST", f"/files/{file}/derived", json=HOW)
    made = office.call("ana", "PUT", asked.json["content"].removeprefix("/api/v1"), data=b"moving pictures").json
    walk = office.call("ana", "GET", f"/files/{made['file']}/integrity").json["walk"]

    assert [step["what"] for step in walk] == ["seal", "exhibit", "received", "converted"]
    assert (walk[3]["tool"], walk[3]["version"], walk[3]["by"]) == ("ffmpeg", "6.1", "ana")
    assert walk[0]["missing"] == ["no seal number is recorded from its arrival on"]
    redone = office.call("ana", "POST", f"/files/{made['file']}/redo").json
    assert redone["verdict"] == "not possible"
    with office.app.app_context(), transaction() as session:
        assert derivation.without_version(session, session.get_one(Exhibit, UUID(exhibit))) == []


@pytest.mark.parametrize("left_out", ["method", "tool", "version", "parameters", "person"])
def test_a_derived_file_without_part_of_how_is_refused_and_not_filled_in(office, stored, left_out):
    answer = office.call("ana", "POST", f"/files/{stored[2]}/derived", json={**HOW, left_out: "  "})

    assert answer.status_code == 422
    assert set(answer.json["error"]["fields"]) == {left_out}


def test_what_the_house_takes_out_of_an_archive_can_be_made_again_and_is_the_same(office, stored, tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.txt", "hello")
    file = office.send("ana", stored[1], held.getvalue(), "a.zip")["file"]
    office.work()
    (member,) = [
        one for one in office.call("ana", "GET", f"/exhibits/{stored[1]}").json["files"] if one["parent_id"] == file
    ]

    assert member["method"]["tool"]
    assert member["method"]["version"]
    assert office.call("ana", "POST", f"/files/{member['id']}/redo").json["verdict"] == "same"


def test_only_an_md5_of_the_acquired_data_is_kept_explained_and_no_mismatch(office, stored):
    told = {"algorithm": "md5", "value": "a1" * 16, "target": "source_data", "stated_by": "Imager 4.2, report p. 3"}
    answer = office.call("ana", "POST", f"/files/{stored[2]}/hashes", json={**told, "because": "inside the E01"})
    view = office.call("ana", "GET", f"/files/{stored[2]}/integrity").json

    assert (answer.status_code, answer.json["agrees"]) == (201, None)
    assert any(one.startswith("only MD5 or SHA-1") for one in view["cautions"])
    assert view["incidents"] == []
    assert next(one for one in view["hashes"] if one["target"] == "source_data")["because"] == "inside the E01"


def test_a_stated_hash_of_the_file_itself_that_is_not_its_own_opens_an_incident_and_freezes_nothing(office, stored):
    told = {"algorithm": "sha256", "value": "0" * 64, "target": "container_file", "stated_by": "the laboratory"}
    assert office.call("ana", "POST", f"/files/{stored[2]}/hashes", json=told).json["agrees"] is False

    assert incident_of(office, stored[1])["kind"] == "stated hash differs"
    assert office.call("ana", "GET", f"/files/{stored[2]}/content").status_code == 200


def test_two_people_hash_it_again_and_a_stated_md5_is_compared_then(office, stored):
    _case, _exhibit, file, data = stored
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    told = {"algorithm": "md5", "value": md5, "target": "transfer", "stated_by": "the laboratory"}
    assert office.call("ana", "POST", f"/files/{file}/hashes", json=told).json["agrees"] is None
    asked = office.call("ana", "POST", f"/files/{file}/recomputations", json={"reason": "asked for by the court"}).json
    alone = office.call("ana", "POST", f"/recomputations/{asked['id']}")
    both = office.call("bo", "POST", f"/recomputations/{asked['id']}")
    view = office.call("ana", "GET", f"/files/{file}/integrity").json

    assert (alone.status_code, alone.json["error"]["code"]) == (403, "NotASecondPerson")
    assert both.json == {"holds": True, "values": both.json["values"]}
    assert both.json["values"]["md5"] == md5
    assert next(one for one in view["hashes"] if one["algorithm"] == "md5")["result"] == "the same"
    assert any(look["what"] == "hashes recomputed" and look["by"] == "ana and bo" for look in view["looks"])


def test_a_real_mismatch_freezes_the_exhibit_marks_its_dossiers_and_a_good_copy_is_brought_back_by_two(
    office, stored, tmp_path
):
    case, exhibit, file, data = stored
    order = {"title": "File for court", "exhibits": [exhibit]}
    export = office.call("sven", "POST", f"/cases/{case}/dossiers", json=order).json["id"]
    sealed = damage(office, file)
    assert office.call("ana", "GET", f"/files/{file}/content").status_code == 500
    office.work()

    one = incident_of(office, exhibit)
    assert (one["kind"], one["file_id"], one["state"]) == ("bytes do not hold", file, "open")
    refused = office.call("sven", "POST", f"/cases/{case}/dossiers", json=order)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "ExhibitFrozen")
    assert office.call("ana", "GET", f"/incidents/{one['id']}").json["dossiers"]
    assert office.call("sven", "GET", f"/dossiers/{export}").json["state"] in {"ordered", "failed"}

    asked = office.call("ana", "POST", f"/files/{file}/copies", json={"reason": "from Monday's backup"}).json["id"]
    yes = {"grants": True, "reason": "I have seen the backup"}
    assert office.call("bo", "POST", f"/copies/{asked}/decision", json=yes).status_code == 403
    assert office.call("sven", "POST", f"/copies/{asked}/decision", json=yes).json["state"] == "granted"
    bring_back(office, file, sealed, tmp_path)

    assert office.call("ana", "GET", f"/files/{file}/content").data == data
    assert len(list((services_root(office) / "aside").iterdir())) == 1
    assert office.call("sven", "POST", f"/cases/{case}/dossiers", json=order).status_code == 409
    office.call("ana", "POST", f"/incidents/{one['id']}/statements", json={"statement": "the disk was replaced"})
    assert office.call("sven", "POST", f"/incidents/{one['id']}/close", json={"statement": "seen"}).status_code == 201
    assert office.call("sven", "POST", f"/cases/{case}/dossiers", json=order).status_code < 300


def services_root(office):
    with office.app.app_context():
        return services().vault.root


def bring_back(office, file, sealed, folder):
    """Try a copy that is none, which changes nothing, and then the good one."""
    wrong, good = folder / "wrong", folder / "good"
    wrong.write_bytes(sealed[:-1] + b"\x00"), good.write_bytes(sealed)
    told = Operator(Path(office.app.instance_path))
    assert "not those that were sealed" in told.refused(1, "vault", "bring-back", file, wrong, "--as", "ana")
    told.run("vault", "bring-back", file, good, "--as", "ana")


def test_the_other_sides_list_is_compared_file_by_file_and_nothing_of_it_is_kept(office, stored):
    _case, exhibit, _file, data = stored
    office.send("ana", exhibit, b"second", "b.txt")
    office.send("ana", exhibit, b"third", "c.txt")
    digest = hashlib.sha256(data).hexdigest()
    text = f"{digest}  ./out/renamed.E01\n{'0' * 64}  ./out/b.txt\n{'1' * 64}  d.txt\nnonsense\n"
    found = office.call("ana", "POST", f"/exhibits/{exhibit}/comparison", data=text.encode()).json

    assert [one["note"] for one in found["agree"]] == ["under another name"]
    assert [one["here"] for one in found["differ"]] == ["b.txt"]
    assert (found["extra"], found["missing"], found["unread"]) == (["d.txt"], ["c.txt"], [4])


def test_the_explanation_sheet_is_a_draft_and_says_so(office, stored, tmp_path, verapdf):
    answer = office.call("ana", "GET", f"/files/{stored[2]}/explanation")

    assert answer.mimetype == "application/pdf"
    sheet = tmp_path / "explanation.pdf"
    sheet.write_bytes(answer.data)
    assert verapdf(sheet).failures == ()


def test_the_round_looks_at_all_that_is_stored_and_says_so_to_whoever_checks(office, stored):
    with office.app.app_context():
        assert "fixity" in clockwork.ROUNDS
        fixing.everything(services(), fixing.WORKER).enrol()
        looked = fixing.slice_now()
        assert looked.amiss == []
    told = office.call("aude", "GET", "/integrity/coverage", purpose="audit").json

    assert told["blobs"] >= 1
    assert "within the last 90 days" in told["words"]
    assert office.call("ana", "GET", "/integrity/coverage").status_code == 403
