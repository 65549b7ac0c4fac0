"""The form of a kit in a real browser without network: entered, locked, opened again, taken in at the office."""

import json
from operator import attrgetter

import pytest
from playwright.sync_api import Browser, Page

from core import clock
from evidence.exhibits import Exhibit
from evidence.kits import format as sheet
from evidence.kits import kits, returning
from evidence.kits.kits import Wanted
from exports.papers import choosing, offline
from tests.evidence.depot import depot

PHRASE = "seven wet herrings"
# Nobody listens there; the form must not even ask.
NOWHERE = "127.0.0.1:9"
ARABIC = "هاتف أسود"


@pytest.fixture
def place(tmp_path):
    made = depot(f"sqlite:///{tmp_path / 'probanda.db'}", tmp_path)
    yield made
    made.house.engine.dispose()


@pytest.fixture
def kit(place):
    with place.house.transaction() as session:
        return kits.make(session, place.lead, Wanted(5, 3), issued_to="lena", purpose="patrol", case_id=place.case.id)


@pytest.fixture
def form(browser: Browser, place, kit, tmp_path):
    """The form as it lies on a device that has no network at all."""
    with place.house.transaction() as session:
        labels = [label.title for label in choosing.of_kit(session, kit)]
    path = tmp_path / "kit.html"
    key = sheet.public_key(place.keyring, kit.id)
    path.write_text(offline.form(kit.code, "Office </script><b>", labels, ["PN000001"], key), encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(path.as_uri())
    yield page
    context.close()
    assert [fault for fault in faults if NOWHERE not in fault] == []


def unlock(page: Page, phrase: str = PHRASE, *, first: bool = False) -> None:
    page.fill("#phrase", phrase)
    if first:
        page.fill("#again", phrase)
        page.fill("#device", "tablet 3")
    page.keyboard.press("Enter")


def enter(page: Page, label: str, **more: str) -> None:
    page.fill("#label", label)
    for name, text in {"description": ARABIC, **more}.items():
        page.fill(f"#{name}", text)
    page.get_by_role("button", name="Enter").click()


def said(page: Page, words: str) -> None:
    page.locator("#said", has_text=words).wait_for()


def test_what_was_entered_without_network_is_sealed_on_the_device_and_taken_in_at_the_office(form, place, kit):
    unlock(form, first=True)
    form.fill("#true", clock.now().strftime("%Y-%m-%dT%H:%M:%S"))
    form.fill("#source", "harbour clock")
    form.get_by_role("button", name="Write down").click()
    said(form, "Written down.")
    with place.house.transaction() as session:
        scanned = choosing.of_kit(session, kit)[0].code.uri
    enter(form, scanned, seal="PN000001")
    said(form, f"Entered: {kit.code}-001.")
    enter(form, f"{kit.code}-001")
    said(form, "This label has been used.")
    enter(form, "ZZZZZ-001")
    said(form, "not of this kit")
    kept = form.evaluate("localStorage.getItem(Object.keys(localStorage)[0])")
    assert "هاتف" not in kept
    assert "PN000001" not in kept

    form.get_by_role("button", name="Lock").click()
    said(form, "Locked.")
    unlock(form, "something else entirely")
    said(form, "does not open")
    form.reload()
    unlock(form)
    form.locator("#count", has_text="1").wait_for()
    with form.expect_download() as saved:
        form.get_by_role("button", name="Save the file").click()
    data = saved.value.path().read_bytes()

    assert json.loads(data)["format"] == sheet.SEALED
    assert ARABIC.encode() not in data
    with place.house.transaction() as session:
        back = returning.take_in(session, place.lead, place.keyring, kit.id, data)
        made = session.get_one(Exhibit, back.lines[0].exhibit_id)
        assert back.counts["taken in"] == len(back.lines) == 1
        assert (made.reference, made.description, made.seal) == (f"{kit.code}-001", ARABIC, "PN000001")
        assert back.back.device == "tablet 3"
        assert abs(back.back.clock_ahead) < 120


def test_every_label_is_read_from_its_code_and_a_misread_one_is_taken_for_none(form, place, kit):
    with place.house.transaction() as session:
        labels = choosing.of_kit(session, kit)
    read = "codes => codes.map((one) => scanned(one))"
    assert len(labels) > 5
    for way in (attrgetter("code.uri"), attrgetter("code.typed"), lambda one: one.code.uri.lower().replace("0", "o")):
        assert form.evaluate(read, [way(one) for one in labels]) == [one.title for one in labels]
    whole = labels[0].code.uri.removeprefix("PROBANDA:K/")
    wrong = [
        f"K/{whole[:at]}{letter}{whole[at + 1 :]}"
        for at in range(len(whole))
        for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        if letter != whole[at]
    ]
    assert form.evaluate(read, wrong) == wrong


def test_a_lost_passphrase_opens_nothing_and_wiping_needs_the_kits_code(form, kit):
    unlock(form, first=True)
    form.get_by_text("Entered (0)").wait_for()
    form.fill("#sure", "no")
    form.get_by_role("button", name="Wipe").click()
    said(form, "Type the code")
    assert form.evaluate("localStorage.length") == 1
    form.fill("#sure", kit.code.lower())
    form.get_by_role("button", name="Wipe").click()
    said(form, "Wiped.")
    assert form.evaluate("localStorage.length") == 0


def test_the_form_can_reach_no_address(form):
    asked: list[str] = []
    form.on("request", lambda request: asked.append(request.url))
    form.context.set_offline(False)
    failed = form.evaluate("fetch('http://127.0.0.1:9/').then(() => 'reached', (fault) => String(fault))")
    assert "reached" not in failed
    assert asked == []
