"""A Chromium with a microphone of its own, and the test pages served under the product's content policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.voice.tones import FAKE_MICROPHONE, launch

ROOT = Path(__file__).resolve().parents[3]
PAGES = Path(__file__).resolve().parent / "pages"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'"


class Files(SimpleHTTPRequestHandler):
    """Serves /static from the project and everything else from the test pages, under the product's policy."""

    def translate_path(self, path: str) -> str:
        base = ROOT if path.startswith("/static/") else PAGES
        return str(base / path.split("?")[0].lstrip("/"))

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the browser's own errors say more."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright.chromium, FAKE_MICROPHONE)
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, port: int) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"http://127.0.0.1:{port}/voice_harness.html")
    page.wait_for_selector("html[data-loaded]")
    page.click("#start")
    page.wait_for_selector("body[data-ready]")
    yield page
    assert page.evaluate("harness.violations") == []
    assert errors == []
    context.close()
