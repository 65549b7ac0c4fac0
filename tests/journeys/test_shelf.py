"""A dossier whose copy was damaged, as a prosecutor meets it: told so that all can read it, made again by a button."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from app import exporting
from app.exporting import Order
from app.wiring import services, transaction
from exports.shelf import Shelved
from tests.journeys.conftest import Desk
from tests.journeys.test_every_page import at_the_desk, violations


def test_the_notice_of_a_damaged_copy_is_read_by_all_and_its_button_makes_it_again(
    browser: Browser, desk: Desk
) -> None:
    petra, sample = desk.actor("petra", "prosecution"), desk.sample
    with desk.app.app_context():
        wanted = Order(sample.cases[0], (sample.exhibit,), "For the appeal")
        dossier = exporting.ask(petra, wanted, later=True)
    desk.work()
    with desk.app.app_context():
        with transaction() as session:
            blob = session.get_one(Shelved, dossier).blob
        path = services().vault.root / blob
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(whole[:300] + bytes([whole[300] ^ 4]) + whole[301:])
    page = at_the_desk(browser, desk, "petra", 360, "dark")
    page.goto(f"{desk.url}/dossiers/{dossier}")
    with page.expect_response(lambda answer: answer.url.endswith("/pdf")):
        page.locator("form[action$='/pdf'] button").click()
    page.goto(f"{desk.url}/dossiers/{dossier}")

    expect(page.get_by_text("The copy at hand does not hold")).to_be_visible()
    wrong = violations(page)
    page.get_by_role("button", name="Make it again").click()
    expect(page.get_by_text("same to the byte")).to_be_visible()
    wrong += violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()
    assert wrong == []
