"""Every page, as each role sees it: no violation that axe-core knows, nothing wider than the screen, no fault."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import AXE, PASSWORD, Desk

SIZES = [(360, "dark"), (768, "light"), (1440, "dark")]


def addresses(desk: Desk) -> dict[str, list[str]]:
    """The pages of each role."""
    sample = desk.sample
    case, exhibit, bare = f"/cases/{sample.cases[0]}", f"/exhibits/{sample.exhibit}", f"/exhibits/{sample.bare}"
    parts = [
        "",
        "/people",
        f"/people/{sample.person}",
        "/exhibits",
        "/exhibits/add",
        "/files",
        "/money",
        "/dossiers",
        "/ledger",
    ]
    ines = [case + part for part in (*parts, "/members", "/amend", "/close", "/restrict")]
    ines += [
        exhibit,
        bare,
        f"{exhibit}/deliver",
        f"{exhibit}/uploads",
        f"/deliveries/{sample.batch}",
        "/",
        "/cases",
        "/cases/open",
        "/purpose",
        "/account",
    ]
    ines += [f"{exhibit}/custody/{verb}" for verb in ("check_out", "offer", "open_seal", "return", "sample")]
    ines += [f"{exhibit}/continuity", f"{bare}/continuity", "/to-decide"]
    ines += [f"/files/{sample.files[name]}" for name in ("notes.txt", "رسالة.txt", "broken.pdf")]
    ines += [f"/layouts/{sample.files[name]}" for name in ("statement.csv", "asked.csv")]
    ines += ["/scan", "/places", "/kits", "/obligations"]
    ines += [f"{case}/endings", f"{case}/endings/add", f"{case}/retention", "/retention"]
    ines += [f"{exhibit}/ending", f"{exhibit}/integrity", f"{bare}/integrity"]
    ines += [f"/files/{sample.files['notes.txt']}/integrity"]
    ines += [f"{case}/data-orders", f"{case}/data-orders/add", f"/data-orders/{sample.order}"]
    ines += [f"/data-orders/{sample.order}/{act}" for act in ("answer", "correction", "deadline")]
    ines += [f"{bare}/online", f"/online-items/{sample.item}"]
    ines += ["/seal-conflicts", f"{bare}/seal-conflicts", f"{bare}/seal-conflicts/{sample.conflict}"]
    ines += ["/search", "/search?q=call", "/search?q=nothingatall", "/nowhere", "/cases?words=nothing"]
    petra = [case + "/dossiers/order", f"/dossiers/{sample.dossier}"]
    return {
        "ines": ines,
        "petra": petra,
        "aude": ["/", "/scan", "/places", "/seals", "/audits", "/obligations", "/ledgers", "/log"],
        "adam": ["/scan", "/places", "/administration", "/administration/accounts/ines", "/log"],
    }


def at_the_desk(browser: Browser, desk: Desk, who: str, width: int, scheme: str) -> Page:
    """Somebody's page on a screen of this width."""
    # The policy of our pages forbids the script that axe-core is; it is let in here and nowhere else.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{desk.url}/sign-in")
    page.fill("#name", who)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{desk.url}/")
    if who in {"ines", "petra"}:
        page.goto(f"{desk.url}/purpose")
        page.check("input[value=prosecution]")
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url(f"{desk.url}/")
    return page


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("width", "scheme"), SIZES, ids=str)
@pytest.mark.parametrize("who", ["ines", "petra", "aude", "adam"])
def test_no_page_has_a_violation_or_is_wider_than_the_screen(
    browser: Browser, desk: Desk, who: str, width: int, scheme: str
) -> None:
    page = at_the_desk(browser, desk, who, width, scheme)
    wrong = []
    for address in addresses(desk)[who]:
        answer = page.goto(desk.url + address)
        assert answer is not None
        if answer.status >= 500:
            wrong.append(f"{address}: {answer.status}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{address}: wider than {width}")
        wrong += [f"{address}: {one}" for one in violations(page)]
    page.context.close()

    assert wrong == []


def test_the_sign_in_page_is_free_of_violations_right_to_left_too(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 900}, bypass_csp=True)
    page = context.new_page()
    wrong = []
    for address in ("/sign-in", "/sign-in?lang=ar"):
        page.goto(desk.url + address)
        wrong += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    direction = page.evaluate("getComputedStyle(document.documentElement).direction")
    context.close()

    assert wrong == []
    assert direction == "rtl"
