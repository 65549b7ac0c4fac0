"""The store at a shell: places, seals, labels, a kit filled on a laptop without network, an audit drawn again."""

import json

import pytest

from core import clock
from evidence.kits import format as sheet
from tests.evidence.kits.sheets import line
from tests.evidence.kits.sheets import sheet as written
from tests.operators import at


@pytest.fixture
def operator(tmp_path):
    made = at(tmp_path / "instance")
    for name, role in (("ana", "investigator"), ("carl", "custodian"), ("aude", "auditor")):
        made.hire(name, role)
    return made


def test_a_store_a_kit_and_an_audit_at_a_shell(operator, tmp_path):
    case = operator.open_case("ana")
    site = operator.told("places", "add", "Store", "--sort", "site", "--as", "carl")
    shelf = operator.told("places", "add", "Shelf A", "--sort", "shelf", "--in", site["code"], "--as", "carl")
    assert [one["path"] for one in operator.told("places", "list", "--as", "ana")] == ["Store", "Store / Shelf A"]
    assert (
        "50 seals from PN000001"
        in operator.run("seals", "give", "PN000001", "PN000050", "--to", "ana", "--as", "carl").stdout
    )
    operator.run("seals", "write-off", "PN000050", "--fate", "lost", "--reason", "at sea", "--as", "carl")
    assert operator.told("seals", "list", "--as", "carl")[0]["lost"] == 1

    more = ["--seals", 5, "--seals-from", "PN000001", "--for", "ana", "--purpose", "patrol"]
    kit = operator.told("kit", "make", "--exhibits", 6, *more, "--as", "carl")
    for name, words in (("kit.pdf", []), ("kit.html", ["--form"])):
        operator.run("kit", "print", kit["code"], "-o", tmp_path / name, *words, "--as", "ana")
    assert (tmp_path / "kit.pdf").read_bytes().startswith(b"%PDF")
    assert kit["code"] in (tmp_path / "kit.html").read_text()
    operator.refused(2, "kit", "print", kit["code"], "-o", tmp_path / "kit.pdf", "--as", "ana")

    now = clock.now().isoformat()
    lines = [line(str(one), f"{kit['code']}-{one:03d}", occurred_at=now, place=shelf["code"]) for one in (1, 2)]
    (tmp_path / "back.json").write_bytes(written(kit["code"], *lines, line("3", "ZZZZZ-001", occurred_at=now)))
    took = operator.told("kit", "take", kit["code"], tmp_path / "back.json", "--case", case, "--as", "ana")
    assert (took["lines"], took["taken in"], took["conflict"]) == (3, 2, 1)
    assert operator.told("kit", "take", kit["code"], tmp_path / "back.json", "--as", "ana")["again"]
    (waits,) = operator.told("kit", "waiting", kit["code"], "--as", "ana")
    said = operator.run("kit", "decide", waits["id"], "refuse", "--reason", "a trial", "--as", "ana")
    assert said.stdout.startswith("refused")
    exhibit = took["entries"][0]["exhibit"]
    operator.run("evidence", "label", exhibit, "-o", tmp_path / "label.pdf", "--as", "ana")
    assert operator.told("scan", took["entries"][0]["label"], "--as", "ana")["exhibit"] == exhibit
    assert len(operator.told("places", "show", shelf["code"], "--as", "ana")["exhibits"]) == 2
    assert operator.told("places", "show", shelf["code"], "--as", "carl")["exhibits"] == []

    audit = operator.told("audits", "draw", "--random", 1, "--risk", 1, "--as", "aude")
    operator.run("audits", "check", audit["items"][0]["id"], "--absent", "--as", "aude")
    swept = operator.told("audits", "shelf", audit["id"], shelf["code"], audit["items"][1]["reference"], "--as", "aude")
    assert swept["absent"] == [audit["items"][0]["reference"]]
    found = operator.told("audits", "findings", "--as", "aude")
    operator.run("audits", "answer", found[0]["id"], "--statement", "behind the others", "--as", "ana")
    operator.run("audits", "decide", found[0]["id"], "--enough", "--decision", "seen", "--as", "aude")
    operator.run("audits", "report", audit["id"], "-o", tmp_path / "audit.pdf", "--as", "aude")
    assert (tmp_path / "audit.pdf").read_bytes().startswith(b"%PDF")

    assert (
        "void: 4 labels, 5 seals" in operator.run("kit", "void", kit["code"], "--reason", "lost", "--as", "carl").stdout
    )


def test_a_kit_is_filled_on_a_laptop_without_network_or_deployment(operator, tmp_path):
    file = tmp_path / "night.json"
    words = ["", "ABCDE-001", "2036-11-24T02:40:00+01:00", "a telephone", "PN1", "beach", "", "Kaya", "wet", "", ""]
    operator.run("kit", "fill", file, "--kit", "abcde", typed="\n".join(words) + "\n")
    operator.run("kit", "fill", file, "--kit", "abcde", typed="ABCDE-002\n\nwallet\n\n\n\n\n\n\n\n")
    read = sheet.read(file.read_bytes())

    assert [one.text("label") for one in read.lines] == ["ABCDE-001", "ABCDE-002"]
    assert (read.kit, read.ahead, read.lines[0].text("found_by")) == ("ABCDE", None, "Kaya")
    assert not any(one.fault for one in read.lines)


def test_anybody_repeats_a_draw_from_its_seed_and_list(operator, tmp_path):
    people = tmp_path / "among.txt"
    people.write_text("".join(f"thing-{at:03d} {1 + at % 5}\n" for at in range(50)))
    first, again = (
        operator.told("audits", "redraw", "abc", people, "--random", 5, "--risk", 5) for _ in range(2)
    )  # fmt: skip

    assert first == again
    assert len({*first["random"], *first["risk"]}) == 10
    assert json.dumps(first).count("thing-") == 10
