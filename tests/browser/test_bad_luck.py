"""What goes wrong on the way has a clear answer and loses nothing typed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, expect
from sqlalchemy import update

from app import clock
from app.db import transaction
from app.security.models import UserSession
from tests.browser.people import AGENT, CUSTOMER, PASSWORD, AgentAtDesk, CustomerOnPage
from tests.browser.running import RunningDesk

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]


def test_a_session_that_ends_in_a_call_ends_neither_the_talk_nor_the_note(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent = seat_agent(queue)
    agent.go_available()
    customer = bring_customer()
    customer.call("parcel")
    agent.accept()
    agent.talks()
    customer.hears(AGENT)
    with transaction() as session:
        session.execute(update(UserSession).values(revoked_at=clock.now()))
    note = agent.page.get_by_label("Call note")
    note.fill("Typed while the session was gone.")
    note.blur()
    again = agent.page.get_by_role("dialog").filter(has=agent.page.locator("input[type=password]"))
    expect(again).to_be_visible(timeout=20_000)
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    again.locator("input[type=password]").fill(PASSWORD)
    again.locator("button[type=submit]").click()
    expect(agent.page.locator("#live-pill")).to_contain_text("Live", timeout=20_000)
    expect(note).to_have_value("Typed while the session was gone.")
    agent.press("End call")
    agent.wrap_up("done")
    agent.shows("Available")


def test_a_refused_microphone_is_explained_and_keeps_what_was_typed(
    queue: int, running: RunningDesk, chromium: Browser
) -> None:
    page = chromium.new_context(locale="en-GB").new_page()
    page.goto(f"{running.address}/call")
    page.locator("input[name=topic][value=parcel]").check()
    page.fill("#name", "Amelia Hart")
    page.locator("input[name=notice]").check()
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("microphone", timeout=20_000)
    expect(page.locator("#name")).to_have_value("Amelia Hart")
    page.context.close()


def test_an_unreadable_number_is_refused_kindly_and_kept(queue: int, bring_customer: Bring) -> None:
    customer = bring_customer()
    customer.call("parcel", number="call me maybe", name="Amelia Hart")
    expect(customer.page.locator("#number-error")).to_contain_text("country code")
    expect(customer.page.locator("#number")).to_have_value("call me maybe")
    customer.page.fill("#number", "")
    customer.page.get_by_role("button", name="Call", exact=True).click()
    customer.is_in("queued")


def test_without_an_agent_the_page_promises_nothing(queue: int, bring_customer: Bring) -> None:
    customer = bring_customer()
    customer.call("parcel")
    customer.is_in("queued")
    expect(customer.page.locator(".phone-view")).to_contain_text("We can't say how long it will take right now.")
    expect(customer.page.locator(".phone-view")).to_contain_text("You are next in line")
    customer.hears_music()
    customer.hang_up()
    customer.is_in("ended")


def test_a_browser_with_a_wrong_clock_shows_right_times(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent = seat_agent(queue)
    agent.context.add_init_script("const real = Date.now; Date.now = () => real() + 3_600_000;")
    agent.page.reload()
    agent.go_available()
    customer = bring_customer()
    customer.call("parcel")
    agent.rings()
    expect(agent.page.locator(".countdown b")).not_to_have_text("0")
    agent.accept()
    agent.talks()
    expect(agent.page.locator(".call-time")).to_contain_text("00:0")
