"""A large file sent by a browser over a line that breaks: it goes on by itself, after a pause, and after a reload."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app import uploading
from app.wiring import services, transaction
from core.config import MIB
from core.jobs import Job
from evidence.files import File
from evidence.uploads import room
from tests.journeys.conftest import Desk

CONTENT = bytes(range(256)) * (5 * MIB // 256) + b"the rest"


@pytest.fixture(autouse=True)
def small_parts(desk: Desk) -> Any:
    """Parts of one MiB, so that a small file has several."""
    with desk.app.app_context():
        limits = services().config.limits
    before = limits.part_bytes
    object.__setattr__(limits, "part_bytes", MIB)
    yield
    object.__setattr__(limits, "part_bytes", before)


def at_uploads(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/exhibits/{desk.sample.exhibit}/uploads")
    expect(page.locator("#start")).to_be_visible()


def stored(desk: Desk, name: str) -> list[str]:
    with desk.app.app_context(), transaction() as session:
        return [one.sha256 for one in session.query(File) if one.name == name]


def test_a_line_that_is_cut_goes_on_where_the_server_stands_and_both_hashes_agree(
    desk: Desk, come_in: Any, tmp_path: Path
) -> None:
    (tmp_path / "cut.bin").write_bytes(CONTENT)
    page = come_in("ines")
    at_uploads(desk, page)
    offsets: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method == "PATCH":
            offsets.append(route.request.headers["upload-offset"])
            if len(offsets) == 3:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/api/uploads/**", cut)
    page.set_input_files("#pick", tmp_path / "cut.bin")
    page.click("#start")
    expect(page.locator("#state")).to_contain_text("Every part is held", timeout=30_000)
    desk.work()
    expect(page.locator("#state")).to_have_text("Stored.", timeout=30_000)

    sha256 = hashlib.sha256(CONTENT).hexdigest()
    expect(page.locator("#own")).to_have_text(sha256)
    assert stored(desk, "cut.bin") == [sha256]
    assert offsets[2] == offsets[3] == str(2 * MIB)
    expect(page.locator("#receipt")).to_be_focused()


def test_after_a_reload_the_same_file_is_picked_again_and_another_one_is_refused(
    desk: Desk, come_in: Any, tmp_path: Path
) -> None:
    path = tmp_path / "again.bin"
    path.write_bytes(CONTENT[::-1])
    page = come_in("ines")
    at_uploads(desk, page)
    page.route("**/api/uploads/**", lambda route: _until(route, 2 * MIB))
    page.set_input_files("#pick", path)
    page.focus("#start")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("The line broke", timeout=30_000)
    expect(page.locator("#bar-words")).to_contain_text("2.0 MiB of 5.0 MiB sent")
    page.keyboard.press("Enter")  # the pause has the focus
    expect(page.locator("#state")).to_contain_text("Paused")

    page.unroute("**/api/uploads/**")
    at_uploads(desk, page)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "again.bin").write_bytes(b"x" * len(CONTENT))
    page.set_input_files("#pick", tmp_path / "other" / "again.bin")
    page.click("#start")
    expect(page.locator("#state")).to_contain_text("is of another file")

    page.set_input_files("#pick", path)
    page.click("#start")
    expect(page.locator("#held")).to_contain_text("The server holds 2.0 MiB of it already")
    expect(page.locator("#state")).to_contain_text("Every part is held", timeout=30_000)
    desk.work()
    expect(page.locator("#state")).to_have_text("Stored.", timeout=30_000)
    assert stored(desk, "again.bin") == [hashlib.sha256(CONTENT[::-1]).hexdigest()]
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_server_without_room_is_told_in_its_own_words_and_it_goes_on_when_there_is_some(
    desk: Desk, come_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "room.bin").write_bytes(CONTENT + b"!")
    page = come_in("ines")
    at_uploads(desk, page)
    words = "the vault's disk has no room; nothing of part 2 was kept, and everything that was held before is held"
    refused: list[str] = []

    def full(route: Route) -> None:
        if route.request.headers.get("upload-offset") == str(MIB) and len(refused) < 3:
            refused.append(route.request.method)
            route.fulfill(status=503, json={"error": {"code": "VaultFull", "message": words, "fields": {}}})
        else:
            route.continue_()

    page.route("**/api/uploads/**", full)
    page.set_input_files("#pick", tmp_path / "room.bin")
    page.click("#start")
    expect(page.locator("#state")).to_contain_text(words, timeout=30_000)
    with monkeypatch.context() as patched:
        patched.setattr(room, "free", lambda _vault: 0)
        expect(page.locator("#state")).to_contain_text("Every part is held", timeout=30_000)
        desk.work()
        expect(page.locator("#state")).to_contain_text("but there is no room to put this upload together")
    with desk.app.app_context(), transaction() as session:
        for one in session.query(Job).filter(Job.kind == uploading.JOB):
            one.due = one.asked
    desk.work()
    expect(page.locator("#state")).to_have_text("Stored.", timeout=30_000)
    assert stored(desk, "room.bin") == [hashlib.sha256(CONTENT + b"!").hexdigest()]


def _until(route: Route, offset: int) -> None:
    """Let parts through up to an offset, and cut the line from there on."""
    if route.request.method == "PATCH" and int(route.request.headers["upload-offset"]) >= offset:
        route.abort("connectionreset")
    else:
        route.continue_()
