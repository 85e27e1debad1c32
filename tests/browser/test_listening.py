"""Somebody in practice hears a live call, judged by who hears which tone, and nobody hears them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from app import clock
from app.agents.models import Agent
from app.calls.models import CallLeg, Listening
from app.db import reading, transaction
from app.training.models import Road, RoadEntry
from tests.browser.people import AGENT, CUSTOMER, AgentAtDesk, CustomerOnPage
from tests.browser.voice.tones import HEARD
from tests.fixtures.desk import create_break, create_queue

LISTENER = 1760
#: From now on, the longest run of looks at which the customer does not hear the agent.
WATCH = f"""() => {{
  Object.assign(window, {{ looks: 0, gap: 0, longestGap: 0 }});
  setInterval(() => {{
    looks += 1;
    gap = hearbackProbe.db("out", {AGENT}) > {HEARD} ? 0 : gap + 1;
    longestGap = Math.max(longestGap, gap);
  }}, 50);
}}"""
#: Looks of the watch, a second: what a new negotiation of the line would take. A busy machine stutters for less.
A_GAP = 20


@pytest.fixture
def queue(database: str) -> int:
    """A queue "parcel" whose calls are recorded."""
    create_break()
    return create_queue(recording="on")


def test_a_listener_hears_the_call_and_is_heard_by_nobody(
    queue: int, seat_agent: Callable[..., AgentAtDesk], bring_customer: Callable[..., CustomerOnPage]
) -> None:
    agent = seat_agent(queue)
    trainee = seat_agent(name="Mei Tan", tone=LISTENER)
    with transaction() as session:
        session.execute(update(Agent).where(Agent.id == agent.agent_id).values(takes_listeners=True))
        today = clock.now()
        session.add(
            Road(agent_id=trainee.agent_id, queue_id=queue, state="practice", since=today.date(), created_at=today)
        )
    agent.go_available()
    customer = bring_customer()
    customer.page.locator("input[name=topic][value=parcel]").check()
    customer.call("parcel", name="Amelia Hart")
    agent.accept()
    agent.talks()
    customer.hears(AGENT)
    expect(agent.page.locator("[data-recording=on]")).to_be_visible(timeout=20_000)
    trainee.page.goto(f"{trainee.address}/training/listen")
    row = trainee.page.locator(".listening-call")
    expect(row).to_contain_text("Ana Silva", timeout=20_000)
    expect(row).not_to_contain_text("Amelia")
    customer.page.evaluate(WATCH)

    row.get_by_role("button", name="Listen").click()
    trainee.hears(AGENT, CUSTOMER)
    expect(trainee.page.locator(".listening-banner")).to_contain_text("You can't be heard")
    bar = agent.page.locator("[data-listener=hears]")
    expect(bar).to_contain_text("Mei Tan is listening", timeout=20_000)
    agent.hears(CUSTOMER)
    customer.hears_not(LISTENER)

    agent.page.get_by_role("button", name="Pause for card data").click()
    trainee.hears_not(AGENT, CUSTOMER)
    expect(agent.page.locator("[data-listener=paused]")).to_be_visible()
    expect(trainee.page.locator(".listening-silence")).to_contain_text("paused")
    agent.page.get_by_role("button", name="Resume recording").click()
    trainee.hears(AGENT, CUSTOMER)

    with transaction() as session:  # as if a minute had passed
        session.execute(update(Listening).values(heard_s=60))
    trainee.context.close()  # the line breaks off without a word
    seen = customer.page.evaluate("looks")
    customer.page.wait_for_function("(seen) => looks > seen + 60", arg=seen)
    agent.page.get_by_role("button", name="Not now").click()
    expect(agent.page.locator("[data-listener]")).to_have_count(0, timeout=20_000)
    assert customer.page.evaluate("longestGap") < A_GAP
    with reading() as session:
        [entry] = session.scalars(select(RoadEntry)).all()
        roles = {leg.role: leg.state for leg in session.scalars(select(CallLeg))}
    assert (entry.kind, entry.by_id) == ("shadowing", None)
    assert roles == {"customer": "media_ok", "agent": "media_ok", "listener": "left"}
