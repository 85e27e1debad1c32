"""Leaving a message in the browser: spoken and heard by an agent, interrupted, typed out of the line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select, text

from app import clock
from app.db import reading, transaction
from app.messages.models import Message
from app.queues.calendars import OpeningCalendar
from app.queues.models import Queue
from app.recordings.keeping import end_lost
from app.recordings.models import Recording
from app.tickets.models import Ticket
from app.tickets.queries import entries
from app.voicemail.delivery import deliver_left
from tests.browser.looking import bring_axe, settled_violations
from tests.browser.people import CUSTOMER, AgentAtDesk, CustomerOnPage

NUMBER = "+447700900318"
#: How loud the tone the caller sent is in the file, beside a tone nobody sent; decibels.
HEARD = """(hz) => {
  const source = document.querySelector("recording-player").getAttribute("src");
  fetch(source).then((answer) => answer.arrayBuffer())
    .then((bytes) => new OfflineAudioContext(1, 48000, 48000).decodeAudioData(bytes))
    .then((sound) => {
      const samples = sound.getChannelData(0);
      const loud = (tone) => {
        let re = 0, im = 0;
        samples.forEach((sample, n) => {
          const angle = (2 * Math.PI * tone * n) / sound.sampleRate;
          re += sample * Math.cos(angle);
          im += sample * Math.sin(angle);
        });
        return 20 * Math.log10(Math.hypot(re, im) / samples.length + 1e-9);
      };
      window.heard = { seconds: sound.duration, tone: loud(hz), other: loud(hz * 1.31) };
    });
}"""


def close(queue_id: int) -> None:
    with transaction() as session:
        calendar = OpeningCalendar(name="Never", zone="UTC")
        session.add(calendar)
        session.flush()
        session.get_one(Queue, queue_id).calendar_id = calendar.id


def ask_for_a_message(page: Page) -> None:
    """The form filled in, and straight to the message: the page says already that the line is closed."""
    page.locator("input[name=topic][value=parcel]").check()
    page.fill("#number", NUMBER)
    page.locator("input[name=notice]").check()
    page.get_by_role("button", name="Leave a message").click()


def stage(page: Page, name: str) -> None:
    expect(page.locator(f"[data-message-stage={name}]")).to_be_visible(timeout=20_000)


def looks_right(page: Page) -> None:
    """Nothing hangs over the edge, and axe-core has no complaint, dark and narrow, light and wide."""
    bring_axe(page)
    for width, height, scheme in ((390, 844, "dark"), (1440, 900, "light")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert settled_violations(page) == [], f"{page.url} {width} {scheme}"
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} px too wide at {width}"


def speak(page: Page, seconds: float) -> None:
    page.get_by_role("button", name="Record", exact=True).click()
    stage(page, "recording")
    page.wait_for_function(
        "(seconds) => document.querySelector('.message-progress')?.value > seconds", arg=seconds, timeout=20_000
    )


def tickets() -> list[Ticket]:
    with reading() as session:
        return list(session.scalars(select(Ticket).order_by(Ticket.id)))


def test_a_closed_line_takes_a_message_that_an_agent_hears_and_answers(
    queue: int, seat_agent: Callable[..., AgentAtDesk], bring_customer: Callable[..., CustomerOnPage]
) -> None:
    close(queue)
    customer = bring_customer()
    page = customer.page
    ask_for_a_message(page)
    stage(page, "ready")
    looks_right(page)
    speak(page, 3)
    looks_right(page)
    page.get_by_role("button", name="Stop").click()
    stage(page, "review")
    looks_right(page)
    page.get_by_role("button", name="Listen to it").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_label("Your phone number")).to_have_value(NUMBER)
    page.get_by_role("button", name="Send the message").click()
    stage(page, "sent")
    looks_right(page)
    [ticket] = tickets()
    expect(page.locator(".message-reference")).to_have_text(ticket.reference)
    assert (ticket.channel, ticket.number) == ("voicemail", NUMBER)

    agent = seat_agent(queue)
    agent.go_available()
    mine = agent.page.locator(".my-tickets a", has_text=ticket.reference)
    expect(mine).to_be_visible(timeout=20_000)
    agent.page.goto(f"{agent.address}/tickets/{ticket.id}")
    player = agent.page.locator("recording-player")
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible(timeout=10_000)
    looks_right(agent.page)
    assert float(player.get_attribute("seconds") or 0) > 3
    agent.page.evaluate(HEARD, CUSTOMER)
    heard = agent.page.wait_for_function("() => window.heard", timeout=20_000).json_value()
    assert heard["seconds"] > 2.5
    assert heard["tone"] > -45
    assert heard["other"] < heard["tone"] - 20
    agent.page.get_by_label("Your answer").fill("Your parcel comes tomorrow.")
    agent.page.get_by_role("button", name="Send and resolve").click()
    expect(agent.page.get_by_text("Your parcel comes tomorrow.")).to_be_visible()
    with reading() as session:
        texts = session.scalars(select(Message.body).where(Message.number == NUMBER).order_by(Message.id)).all()
        listened = session.scalar(text("SELECT count(*) FROM events WHERE name = 'recording.listened'"))
    assert texts[-1] == "Your parcel comes tomorrow."
    assert ticket.reference in texts[0]
    assert listened == 1


def test_a_page_that_is_gone_in_the_middle_of_it_loses_only_its_last_seconds(
    queue: int, bring_customer: Callable[..., CustomerOnPage]
) -> None:
    close(queue)
    page = bring_customer().page
    ask_for_a_message(page)
    with page.expect_response(lambda answer: answer.url.endswith("/1") and answer.ok, timeout=20_000):
        speak(page, 1)
    page.close(run_before_unload=False)
    later = clock.now() + timedelta(seconds=65)
    assert (end_lost(later), deliver_left(later)) == (1, 1)
    [ticket] = tickets()
    with reading() as session:
        [recording] = session.scalars(select(Recording)).all()
        assert entries(session, ticket.id)[0].recording["state"] == "incomplete"
    assert recording.chunks >= 2
    assert recording.bytes > 1000


def test_who_waits_for_nobody_types_a_message_and_leaves_the_line(
    queue: int, bring_customer: Callable[..., CustomerOnPage]
) -> None:
    customer = bring_customer()
    page = customer.page
    customer.call("parcel")
    customer.is_in("queued")
    expect(page.get_by_text("Nobody is here to answer at the moment.")).to_be_visible()
    page.get_by_role("button", name="Leave a message").click()
    expect(page.get_by_text("You are next in line")).to_be_visible()
    page.get_by_role("button", name="Type it instead").click()
    page.get_by_label("Your message").fill("My parcel is wet.")
    looks_right(page)
    page.get_by_role("button", name="Send the message").click()
    expect(page.get_by_text("Please give a phone number or an e-mail address")).to_be_visible()
    page.get_by_label("or your e-mail address").fill("ann@example.com")
    page.get_by_role("button", name="Send the message").click()
    stage(page, "sent")
    [ticket] = tickets()
    assert (ticket.channel, ticket.subject, ticket.email) == ("web", "My parcel is wet.", "ann@example.com")
    with reading() as session:
        assert session.scalar(text("SELECT end_reason FROM calls")) == "voicemail"
