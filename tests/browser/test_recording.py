"""A recorded call as both sides see it, and what is in the recording: who is on which channel, and what is silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.db import reading, transaction
from app.eventlog import Event
from app.queues.models import Queue
from app.recordings.models import Recording
from tests.browser.people import AGENT, COLLEAGUE, CUSTOMER, AgentAtDesk, CustomerOnPage
from tests.fixtures.desk import create_break, create_queue

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]

#: Level (dB) of each tone in each channel of a stretch of a recording: [{hz: dB} left, {hz: dB} right], and its length.
ANALYSE = """async ([address, tones, from, to]) => {
  const answer = await fetch(address);
  if (!answer.ok) return { status: answer.status };
  const context = new OfflineAudioContext(2, 1, 16000);
  const sound = await context.decodeAudioData(await answer.arrayBuffer());
  const end = to === null ? sound.duration : to;
  const level = (data, hz) => {
    const begin = Math.floor(from * 16000), count = Math.floor(end * 16000) - begin;
    let re = 0, im = 0;
    for (let i = 0; i < count; i += 1) {
      const angle = (2 * Math.PI * hz * i) / 16000;
      re += data[begin + i] * Math.cos(angle);
      im += data[begin + i] * Math.sin(angle);
    }
    return 20 * Math.log10((2 * Math.hypot(re, im)) / count + 1e-9);
  };
  const levels = (side) => Object.fromEntries(tones.map((hz) => [hz, level(sound.getChannelData(side), hz)]));
  const sides = Array.from({ length: sound.numberOfChannels }, (_, side) => levels(side));
  return { status: answer.status, length: sound.duration, sides };
}"""


@pytest.fixture
def queue(database: str) -> int:
    """A queue "parcel" whose calls are recorded."""
    create_break()
    return create_queue(recording="on", recording_days=30)


def connected(agent: AgentAtDesk, customer: CustomerOnPage, *, refuse: bool = False) -> None:
    agent.go_available()
    customer.page.locator("input[name=topic][value=parcel]").check()
    if refuse:
        customer.page.locator("input[name=refuse_recording]").check()
    customer.call("parcel", name="Amelia Hart")
    agent.accept()
    agent.talks()
    customer.hears(AGENT)
    agent.hears(CUSTOMER)


def bar(agent: AgentAtDesk, state: str) -> None:
    expect(agent.page.locator(f"[data-recording={state}]")).to_be_visible(timeout=20_000)


def grown(page: Page, recording_id: int, chunks: int) -> None:
    """Wait until the recording has that many chunks."""
    for _ in range(400):
        with reading() as session:
            if session.get_one(Recording, recording_id).chunks >= chunks:
                return
        page.wait_for_timeout(100)
    raise AssertionError(f"fewer than {chunks} chunks arrived")


def recordings() -> list[Recording]:
    with reading() as session:
        return list(session.scalars(select(Recording).order_by(Recording.id)))


def finished(page: Page) -> list[Recording]:
    """Every recording, once none is open."""
    for _ in range(300):
        found = recordings()
        if found and all(each.state != "open" for each in found):
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"still open: {[(each.state, each.chunks) for each in recordings()]}")


def events(*names: str) -> list[str]:
    with reading() as session:
        found = session.scalars(select(Event.name).where(Event.name.in_(names)).order_by(Event.id))
        return list(found)


def analyse(agent: AgentAtDesk, recording: Recording, begin: float, end: float | None = None) -> dict[str, Any]:
    tones = [AGENT, CUSTOMER, COLLEAGUE]
    found: dict[str, Any] = agent.page.evaluate(
        ANALYSE, [f"{agent.address}/recordings/{recording.public_id}", tones, begin, end]
    )
    return found


def test_both_sides_are_recorded_and_a_pause_is_silent(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = seat_agent(queue), bring_customer()
    notice = customer.page.locator(".notice")
    customer.page.locator("input[name=topic][value=parcel]").check()
    expect(notice).to_contain_text("This call is recorded,")
    expect(notice).to_contain_text("deleted after 30 days")
    connected(agent, customer)
    bar(agent, "on")
    expect(customer.page.locator(".recording-mark")).to_contain_text("being recorded")
    (recording,) = recordings()
    grown(agent.page, recording.id, 1)
    agent.page.get_by_role("button", name="Pause for card data").click()
    bar(agent, "paused")
    expect(customer.page.locator(".recording-mark")).to_contain_text("Recording paused")
    grown(agent.page, recording.id, 2)
    grown(agent.page, recording.id, 3)
    agent.page.get_by_role("button", name="Resume recording").click()
    bar(agent, "on")
    grown(agent.page, recording.id, 4)
    grown(agent.page, recording.id, 5)
    customer.hang_up()
    agent.shows("Wrap-up")
    (recording,) = finished(agent.page)
    assert recording.state == "complete"
    (gap,) = recording.pauses
    assert gap["reason"] == "card"
    start = recording.started_at.timestamp()
    paused, resumed = (datetime.fromisoformat(gap[each]).timestamp() - start for each in ("from", "to"))
    before = analyse(agent, recording, 1.0, paused - 1)
    assert before["status"] == 200
    left, right = before["sides"]
    assert left[str(CUSTOMER)] > -45 and right[str(AGENT)] > -45
    assert left[str(AGENT)] < -55 and right[str(CUSTOMER)] < -55
    silent = analyse(agent, recording, paused + 1, resumed - 1)
    assert max(level for side in silent["sides"] for level in side.values()) < -65
    after = analyse(agent, recording, resumed + 1, before["length"] - 0.5)
    assert after["sides"][0][str(CUSTOMER)] > -45
    assert after["sides"][1][str(AGENT)] > -45
    assert recording.duration_s == pytest.approx(before["length"], abs=2)
    assert events("recording.listened") == ["recording.listened"]  # three times in one sign-in


def test_who_refuses_is_not_recorded(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = seat_agent(queue), bring_customer()
    connected(agent, customer, refuse=True)
    expect(agent.page.locator("[data-recording=off]")).to_contain_text("the caller refused")
    expect(customer.page.locator(".recording-mark")).to_have_count(0)
    customer.hang_up()
    agent.shows("Wrap-up")
    assert recordings() == []


def test_a_colleague_asked_in_private_is_not_in_the_recording(
    queue: int, seat_agent: Seat, bring_customer: Bring
) -> None:
    agent, customer = seat_agent(queue), bring_customer()
    colleague = seat_agent(queue, name="Ben Carter", tone=COLLEAGUE)
    connected(agent, customer)
    colleague.go_available()
    bar(agent, "on")
    agent.press("Transfer")
    dialog = agent.page.get_by_role("dialog", name="Transfer this call")
    dialog.get_by_text("Ben Carter").click()
    dialog.get_by_role("button", name="Consult first").click()
    colleague.accept()
    agent.hears(COLLEAGUE)
    colleague.hears(AGENT)
    (recording,) = recordings()
    grown(agent.page, recording.id, recording.chunks + 3)
    agent.press("Back to caller")
    agent.hears(CUSTOMER)
    customer.hang_up()
    agent.shows("Wrap-up")
    (recording,) = finished(agent.page)
    whole = analyse(agent, recording, 0)
    assert max(side[str(COLLEAGUE)] for side in whole["sides"]) < -65
    assert whole["sides"][0][str(CUSTOMER)] > -60


def test_a_desk_loaded_anew_goes_on_in_a_new_part(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = seat_agent(queue), bring_customer()
    connected(agent, customer)
    bar(agent, "on")
    (first,) = recordings()
    grown(agent.page, first.id, 1)
    agent.page.get_by_role("button", name="Pause for card data").click()
    expect(customer.page.locator(".recording-mark")).to_contain_text("Recording paused")
    agent.page.on("dialog", lambda dialog: dialog.accept())
    agent.page.reload()
    agent.talks()
    bar(agent, "paused")  # the card is still being read out
    agent.page.get_by_role("button", name="Resume recording").click()
    bar(agent, "on")
    agent.hears(CUSTOMER)
    second = recordings()[-1]
    assert second.id != first.id
    grown(agent.page, second.id, 2)
    customer.hang_up()
    agent.shows("Wrap-up")
    parts = finished(agent.page)
    assert len(parts) == 2
    assert analyse(agent, parts[1], 0)["sides"][0][str(CUSTOMER)] > -50


def test_a_queue_that_leaves_it_to_the_agent(database: str, seat_agent: Seat, bring_customer: Bring) -> None:
    create_break()
    queue_id = create_queue(recording="on_request")
    agent, customer = seat_agent(queue_id), bring_customer()
    connected(agent, customer)
    expect(agent.page.locator("[data-recording=off]")).to_contain_text("Not recorded so far")
    assert recordings() == []
    agent.press("Record this call")
    bar(agent, "on")
    expect(customer.page.locator(".recording-mark")).to_contain_text("being recorded")
    with transaction() as session:  # what the queue says later changes nothing for who was told
        session.get_one(Queue, queue_id).recording = "off"
    customer.hang_up()
    agent.shows("Wrap-up")
    assert [each.state for each in finished(agent.page)] == ["complete"]
