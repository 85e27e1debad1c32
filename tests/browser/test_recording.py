"""A recorded call as both sides see it, and what is in the recording: who is on which channel, and what is silent."""

from __future__ import annotations

import re
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

#: Level (dB) of each tone in each channel, for every half second of a recording: [[{hz: dB}, {hz: dB}], ...].
ANALYSE = """async ([address, tones]) => {
  const answer = await fetch(address);
  if (!answer.ok) return { status: answer.status };
  const rate = 8000, window = rate / 2;
  const sound = await new OfflineAudioContext(2, 1, rate).decodeAudioData(await answer.arrayBuffer());
  const level = (data, begin, hz) => {
    let re = 0, im = 0;
    for (let i = 0; i < window; i += 1) {
      const angle = (2 * Math.PI * hz * i) / rate;
      re += data[begin + i] * Math.cos(angle);
      im += data[begin + i] * Math.sin(angle);
    }
    return 20 * Math.log10((2 * Math.hypot(re, im)) / window + 1e-9);
  };
  const sides = Array.from({ length: sound.numberOfChannels }, (_, side) => sound.getChannelData(side));
  const moments = [];
  for (let begin = 0; begin + window <= sound.length; begin += window) {
    moments.push(sides.map((data) => Object.fromEntries(tones.map((hz) => [hz, level(data, begin, hz)]))));
  }
  return { status: answer.status, length: sound.duration, moments };
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


def analyse(agent: AgentAtDesk, recording: Recording) -> dict[str, Any]:
    tones = [AGENT, CUSTOMER, COLLEAGUE]
    address = f"{agent.address}/recordings/{recording.public_id}"
    found: dict[str, Any] = agent.page.evaluate(ANALYSE, [address, tones])
    assert found["status"] == 200
    return found


def marks(found: dict[str, Any]) -> str:
    """One letter per half second: "b" both speak, each on their own side; "-" nobody is heard at all; "?" else."""
    letters = []
    for left, right in found["moments"]:
        both = left[str(CUSTOMER)] > -45 and right[str(AGENT)] > -45
        apart = left[str(AGENT)] < -55 and right[str(CUSTOMER)] < -55
        silent = max(*left.values(), *right.values()) < -65
        letters.append("-" if silent else "b" if both and apart else "?")
    return "".join(letters)


def test_both_sides_are_recorded_and_a_pause_is_silent(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = seat_agent(queue), bring_customer()
    notice = customer.page.locator(".notice")
    customer.page.locator("input[name=topic][value=parcel]").check()
    expect(notice).to_contain_text("This call is recorded.")
    expect(notice).to_contain_text("deleted after 30 days")
    connected(agent, customer)
    bar(agent, "on")
    expect(customer.page.locator(".recording-mark")).to_contain_text("being recorded")
    (recording,) = recordings()
    grown(agent.page, recording.id, 1)
    agent.page.get_by_role("button", name="Pause for card data").click()
    bar(agent, "paused")
    expect(customer.page.locator(".recording-mark")).to_contain_text("Recording is paused")
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
    noted = datetime.fromisoformat(gap["to"]) - datetime.fromisoformat(gap["from"])
    sound = analyse(agent, recording)
    # A busy machine drops sound here and there, and its clock is not the recorder's: so by what is heard, in order
    before, silence, after = re.fullmatch(r"(.*?)(-{6,})(.*)", marks(sound)).groups()  # type: ignore[union-attr]
    assert before.count("b") >= 4
    assert after.count("b") >= 4
    assert "----" not in after
    assert len(silence) / 2 <= noted.total_seconds() + 2
    assert recording.duration_s == pytest.approx(sound["length"], abs=4)
    plays_and_jumps(agent)
    assert events("recording.listened") == ["recording.listened"]  # twice, in one sign-in


def plays_and_jumps(agent: AgentAtDesk) -> None:
    """The player of the list: loads on demand, draws the sound, plays, and jumps in what has no length of its own."""
    page = agent.context.new_page()
    page.goto(f"{agent.address}/recordings")
    player = page.locator("recording-player")
    player.get_by_role("button", name="Play").click()
    expect(player).to_have_class(re.compile("has-picture"), timeout=20_000)
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    position = player.get_by_role("slider", name="Position in the recording")
    position.fill("8")
    expect(player.locator(".player-time")).to_contain_text(re.compile("^00:(08|09|1)"), timeout=20_000)
    player.get_by_role("button", name="Speed").click()
    expect(player.get_by_role("button", name="Speed")).to_have_text("1.5×")
    page.close()


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
    sound = analyse(agent, recording)
    assert max(side[str(COLLEAGUE)] for moment in sound["moments"] for side in moment) < -55
    assert "b" in marks(sound)
    assert "------" in marks(sound)  # the caller was on hold meanwhile


def test_a_desk_loaded_anew_goes_on_in_a_new_part(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent, customer = seat_agent(queue), bring_customer()
    connected(agent, customer)
    bar(agent, "on")
    (first,) = recordings()
    grown(agent.page, first.id, 1)
    agent.page.get_by_role("button", name="Pause for card data").click()
    expect(customer.page.locator(".recording-mark")).to_contain_text("Recording is paused")
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
    assert [each.state for each in parts] == ["complete", "complete"]  # the new load delivered the end of the first
    assert "bb" in marks(analyse(agent, parts[1]))


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
