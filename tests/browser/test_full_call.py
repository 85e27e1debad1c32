"""The main job in real browsers: a customer calls, an agent answers, the profile remembers, the SMS goes out."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import select

from app.customers.models import Interaction
from app.db import reading
from tests.browser.people import AGENT, CUSTOMER, AgentAtDesk, CustomerOnPage

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]


def outcomes() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.execute(select(Interaction.outcome, Interaction.note).order_by(Interaction.id))
        return [(row.outcome, row.note) for row in rows]


def test_a_call_with_sound_both_ways_ends_on_the_profile(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent = seat_agent(queue)
    agent.go_available()
    customer = bring_customer()
    customer.call("parcel", number="+44 7700 900321", name="Amelia Hart")
    agent.rings()
    customer.hears_music()
    agent.accept()
    agent.talks()
    customer.is_in("connected")
    customer.hears(AGENT)
    agent.hears(CUSTOMER)
    customer.hears_no_music()
    expect(agent.page.locator(".callbar")).to_contain_text("Amelia Hart")
    customer.hang_up()
    customer.is_in("ended")
    agent.shows("Wrap-up")
    agent.wrap_up("done", "Told her the parcel arrives today.")
    agent.shows("Available")
    assert outcomes() == [("answered", "Told her the parcel arrives today.")]
