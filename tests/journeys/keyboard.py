"""Hands that have no mouse: go to a thing by Tab, do it by Enter or Space, and type."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_STEPS = 150
_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "";
  const label = one.labels && one.labels.length ? one.labels[0].textContent : "";
  return (one.getAttribute("aria-label") || label || one.textContent || one.value || "").replace(/\\s+/g, " ").trim();
}"""


def go_to(page: Page, words: str) -> None:
    """Press Tab until the thing of that name has the focus; a thing that cannot be reached so is a failure."""
    met = []
    for _step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        met.append(page.evaluate(_FOCUSED))
        if met[-1].startswith(words):
            return
    raise AssertionError(f"«{words}» cannot be reached by Tab; met were {met}")


def do(page: Page, words: str) -> None:
    """Go to a link or button and press Enter; gives the page time to load what follows."""
    go_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fill(page: Page, words: str, text: str) -> None:
    """Go to a field and type."""
    go_to(page, words)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def choose(page: Page, words: str, option: str) -> None:
    """Go to a list and choose by typing the beginning of an option."""
    go_to(page, words)
    page.keyboard.type(option)


def sign_in(page: Page, url: str, name: str, password: str, purpose: str = "") -> None:
    """Come in, and choose a purpose when one is named."""
    page.goto(f"{url}/sign-in")
    fill(page, "Account name", name)
    fill(page, "Password", password)
    do(page, "Sign in")
    if purpose:
        do(page, "No purpose chosen")
        # In a group of choices Tab meets the first one, and the arrows go on.
        go_to(page, "To investigate this case")
        page.keyboard.press("Space")
        while not page.is_checked(f"input[value={purpose}]"):
            page.keyboard.press("ArrowDown")
        do(page, "Go on")
