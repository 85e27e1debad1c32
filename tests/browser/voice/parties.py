"""The parties of a call in one page, and the images by which the server would move it on."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.voice.tones import AGENT, CUSTOMER, hears_music, line, sync, up

PLAIN: dict[str, Any] = {
    "held": False,
    "muted": False,
    "consult": None,
    "monitor": None,
    "recording": False,
    "recordingPaused": False,
    "ice": {"servers": [], "relayOnly": False},
}
TO_CUSTOMER = line(1, "caller", "customer")
TO_AGENT = line(1, "callee", "agent")


def two_party_call(page: Page) -> None:
    """Agent and customer talk over link 1."""
    page.evaluate(
        """async ([agent, customer]) => {
            await harness.add("agent", agent);
            await harness.add("customer", customer, {customer: true});
            harness.connect(1, "agent", "customer");
        }""",
        [AGENT, CUSTOMER],
    )
    sync(page, "customer", links=[], waiting=True)
    hears_music(page, "customer")
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    sync(page, "customer", links=[TO_AGENT], held=False)
    up(page, "agent", 1)
    up(page, "customer", 1)


def join(page: Page, name: str, tone: int, link: int) -> None:
    page.evaluate(
        """async ([name, tone, link]) => {
            await harness.add(name, tone);
            harness.connect(link, "agent", name);
        }""",
        [name, tone, link],
    )
