"""How people are told: the tab while it rings, sounds tried before they are kept, notifications asked by a click."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.people import AgentAtDesk, CustomerOnPage

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]


def test_the_tab_says_that_it_rings_and_stops(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent = seat_agent(queue)
    agent.go_available()
    icon = agent.page.locator('link[rel="icon"]')
    expect(icon).to_have_attribute("href", re.compile(r"favicon\.svg"))
    customer = bring_customer()
    customer.call("parcel", name="Amelia Hart")
    agent.rings()
    expect(agent.page).to_have_title(re.compile(r"^\(1\) Ringing – Amelia Hart"))
    expect(icon).to_have_attribute("href", re.compile(r"favicon-badge\.svg"))
    agent.page.keyboard.press("Escape")
    expect(agent.page).to_have_title(re.compile(r"^Desk"))
    expect(icon).to_have_attribute("href", re.compile(r"favicon\.svg"))


def test_sounds_are_tried_and_kept_and_notifications_are_asked_for_by_a_click(queue: int, seat_agent: Seat) -> None:
    agent = seat_agent(queue)
    page = agent.page.context.new_page()
    page.goto(agent.page.url.replace("/desk", "/me"))
    asks = page.get_by_role("button", name="Allow notifications")
    say = page.locator("[data-permission]")
    state = page.evaluate("Notification.permission")
    if state == "default":
        expect(asks).to_be_visible()
    else:
        expect(say).to_contain_text("was told not to show" if state == "denied" else "may show")
    page.context.grant_permissions(["notifications"])
    page.reload()
    expect(say).to_have_text("This browser may show notifications.")
    expect(page.get_by_role("button", name="Show one")).to_be_visible()
    page.get_by_label("Loudness").fill("30")
    expect(page.locator("[data-volume]")).to_have_text("30 %")
    page.get_by_label("Ring tone").select_option("classic")
    for name in ("Ring", "New ticket", "Limit crossed"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_label("Sound for a new ticket").uncheck()
    page.locator("[data-notices]").get_by_role("button", name="Save").click()
    expect(page.locator(".flash")).to_contain_text("Saved.")
    expect(page.get_by_label("Loudness")).to_have_value("30")
    expect(page.get_by_label("Ring tone")).to_have_value("classic")
    expect(page.get_by_label("Sound for a new ticket")).not_to_be_checked()
    page.close()
