"""The frame in a real browser, under the real content policy: theme, language, keys, form tokens, axe."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.security.guard import everyone
from tests.browser.looking import OVERFLOWING, bring_axe, settled_violations

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """Address of the application, with one route more that says whether its form token was good."""

    @everyone
    def sample() -> str:
        return "<b id='answer'>taken</b>"

    app.add_url_rule("/sample", "sample", sample, methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _open(browser: Browser, address: str, *, language: str = "en", **options: object) -> tuple[Page, list[str]]:
    """A page at `address`, and the list that its console errors and policy violations go into."""
    page = browser.new_context(locale=language, **options).new_page()  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address, wait_until="networkidle")
    return page, complaints


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_component_is_accessible_and_fits(
    browser: Browser, site: str, language: str, scheme: str, size: dict[str, int]
) -> None:
    page, complaints = _open(browser, site + "/styleguide", language=language, color_scheme=scheme, viewport=size)
    bring_axe(page)
    found = settled_violations(page)
    assert found == []
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight"), "only the page inside scrolls"
    assert complaints == []


def test_the_longest_words_fit_a_phone(browser: Browser, site: str) -> None:
    page, _ = _open(browser, site + "/styleguide", viewport=PHONE)
    page.locator("summary[aria-label=Language]").click()
    page.get_by_role("button", name="Ƥşéûđó").click()
    expect(page.locator("html")).to_have_attribute("lang", "en-XA")
    assert page.evaluate(OVERFLOWING) == []


def test_scripts_have_their_messages_before_they_run(browser: Browser, site: str) -> None:
    page, complaints = _open(browser, site + "/styleguide", language="zh-HK")
    shown = page.evaluate(
        """async () => {
          const { _, ngettext, fmt } = await import("/static/js/i18n.js");
          const things = (n) => ngettext("%(num)s thing", "%(num)s things", n);
          return [
            _("The theme could not be saved; it holds until you leave this page."),
            _("No such %(x)s", {x: "<b>"}), things(1), things(2000),
            fmt.time(0), fmt.duration(3661), fmt.duration(-5), fmt.relative(0, 180_000), fmt.percent(0.84),
          ];
        }"""
    )
    assert shown == [
        "主題未能儲存，只在離開本頁之前有效。",
        "No such <b>",
        "1 thing",
        "2,000 things",
        "00:00",
        "1:01:01",
        "00:00",
        "3 分鐘前",
        "84%",
    ]
    assert complaints == []


def test_an_unreachable_catalogue_leaves_english(browser: Browser, site: str) -> None:
    page = browser.new_context(locale="zh-CN").new_page()
    page.route("**/static/i18n/**", lambda route: route.abort())
    page.goto(site + "/styleguide", wait_until="networkidle")
    message = page.evaluate('async () => (await import("/static/js/i18n.js"))._("The theme could not be saved")')
    assert message == "The theme could not be saved"


def test_a_theme_is_shown_at_once_and_kept(browser: Browser, site: str) -> None:
    page, complaints = _open(browser, site + "/styleguide", color_scheme="light")
    page.locator("[data-theme-menu] summary").click()
    with page.expect_response("**/theme"):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"
    assert complaints == []


def test_htmx_carries_the_form_token_to_our_own_site(browser: Browser, site: str) -> None:
    page, complaints = _open(browser, site + "/styleguide")
    page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.id = "try";
          button.setAttribute("hx-post", "/sample");
          button.setAttribute("hx-target", "#page");
          document.getElementById("page").prepend(button);
          htmx.process(button);
        }"""
    )
    refused = page.request.post(site + "/sample")
    assert refused.status == 400
    page.locator("#try").click()
    expect(page.locator("#answer")).to_have_text("taken")
    assert complaints == []


def test_keys_menus_and_dialogs(browser: Browser, site: str) -> None:
    page, _ = _open(browser, site + "/styleguide")
    page.locator("#page").focus()
    page.keyboard.press("?")
    expect(page.locator("#shortcut-sheet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcut-sheet")).to_be_hidden()
    page.locator("#note").focus()
    page.keyboard.press("?")  # typed into the note: no sheet
    expect(page.locator("#shortcut-sheet")).to_be_hidden()
    assert "?" in page.locator("#note").input_value()
    page.locator("summary[aria-label=Language]").click()
    expect(page.get_by_role("button", name="繁體中文")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="繁體中文")).to_be_hidden()
    expect(page.locator("summary[aria-label=Language]")).to_be_focused()
    page.get_by_role("button", name="Dismiss").first.click()
    expect(page.locator(".flash")).to_have_count(3)


def test_a_double_click_sends_a_form_once(browser: Browser, site: str) -> None:
    page, _ = _open(browser, site + "/styleguide")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("summary[aria-label=Language]").click()
    page.get_by_role("button", name="简体中文").dblclick(no_wait_after=True)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert len(sent) == 1


def test_a_toast_offers_to_undo(browser: Browser, site: str) -> None:
    page, _ = _open(browser, site + "/styleguide")
    page.evaluate(
        """async () => {
          const { toast } = await import("/static/js/shell.js");
          toast("T-5520 closed <b>", { action: "Undo", run: () => { document.title = "undone"; } });
        }"""
    )
    expect(page.locator(".toast")).to_contain_text("T-5520 closed <b>")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_have_count(0)
    expect(page).to_have_title("undone")
