"""Consult, conference, transfer, monitoring and recording: who hears whom, and who must not."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.voice.parties import PLAIN, TO_AGENT, TO_CUSTOMER, join, two_party_call
from tests.browser.voice.tones import (
    AGENT,
    CONSULTEE,
    CUSTOMER,
    SUPERVISOR,
    hears,
    hears_music,
    hears_no_music,
    hears_not,
    line,
    never_heard,
    sync,
    up,
    watch,
)


def consult(page: Page, kind: str) -> None:
    held = kind == "private"
    links = [TO_CUSTOMER, line(2, "caller", "consultee")]
    sync(page, "agent", links=links, **{**PLAIN, "held": held, "consult": kind})
    sync(page, "customer", links=[TO_AGENT], held=held)
    sync(page, "consultee", self="consultee", links=[line(2, "callee", "agent")], **PLAIN)


def test_private_consult_then_conference(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    join(page, "consultee", CONSULTEE, 2)
    for who, tone in [("customer", CONSULTEE), ("consultee", CUSTOMER)]:
        watch(page, f"private {who}", who, tone)
    consult(page, "private")
    hears(page, "agent", CONSULTEE)
    hears(page, "consultee", AGENT)
    hears_music(page, "customer")
    hears_not(page, "customer", AGENT)
    hears_not(page, "agent", CUSTOMER)
    never_heard(page, "private customer")
    never_heard(page, "private consultee")

    consult(page, "conference")
    hears(page, "customer", AGENT, CONSULTEE)
    hears(page, "consultee", AGENT, CUSTOMER)
    hears(page, "agent", CUSTOMER, CONSULTEE)


def test_a_listener_who_talks_is_heard_by_nobody(page: Page) -> None:
    """Played by a page that breaks the rules: it sends its microphone over a line that should only bring sound."""
    two_party_call(page)
    join(page, "rogue", SUPERVISOR, 2)
    for who in ("agent", "customer"):
        watch(page, f"rogue at {who}", who, SUPERVISOR)
    links = [TO_CUSTOMER, line(2, "caller", "listener")]
    sync(page, "agent", links=links, **{**PLAIN, "listened": True})
    sync(page, "rogue", self="consultee", links=[line(2, "callee", "agent")], **PLAIN)
    hears(page, "rogue", AGENT, CUSTOMER)
    sync(page, "agent", links=links, **{**PLAIN, "listened": True, "recording": True, "recordingPaused": True})
    hears_not(page, "rogue", AGENT, CUSTOMER)
    hears(page, "customer", AGENT)
    for who in ("agent", "customer"):
        never_heard(page, f"rogue at {who}")


def test_transfer_opens_the_new_line_before_it_closes_the_old(page: Page) -> None:
    two_party_call(page)
    join(page, "consultee", CONSULTEE, 2)
    consult(page, "private")
    hears(page, "consultee", AGENT)
    hears_music(page, "customer")

    page.evaluate("harness.connect(3, 'consultee', 'customer')")
    new = line(3, "caller", "customer")
    old_leg = line(1, "callee", "agent", held=True)
    sync(page, "consultee", self="agent", links=[line(2, "callee", "agent"), new], **PLAIN)
    sync(page, "customer", links=[old_leg, line(3, "callee", "agent", held=False)], held=True)
    up(page, "customer", 3)
    # The old line still stands while the new one already carries sound
    assert not page.evaluate("harness.reached('customer', 1, 'closed')")
    hears(page, "customer", CONSULTEE)
    hears(page, "consultee", CUSTOMER)
    hears_no_music(page, "customer")
    hears_not(page, "customer", AGENT)

    sync(page, "agent", links=[], **PLAIN)
    sync(page, "consultee", self="agent", links=[new], **PLAIN)
    sync(page, "customer", links=[line(3, "callee", "agent")], held=False)
    hears_not(page, "consultee", AGENT)
    hears(page, "customer", CONSULTEE)
    hears(page, "consultee", CUSTOMER)
    assert page.evaluate("harness.reached('customer', 1, 'closed')")


def monitor(page: Page, mode: str | None, **more: Any) -> None:
    links = [TO_CUSTOMER, line(4, "caller", "supervisor")]
    sync(page, "agent", links=links, **{**PLAIN, "monitor": mode, **more})
    mine = [line(4, "callee", "agent")] if mode else []
    sync(page, "supervisor", self="supervisor", links=mine, **{**PLAIN, "monitor": mode})


def test_listen_whisper_and_barge(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    join(page, "supervisor", SUPERVISOR, 4)
    watch(page, "leak", "customer", SUPERVISOR)
    watch(page, "listen", "agent", SUPERVISOR)
    monitor(page, "listen")
    hears(page, "supervisor", AGENT, CUSTOMER)
    never_heard(page, "listen")

    monitor(page, "whisper")
    hears(page, "agent", SUPERVISOR, CUSTOMER)
    hears(page, "customer", AGENT)
    never_heard(page, "leak")  # since before the supervisor joined

    monitor(page, "barge")
    hears(page, "customer", SUPERVISOR, AGENT)
    monitor(page, "barge", muted=True)
    hears_not(page, "customer", AGENT)
    hears(page, "customer", SUPERVISOR)

    monitor(page, "whisper")
    hears_not(page, "customer", SUPERVISOR)
    watch(page, "leak after barge", "customer", SUPERVISOR)
    hears(page, "customer", AGENT)
    hears(page, "agent", SUPERVISOR)
    never_heard(page, "leak after barge")
    monitor(page, None)
    hears_not(page, "agent", SUPERVISOR)


def test_hub_keeps_a_whisper_from_the_customer_whatever_the_supervisors_page_believes(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    join(page, "supervisor", SUPERVISOR, 4)
    watch(page, "agent", "agent", SUPERVISOR)
    watch(page, "customer", "customer", SUPERVISOR)
    links = [TO_CUSTOMER, line(4, "caller", "supervisor")]
    sync(page, "agent", links=links, **{**PLAIN, "monitor": "listen"})
    page_in_barge = {**PLAIN, "monitor": "barge"}
    sync(page, "supervisor", self="supervisor", links=[line(4, "callee", "agent")], **page_in_barge)
    up(page, "agent", 4)
    hears(page, "supervisor", CUSTOMER)
    never_heard(page, "agent")
    never_heard(page, "customer")


def test_recording_keeps_sides_apart_and_stops_for_a_pause(page: Page) -> None:
    two_party_call(page)
    page.evaluate(
        """() => {
            const stream = harness.phones.agent.recording();
            const context = harness.audioContext();
            const split = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
            context.createMediaStreamSource(stream).connect(split);
            for (const [side, name] of [[0, "left"], [1, "right"]]) {
                const ear = new GainNode(context);
                split.connect(ear, side);
                harness.registerHeard(name, ear);
            }
        }"""
    )
    watch(page, "before consent", "left", CUSTOMER)
    hears(page, "agent", CUSTOMER)
    never_heard(page, "before consent")
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "recording": True})
    hears(page, "left", CUSTOMER)
    hears(page, "right", AGENT)
    hears_not(page, "left", AGENT)
    hears_not(page, "right", CUSTOMER)
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "recording": True, "recordingPaused": True})
    hears_not(page, "left", CUSTOMER)
    hears_not(page, "right", AGENT)
    hears(page, "agent", CUSTOMER)
