"""A supervisor asks how a contact was: SMS, link, the page rings, they talk, the answers are kept, a ticket follows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from app import clock
from app.customers.models import Interaction
from app.customers.services import add_customer
from app.db import reading, transaction
from app.eventlog import CLI
from app.quality.models import QualityCallback, QualityInterview
from app.security.models import User
from app.tickets.models import Ticket
from tests.browser.people import AGENT, AgentAtDesk
from tests.browser.running import RunningDesk
from tests.fixtures.desk import create_agent, create_queue
from tests.services.test_quality import where_it_is

Seat = Callable[..., AgentAtDesk]
NUMBER = "+447700900123"
CUSTOMER = 880


def contact_of(queue: int, agent: int) -> int:
    """Id of a customer with whom the agent spoke yesterday; it is noon where they live."""
    with transaction() as session:
        customer = add_customer(
            session, name="Amelia Hart", phones=[NUMBER], time_zone=where_it_is(12), language="en", actor=CLI
        )
        session.add(
            Interaction(
                contact_id="yesterday", channel="voice", direction="inbound", outcome="answered", queue_id=queue,
                agent_id=agent, customer_id=customer.id, number=NUMBER, started_at=clock.now() - timedelta(days=1),
                talk_s=90,
            )
        )  # fmt: skip
        return customer.id


def become(agent: AgentAtDesk, role: str) -> None:
    with transaction() as session:
        session.execute(update(User).where(User.id == agent.agent_id).values(role=role))


def ask(page: Page, address: str, customer: int) -> None:
    """From the timeline to the planned callback."""
    page.goto(f"{address}/customers/{customer}")
    page.get_by_role("link", name="Ask how it was").click()
    page.locator("#note").fill("Rings slowly.")
    page.get_by_role("button", name="Plan the callback").click()
    expect(page.locator(".quality-head")).to_contain_text("To be called now")


def answer_everything(page: Page, overall: int) -> None:
    """The caller fills the questions."""
    form = page.get_by_role("form", name="Quality call")
    form.get_by_role("radio", name="No", exact=True).first.check()
    for code in ("attitude", "speed", "correctness", "informed"):
        form.locator(f"input[name=rating-{code}][value='4']").check()
    form.locator(f"input[name=rating-overall][value='{overall}']").check()
    form.locator("#interview-suggestion").fill("Ring twice, please.")
    form.get_by_role("radio", name="Interviewed", exact=True).check()


def test_from_the_question_to_the_recovery_ticket(
    queue: int, running: RunningDesk, chromium: Browser, seat_agent: Seat
) -> None:
    create_queue("complaints")
    quality = create_queue("quality", quality_calls=True, public=False)
    rated = create_agent(queue, quality, name="Ana Rated")
    customer = contact_of(queue, rated)
    caller = seat_agent(quality, name="Quinn Caller")
    become(caller, "quality")
    caller.page.reload()
    caller.go_available()
    boss = seat_agent(name="Maria Boss", tone=1320)
    become(boss, "supervisor")
    ask(boss.page, running.address, customer)

    # The customer's telephone: the SMS is there, and its link opens the page that rings
    handset = chromium.new_context(locale="en-GB")
    handset.add_cookies(boss.context.cookies())
    handset.add_init_script(f"window.hearbackTone = {CUSTOMER};")
    phone = handset.new_page()
    phone.goto(f"{running.address}/phone/{NUMBER}")
    link = phone.locator(".bubble.theirs a")
    expect(link).to_have_attribute("href", re.compile("^/callback/"), timeout=20_000)
    with handset.expect_page() as opened:
        link.click()
    page = opened.value
    caller.rings(40)
    caller.accept()
    panel = caller.page.get_by_role("form", name="Quality call")
    expect(panel).to_contain_text("Rings slowly.")
    expect(panel).to_contain_text("1 is very bad, 5 is very good")
    expect(caller.page.locator("body")).not_to_contain_text("Ana Rated")
    page.get_by_role("button", name="Answer", exact=True).click(timeout=20_000)
    caller.talks()
    caller.hears(CUSTOMER)
    page.wait_for_function(f"() => window.hearbackProbe && hearbackProbe.db('out', {AGENT}) > -45", polling=100)
    answer_everything(caller.page, overall=2)
    expect(panel.locator(".field-head").first).to_contain_text("Draft saved", timeout=10_000)
    caller.page.reload()
    caller.talks(30)
    expect(panel.locator("#interview-suggestion")).to_have_value("Ring twice, please.")
    page.locator(".phone-controls .danger").click()
    panel.get_by_role("button", name="Save and finish").click()
    expect(panel).to_be_hidden(timeout=10_000)
    caller.shows("Available")

    with reading() as session:
        callback = session.scalars(select(QualityCallback)).one()
        answers = session.scalars(select(QualityInterview)).one()
        ticket = session.scalars(select(Ticket)).one()
    assert (callback.state, callback.outcome, callback.ticket_id) == ("done", "interviewed", ticket.id)
    assert (answers.interviewer_id, answers.settled, answers.overall) == (caller.agent_id, "no", 2)
    boss.page.goto(f"{running.address}/quality/{callback.id}")
    expect(boss.page.locator("main")).to_contain_text("Ring twice, please.")
    expect(boss.page.locator("main")).to_contain_text("Ana Rated")
    boss.page.goto(f"{running.address}/quality?show=done")
    expect(boss.page.locator("table")).to_contain_text("Amelia Hart")
    handset.close()
