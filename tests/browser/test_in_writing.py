"""The page rings, and the customer would rather answer in writing: the questions at once, and the caller is free."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app import clock
from app.db import reading
from app.eventlog import CLI
from app.quality.asking import ask_how_it_was
from app.quality.models import QualityAttempt, QualityInterview
from tests.browser.people import AgentAtDesk
from tests.browser.running import RunningDesk
from tests.browser.test_quality import PATIENT, become, contact_of
from tests.fixtures.desk import create_agent, create_queue

Seat = Callable[..., AgentAtDesk]


def test_a_ring_becomes_a_page(queue: int, running: RunningDesk, chromium: Browser, seat_agent: Seat) -> None:
    caller = seat_agent(create_queue("quality", quality_calls=True, public=False), name="Quinn Caller")
    become(caller, "quality")
    contact = contact_of(queue, create_agent(queue), clock.now())
    callback = ask_how_it_was(contact, language="en", note="", when=None, actor=CLI)
    with reading() as session:
        token = session.scalars(select(QualityAttempt.token).where(QualityAttempt.callback_id == callback)).one()
    handset = chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    page = handset.new_page()
    page.goto(f"{running.address}/callback/{token}")
    caller.go_available()
    caller.rings(40)
    caller.accept()
    expect(page.get_by_role("button", name="Answer", exact=True)).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="I would rather answer in writing").click()
    expect(page.locator("input[name=q-overall]")).to_have_count(5, timeout=PATIENT)
    expect(caller.page.locator("body")).to_contain_text("would rather answer in writing", timeout=PATIENT)
    caller.shows("Available")
    page.locator("input[name=q-settled][value=yes]").check()
    for code in ("attitude", "speed", "correctness", "informed", "overall"):
        page.locator(f"input[name=q-{code}][value='5']").check()
    page.locator(".answer-send").click()
    expect(page.locator("input[name=q-overall]")).to_have_count(0, timeout=PATIENT)
    with reading() as session:
        answers = session.scalars(select(QualityInterview).where(QualityInterview.callback_id == callback)).one()
    assert (answers.mode, answers.interviewer_id, answers.overall) == ("link", None, 5)
    handset.close()
