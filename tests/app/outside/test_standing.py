"""How the log stands, on the page, on paper, in a program and at the command line."""

import re

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner

from app.cli import main
from core import clock
from core.accounts import Role
from core.ledger import notes
from exports.papers import checkpoint as paper
from tests.makers import PASSWORD
from tests.offices import Office


@pytest.fixture
def house(watched) -> Office:
    made = Office(watched.app)
    made.token("aude", Role.AUDITOR)
    made.token("adam", Role.ADMINISTRATOR)
    made.token("ines", Role.INVESTIGATOR)
    return made


def run(watched, *words: str):
    return CliRunner().invoke(main, ["--instance", str(watched.folder), *words], catch_exceptions=False)


def test_an_auditor_and_an_administrator_see_how_the_log_stands_and_nobody_else(watched, house):
    watched.write(3)
    watched.attest()

    told = house.call("aude", "GET", "/ledger/standing").json

    assert told["signed"] > 3
    assert told["key"] == watched.vkey()
    assert {(one["kind"], one["state"]) for one in told["words"]} == {
        ("log", "well"), ("witness", "well"), ("authority", "well"),
    }  # fmt: skip
    assert [one["state"] for one in told["stamps"]] == ["stamped"]
    assert house.call("adam", "GET", "/ledger/standing").status_code == 200
    assert house.call("ines", "GET", "/ledger/standing").status_code == 403


def at_the_desk(house: Office, name: str):
    """Somebody who is signed in at the desk."""
    client = house.app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    client.post("/sign-in", data={"name": name, "password": PASSWORD, "csrf_token": token[1]})
    return client


def test_the_page_of_the_log_shows_who_vouches_and_what_is_weak_to_those_who_look_after_it(
    watched, house, verapdf, tmp_path
):
    empty = at_the_desk(house, "adam")
    assert empty.get("/log/checkpoint").status_code == 404
    watched.write(3)
    watched.attest()

    for name in ("aude", "adam"):
        client = at_the_desk(house, name)
        shown = client.get("/log").text
        for words in ("court.example/w1", "Stamps", "time-stamped", "no heartbeat was ever written", watched.vkey()):
            assert words in shown, words
        assert client.get("/log/checkpoint").text == watched.last()
        (tmp_path / f"{name}.pdf").write_bytes(client.get("/log/checkpoint.pdf").data)
    assert verapdf(tmp_path / "aude.pdf").failures == ()
    assert "no heartbeat was ever written" in at_the_desk(house, "adam").get("/administration").text
    stranger = at_the_desk(house, "ines")
    for path in ("/log", "/log/checkpoint", "/log/checkpoint.pdf"):
        assert stranger.get(path).status_code == 403


def test_a_weakness_stands_at_the_command_line_too(watched):
    done = run(watched, "ledger", "standing")
    assert done.exit_code == 0
    assert "weakness: no heartbeat was ever written" in done.stdout


def test_the_worker_does_by_itself_what_the_command_does_now(watched):
    done = run(watched, "ledger", "attest", "--json")

    assert done.exit_code == 0
    assert '"Stamps"' in done.stdout
    assert len(notes.open_note(watched.last(), [notes.read_vkey(watched.vkey()), watched.witness.key]).keys) == 2


def test_an_old_checkpoint_holds_as_long_as_the_log_only_grows(watched, tmp_path):
    watched.write(3)
    kept = tmp_path / "kept.txt"
    assert run(watched, "ledger", "checkpoint", "-o", str(kept)).exit_code == 0
    watched.write(5)
    watched.attest()

    done = run(watched, "ledger", "check-checkpoint", str(kept))
    assert done.exit_code == 0
    assert "unaltered" in done.stdout


def test_a_checkpoint_of_another_tree_or_of_more_entries_or_of_another_log_does_not_hold(watched, tmp_path):
    watched.write(3)
    watched.attest()
    body = notes.body_of(watched.last())
    one = notes.Checkpoint.parse(body)
    with watched.app.app_context():
        keyring = watched.app.extensions["probanda"].keyring
    other = notes.Checkpoint(one.origin, one.size - 1, bytes(32))
    longer = notes.Checkpoint(one.origin, one.size + 10_000, one.root)
    files = {}
    for name, made in (("other", other), ("longer", longer)):
        line = notes.sign_line(one.origin, keyring.sign, keyring.public, made.body())
        files[name] = notes.note(made.body(), [line])
    files["unsigned"] = watched.last().replace(f"\n{one.size}\n", f"\n{one.size - 1}\n")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        done = run(watched, "ledger", "check-checkpoint", str(tmp_path / name))
        assert done.exit_code == 1, name


def test_the_printed_checkpoint_gives_the_exact_text_back_to_a_scanner(watched, tmp_path):
    watched.write(3)
    watched.attest()
    sheet, kept = tmp_path / "sheet.pdf", tmp_path / "kept.txt"
    assert run(watched, "ledger", "checkpoint", "-o", str(kept), "--print", str(sheet)).exit_code == 0

    document = pypdfium2.PdfDocument(sheet)
    image, words = document[0].render(scale=3).to_pil(), document[0].get_textpage().get_text_range()
    (code,) = zxingcpp.read_barcodes(image)

    assert code.text == kept.read_text()
    assert len(document) == 1
    assert notes.Checkpoint.parse(notes.body_of(code.text)).origin in words
    (tmp_path / "scanned.txt").write_text(code.text)
    assert run(watched, "ledger", "check-checkpoint", str(tmp_path / "scanned.txt")).exit_code == 0
    document.close()


def test_a_sheet_with_many_witnesses_still_fits_its_page_and_is_the_same_each_time(watched):
    watched.write()
    watched.attest()
    lines = watched.last().splitlines(keepends=True)
    note = watched.last() + "".join(lines[-1:]) * 4
    one = paper.Signed(note, watched.vkey(), clock.now())

    made = paper.page(one, office="Office", made=one.at)

    assert made == paper.page(one, office="Office", made=one.at)
    document = pypdfium2.PdfDocument(made)
    (code,) = zxingcpp.read_barcodes(document[0].render(scale=4).to_pil())
    assert code.text == note
    assert len(document) == 1
    document.close()


def test_signing_at_the_command_line_asks_the_witness_first_too(watched, tmp_path):
    watched.write(3)
    watched.attest()
    origin = notes.Checkpoint.parse(notes.body_of(watched.last())).origin
    seen = watched.witness.seen(origin)
    watched.witness.keep(origin, type(seen)(seen.size + 50, bytes(32), ""))
    watched.write()

    done = CliRunner().invoke(main, ["--instance", str(watched.folder), "ledger", "checkpoint"])
    assert done.exit_code == 2
    assert "WouldFork" in done.stderr or "Ahead" in done.stderr
