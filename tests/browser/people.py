"""People at their browsers: an agent at the desk, a customer on the call page. Each sends a tone of their own."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.voice.tones import HEARD, LASTING, SILENT

AGENT, CUSTOMER, COLLEAGUE = 440, 880, 1320
PASSWORD = "test-password-of-the-desk"
MUSIC_HZ_SCRIPT = "import('/static/js/voice/holdmusic.js').then((m) => { window.musicHz = m.HOLD_MUSIC_HZ; })"


class Person:
    """One browser context with its page, and what went wrong in it."""

    def __init__(self, browser: Browser, address: str, tone: int, **options: Any) -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(**{"locale": "en-GB", **options})
        self.context.add_init_script(f"window.hearbackTone = {tone};")
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self._watch(self.page)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type == "error" and "Content Security" in message.text
                else None
            ),
        )

    def hears(self, *tones: int, seconds: float = 20) -> None:
        """Wait until this person hears each tone."""
        self.page.wait_for_function(
            f"(tones) => window.hearbackProbe && tones.every((hz) => hearbackProbe.db('out', hz) > {HEARD})",
            arg=list(tones),
            timeout=seconds * 1000,
            polling=100,
        )

    def hears_not(self, *tones: int, seconds: float = 20) -> None:
        """Wait until this person hears none of the tones, and goes on hearing none."""
        silent = f"Boolean(window.hearbackProbe) && tones.every((hz) => hearbackProbe.db('out', hz) < {SILENT})"
        self.page.wait_for_function(
            f"(tones) => {{ {LASTING} return lasting({silent}); }}",
            arg=list(tones),
            timeout=seconds * 1000,
            polling=100,
        )

    def hears_music(self, seconds: float = 20) -> None:
        """Wait until the hold music sounds."""
        self.page.evaluate(MUSIC_HZ_SCRIPT)
        self.page.wait_for_function(
            f"() => window.musicHz && hearbackProbe.db('out', window.musicHz) > {HEARD}",
            timeout=seconds * 1000,
            polling=50,
        )

    def hears_no_music(self, seconds: float = 20) -> None:
        """Wait until the hold music is silent."""
        self.page.evaluate(MUSIC_HZ_SCRIPT)
        silent = f"Boolean(window.musicHz) && hearbackProbe.db('out', window.musicHz) < {SILENT}"
        self.page.wait_for_function(
            f"() => {{ {LASTING} return lasting({silent}); }}",
            timeout=seconds * 1000,
            polling=50,
        )

    def close(self) -> None:
        self.context.close()


class AgentAtDesk(Person):
    """An agent in the browser, signed in."""

    def __init__(
        self, browser: Browser, address: str, login: str, tone: int = AGENT, *, password: str = PASSWORD, **options: Any
    ) -> None:
        super().__init__(browser, address, tone, **options)
        self.login, self._password = login, password
        self.agent_id = 0
        self.sign_in()

    def sign_in(self) -> None:
        self.page.goto(f"{self.address}/sign-in?next=/desk")
        self.page.fill("#login", self.login)
        self.page.fill("#password", self._password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url("**/desk")

    def go_available(self) -> None:
        """Pass the microphone check, which a fresh desk opens by itself, and go available."""
        check = self.page.get_by_role("dialog", name="Microphone check")
        check.get_by_role("button", name="Check microphone").click()
        check.get_by_role("button", name="Go available").click()
        expect(check).to_be_hidden(timeout=20_000)

    def shows(self, words: str, seconds: float = 20) -> None:
        """Wait until the presence button says so."""
        expect(self.page.locator(".presence-button .presence-words")).to_contain_text(words, timeout=seconds * 1000)

    def rings(self, seconds: float = 20) -> None:
        """Wait until an offer rings."""
        expect(self.page.locator("section.offer")).to_be_visible(timeout=seconds * 1000)

    def accept(self) -> None:
        self.rings()
        self.page.locator(".offer-accept").click()

    def press(self, name: str) -> None:
        """One of the buttons of the call bar."""
        self.page.locator(".callbar").get_by_role("button", name=name).click()

    def talks(self, seconds: float = 20) -> None:
        """Wait until the call in hand is connected."""
        self.shows("On a call", seconds)

    def wrap_up(self, result: str, note: str = "") -> None:
        """Fill the wrap-up and save it."""
        form = self.page.get_by_role("form", name="Wrap-up")
        form.get_by_role("radio", name=result, exact=True).check()
        if note:
            form.locator("#wrap-note").fill(note)
        form.get_by_role("button", name="Save and finish").click()
        expect(form).to_be_hidden(timeout=10_000)


class CustomerOnPage(Person):
    """A customer on the call page."""

    def __init__(self, browser: Browser, address: str, tone: int = CUSTOMER, **options: Any) -> None:
        super().__init__(browser, address, tone, **options)
        self.page.goto(f"{address}/call")

    def call(self, topic: str, *, number: str = "", name: str = "", language: str = "en") -> None:
        """Fill the form and click."""
        self.page.locator(f"input[name=language][value={language}]").check()
        self.page.locator(f"input[name=topic][value={topic}]").check()
        if number:
            self.page.fill("#number", number)
        if name:
            self.page.fill("#name", name)
        self.page.locator("input[name=notice]").check()
        self.page.get_by_role("button", name="Call", exact=True).click()

    def is_in(self, *states: str, seconds: float = 20) -> None:
        """Wait until the page shows one of the call states."""
        either = ", ".join(f"[data-call-state={state}]" for state in states)
        expect(self.page.locator(either)).to_be_visible(timeout=seconds * 1000)

    def hang_up(self) -> None:
        self.page.locator(".phone-controls .danger").click()
