"""Handing evidence in through a browser when something goes wrong: each file ends with a state that the page tells."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.wiring import services, transaction
from core.config import MIB
from evidence import files, intake
from evidence.files import File
from tests.journeys.conftest import PASSWORD, Desk

SENT = "#files tbody tr"


def at_the_drop_zone(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/exhibits/{desk.sample.exhibit}/deliver")


def send(page: Page, paths: list[Path]) -> None:
    page.set_input_files("#pick-files", paths)
    page.click("#send")


def kept(desk: Desk, name: str) -> File:
    with desk.app.app_context(), transaction() as session:
        found = [one for one in session.query(File).filter(File.case_id == desk.sample.cases[0]) if one.name == name]
        assert len(found) == 1
        session.expunge_all()
        return found[0]


def test_a_folder_keeps_its_names_and_both_hashes_agree(desk: Desk, come_in: Any, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000
    (tmp_path / "box" / "inner").mkdir(parents=True)
    (tmp_path / "box" / "inner" / "صورة.bin").write_bytes(content)
    (tmp_path / "box" / "none.txt").write_bytes(b"")
    page = come_in("ines")
    at_the_drop_zone(desk, page)

    page.set_input_files("#pick-folder", tmp_path / "box")
    page.click("#send")
    expect(page.locator("#receipt")).to_be_visible()

    for line in range(2):
        expect(page.locator(SENT).nth(line)).to_contain_text("same")
    stored = kept(desk, "box/inner/صورة.bin")
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    with desk.app.app_context(), transaction() as session:
        stated = [one.stated_by for one in files.digests(session, stored) if one.agrees and one.target == "transfer"]
    assert stated != []


def test_a_line_that_breaks_leaves_the_file_waiting_and_it_can_be_sent_again(
    desk: Desk, come_in: Any, tmp_path: Path
) -> None:
    (tmp_path / "broken-line.bin").write_bytes(b"x" * MIB)
    page = come_in("ines")
    at_the_drop_zone(desk, page)
    page.route("**/content", lambda route: route.abort("connectionreset"))
    send(page, [tmp_path / "broken-line.bin"])
    expect(page.locator(SENT)).to_contain_text("waiting")
    expect(page.get_by_role("button", name="Send what is waiting")).to_be_visible()

    page.unroute("**/content")
    page.get_by_role("button", name="Send what is waiting").click()
    expect(page.locator(SENT)).to_contain_text("stored")
    assert kept(desk, "broken-line.bin").size == MIB


def test_bytes_that_change_on_the_way_are_set_apart_and_the_page_says_so(
    desk: Desk, come_in: Any, tmp_path: Path
) -> None:
    (tmp_path / "altered.txt").write_bytes(b"as it was seized")
    page = come_in("ines")
    at_the_drop_zone(desk, page)

    def alter(route: Route) -> None:
        route.continue_(post_data=b"as it was forged")

    page.route("**/content", alter)
    send(page, [tmp_path / "altered.txt"])
    expect(page.locator(SENT)).to_contain_text("differs")
    expect(page.locator(SENT)).to_contain_text("set apart")
    page.click("#receipt")

    expect(page.get_by_text("A hash differs")).to_be_visible()
    assert kept(desk, "altered.txt").state == files.State.QUARANTINED


def test_a_file_that_is_too_large_is_refused_with_its_reason_and_the_next_one_comes(
    desk: Desk, come_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1-large.bin").write_bytes(b"x" * 3000)
    (tmp_path / "2-small.bin").write_bytes(b"x" * 30)
    asked = intake.expect
    monkeypatch.setattr(intake, "expect", lambda *given, **more: asked(*given, **(more | {"limit": 1000})))
    page = come_in("ines")
    at_the_drop_zone(desk, page)
    send(page, [tmp_path / "1-large.bin", tmp_path / "2-small.bin"])

    expect(page.locator(SENT).nth(0)).to_contain_text("refused")
    expect(page.locator(SENT).nth(0)).to_contain_text("at most 1000")
    expect(page.locator(SENT).nth(1)).to_contain_text("stored")


def test_a_name_that_turns_itself_round_is_written_out(desk: Desk, come_in: Any, tmp_path: Path) -> None:
    (tmp_path / "invoice\u202efdp.exe").write_bytes(b"MZ")
    page = come_in("ines")
    at_the_drop_zone(desk, page)
    send(page, [tmp_path / "invoice\u202efdp.exe"])

    expect(page.locator(SENT)).to_contain_text("invoice\\u{202e}fdp.exe")
    expect(page.locator(SENT)).to_contain_text("stored")


def test_leaving_the_page_while_it_sends_asks_first(desk: Desk, come_in: Any, tmp_path: Path) -> None:
    (tmp_path / "slow.bin").write_bytes(b"x" * 100)
    page = come_in("ines")
    at_the_drop_zone(desk, page)
    held: list[Route] = []
    page.route("**/content", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks what it is given
    send(page, [tmp_path / "slow.bin"])
    expect(page.locator(SENT)).to_contain_text("sending")
    with page.expect_event("dialog") as asked:
        page.evaluate("setTimeout(() => location.assign('/'), 0)")
    asked.value.dismiss()

    assert asked.value.type == "beforeunload"
    expect(page.locator(SENT)).to_contain_text("sending")
    held[0].abort()


def test_without_scripts_a_plain_form_takes_several_large_files(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "plain-1.bin").write_bytes(b"1" * (3 * MIB))
    (tmp_path / "plain-2.txt").write_bytes(b"two")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk.url}/sign-in")
    page.fill("#name", "ines")
    page.fill("#password", PASSWORD)
    page.click("main button")
    at_the_drop_zone(desk, page)
    page.set_input_files("#plain-files", [tmp_path / "plain-1.bin", tmp_path / "plain-2.txt"])
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_text("2 announced = 2 stored + 0 refused + 0 waiting")).to_be_visible()
    assert kept(desk, "plain-1.bin").size == 3 * MIB
    assert list(services_incoming(desk)) == []
    context.close()


def services_incoming(desk: Desk) -> list[Path]:
    """What is left of uploads in the vault's waiting room."""
    with desk.app.app_context():
        folder = services().config.vault / "incoming"
    return list(folder.iterdir()) if folder.exists() else []
