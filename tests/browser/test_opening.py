"""The call page when a line is closed, when something is announced, and when the wait gets long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from app import clock
from app.db import transaction
from app.queues.calendars import Announcement, CalendarException, CalendarInterval, OpeningCalendar
from app.queues.models import Queue
from tests.browser.people import CustomerOnPage
from tests.fixtures.desk import create_queue

Bring = Callable[..., CustomerOnPage]


def closed_today() -> int:
    """Id of a calendar that is closed today and tomorrow, and open all day otherwise."""
    today = clock.now().date()
    with transaction() as session:
        calendar = OpeningCalendar(name="Depot", zone="UTC")
        session.add(calendar)
        session.flush()
        for weekday in range(7):
            session.add(CalendarInterval(calendar_id=calendar.id, weekday=weekday, opens=480, closes=1440))
        for days in (0, 1):
            session.add(CalendarException(calendar_id=calendar.id, day=today + timedelta(days=days)))
        return calendar.id


def test_a_closed_line_says_until_when_and_keeps_what_was_typed(running: object, bring_customer: Bring) -> None:
    create_queue(calendar_id=closed_today(), closed_texts={"en": "Drivers already booked will come."})
    create_queue("orders")
    with transaction() as session:
        session.add(Announcement(texts={"en": "A storm delays deliveries by a day."}, active=True))
    customer = bring_customer()
    page = customer.page
    expect(page.get_by_text("A storm delays deliveries by a day.")).to_be_visible()
    expect(page.locator(".choice", has_text="parcel")).to_contain_text("Closed now")
    expect(page.locator(".choice", has_text="orders")).not_to_contain_text("Closed now")
    customer.call("parcel", number="+44 7700 900123", name="Amelia")
    expect(page.locator(".call-news.is-closed")).to_contain_text("at 08:00")
    expect(page.get_by_role("alert")).to_contain_text("Drivers already booked will come.")
    expect(page.locator("#name")).to_have_value("Amelia")
    page.locator("input[name=topic][value=orders]").check()
    expect(page.locator(".call-news.is-closed")).to_be_hidden()
    page.get_by_role("button", name="Call", exact=True).click()
    customer.is_in("queued")
    expect(page.get_by_text("A storm delays deliveries by a day.")).to_be_visible()


def test_a_long_wait_goes_on_elsewhere_and_ends_with_kind_words(running: object, bring_customer: Bring) -> None:
    second = create_queue("second", max_wait_s=9)
    create_queue(overflow_queue_id=second, overflow_after_s=2)
    customer = bring_customer()
    customer.call("parcel")
    customer.is_in("queued")
    expect(customer.page.get_by_text("The time you have waited counts.")).to_be_visible(timeout=20_000)
    customer.is_in("ended", seconds=30)
    expect(customer.page.get_by_text("We are very sorry")).to_be_visible()


def test_an_open_page_turns_to_closed_and_back_by_itself(running: object, bring_customer: Bring) -> None:
    queue_id = create_queue()
    page = bring_customer().page
    line = page.locator(".choice", has_text="parcel")
    expect(line).not_to_contain_text("Closed now")
    page.locator("#name").fill("Amelia")
    for is_open in (False, True):
        with transaction() as session:
            session.get_one(Queue, queue_id).active = is_open
        # As when somebody looks at the page again
        page.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')); }")
        if is_open:
            expect(line).not_to_contain_text("Closed now")
        else:
            expect(line).to_contain_text("Closed now")
    expect(page.locator("#name")).to_have_value("Amelia")
