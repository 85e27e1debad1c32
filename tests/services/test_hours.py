"""Outside the hours, and when the line is full: refused kindly, remembered, and counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.calls.caller_image import caller_image
from app.calls.inbound import start_call
from app.calls.models import Call
from app.calls.refusing import QueueClosed, QueueFull
from app.calls.sweeps import sweep_calls
from app.customers.models import Interaction
from app.db import reading, transaction
from app.queues.calendars import Announcement, CalendarException, CalendarInterval, OpeningCalendar
from app.queues.figures import conservation
from app.queues.hours import BY_HAND, announced_texts, holidays_of, queue_hours
from app.queues.models import Queue
from tests.fixtures.desk import call_of, connect, create_agent, create_queue, item_of, ring_in, sit_down
from tests.invariants.checks import assert_invariants

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


def create_calendar(*, zone: str = "Europe/London", region: str = "", closed_on: date | None = None) -> int:
    """Id of a calendar that is open on weekdays from 9 to 17."""
    with transaction() as session:
        calendar = OpeningCalendar(name=f"Office {zone} {region}", zone=zone, region=region)
        session.add(calendar)
        session.flush()
        session.add_all(
            CalendarInterval(calendar_id=calendar.id, weekday=day, opens=9 * 60, closes=17 * 60) for day in range(5)
        )
        if closed_on:
            session.add(CalendarException(calendar_id=calendar.id, day=closed_on, note="Stock-taking"))
        return calendar.id


def hours_at(queue_id: int, moment: datetime):  # type: ignore[no-untyped-def]
    with reading() as session:
        return queue_hours(session, session.get_one(Queue, queue_id), moment)


def start(key: str = "key-0001-0001-0001", topic: str = "parcel") -> None:
    start_call(topic_code=topic, language="en", number="+447700900123", name="", start_key=key, max_waiting=100)


def balance(queue_id: int):  # type: ignore[no-untyped-def]
    with reading() as session:
        assert_invariants(session, clock.now())
        return conservation(session, queue_id)


def count(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_queue_without_a_calendar_is_always_open(database: str) -> None:
    hours = hours_at(create_queue(), SUNDAY)
    assert (hours.open, hours.closes_at, hours.next_open_at) == (True, None, None)


@pytest.mark.parametrize(
    ("moment", "open_", "reason", "next_open"),
    [
        (MONDAY_NOON, True, "open", None),
        (SUNDAY, False, "outside_hours", "2026-11-23T09:00"),
        (datetime(2026, 11, 24, 12, tzinfo=UTC), False, "exception", "2026-11-25T09:00"),
        (
            datetime(2026, 12, 25, 12, tzinfo=UTC),
            False,
            "holiday",
            "2026-12-29T09:00",
        ),  # the 28th stands in for the 26th
        (datetime(2026, 7, 6, 8, 30, tzinfo=UTC), True, "open", None),  # 9:30 in London's summer
    ],
)
def test_the_calendar_of_a_queue(database: str, moment: datetime, open_: bool, reason: str, next_open: str) -> None:
    queue = create_queue(calendar_id=create_calendar(region="GB-ENG", closed_on=date(2026, 11, 24)))
    hours = hours_at(queue, moment)
    assert (hours.open, hours.reason) == (open_, reason)
    assert hours.next_open_at == (datetime.fromisoformat(next_open).replace(tzinfo=UTC) if next_open else None)


def test_a_queue_closed_by_hand_is_closed_whatever_the_calendar_says(database: str) -> None:
    hours = hours_at(create_queue(active=False, calendar_id=create_calendar()), MONDAY_NOON)
    assert (hours.open, hours.reason, hours.next_open_at) == (False, BY_HAND, None)


def test_unknown_regions_are_refused() -> None:
    with pytest.raises(ValueError, match="no holidays"):
        holidays_of("XX-YY", (2026,))
    assert holidays_of("HK", (2027,))[date(2027, 2, 6)]


def test_a_call_outside_the_hours_is_refused_and_counted(database: str) -> None:
    queue = create_queue(calendar_id=create_calendar())
    with clock.frozen(SUNDAY):
        with pytest.raises(QueueClosed) as refused:
            start()
        assert refused.value.code == "queue_closed"
        assert refused.value.hours.next_open_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
        seen = balance(queue)
    assert (seen.offered, seen.closed, seen.waiting, seen.balanced) == (1, 1, 0, True)
    with reading() as session:
        [call] = session.scalars(select(Call))
        [kept] = session.scalars(select(Interaction))
    assert (call.state, call.end_reason) == ("ended", "closed")
    assert (kept.outcome, kept.number, kept.wait_s) == ("closed", "+447700900123", 0)


def test_the_same_click_sent_twice_is_refused_once(database: str) -> None:
    queue = create_queue(calendar_id=create_calendar())
    with clock.frozen(SUNDAY):
        for _again in range(2):
            with pytest.raises(QueueClosed):
                start()
        assert balance(queue).closed == 1
    assert count(Interaction) == 1


def test_a_queue_closed_by_hand_counts_too_and_serves_who_waits(database: str) -> None:
    queue = create_queue()
    caller = ring_in()
    with transaction() as session:
        session.get_one(Queue, queue).active = False
    with pytest.raises(QueueClosed):
        start()
    desk = sit_down(create_agent(queue))
    assert connect(caller, desk).state == "active"
    assert balance(queue).closed == 1


def test_closing_time_does_not_send_away_who_waits(database: str) -> None:
    queue = create_queue(calendar_id=create_calendar())
    with clock.frozen(MONDAY_NOON + timedelta(hours=4, minutes=59)):
        caller = ring_in()
    with clock.frozen(MONDAY_NOON + timedelta(hours=5)):
        sweep_calls()
        with pytest.raises(QueueClosed):
            start()
        assert item_of(caller).state == "queued"
        assert (balance(queue).waiting, balance(queue).closed) == (1, 1)


def test_a_full_queue_refuses_and_counts(database: str) -> None:
    queue = create_queue(max_waiting=2)
    callers = [ring_in(), ring_in()]
    with pytest.raises(QueueFull):
        start()
    seen = balance(queue)
    assert (seen.offered, seen.waiting, seen.queue_full) == (3, 2, 1)
    desk = sit_down(create_agent(queue))
    connect(callers[0], desk)
    start("key-0002-0002-0002")  # a place has become free
    assert balance(queue).waiting == 2


def test_the_house_limit_holds_for_queues_without_one(database: str) -> None:
    queue = create_queue()
    ring_in()
    with pytest.raises(QueueFull):
        start_call(topic_code="parcel", language="en", number="", name="", start_key="k" * 20, max_waiting=1)
    assert balance(queue).queue_full == 1


def test_announcements_are_heard_while_they_are_on(database: str) -> None:
    queue, other = create_queue(), create_queue("orders")
    storm, strike, old = {"en": "Storm"}, {"en": "Strike"}, {"en": "Old"}
    with transaction() as session:
        session.add_all(
            [
                Announcement(queue_id=queue, texts=strike, active=True),
                Announcement(queue_id=None, texts=storm, active=True),
                Announcement(queue_id=other, texts=old, active=False),
            ]
        )
    caller = ring_in()
    with reading() as session:
        assert announced_texts(session, queue) == [storm, strike]
        assert announced_texts(session, other) == [storm]
        image = caller_image(session, caller.public_id)
    assert image is not None
    assert image["announcements"] == [storm, strike]
    assert call_of(caller).state == "queued"
