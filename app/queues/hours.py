"""Whether queues are open, why not, and what their callers are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.worktime import Calendar, Interval, Reason, add_worktime, is_open
from app.queues.calendars import Announcement, CalendarException, CalendarInterval, OpeningCalendar
from app.queues.models import Queue

#: Somebody closed the queue by hand, whatever its calendar says.
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class QueueHours:
    """A queue at one moment. Times are aware UTC."""

    open: bool
    #: `Reason` of the calendar, or BY_HAND.
    reason: str
    #: When closed: the next opening, None when nobody knows.
    next_open_at: datetime | None
    #: When open: the close, None when it never closes.
    closes_at: datetime | None
    #: The zone its hours are told in; empty without a calendar.
    zone: str = ""


ALWAYS = QueueHours(True, Reason.OPEN.value, None, None)


def hours_of(session: Session, queues: Sequence[Queue], now: datetime) -> dict[int, QueueHours]:
    """Queue id -> its hours at `now` (aware)."""
    calendars = load_calendars(session, {queue.calendar_id for queue in queues if queue.calendar_id}, now)
    return {queue.id: _hours(queue, calendars, now) for queue in queues}


def queue_hours(session: Session, queue: Queue, now: datetime) -> QueueHours:
    """The hours of one queue at `now` (aware)."""
    return hours_of(session, [queue], now)[queue.id]


def _hours(queue: Queue, calendars: Mapping[int, Calendar], now: datetime) -> QueueHours:
    if not queue.active:
        return QueueHours(False, BY_HAND, None, None)
    if queue.calendar_id is None:
        return ALWAYS
    calendar = calendars[queue.calendar_id]
    state = is_open(calendar, now)
    return QueueHours(state.open, state.reason.value, state.next_open_at, state.closes_at, calendar.zone.key)


def load_calendars(session: Session, ids: Iterable[int], now: datetime) -> dict[int, Calendar]:
    """Calendar id -> its rules, with the holidays of last year, this year and the next two."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    week: dict[int, dict[int, list[Interval]]] = defaultdict(lambda: defaultdict(list))
    for row in session.scalars(select(CalendarInterval).where(CalendarInterval.calendar_id.in_(wanted))):
        week[row.calendar_id][row.weekday].append(Interval(row.opens, row.closes))
    exceptions: dict[int, dict[date, tuple[Interval, ...]]] = defaultdict(dict)
    for each in session.scalars(select(CalendarException).where(CalendarException.calendar_id.in_(wanted))):
        exceptions[each.calendar_id][each.day] = tuple(Interval(opens, closes) for opens, closes in each.hours)
    years = tuple(range(now.year - 1, now.year + 3))
    return {
        row.id: Calendar(
            ZoneInfo(row.zone),
            {day: tuple(hours) for day, hours in week[row.id].items()},
            exceptions[row.id],
            frozenset(holidays_of(row.region, years)) if row.region else frozenset(),
        )
        for row in session.scalars(select(OpeningCalendar).where(OpeningCalendar.id.in_(wanted)))
    }


def worked_by(session: Session, queue: Queue, since: datetime, minutes: int | None) -> datetime | None:
    """When the queue has been open for `minutes` since `since` (aware); None without minutes, or without an end."""
    if minutes is None:
        return None
    if queue.calendar_id is None:
        return since + timedelta(minutes=minutes)
    calendar = load_calendars(session, [queue.calendar_id], since)[queue.calendar_id]
    return add_worktime(calendar, since, timedelta(minutes=minutes))


@lru_cache(maxsize=64)
def holidays_of(region: str, years: tuple[int, ...]) -> Mapping[date, str]:
    """Public holidays of a region ("GB", "GB-ENG") -> their names.

    Raises:
        ValueError: the region is none that has holidays.
    """
    country, _hyphen, part = region.partition("-")
    try:
        return dict(holidays.country_holidays(country, subdiv=part or None, years=years))
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known of {region!r}") from error


def announcements(session: Session, queue_ids: Iterable[int]) -> list[Announcement]:
    """What is announced now to the callers of these queues: the organisation's first."""
    return list(
        session.scalars(
            select(Announcement)
            .where(Announcement.active)
            .where(or_(Announcement.queue_id.is_(None), Announcement.queue_id.in_(list(queue_ids))))
            .order_by(Announcement.queue_id.is_not(None), Announcement.queue_id)
        )
    )


def announced_texts(session: Session, queue_id: int) -> list[dict[str, Any]]:
    """The texts (language -> text) that a caller of the queue is told now."""
    return [each.texts for each in announcements(session, [queue_id])]
