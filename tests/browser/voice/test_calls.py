"""Calls of two, and what ends, mutes, holds or reopens them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.voice.parties import PLAIN, TO_AGENT, TO_CUSTOMER, two_party_call
from tests.browser.voice.tones import (
    AGENT,
    CUSTOMER,
    hears,
    hears_music,
    hears_no_music,
    hears_not,
    line,
    never_heard,
    sync,
    wait,
    watch,
)


def test_both_hear_each_other_and_the_music_ends(page: Page) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    hears(page, "customer", AGENT)
    hears_no_music(page, "customer")
    hears_not(page, "agent", AGENT)
    hears_not(page, "customer", CUSTOMER)


def test_mute_silences_the_agent_at_once_and_keeps_the_line(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    page.evaluate("harness.phones.agent.muteNow(true)")
    hears_not(page, "customer", AGENT)
    watch(page, "muted", "customer", AGENT)
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "muted": True})
    never_heard(page, "muted")
    hears(page, "agent", CUSTOMER)
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    hears(page, "customer", AGENT)
    assert not page.evaluate("harness.reached('customer', 1, 'lost')")


def test_caller_mutes_itself(page: Page) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    page.evaluate("harness.phones.customer.muteNow(true)")
    hears_not(page, "agent", CUSTOMER)
    sync(page, "customer", links=[TO_AGENT], held=False)
    watch(page, "own mute", "agent", CUSTOMER)
    never_heard(page, "own mute")
    page.evaluate("harness.phones.customer.muteNow(false)")
    hears(page, "agent", CUSTOMER)


def test_hold_is_music_for_the_customer_and_silence_for_the_agent(page: Page) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "held": True})
    sync(page, "customer", links=[TO_AGENT], held=True)
    hears_music(page, "customer")
    hears_not(page, "customer", AGENT)
    hears_not(page, "agent", CUSTOMER)
    watch(page, "held agent", "customer", AGENT)
    watch(page, "held customer", "agent", CUSTOMER)
    never_heard(page, "held agent")
    never_heard(page, "held customer")
    sync(page, "customer", links=[TO_AGENT], held=False)
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    hears(page, "customer", AGENT)
    hears(page, "agent", CUSTOMER)
    hears_no_music(page, "customer")
    assert not page.evaluate("harness.states.some(([, , state]) => state === 'lost')")


@pytest.mark.parametrize("page_that_knows", ["agent", "customer"])
def test_one_page_that_knows_of_the_hold_is_enough(page: Page, page_that_knows: str) -> None:
    two_party_call(page)
    hears(page, "agent", CUSTOMER)
    hears(page, "customer", AGENT)
    if page_that_knows == "agent":
        sync(page, "agent", links=[TO_CUSTOMER], **{**PLAIN, "held": True})
    else:
        sync(page, "customer", links=[TO_AGENT], held=True)
    hears_not(page, "customer", AGENT)
    hears_not(page, "agent", CUSTOMER)


def test_hang_up_closes_everything(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    page.evaluate("harness.phones.agent.sync(null); harness.phones.customer.sync(null)")
    hears_not(page, "customer", AGENT)
    hears_no_music(page, "customer")
    assert page.evaluate("harness.peers.every((pc) => pc.connectionState === 'closed')")
    assert page.locator("audio").count() == 0


def test_stale_epoch_is_dropped_and_a_newer_one_replaces_the_line(page: Page) -> None:
    two_party_call(page)
    hears(page, "customer", AGENT)
    newer = {"epoch": 2}
    # The customer's page reloaded: both legs get epoch 2; the agent's messages come before the customer's image
    sync(page, "agent", links=[line(1, "caller", "customer", **newer)], **PLAIN)
    wait(page, "() => harness.traffic.some((m) => m.epoch === 2 && m.type === 'cand')")
    sync(page, "customer", links=[line(1, "callee", "agent", **newer)], held=False)
    wait(page, "() => harness.states.filter(([n, l, s]) => n === 'customer' && s === 'up').length === 2")
    hears(page, "customer", AGENT)
    hears(page, "agent", CUSTOMER)

    sent = page.evaluate("harness.traffic.length")
    old = "harness.traffic.find((m) => m.epoch === 1 && m.payload.type === 'offer').payload"
    page.evaluate(f"harness.phones.customer.signal({{link: 1, epoch: 1, type: 'desc', payload: {old}}})")
    # A late image of epoch 1 changes nothing either
    sync(page, "customer", links=[TO_AGENT], held=False)
    watch(page, "own", "customer", CUSTOMER)
    never_heard(page, "own")
    assert page.evaluate("(n) => harness.traffic.slice(n).every((m) => m.epoch === 2)", sent)
    hears(page, "customer", AGENT)
    assert not page.evaluate("harness.states.some(([n, l, s]) => s === 'lost')")


def test_closed_line_needs_a_higher_epoch(page: Page) -> None:
    two_party_call(page)
    sync(page, "agent", links=[], **PLAIN)
    connections = page.evaluate("harness.peers.length")
    sync(page, "agent", links=[TO_CUSTOMER], **PLAIN)
    assert page.evaluate("harness.peers.length") == connections
    sync(page, "agent", links=[line(1, "caller", "customer", epoch=2)], **PLAIN)
    assert page.evaluate("harness.peers.length") == connections + 1
