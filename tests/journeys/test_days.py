"""The day of each role, played once by keyboard alone, on the real desk with its real worker."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from app.wiring import transaction
from evidence import custody, exhibits
from evidence.exhibits import Description
from evidence.movements import Movement, Verb
from tests.journeys import keyboard
from tests.journeys.conftest import PASSWORD, PHONE, Desk


def begin(desk: Desk, context: BrowserContext, name: str, purpose: str = "") -> Page:
    """Somebody comes in."""
    page = context.new_page()
    keyboard.sign_in(page, desk.url, name, PASSWORD, purpose)
    return page


def test_an_investigator_hands_files_in_and_finds_a_number_in_another_case(
    desk: Desk, context: BrowserContext, tmp_path: Path
) -> None:
    (tmp_path / "first.txt").write_text(f"The boat's owner answers at {PHONE}.")
    (tmp_path / "empty.bin").write_bytes(b"")
    page = begin(desk, context, "ines", "investigation")

    keyboard.do(page, "Open a case")
    keyboard.fill(page, "Title", "House in the hills")
    keyboard.do(page, "Open the case")
    keyboard.do(page, "Add an exhibit")
    keyboard.fill(page, "Your reference", "H-1")
    keyboard.fill(page, "What it is", "Papers from the kitchen")
    keyboard.choose(page, "Kind", "consent")
    keyboard.do(page, "Add it, then its files")

    keyboard.go_to(page, "Choose files")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files([tmp_path / "first.txt", tmp_path / "empty.bin"])
    expect(page.locator("#send")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#receipt")).to_be_focused()
    same = page.locator("#files tbody tr td:nth-of-type(5)")
    expect(same.nth(0)).to_have_text(re.compile("same"))
    expect(same.nth(1)).to_have_text(re.compile("same"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 announced = 2 stored + 0 refused + 0 waiting")).to_be_visible()

    desk.work()
    keyboard.do(page, "Search")
    keyboard.fill(page, "Words, numbers, names", PHONE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("hits in 3 exhibits"))).to_be_visible()
    keyboard.do(page, "first.txt")
    expect(page.locator("mark").first).to_have_text(PHONE)
    expect(page.get_by_text("Also seen in")).to_be_visible()
    expect(page.get_by_role("link", name="Lorry at the pass")).to_be_visible()


def test_a_custodian_accepts_what_is_offered_and_a_wrong_seal_needs_a_word(desk: Desk, context: BrowserContext) -> None:
    ines, carl = desk.actor("ines"), desk.actor("carl")
    with desk.app.app_context(), transaction() as session:
        one = exhibits.register(session, ines, desk.sample.cases[0], Description("ZP-20", "Sealed envelope"))
        custody.move(session, ines, one.id, Verb.OFFER, Movement(to=carl.id, reason="to the store"))
    page = begin(desk, context, "carl")

    keyboard.do(page, "ZP-20")
    keyboard.do(page, "Accept")
    keyboard.fill(page, "Number of the seal that you found", "B-9")
    keyboard.do(page, "Accept")
    expect(page.get_by_text("There is something to put right")).to_be_visible()
    assert page.input_value("#seal") == "B-9"
    keyboard.fill(page, "Note", "It came with a seal that the record does not know.")
    keyboard.do(page, "Accept")

    expect(page.get_by_text("Now with carl")).to_be_visible()
    expect(page.get_by_text(re.compile("left with no seal and was found with B-9"))).to_be_visible()


def test_a_prosecutor_builds_a_dossier_and_a_second_person_signs_it_off(desk: Desk, context: BrowserContext) -> None:
    page = begin(desk, context, "petra", "prosecution")
    keyboard.do(page, "Landing at Pozzallo")
    keyboard.do(page, "Build a dossier")
    keyboard.do(page, "Build it")
    expect(page.get_by_role("link", name=re.compile("title"))).to_be_visible()
    keyboard.fill(page, "Title of the dossier", "For the court")
    keyboard.fill(page, "For whom", "Tribunale di Ragusa")
    keyboard.do(page, "Build it")
    expect(page.get_by_text("being built")).to_be_visible()

    desk.work()
    expect(page.get_by_role("button", name="The dossier (PDF)")).to_be_visible(timeout=15_000)
    keyboard.go_to(page, "The dossier (PDF)")
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF-")

    address = page.url
    second = begin(desk, context.browser.new_context(), "sami", "prosecution")
    second.goto(address)
    keyboard.fill(second, "What you checked", "Exhibit list against the store.")
    keyboard.do(second, "Sign off")
    expect(second.get_by_text("Exhibit list against the store.")).to_be_visible()
    second.context.close()


def test_an_analyst_answers_what_a_table_asks_and_confirms_how_it_is_read(desk: Desk, context: BrowserContext) -> None:
    page = begin(desk, context, "ines", "investigation")
    page.goto(f"{desk.url}/layouts/{desk.sample.files['asked.csv']}")
    keyboard.choose(page, "In which order", "DMY")
    keyboard.do(page, "Take these answers")
    desk.work()
    page.reload()
    keyboard.do(page, "Confirm this layout")
    keyboard.do(page, "an unnamed account")

    expect(page.get_by_role("heading", name="Does it add up?")).to_be_visible()
    expect(page.get_by_text("Trasporti Blu", exact=True)).to_be_visible()


def test_an_auditor_reads_the_ledgers_and_nothing_of_the_content(desk: Desk, context: BrowserContext) -> None:
    page = begin(desk, context, "aude")
    keyboard.do(page, "Ledgers")
    keyboard.do(page, "Verify now")
    expect(page.get_by_text("The ledger holds")).to_be_visible()
    keyboard.fill(page, "Person", "ines")
    keyboard.do(page, "Filter")
    assert "person=ines" in page.url
    keyboard.go_to(page, "Save these rows as CSV")
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert "ines" in Path(taken.value.path()).read_text("utf-8")

    page.goto(f"{desk.url}/files/{desk.sample.files['notes.txt']}")
    assert "before the boat leaves" not in page.content()
    assert page.goto(f"{desk.url}/cases/{desk.sample.cases[0]}/dossiers/order").status == 403


def test_an_administrator_makes_an_account_and_sees_no_case(desk: Desk, context: BrowserContext) -> None:
    page = begin(desk, context, "adam")
    keyboard.do(page, "Administration")
    keyboard.fill(page, "Name of the account", "nora")
    keyboard.fill(page, "Name of the person", "Nora Weiss")
    keyboard.go_to(page, "analyst")
    page.keyboard.press("Space")
    keyboard.fill(page, "First password", "a password of nora")
    keyboard.do(page, "Make the account")
    expect(page.get_by_role("link", name="nora")).to_be_visible()

    page.goto(f"{desk.url}/cases")
    expect(page.get_by_text("No case fits")).to_be_visible()
    assert page.goto(f"{desk.url}/cases/{desk.sample.cases[0]}").status == 404


def test_a_protection_officer_reads_the_name_that_everybody_else_sees_sealed(
    desk: Desk, context: BrowserContext
) -> None:
    path = f"/cases/{desk.sample.cases[0]}/people/{desk.sample.person}"
    page = begin(desk, context, "prisca", "protection")
    page.goto(desk.url + path)
    expect(page.get_by_text("تسفاي جبر")).to_be_visible()

    other = begin(desk, context.browser.new_context(), "ines", "investigation")
    sample, case = desk.sample, f"/cases/{desk.sample.cases[0]}"
    pages = [path, "/", "/search?q=driver", f"/exhibits/{sample.bare}", f"/exhibits/{sample.bare}/deliver"]
    pages += [f"/files/{sample.files[name]}" for name in ("notes.txt", "تسفاي جبر.txt")]
    pages += [case + part for part in ("", "/people", "/exhibits", "/files", "/money", "/ledger")]
    for address in pages:
        other.goto(desk.url + address)
        assert "تسفاي" not in other.content(), address
    for address in (f"{case}/exhibits?format=csv", f"{case}/files?format=csv"):
        told = other.request.get(desk.url + address).text()
        assert "Person " in told
        assert "تسفاي" not in told
    other.context.close()


def test_what_is_hidden_from_a_stranger_answers_like_what_never_was(desk: Desk, context: BrowserContext) -> None:
    page = begin(desk, context, "olga", "investigation")
    sample, nobody = desk.sample, "7d7d7d7d-0000-4000-8000-000000000000"
    told = {}
    for kind, known in (
        ("/cases/{}", sample.cases[0]), ("/exhibits/{}", sample.exhibit), ("/files/{}", sample.files["notes.txt"]),
        ("/dossiers/{}", sample.dossier), ("/deliveries/{}", sample.batch),
    ):  # fmt: skip
        for which in (str(known), nobody):
            answer = page.goto(desk.url + kind.format(which))
            assert answer is not None
            assert answer.status == 404
            told[which] = page.inner_text("main")

    assert len({words for which, words in told.items() if which != nobody}) <= 2
    assert "Pozzallo" not in "".join(told.values())
