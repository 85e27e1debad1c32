"""After the call: the SMS leaves, arrives on the handset, and STOP stops everything at once."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from app.clock import now
from app.db import reading, transaction
from app.domain.quality_call import RATINGS
from app.messages.models import Message, SmsTemplate
from app.quality import texts
from app.security import sessions
from tests.browser.looking import OVERFLOWING, bring_axe, settled_violations
from tests.browser.people import AgentAtDesk, CustomerOnPage
from tests.browser.running import RunningDesk
from tests.services import test_quality as quality
from tests.services.test_quality import house  # noqa: F401  (a fixture)
from tests.services.test_quality_links import linked

Seat = Callable[..., AgentAtDesk]
Bring = Callable[..., CustomerOnPage]
NUMBER = "+447700900321"
#: Milliseconds that a page may take on a machine with much else to do.
PATIENT = 20_000


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


def test_a_link_in_a_text_is_answered_once_on_the_telephone(
    house: dict[str, int],  # noqa: F811
    running: RunningDesk,
    chromium: Browser,
) -> None:
    texts.configure(running.address)  # where the link leads
    asked, _token = linked(house)
    texts.configure("")
    with transaction() as session:
        staff = sessions.open_session(session, house["boss"], address="127.0.0.1", browser="test", at=now())
    handset = chromium.new_context(locale="zh-TW", viewport={"width": 390, "height": 844})
    handset.add_cookies([{"name": "hearback", "value": staff, "url": running.address}])
    phone = handset.new_page()
    phone.goto(f"{running.address}/phone/{quality.NUMBER}")
    link = phone.locator(".bubble.theirs a")
    expect(link).to_have_attribute("href", re.compile("^/answer/"), timeout=PATIENT)
    # The customer is not signed in, and reads the page in the language of the text
    customer = chromium.new_context(locale="zh-TW", viewport={"width": 390, "height": 844})
    page = customer.new_page()
    page.goto(f"{running.address}{link.get_attribute('href')}")
    form = page.locator("form[data-answer]")
    form.get_by_role("radio", name="No", exact=True).first.check()
    page.locator("#q-need").fill("A locker")
    page.locator("details.menu summary").first.click()
    page.get_by_role("button", name="繁體中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant", timeout=PATIENT)
    expect(page.locator("#q-need")).to_have_value("A locker", timeout=PATIENT)
    expect(form.locator("input[name='q-settled'][value='no']")).to_be_checked()
    for rating in RATINGS:
        form.locator(f"input[name='q-{rating}'][value='2']").check()
    form.locator("button.answer-send").click()
    expect(page.locator("[data-answered]")).to_be_visible(timeout=PATIENT)
    bring_axe(page)
    assert settled_violations(page) == [] and page.evaluate(OVERFLOWING) == []
    given = quality.interview(asked)
    assert given is not None and (given.mode, given.need, given.overall, given.language) == (
        "link", "A locker", 2, "zh_Hant",
    )  # fmt: skip
    assert quality.callback(asked).ticket_id is not None
    for context in (handset, customer):
        context.close()
