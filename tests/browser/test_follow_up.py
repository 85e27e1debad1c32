"""After the call: the SMS leaves, arrives on the handset, and STOP stops everything at once."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import func, select

from app.db import reading, transaction
from app.messages.models import Message, SmsTemplate
from tests.browser.people import AgentAtDesk, CustomerOnPage
from tests.browser.running import RunningDesk

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]
NUMBER = "+447700900321"


def create_template() -> None:
    with transaction() as session:
        for language, body in (("en", "Thank you for calling, {agent}."), ("zh_Hans", "感谢来电。{agent}")):
            session.add(SmsTemplate(code="thanks", language=language, name="Thanks", body=body))


def sent_messages() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).where(Message.status.in_(("sent", "delivered")))) or 0


def call_and_wrap_up(agent: AgentAtDesk, customer: CustomerOnPage) -> None:
    customer.call("parcel", number=NUMBER, name="Amelia Hart")
    agent.accept()
    agent.talks()
    agent.press("End call")
    form = agent.page.get_by_role("form", name="Wrap-up")
    form.get_by_role("checkbox", name="Thanks").check()
    agent.wrap_up("done", "Parcel comes today.")


def test_the_follow_up_arrives_and_stop_stops_everything(
    queue: int, running: RunningDesk, seat_agent: Seat, bring_customer: Bring
) -> None:
    create_template()
    agent = seat_agent(queue)
    phone = agent.context.new_page()
    phone.goto(f"{running.address}/phone/{NUMBER}")
    agent.go_available()
    call_and_wrap_up(agent, bring_customer())
    expect(phone.locator("#handset")).to_contain_text("Thank you for calling", timeout=20_000)
    assert sent_messages() == 1

    phone.locator("#handset").get_by_role("textbox").fill("STOP")
    phone.locator("#handset").get_by_role("textbox").press("Enter")
    expect(phone.locator("#handset")).to_contain_text("STOP")
    agent.shows("Available")
    customer = bring_customer()
    customer.call("parcel", number=NUMBER, name="Amelia Hart")
    agent.accept()
    agent.talks()
    customer.hang_up()
    form = agent.page.get_by_role("form", name="Wrap-up")
    expect(form).to_contain_text("This customer has answered STOP.")
    expect(form.get_by_role("checkbox", name="Thanks")).to_be_disabled()
    agent.wrap_up("done")
    assert sent_messages() == 1


def test_a_new_profile_remembers_the_call(queue: int, seat_agent: Seat, bring_customer: Bring) -> None:
    agent = seat_agent(queue)
    agent.go_available()
    customer = bring_customer()
    customer.call("parcel", number=NUMBER)
    agent.accept()
    agent.talks()
    column = agent.page.locator(".desk-customer")
    column.get_by_label("No profile yet").fill("Amélie 😀 <script>alert(1)</script>")
    column.get_by_role("button", name="New profile").click()
    expect(column.get_by_role("heading", name="Amélie 😀 <script>alert(1)</script>")).to_be_visible()
    agent.page.locator("#call-note, textarea").first.fill("Knows where it is now.")
    customer.hang_up()
    agent.wrap_up("done")
    profile = agent.context.new_page()
    profile.goto(f"{agent.address}/customers?q=Am%C3%A9lie")
    profile.get_by_role("link", name="Amélie").first.click()
    expect(profile.locator("main")).to_contain_text("Knows where it is now.")
