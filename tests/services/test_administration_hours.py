"""Calendars, limits and announcements as administrators set them: checked, foretold, logged, never left broken."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.administration.changes import ConfirmFirst, EditConflict, fingerprint
from app.administration.services import calendars, waiting
from app.administration.services.hours_text import read_hours, write_hours
from app.db import reading
from app.domain.worktime import Interval
from app.errors import Conflict, Invalid
from app.eventlog import Event, person
from app.queues.hours import announced_texts, queue_hours
from app.queues.models import Queue
from tests.fixtures.desk import create_queue, create_user, ring_in

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OFFICE = {"name": "Office", "zone": "Europe/London", **{f"day_{n}": "9-17" for n in range(5)}}


@pytest.fixture
def actor(app: Flask):  # type: ignore[no-untyped-def]
    with app.test_request_context(), clock.frozen(MONDAY_NOON):
        yield person(create_user("administrator"))


def values_of(calendar_id: int) -> dict[str, object]:
    with reading() as session:
        return calendars.calendar_values(session, calendar_id)


def queue_of(queue_id: int) -> Queue:
    with reading() as session:
        return session.get_one(Queue, queue_id)


def seen_of(queue_id: int) -> str:
    return fingerprint(waiting.waiting_values(queue_of(queue_id)))


def is_open(queue_id: int, moment: datetime = MONDAY_NOON) -> bool:
    with reading() as session:
        return queue_hours(session, session.get_one(Queue, queue_id), moment).open


def names_of_events(subject: str) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Event.name).where(Event.subject == subject).order_by(Event.id)))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("9-17", "09:00-17:00"),
        ("13:00 – 18:30，08.00-12:00", "08:00-12:00, 13:00-18:30"),
        ("22:00-24:00", "22:00-24:00"),
        ("9：00至18：00", "09:00-18:00"),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, written: str) -> None:
    assert write_hours(read_hours(text)) == written
    assert read_hours(written) == read_hours(text)


@pytest.mark.parametrize("text", ["9", "17-9", "9-25", "09:00-12:00, 11:00-14:00", "9-12:75", "nine to five", "9-9"])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an interval|no span|no such minute|overlap"):
        read_hours(text)


def test_a_calendar_is_made_changed_and_logged(actor) -> None:  # type: ignore[no-untyped-def]
    calendar_id = calendars.create_calendar(
        {**OFFICE, "region": "gb-eng", "date-0": "2026-12-24", "hours-0": "9-12"}, actor=actor
    )
    values = values_of(calendar_id)
    assert (values["day_0"], values["day_6"], values["region"], values["hours-0"]) == (
        "09:00-17:00",
        "",
        "GB-ENG",
        "09:00-12:00",
    )
    changed = {**values, "day_5": "10-12", "date-0": ""}
    calendars.change_calendar(calendar_id, changed, seen=fingerprint(values), actor=actor)
    assert values_of(calendar_id)["day_5"] == "10:00-12:00"
    assert "date-0" not in values_of(calendar_id)
    assert names_of_events("calendar") == ["calendar.created", "calendar.changed"]
    with pytest.raises(EditConflict):
        calendars.change_calendar(calendar_id, values, seen=fingerprint(values), actor=actor)


def test_everything_wrong_is_said_at_once(actor) -> None:  # type: ignore[no-untyped-def]
    wrong = {
        "zone": "Europe/Lundon", "region": "XX", "day_0": "all day",
        "date-0": "2026-12-24", "date-1": "2026-12-24", "hours-1": "?",
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        calendars.create_calendar(wrong, actor=actor)
    assert set(refused.value.fields) == {"name", "zone", "region", "day_0", "date-1", "hours-1"}
    calendars.create_calendar(OFFICE, actor=actor)
    with pytest.raises(Invalid) as taken:
        calendars.create_calendar(OFFICE, actor=actor)
    assert set(taken.value.fields) == {"name"}


def test_closing_by_other_hours_is_said_first(actor) -> None:  # type: ignore[no-untyped-def]
    calendar_id = calendars.create_calendar(OFFICE, actor=actor)
    queue = create_queue(calendar_id=calendar_id)
    values = values_of(calendar_id)
    changed = {**values, "day_0": "14-17"}
    with pytest.raises(ConfirmFirst) as asked:
        calendars.change_calendar(calendar_id, changed, seen=fingerprint(values), actor=actor)
    assert asked.value.token == "closes_now"
    assert is_open(queue)
    calendars.change_calendar(calendar_id, changed, seen=fingerprint(values), confirmed="closes_now", actor=actor)
    assert not is_open(queue)
    never = {name: value for name, value in values_of(calendar_id).items() if not name.startswith("day_")}
    with pytest.raises(ConfirmFirst) as warned:
        calendars.change_calendar(calendar_id, never, seen=None, actor=actor)
    assert warned.value.consequences[0].tone == "bad"


def test_a_calendar_that_queues_keep_stays(actor) -> None:  # type: ignore[no-untyped-def]
    calendar_id = calendars.create_calendar(OFFICE, actor=actor)
    queue = create_queue(calendar_id=calendar_id)
    with pytest.raises(Conflict) as refused:
        calendars.delete_calendar(calendar_id, actor=actor)
    assert refused.value.code == "in_use"
    waiting.change_waiting(queue, {}, seen=seen_of(queue), actor=actor)
    calendars.delete_calendar(calendar_id, actor=actor)
    assert is_open(queue, MONDAY_NOON - timedelta(days=1))
    with reading() as session:
        assert calendars.list_calendars(session) == []


def test_hours_and_limits_of_a_queue(actor) -> None:  # type: ignore[no-untyped-def]
    first, second = create_queue(), create_queue("second")
    calendar_id = calendars.create_calendar(OFFICE, actor=actor)
    form = {
        "calendar": str(calendar_id), "max_waiting": "10", "max_wait_s": "600", "overflow_queue": str(second),
        "overflow_after_s": "120", "text_en": "Write to us.", "text_zh_Hans": "",
    }  # fmt: skip
    waiting.change_waiting(first, form, seen=seen_of(first), actor=actor)
    queue = queue_of(first)
    assert (queue.calendar_id, queue.max_waiting, queue.max_wait_s, queue.overflow_queue_id) == (
        calendar_id,
        10,
        600,
        second,
    )
    assert queue.closed_texts == {"en": "Write to us."}
    assert "queue.waiting_changed" in names_of_events("queue")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"overflow_queue": "2"}, "overflow_after_s"),
        ({"overflow_after_s": "30"}, "overflow_queue"),
        ({"overflow_queue": "1", "overflow_after_s": "30"}, "overflow_queue"),
        ({"overflow_queue": "2", "overflow_after_s": "600", "max_wait_s": "600"}, "overflow_after_s"),
        ({"overflow_queue": "99", "overflow_after_s": "30"}, "overflow_queue"),
        ({"calendar": "99"}, "calendar"),
        ({"max_waiting": "0"}, "max_waiting"),
        ({"text_zh_Hans": "您好"}, "text_en"),
        ({"text_en": "x" * 501}, "text_en"),
    ],
)
def test_limits_that_make_no_sense_are_refused(actor, form: dict[str, str], field: str) -> None:  # type: ignore[no-untyped-def]
    assert (create_queue(), create_queue("second")) == (1, 2)
    with pytest.raises(Invalid) as refused:
        waiting.change_waiting(1, form, seen=seen_of(1), actor=actor)
    assert field in refused.value.fields


def test_what_limits_do_to_those_who_wait_is_said_first(actor) -> None:  # type: ignore[no-untyped-def]
    first, second = create_queue(), create_queue("second")
    with clock.frozen(MONDAY_NOON - timedelta(minutes=5)):
        ring_in()
        ring_in()
    with pytest.raises(ConfirmFirst) as asked:
        waiting.change_waiting(first, {"max_wait_s": "200"}, seen=seen_of(first), actor=actor)
    assert asked.value.token == "waits_end"
    assert "2 callers" in asked.value.consequences[0].text
    form = {"overflow_queue": str(second), "overflow_after_s": "60"}
    with pytest.raises(ConfirmFirst) as moved:
        waiting.change_waiting(first, form, seen=seen_of(first), actor=actor)
    assert moved.value.token == "callers_move"
    assert queue_of(first).overflow_queue_id is None


def test_an_announcement_is_read_once_agreed_to_and_on(actor) -> None:  # type: ignore[no-untyped-def]
    queue = create_queue()
    text = {"text_en": "Storm"}
    with pytest.raises(Invalid):
        waiting.announce(None, {"active": "1"}, seen=None, actor=actor)
    waiting.announce(None, text, seen=None, actor=actor)
    with pytest.raises(ConfirmFirst):
        waiting.announce(None, {**text, "active": "1"}, seen=None, actor=actor)
    waiting.announce(None, {**text, "active": "1"}, seen=None, confirmed="read_at_once", actor=actor)
    waiting.announce(queue, {"text_en": "Belt", "active": "1"}, seen=None, confirmed="read_at_once", actor=actor)
    with reading() as session:
        assert announced_texts(session, queue) == [{"en": "Storm"}, {"en": "Belt"}]
    waiting.announce(None, text, seen=None, actor=actor)
    with reading() as session:
        assert announced_texts(session, queue) == [{"en": "Belt"}]
    assert names_of_events("announcement").count("announcement.changed") == 4


def test_coming_holidays() -> None:
    found = calendars.coming_holidays("GB-ENG", "Europe/London", MONDAY_NOON)
    assert found[0] == (date(2026, 12, 25), "Christmas Day")
    assert calendars.coming_holidays("", "UTC", MONDAY_NOON) == []


def test_an_interval_is_written_with_its_midnight() -> None:
    assert write_hours([Interval(0, 1440)]) == "00:00-24:00"
