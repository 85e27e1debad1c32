"""The microphone, and every way in which there is none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.voice.tones import FAKE_MICROPHONE, launch, wait

OPEN = """async (deviceId) => {
    const {openMicrophone} = await import("/static/js/voice/microphone.js");
    try {
        const opened = await openMicrophone({deviceId});
        return [opened.source, opened.track.kind, opened.track.readyState];
    } catch (error) {
        return [error.name, error.kind];
    }
}"""


def opened_on(browser: Browser, address: str, device: str = "") -> list[str]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    result: list[str] = page.evaluate(OPEN, device)
    context.close()
    return result


def test_microphone_opens_and_a_forgotten_headset_falls_back(browser: Browser, port: int) -> None:
    address = f"http://127.0.0.1:{port}/plain.html"
    assert opened_on(browser, address) == ["mic", "audio", "live"]
    assert opened_on(browser, address, "a-headset-that-is-gone") == ["mic", "audio", "live"]


def test_refused_microphone(playwright: Playwright, port: int) -> None:
    browser = launch(playwright.chromium, ["--use-fake-device-for-media-stream", "--deny-permission-prompts"])
    assert opened_on(browser, f"http://127.0.0.1:{port}/plain.html") == ["MicrophoneError", "denied"]
    browser.close()


def test_missing_microphone(playwright: Playwright, port: int) -> None:
    none = ["--disable-audio-input", "--use-fake-ui-for-media-stream"]
    browser = launch(playwright.chromium, none)
    assert opened_on(browser, f"http://127.0.0.1:{port}/plain.html") == ["MicrophoneError", "missing"]
    browser.close()


def test_insecure_page(playwright: Playwright, port: int) -> None:
    mapped = ["--host-resolver-rules=MAP desk.example 127.0.0.1", *FAKE_MICROPHONE]
    browser = launch(playwright.chromium, mapped)
    address = f"http://desk.example:{port}/plain.html"
    assert opened_on(browser, address) == ["MicrophoneError", "insecure"]
    browser.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NotAllowedError", "denied"),
        ("NotFoundError", "missing"),
        ("NotReadableError", "busy"),
        ("InvalidStateError", "other"),
    ],
)
def test_browser_errors_have_kinds(browser: Browser, port: int, name: str, kind: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/plain.html")
    page.evaluate(
        """(name) => {
            const refuse = () => Promise.reject(new DOMException("by the browser", name));
            navigator.mediaDevices.getUserMedia = refuse;
        }""",
        name,
    )
    assert page.evaluate(OPEN, "") == ["MicrophoneError", kind]
    context.close()


def test_level_meter_moves_with_the_tone(page: Page) -> None:
    page.evaluate(
        """async () => {
            window.hearbackTone = 440;
            const opened = await harness.microphone.openMicrophone();
            window.levels = [];
            harness.microphone.measureLevel(opened.stream, (level) => window.levels.push(level));
        }"""
    )
    wait(page, "() => window.levels.some((level) => level > -30 && level < 0)")


def test_pages_for_people_have_no_probe_and_no_tones(browser: Browser, port: int) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("window.hearbackTone = 440")
    page.goto(f"http://127.0.0.1:{port}/plain.html")
    assert page.evaluate(OPEN, "")[0] == "mic"
    assert page.evaluate("window.hearbackProbe === undefined")
    context.close()
