"""A month is drawn by two people; the customer found is called with sound, scored, and the agent reads the coaching."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from app import clock
from app.agents.models import Agent
from app.customers.models import Interaction
from app.customers.services import add_customer
from app.db import reading, transaction
from app.domain.questionnaire import LANGUAGES
from app.domain.questionnaire_editing import item_field
from app.draws import services as draws
from app.draws.models import DrawMember, QualityDraw
from app.eventlog import CLI
from app.eventlog import person as by_person
from app.quality.counted import running_month
from app.quality.drawn import call_the_drawn
from app.quality.models import QualityCallback, QualityInterview
from app.quality.questionnaire import services as questionnaire
from app.quality.scores import months_before
from app.security.models import User
from app.tickets.models import Ticket
from config import load_settings
from tests.browser.people import AGENT, AgentAtDesk
from tests.browser.running import RunningDesk
from tests.fixtures.desk import create_queue
from tests.fixtures.waiting import until
from tests.fixtures.zones import where_it_is
from tests.services.test_quality_scores import INTERVIEWER, answered

Seat = Callable[..., AgentAtDesk]
NUMBER = "+447700900123"
CUSTOMER, BOSS, RATED = 880, 1320, 1760
SAID = "Ring twice, please, said Amelia Hart."
SHOWN = "Please ring twice."
OWN = "Did the parcel arrive whole?"
#: Milliseconds that a page may take on a machine with much else to do.
PATIENT = 20_000


def closed_month() -> tuple[str, datetime]:
    """A month that is over, on whichever day this runs, and a moment in its middle."""
    zone = load_settings().time_zone
    month = months_before(running_month(clock.now(), zone), 3)[0]
    return month, datetime.combine(date.fromisoformat(f"{month}-15"), time(12), ZoneInfo(zone))


def contact_of(queue: int, agent: int, at: datetime) -> int:
    """Id of a contact that can be drawn, of somebody with one name; where the customer lives it is noon now."""
    with transaction() as session:
        session.get_one(Agent, agent).public_name = "Ana Rated"
        customer = add_customer(
            session, name="Amelia Hart", phones=[NUMBER], time_zone=where_it_is(12), language="en", actor=CLI
        )
        contact = Interaction(
            contact_id="that month", channel="voice", direction="inbound", outcome="answered", queue_id=queue,
            agent_id=agent, customer_id=customer.id, number=NUMBER, started_at=at, talk_s=90,
        )  # fmt: skip
        session.add(contact)
        session.flush()
        return contact.id


def become(agent: AgentAtDesk, role: str) -> None:
    with transaction() as session:
        session.execute(update(User).where(User.id == agent.agent_id).values(role=role))
    agent.page.reload()


def open_draw(at: datetime) -> int:
    """Id of the draw that was opened when its month began."""
    advance(at, at, "open")
    with reading() as session:
        return session.scalars(select(QualityDraw.id).where(QualityDraw.period == f"{at:%Y-%m}")).one()


def advance(moment: datetime, month: datetime, state: str) -> None:
    """What the worker does every ten seconds; while it is at it itself, nobody else is let in."""
    settings = load_settings()

    def moved_on() -> bool:
        draws.advance(moment, zone=settings.time_zone, secret=settings.secret_key)
        with reading() as session:
            return session.scalar(select(QualityDraw.state).where(QualityDraw.period == f"{month:%Y-%m}")) == state

    until(moved_on, f"the draw is {state}")


def bind(page: Page, address: str, draw_id: int) -> str:
    """Commit to a secret that the page made; the secret."""
    page.goto(f"{address}/draws/{draw_id}")
    expect(page.locator("input[name=commitment]")).to_have_value(re.compile("^[0-9a-f]{64}$"), timeout=PATIENT)
    with page.expect_download():
        page.get_by_role("button", name="Save as a file").click()
    secret = page.locator("#new-secret").input_value()
    page.get_by_role("button", name="Commit").click()
    expect(page.locator("main")).to_contain_text("Your role is bound.", timeout=PATIENT)
    return secret


def tell(page: Page, address: str, draw_id: int, secret: str) -> None:
    page.goto(f"{address}/draws/{draw_id}")
    page.get_by_label("The secret you saved").fill(secret)
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_label("The secret you saved")).to_have_count(0, timeout=PATIENT)


def answer_everything(page: Page, overall: int) -> None:
    """The caller fills the questions."""
    form = page.get_by_role("form", name="Quality call")
    form.get_by_role("radio", name="No", exact=True).first.check()
    for code in ("attitude", "speed", "correctness", "informed"):
        form.locator(f"input[name=rating-{code}][value='4']").check()
    form.locator(f"input[name=rating-overall][value='{overall}']").check()
    form.get_by_role("group", name=OWN).get_by_role("radio", name="Yes", exact=True).check()
    form.locator("#interview-suggestion").fill(SAID)
    form.get_by_role("radio", name="Interviewed", exact=True).check()


def ask_in_addition(person: AgentAtDesk) -> None:
    """A version of the questions that has one of the house's own."""
    writer = by_person(person.agent_id)
    version = questionnaire.begin_draft(actor=writer)
    questionnaire.change(version, {"do": "add:yes_no"}, revision=1, actor=writer)
    words = {item_field("own1", code): OWN for code in LANGUAGES}
    questionnaire.change(version, words, revision=2, actor=writer)
    questionnaire.publish(version, revision=3, actor=writer)


