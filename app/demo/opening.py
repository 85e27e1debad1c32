"""Opening hours of the demo carrier. All lines but one are open round the clock, so a demo works at any hour."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.queues.calendars import Announcement, CalendarException, CalendarInterval, OpeningCalendar
from app.queues.models import Queue

#: Weekday -> opening hours of the pick-up desk in London, minutes of the day. Never on Sundays, so every demo week
#: has a closed line to look at.
PICKUP_HOURS: dict[int, list[tuple[int, int]]] = {
    **{weekday: [(8 * 60, 20 * 60)] for weekday in range(5)},
    5: [(9 * 60, 12 * 60), (13 * 60, 17 * 60)],
}

#: Queue code -> its limits on waiting. Times are seconds.
LIMITS: dict[str, dict[str, Any]] = {
    "where_is_my_parcel": {"max_waiting": 60},
    "complaints": {"max_waiting": 40, "max_wait_s": 45 * 60, "answer_within_min": 240},
    "pickup_orders": {
        "max_waiting": 40,
        "max_wait_s": 30 * 60,
        "closed_texts": {
            "en": "Drivers already booked will come as planned.",
            "zh_Hans": "已预约的取件会照常上门。",
            "zh_Hant": "已預約的取件會照常上門。",
        },
    },
}

#: Queue code -> (the queue that takes over, after seconds).
OVERFLOWS: dict[str, tuple[str, int]] = {"chinese_hotline": ("where_is_my_parcel", 10 * 60)}

#: Kept ready, switched off: what an administrator would switch on in a storm.
STORM = {
    "en": "Because of a storm, deliveries around the harbour are delayed by about a day. Your parcels are safe.",
    "zh_Hans": "受风暴影响，港口一带的派送约延误一天。您的包裹均安全。",
    "zh_Hant": "受風暴影響，港口一帶的派送約延誤一天。您的包裹均安全。",
}


def add_opening_hours(session: Session, queues: dict[str, Queue], today: date) -> None:
    """Calendar, limits, overflow and a prepared announcement, written. `queues` is code -> queue."""
    calendar = OpeningCalendar(name="Pick-up desk, London", zone="Europe/London", region="GB-ENG")
    session.add(calendar)
    session.flush()
    session.add_all(
        CalendarInterval(calendar_id=calendar.id, weekday=day, opens=opens, closes=closes)
        for day, spans in PICKUP_HOURS.items()
        for opens, closes in spans
    )
    eve = date(today.year, 12, 24)
    session.add(CalendarException(calendar_id=calendar.id, day=eve, hours=[[8 * 60, 13 * 60]], note="Christmas Eve"))
    session.add(Announcement(queue_id=None, texts=STORM, active=False))
    queues["pickup_orders"].calendar_id = calendar.id
    for code, limits in LIMITS.items():
        for name, value in limits.items():
            setattr(queues[code], name, value)
    for code, (target, after_s) in OVERFLOWS.items():
        queues[code].overflow_queue_id, queues[code].overflow_after_s = queues[target].id, after_s
    session.flush()
