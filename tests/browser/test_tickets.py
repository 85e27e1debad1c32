"""A request in writing, in real browsers: the form, the agent's list, the answer, the customer's reply, the end."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.db import reading
from app.messages.models import Message
from app.messages.receiving import receive_sms
from app.tickets.models import Ticket
from tests.browser.looking import bring_axe, settled_violations
from tests.browser.people import AgentAtDesk
from tests.browser.running import RunningDesk

NUMBER = "+447700900321"
SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


def looks_right(page: Page) -> None:
    """Nothing hangs over the edge, and axe-core has no complaint, in light and dark, wide and narrow."""
    before = page.viewport_size
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            bring_axe(page)
            found = settled_violations(page, colours_only=scheme == "dark")
            assert found == [], f"{page.url} {size} {scheme}"
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide at {size}"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)  # type: ignore[arg-type]


@pytest.fixture
def customer(running: RunningDesk, chromium: Browser):
    context = chromium.new_context(locale="en-GB", java_script_enabled=False)
    yield context.new_page()
    context.close()


def write_to_us(page: Page, address: str, body: str) -> str:
    """The reference that the customer is shown."""
    page.goto(f"{address}/ticket")
    page.locator("input[name=topic][value=parcel]").check()
    page.fill("#body", body)
    page.fill("#number", NUMBER)
    page.fill("#name", "Amelia Hart")
    page.get_by_role("button", name="Send", exact=True).click()
    return page.locator(".ticket-reference").inner_text()


def status_page(address: str) -> str:
    """The page that the confirmation by SMS links to, on the running program."""
    with reading() as session:
        body = session.scalars(select(Message.body).where(Message.number == NUMBER).order_by(Message.id)).first()
    return address + "/ticket/status/" + str(body).split("/ticket/status/")[1]


def test_a_request_in_writing_from_form_to_answer(
    queue: int, running: RunningDesk, customer: Page, seat_agent: Callable[..., AgentAtDesk]
) -> None:
    agent = seat_agent(queue)
    agent.go_available()
    reference = write_to_us(customer, running.address, "The box is wet and the lamp in it is broken.")
    expect(agent.page.locator(".toast")).to_contain_text(reference, timeout=20_000)
    mine = agent.page.locator(".my-tickets")
    expect(mine).to_contain_text("The box is wet")
    with agent.context.expect_page() as opened:
        mine.get_by_role("link").first.click()
    ticket = opened.value
    expect(ticket.locator(".conversation")).to_contain_text("the lamp in it is broken")
    looks_right(ticket)
    ticket.fill("#body", "Please send us a photo of the box.")
    expect(ticket.locator("[data-parts]")).to_contain_text("1 part")
    ticket.get_by_role("button", name="Send, and wait for the customer").click()
    expect(ticket.locator(".ticket-head")).to_contain_text("Customer is asked")
    expect(mine).to_contain_text("Customer is asked", timeout=10_000)
    customer.goto(status_page(running.address))
    expect(customer.locator(".conversation")).to_contain_text("Please send us a photo of the box.")
    receive_sms(NUMBER, "Here is the photo: box.example/1", "console", uuid.uuid4().hex)
    expect(mine).to_contain_text("Waits for you", timeout=20_000)
    ticket.fill("#body", "Half an answer")
    expect(ticket.locator(".toast")).to_contain_text("There is something new", timeout=10_000)
    ticket.locator(".toast").get_by_role("button", name="Show it").click()
    expect(ticket.locator(".conversation")).to_contain_text("Here is the photo")
    expect(ticket.locator("#body")).to_have_value("Half an answer")
    ticket.fill("#body", "Thank you. We pay for the lamp.")
    ticket.get_by_role("button", name="Send and resolve").click()
    expect(ticket.locator(".ticket-head")).to_contain_text("Resolved")
    expect(mine).to_have_count(0, timeout=10_000)
    customer.reload()
    expect(customer.locator(".conversation")).to_contain_text("We pay for the lamp.")
    with reading() as session:
        row = session.scalars(select(Ticket)).one()
    assert (row.reference, row.state, row.reopened) == (reference, "resolved", 0)


def test_pages_of_tickets_are_accessible_and_fit(
    queue: int, running: RunningDesk, customer: Page, chromium: Browser, seat_agent: Callable[..., AgentAtDesk]
) -> None:
    write_to_us(
        customer, running.address, "A first line that is long enough to be cut off somewhere in a narrow list.\n" * 3
    )
    agent = seat_agent(queue)
    page = agent.page
    for address in ("/tickets", "/tickets?view=mine", "/tickets/new", "/tickets/1"):
        page.goto(running.address + address)
        looks_right(page)
    public = chromium.new_context(locale="en-GB").new_page()
    public.goto(f"{running.address}/ticket")
    looks_right(public)
    public.get_by_role("button", name="Send", exact=True).click()
    expect(public.locator(".error-summary")).to_be_visible()
    looks_right(public)
    for address in (customer.url, status_page(running.address)):
        public.goto(address)
        looks_right(public)
    public.context.close()
