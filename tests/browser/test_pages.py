"""Every page, light and dark, in three languages, at two widths: accessible, nothing overflows, no policy broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from app.demo.seed import PASSWORD, seed_demo
from tests.browser.running import RunningDesk

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = {"en": "en-GB", "zh_Hans": "zh-CN", "zh_Hant": "zh-TW"}
OPEN_PAGES = ("/sign-in", "/call", "/no-such-page")
STAFF_PAGES = (
    "/desk",
    "/board",
    "/customers",
    "/customers?q=nobody-of-this-name",
    "/customers/new",
    "/customers/14",
    "/customers/14/edit",
    "/customers/import",
    "/phone",
    "/phone/+447700900318",
    "/recordings",
    "/quality",
    "/quality?show=done",
    "/quality?show=recent",
    "/quality/1",
    "/quality/ask/1",
    "/me",
    "/board/walls",
    "/me/password",
)
ADMINISTRATORS_PAGES = (
    "/board?tv=1",
    "/people/",
    "/administration/webhooks",
    "/administration/webhooks/1",
    "/administration/webhooks/new",
    "/people/new",
    "/people/1",
    "/administration/calendars",
    "/administration/calendars/1",
    "/administration/queues/3/hours",
    "/administration/announcements",
    "/administration/announcements/0",
)
OVERFLOWING = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().width && e.getBoundingClientRect().right > innerWidth + 1)
  .filter(e => !e.closest('.table-wrap, .tabs, .visually-hidden, svg'))
  .map(e => e.outerHTML.slice(0, 90))"""

# Colours glide from one theme to the other: what axe measures on the way is nobody's design. An animation of an
# element that is gone never finishes, and a page that nobody draws has no frames: waiting ends after two seconds
SETTLED = """async () => {
  const rested = async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((a) => a.finished));
  };
  await Promise.race([rested(), new Promise((done) => setTimeout(done, 2000))]);
}"""


@pytest.fixture
def demo(running: RunningDesk) -> Iterator[RunningDesk]:
    seed_demo()
    yield running


def sign_in(context: BrowserContext, address: str, login: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.locator("form[data-sign-in] button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def settled_violations(page: Page) -> list[str]:
    """What axe finds once colours have stopped gliding; a live part that was just redrawn is looked at again."""
    found: list[str] = []
    for _look in range(3):
        page.evaluate(SETTLED)
        found = page.evaluate("async () => (await axe.run()).violations.map(v => v.id + ' ' + v.nodes[0].html)")
        if not found:
            break
    return found


def faults(page: Page, address: str) -> list[str]:
    """What is wrong with the page at `address`, in both themes."""
    complaints: list[str] = []
    listener = lambda message: complaints.append(message.text) if message.type == "error" else None  # noqa: E731
    page.on("console", listener)
    answer = page.goto(address, wait_until="load")
    expected = 404 if address.endswith("/no-such-page") else 200
    page.wait_for_function("document.querySelector('main') && document.readyState === 'complete'")
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = [] if answer and answer.status == expected else [f"status {answer and answer.status}"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        violations = settled_violations(page)
        found += [f"{scheme}: {violation}" for violation in violations]
    found += [f"overflow: {element}" for element in page.evaluate(OVERFLOWING)]
    page.remove_listener("console", listener)
    found += [f"console: {text}" for text in complaints if "status of 404" not in text]
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_and_fits(demo: RunningDesk, chromium: Browser, language: str, width: str) -> None:
    options = {"locale": LANGUAGES[language], "viewport": WIDTHS[width]}
    found: dict[str, list[str]] = {}
    for login, pages in (("", OPEN_PAGES), ("mei@demo", STAFF_PAGES), ("sam@demo", ADMINISTRATORS_PAGES)):
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        page = sign_in(context, demo.address, login) if login else context.new_page()
        for path in pages:
            wrong = faults(page, demo.address + path)
            if wrong:
                found[path] = wrong
        context.close()
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
