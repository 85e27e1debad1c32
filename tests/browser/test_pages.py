"""Every page, light and dark, in three languages, at two widths: accessible, nothing overflows, no policy broken.

English is here; a file for each other language lets the processes of a run share the work.
"""

from __future__ import annotations

import json

from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from app.db import reading
from app.demo.seed import PASSWORD
from app.quality.links.models import QualityLink
from app.quality.models import QualityCallback
from tests.browser.looking import OVERFLOWING, bring_axe, settled_violations
from tests.browser.running import RunningDesk

#: The page is loaded once and then made narrow, as by somebody who turns their telephone.
WIDTHS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = {"en": "en-GB", "zh_Hans": "zh-CN", "zh_Hant": "zh-TW"}
OPEN_PAGES = ("/sign-in", "/call", "/draw", "/no-such-page")
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
    "/draws",
    "/draws/1",
    "/draws/2",
    "/quality/scores",
    "/quality/scores/answered",
    "/quality/needs",
    "/quality/needs?show=blind",
    "/quality/needs/1",
    "/quality/coaching",
    "/quality/coaching/notes/1",
    "/quality/coaching/notes/2",
    "/quality/mine",
    "/quality/appeals",
    "/quality/learning",
    "/quality/rules",
    "/quality/questionnaire",
    "/quality/questionnaire/1",
    "/training",
    "/training/1",
    "/training/3",
    "/training/mine",
    "/training/listen",
)
ADMINISTRATORS_PAGES = (
    "/board?tv=1",
    "/quality/questionnaire/2",
    "/quality/questionnaire/2/edit",
    "/people/",
    "/administration/customers/14/erase",
    "/administration/webhooks",
    "/administration/unsure-sms",
    "/administration/webhooks/1",
    "/administration/webhooks/new",
    "/people/new",
    "/people/1",
    "/training",
    "/training/2",
    "/training/rules",
    "/administration/calendars",
    "/administration/calendars/1",
    "/administration/queues/3/hours",
    "/administration/announcements",
    "/administration/announcements/0",
)


def link_page() -> str:
    """The page of a link that can be answered."""
    running = select(QualityCallback.id).where(QualityCallback.state == "linked")
    with reading() as session:
        token = session.scalars(select(QualityLink.token).where(QualityLink.callback_id.in_(running)).limit(1)).one()
    return f"/answer/{token}"


def sign_in(context: BrowserContext, address: str, login: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.locator("form[data-sign-in] button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def faults(page: Page, address: str) -> list[str]:
    """What is wrong with the page at `address`, at both widths and in both themes."""
    complaints: list[str] = []
    listener = lambda message: complaints.append(message.text) if message.type == "error" else None  # noqa: E731
    page.on("console", listener)
    page.set_viewport_size(WIDTHS["desk"])  # type: ignore[arg-type]
    answer = page.goto(address, wait_until="load")
    expected = 404 if address.endswith("/no-such-page") else 200
    page.wait_for_function("document.querySelector('main') && document.readyState === 'complete'")
    bring_axe(page)
    found = [] if answer and answer.status == expected else [f"status {answer and answer.status}"]
    for width, viewport in WIDTHS.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            violations = settled_violations(page, colours_only=scheme == "dark")
            found += [f"{width}, {scheme}: {violation}" for violation in violations]
        found += [f"{width}, overflow: {element}" for element in page.evaluate(OVERFLOWING)]
    page.remove_listener("console", listener)
    found += [f"console: {text}" for text in complaints if "status of 404" not in text]
    return found


def faults_by_page(desk: RunningDesk, chromium: Browser, language: str) -> dict[str, list[str]]:
    """What is wrong, by page: those open to all, the staff's, the administrators' own."""
    found: dict[str, list[str]] = {}
    for login, pages in (
        ("", (*OPEN_PAGES, link_page())),
        ("mei@demo", STAFF_PAGES),
        ("sam@demo", ADMINISTRATORS_PAGES),
    ):
        context = chromium.new_context(locale=LANGUAGES[language])
        page = sign_in(context, desk.address, login) if login else context.new_page()
        for path in pages:
            wrong = faults(page, desk.address + path)
            if wrong:
                found[path] = wrong
        context.close()
    return found


def test_every_page_is_accessible_and_fits(demo: RunningDesk, chromium: Browser) -> None:
    found = faults_by_page(demo, chromium, "en")
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
