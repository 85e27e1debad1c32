"""The wallboard in the browser: what it shows as it happens, orders that reach the desk, and honesty about age."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import text

from app.db import transaction
from app.security.models import User
from app.security.passwords import hash_password
from tests.browser.people import PASSWORD, AgentAtDesk, CustomerOnPage, Person
from tests.browser.running import RunningDesk
from tests.fixtures.desk import create_user, ring_in

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]


class Supervisor(Person):
    """A supervisor who looks at the board."""

    def __init__(self, browser: Browser, address: str) -> None:
        super().__init__(browser, address, tone=0)
        user_id = create_user("supervisor", name="Maria Boss")
        with transaction() as session:
            user = session.get_one(User, user_id)
            user.password_hash = hash_password(PASSWORD)
            login = user.login
        self.page.goto(f"{address}/sign-in?next=/board")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url("**/board")

    def tile(self, name: str) -> Locator:
        return self.page.locator(".tile", has_text=name).locator(".tile-value")

    def card(self, name: str) -> Locator:
        return self.page.get_by_role("region", name="Agents").get_by_role("button", name=re.compile(name))


@pytest.fixture
def supervisor(running: RunningDesk, chromium: Browser) -> Iterator[Supervisor]:
    boss = Supervisor(chromium, running.address)
    yield boss
    assert boss.complaints == []
    boss.close()


def give_order(page: Page, reason: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name="Give the order").click()
    expect(dialog).to_be_hidden()


def test_a_ringing_call_is_pulled_back_and_the_agent_is_told(
    queue: int, seat_agent: Seat, bring_customer: Bring, supervisor: Supervisor
) -> None:
    agent = seat_agent(queue, name="Ana Silva")
    agent.go_available()
    expect(supervisor.tile("Agents free")).to_have_text("1 / 1")
    customer = bring_customer()
    customer.call("parcel", name="Amelia Hart")
    agent.rings()
    expect(supervisor.tile("Waiting")).to_have_text("1")
    expect(supervisor.card("Ana Silva")).to_contain_text("Ringing")
    supervisor.card("Ana Silva").click()
    supervisor.page.get_by_role("radio", name="Pull the ringing call back").check()
    give_order(supervisor.page, "Ben knows the case")
    expect(agent.page.locator("#toasts")).to_contain_text("took the ringing call back: Ben knows the case")
    expect(agent.page.locator("section.offer")).to_be_hidden()
    customer.is_in("queued", "offering")


def test_an_agent_is_sent_to_lunch_from_the_board(queue: int, seat_agent: Seat, supervisor: Supervisor) -> None:
    agent = seat_agent(queue, name="Ana Silva")
    agent.go_available()
    supervisor.card("Ana Silva").click()
    supervisor.page.get_by_role("radio", name="lunch").check()
    give_order(supervisor.page, "Your lunch is overdue")
    agent.shows("lunch")
    expect(agent.page.locator("#toasts")).to_contain_text("Your lunch is overdue")
    expect(supervisor.card("Ana Silva")).to_contain_text("lunch")


def test_a_waiting_caller_is_hurried_and_a_queue_closed(
    queue: int, bring_customer: Bring, supervisor: Supervisor
) -> None:
    customer = bring_customer()
    customer.call("parcel", name="Amelia Hart")
    page = supervisor.page
    page.get_by_role("region", name="Queues").get_by_role("button", name="parcel").click()
    dialog = page.get_by_role("dialog", name="parcel")
    dialog.get_by_role("radio", name=re.compile("Amelia Hart")).check()
    dialog.get_by_label("What to do").select_option(label="Come sooner or later")
    dialog.get_by_label("Points").fill("3")
    dialog.get_by_label("Reason").first.fill("Medicine on board")
    dialog.get_by_role("button", name="Give the order").click()
    expect(dialog.get_by_text("3 points")).to_be_visible()
    dialog.get_by_text("Close this queue").click()
    dialog.locator("#queue-reason").fill("Power cut in the depot")
    dialog.get_by_role("button", name="Close the queue").click()
    expect(page.get_by_role("region", name="Queues").get_by_text("Closed", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Needs attention")).to_contain_text("nobody serves it")


def test_a_board_without_server_says_so_and_stops_its_timers(
    queue: int, bring_customer: Bring, own_server: RunningDesk, supervisor: Supervisor
) -> None:
    customer = bring_customer()
    customer.call("parcel", name="Amelia Hart")
    wait = supervisor.tile("Longest wait")
    expect(wait).to_have_text(re.compile(r"00:0[3-9]"))
    own_server.kill("web")
    page = supervisor.page
    expect(page.locator(".fresh")).to_contain_text(re.compile("^Updated"), timeout=15_000)
    expect(page.get_by_text("No live data since")).to_be_visible(timeout=20_000)
    frozen = wait.text_content()
    clock = page.locator(".board-clock").text_content()
    expect(page.locator(".board-clock")).not_to_have_text(clock or "")
    expect(wait).to_have_text(frozen or "")
    own_server.start_missing()
    expect(page.get_by_text("No live data since")).to_be_hidden(timeout=30_000)
    expect(page.locator(".fresh")).to_contain_text("Live")


def test_figures_that_do_not_add_up_say_so(queue: int, running: RunningDesk, chromium: Browser) -> None:
    """A leg that nobody logged, as after a mistake in the program or by a hand in the database (I11)."""
    ring_in("parcel")
    with transaction() as session:
        session.execute(
            text("""
            INSERT INTO work_items (kind, channel, contact_id, queue_id, lane, state, reason, enqueued_at, rank_at,
                ended_at) SELECT kind, channel, 'from nowhere', queue_id, lane, 'canceled', 'abandoned', enqueued_at,
                rank_at, enqueued_at + interval '9 seconds' FROM work_items""")
        )
    boss = Supervisor(chromium, running.address)
    try:
        row = boss.page.get_by_role("region", name="Queues").get_by_role("row", name=re.compile("parcel"))
        expect(row).to_contain_text("1 offered, 2 accounted for", timeout=15_000)
        expect(boss.page.locator(".tile", has_text="Service level")).to_contain_text("Does not add up")
        assert boss.complaints == []
    finally:
        boss.close()
