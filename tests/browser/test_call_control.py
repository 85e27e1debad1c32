"""Hold, keypad, transfer and consultation, judged by who hears which tone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.people import AGENT, COLLEAGUE, CUSTOMER, AgentAtDesk, CustomerOnPage
from tests.fixtures.desk import create_queue

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]


def connected(seat_agent: Seat, bring_customer: Bring, *queues: int) -> tuple[AgentAtDesk, CustomerOnPage]:
    agent = seat_agent(*queues)
    agent.go_available()
    customer = bring_customer()
    customer.call("parcel", number="+44 7700 900321", name="Amelia Hart")
    agent.accept()
    agent.talks()
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    return agent, customer


def test_on_hold_the_customer_hears_music_and_nobody_hears_the_other(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    agent.press("Hold")
    customer.is_in("held")
    customer.hears_music()
    customer.hears_not(AGENT)
    agent.hears_not(CUSTOMER)
    agent.press("Resume")
    customer.is_in("connected")
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    customer.hears_no_music()


def test_mute_silences_the_agent_only(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    agent.press("Mute")
    customer.hears_not(AGENT)
    agent.hears(CUSTOMER)
    agent.press("Unmute")
    customer.hears(AGENT)


def test_keys_reach_the_other_side_as_data(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    agent.press("Keypad")
    agent.page.locator(".callbar").get_by_role("button", name="5", exact=True).click()
    expect(customer.page.locator(".phone-view")).to_contain_text("Keys received: 5")


def test_a_blind_transfer_rings_in_the_other_queue(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    complaints = create_queue("complaints")
    agent, customer = connected(seat_agent, bring_customer, queue)
    colleague = seat_agent(complaints, name="Ben Carter", tone=COLLEAGUE)
    colleague.go_available()
    agent.press("Transfer")
    dialog = agent.page.get_by_role("dialog", name="Transfer this call")
    dialog.get_by_role("button", name="To a queue").click()
    dialog.get_by_text("complaints").click()
    dialog.locator("#transfer-note").fill("She wants a refund.")
    dialog.get_by_role("button", name="Transfer now").click()
    agent.shows("Wrap-up")
    customer.hears_music()
    colleague.accept()
    colleague.talks()
    expect(colleague.page.locator(".callbar")).to_contain_text("She wants a refund.")
    customer.hears(COLLEAGUE)
    customer.hears_not(AGENT)
    agent.hears_not(CUSTOMER)


def test_a_consultation_is_private_and_ends_in_a_warm_transfer(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    colleague = seat_agent(queue, name="Ben Carter", tone=COLLEAGUE)
    colleague.go_available()
    agent.press("Transfer")
    dialog = agent.page.get_by_role("dialog", name="Transfer this call")
    dialog.get_by_text("Ben Carter").click()
    dialog.get_by_role("button", name="Consult first").click()
    colleague.accept()
    agent.hears(COLLEAGUE)
    colleague.hears(AGENT)
    customer.hears_music()
    customer.hears_not(AGENT, COLLEAGUE)
    colleague.hears_not(CUSTOMER)
    agent.press("Complete transfer")
    customer.hears(COLLEAGUE)
    colleague.hears(CUSTOMER)
    agent.shows("Wrap-up")
    customer.hears_not(AGENT)
    customer.hears_no_music()
    customer.hang_up()
    colleague.shows("Wrap-up")


def test_back_to_the_caller_ends_a_consultation(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = connected(seat_agent, bring_customer, queue)
    colleague = seat_agent(queue, name="Ben Carter", tone=COLLEAGUE)
    colleague.go_available()
    agent.press("Transfer")
    dialog = agent.page.get_by_role("dialog", name="Transfer this call")
    dialog.get_by_text("Ben Carter").click()
    dialog.get_by_role("button", name="Consult first").click()
    colleague.rings()
    agent.press("Back to caller")
    colleague.shows("Available")
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
