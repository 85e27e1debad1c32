"""A customer leaves the line, keeps the place, is rung on the page and talks; and who does not answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.customers.models import Interaction
from app.db import reading
from tests.browser.looking import OVERFLOWING, bring_axe, settled_violations
from tests.browser.people import AGENT, CUSTOMER, AgentAtDesk, CustomerOnPage

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]


def outcomes() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.execute(select(Interaction.direction, Interaction.outcome).order_by(Interaction.id))
        return [(row.direction, row.outcome) for row in rows]


def ask_for_callback(customer: CustomerOnPage, number: str = "+44 7700 900321") -> None:
    """Wait in line, then choose to be called back."""
    customer.call("parcel", name="Amelia Hart")
    customer.hears_music()
    customer.page.get_by_role("button", name="Call me back and keep my place").click()
    customer.page.get_by_label("Your phone number").fill(number)
    customer.page.get_by_role("button", name="Call me back", exact=True).click()
    customer.page.wait_for_url("**/callback/*")


def has(customer: CustomerOnPage, state: str) -> None:
    expect(customer.page.locator(f"[data-callback-state={state}]")).to_be_visible(timeout=20_000)


def test_a_callback_rings_on_the_page_and_carries_sound_both_ways(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    customer = bring_customer()
    ask_for_callback(customer)
    has(customer, "waiting")
    expect(customer.page.get_by_text("You are next in line")).to_be_visible()
    customer.hears_no_music()
    agent = seat_agent(queue)
    expect(agent.page.locator(".waiting-list")).to_contain_text("Callback")
    agent.go_available()
    agent.rings()
    expect(agent.page.locator("section.offer")).to_contain_text("Callback, waited")
    agent.accept()
    expect(agent.page.locator(".calling")).to_contain_text("Calling the customer")
    has(customer, "ringing")
    expect(customer.page).to_have_title(re.compile("We are calling you"))
    customer.page.get_by_role("button", name="Answer", exact=True).click()
    agent.talks()
    customer.is_in("connected")
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    agent.press("Hold")
    customer.is_in("held")
    customer.hears_music()
    agent.press("Resume")
    customer.hears(AGENT)
    customer.hang_up()
    has(customer, "done")
    agent.wrap_up("done", "Called her back.")
    agent.shows("Available")
    assert outcomes() == [("inbound", "callback"), ("outbound", "answered")]


def test_a_page_that_closes_and_comes_back_keeps_its_place_and_nobody_answers(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    customer = bring_customer()
    ask_for_callback(customer)
    has(customer, "waiting")
    address = customer.page.url
    agent = seat_agent(queue)
    customer.page.goto("about:blank")
    expect(agent.page.locator(".waiting-aside")).to_contain_text("1 callback waits for its customer")
    customer.page.goto(address)
    expect(agent.page.locator(".waiting-list")).to_contain_text("Callback")
    agent.go_available()
    agent.accept()
    has(customer, "ringing")
    agent.page.locator(".calling").get_by_role("button", name="Cancel").click()
    has(customer, "unanswered")
    agent.page.locator(".calling").get_by_role("button", name="Try again").click()
    has(customer, "ringing")
    agent.page.locator(".calling").get_by_role("button", name="Cancel").click()
    agent.page.locator(".calling").get_by_role("button", name="Not reached").click()
    agent.shows("Available")
    customer.page.get_by_role("button", name="I am here now").click()
    agent.accept()
    has(customer, "ringing")
    customer.page.get_by_role("button", name="Not now").click()
    has(customer, "declined")
    agent.shows("Available")
    assert outcomes() == [("inbound", "callback"), ("outbound", "not_reached"), ("outbound", "refused")]


def looked_over(page: Page) -> list[str]:
    """What axe and the ruler find wrong with the page as it is now."""
    bring_axe(page)
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {violation}" for violation in settled_violations(page)]
    return found + [f"overflow: {element}" for element in page.evaluate(OVERFLOWING)]


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 390), ("zh-TW", 1440)])
def test_the_page_fits_and_can_be_read_in_each_state(
    queue: int, seat_agent: Seat, bring_customer: Bring, locale: str, width: int
) -> None:
    customer = bring_customer(locale=locale, viewport={"width": width, "height": 844})
    page = customer.page
    page.locator("input[name=language][value=en]").check()
    page.locator("input[name=topic]").first.check()
    page.locator("input[name=notice]").check()
    page.locator("form button[type=submit]").click()
    page.locator(".callback-offer").click()
    found = {"asking": looked_over(page)}
    page.locator(".callback-form button[type=submit]").click()
    has(customer, "waiting")
    found["waiting"] = looked_over(page)
    agent = seat_agent(queue)
    agent.go_available()
    agent.accept()
    has(customer, "ringing")
    found["ringing"] = looked_over(page)
    agent.page.locator(".calling").get_by_role("button", name="Cancel").click()
    has(customer, "unanswered")
    found["unanswered"] = looked_over(page)
    found["choice"] = looked_over(agent.page)
    agent.page.locator(".calling").get_by_role("button", name="Not reached").click()
    page.locator("[data-act=cancel]").click()
    has(customer, "canceled")
    found["canceled"] = looked_over(page)
    assert not {state: faults for state, faults in found.items() if faults}