def coach(page: Page, address: str, month: str) -> None:
    """From the list of a closed month to the note that the agent may read."""
    page.goto(f"{address}/quality/coaching?month={month}")
    page.locator("tr", has_text="Ana Rated").get_by_role("button", name="Write the note").click()
    page.locator("#text").fill("Listen to two calls of a colleague")
    page.locator("#due_on").fill(f"{clock.now().date() + timedelta(days=9)}")
    page.get_by_role("button", name="Add to the plan").click()
    expect(page.locator(".steps")).to_contain_text("Listen to two calls", timeout=PATIENT)
    expect(page.locator("blockquote")).to_contain_text(SAID)
    page.get_by_label("As the agent reads it").fill(SHOWN)
    page.get_by_role("radio", name="Show it like this").check()
    page.locator("#body").fill("You explain well. Work on calling back.")
    page.get_by_role("button", name="Save and release to the agent").click()
    expect(page.locator("main")).to_contain_text("Released", timeout=PATIENT)


def test_from_the_draw_to_the_coaching_note(
    queue: int, running: RunningDesk, chromium: Browser, seat_agent: Seat
) -> None:
    month, at = closed_month()
    create_queue("complaints")
    quality = create_queue("quality", quality_calls=True, public=False)
    rated = seat_agent(queue, quality, name="Ana Rated", tone=RATED)
    caller = seat_agent(quality, name="Quinn Caller")
    boss = seat_agent(name="Maria Boss", tone=BOSS)
    become(caller, "quality")
    become(boss, "supervisor")
    contact_of(queue, rated.agent_id, at)
    # Two interviews of the same month lie behind: below three nothing of one person is passed on
    INTERVIEWER[0] = caller.agent_id
    for _each in range(2):
        answered(rated.agent_id, 4, at)

    # The draw: both roles bind themselves, the frame is frozen, both tell, and nobody could steer it
    draw_id = open_draw(at)
    secrets = {person: bind(person.page, running.address, draw_id) for person in (boss, caller)}
    advance(clock.now(), at, "frozen")
    for person, secret in secrets.items():
        tell(person.page, running.address, draw_id, secret)
    advance(clock.now(), at, "drawn")
    boss.page.goto(f"{running.address}/draws/{draw_id}")
    expect(boss.page.locator("tr", has_text="Ana Rated")).to_contain_text("No phone number: 2")
    with reading() as session:
        drawn = session.scalars(select(DrawMember).where(DrawMember.part == "primary")).one()
    assert (drawn.draw_id, drawn.agent_id) == (draw_id, rated.agent_id)

    caller.page.goto(f"{running.address}/desk")
    caller.go_available()
    ask_in_addition(caller)
    call_the_drawn(clock.now())  # the worker, which does so every five minutes, begins what is due
    with reading() as session:
        callback = session.scalars(select(QualityCallback).where(QualityCallback.source == "draw")).one()
    assert callback.interaction_id == drawn.interaction_id

    # The customer's telephone: the SMS is there, and its link opens the page that rings
    handset = chromium.new_context(locale="en-GB")
    handset.add_cookies(boss.context.cookies())
    handset.add_init_script(f"window.hearbackTone = {CUSTOMER};")
    phone = handset.new_page()
    phone.goto(f"{running.address}/phone/{NUMBER}")
    link = phone.locator(".bubble.theirs a")
    expect(link).to_have_attribute("href", re.compile("^/callback/"), timeout=2 * PATIENT)
    with handset.expect_page() as opened:
        link.click()
    page = opened.value
    caller.rings(40)
    caller.accept()
    page.get_by_role("button", name="Answer", exact=True).click(timeout=PATIENT)
    panel = caller.page.get_by_role("form", name="Quality call")
    expect(panel).to_contain_text("1 is very bad, 5 is very good", timeout=PATIENT)
    caller.talks()
    caller.hears(CUSTOMER)
    page.wait_for_function(f"() => window.hearbackProbe && hearbackProbe.db('out', {AGENT}) > -45", polling=100)
    answer_everything(caller.page, overall=2)
    expect(panel.locator(".field-head").first).to_contain_text("Draft saved", timeout=PATIENT)
    caller.page.reload()
    caller.talks(30)
    expect(panel.locator("#interview-suggestion")).to_have_value(SAID, timeout=PATIENT)
    expect(caller.page.locator("body")).not_to_contain_text("Ana Rated")
    page.locator(".phone-controls .danger").click()
    panel.get_by_role("button", name="Save and finish").click()
    expect(panel).to_be_hidden(timeout=PATIENT)
    caller.shows("Available")

    with reading() as session:
        callback = session.get_one(QualityCallback, callback.id)
        answers = session.scalars(select(QualityInterview).where(QualityInterview.callback_id == callback.id)).one()
        ticket = session.scalars(select(Ticket)).one()
    assert (callback.state, callback.outcome, callback.ticket_id) == ("done", "interviewed", ticket.id)
    assert (answers.interviewer_id, answers.settled, answers.overall) == (caller.agent_id, "no", 2)
    assert (answers.version, answers.extra) == (2, {"own1": True})
    caller.page.goto(f"{running.address}/quality/{callback.id}")
    expect(caller.page.locator("main")).to_contain_text(SAID)
    expect(caller.page.locator("main")).to_contain_text("Ana Rated")  # the ratings are in

    # The score says how many were asked and who answered, and nothing of a single agent
    boss.page.goto(f"{running.address}/quality/scores?month={month}&months=1")
    scores = boss.page.locator("main")
    expect(scores).to_contain_text("No agent may be ranked or rewarded")
    expect(scores).to_contain_text("complete of 3 approached")
    expect(scores.locator(".score-tile").first).to_contain_text("3 answers")
    expect(scores).not_to_contain_text("Ana Rated")

    rated.page.goto(f"{running.address}/quality/mine")
    expect(rated.page.locator("main")).to_contain_text("No notes yet")
    coach(boss.page, running.address, month)
    rated.page.reload()
    expect(rated.page.locator("main")).to_contain_text(SHOWN)
    expect(rated.page.locator("main")).not_to_contain_text("Amelia")
    handset.close()
