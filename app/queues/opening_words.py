"""Opening hours in words, for callers: their language, the queue's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time, get_timezone_location
from flask_babel import get_locale
from flask_babel import gettext as _

from app.domain.worktime import Reason
from app.i18n import localised
from app.queues.hours import BY_HAND, QueueHours
from app.queues.models import Queue

#: Further ahead a weekday alone would be read as the next one.
_NEAR = timedelta(days=300)


def closed_lines(queue: Queue, hours: QueueHours, now: datetime) -> list[str]:
    """Why the queue is closed, when it opens again, and what the queue says itself; one sentence or two each."""
    lines = [_why(hours.reason), _when(hours, now)]
    own = localised(queue.closed_texts) if queue.closed_texts else ""
    return [*lines, own] if own else lines


def _why(reason: str) -> str:
    return {
        Reason.HOLIDAY.value: _("We are closed today, because it is a public holiday."),
        Reason.EXCEPTION.value: _("We have special hours today and are closed at the moment."),
        BY_HAND: _("This line is closed at the moment."),
    }.get(reason, _("We are closed at the moment."))


def _when(hours: QueueHours, now: datetime) -> str:
    if hours.open:
        return _("Please try again.")
    if hours.next_open_at is None:
        return _("Please try again later.")
    zone, locale = ZoneInfo(hours.zone or "UTC"), get_locale() or Locale("en")
    opens, today = hours.next_open_at.astimezone(zone), now.astimezone(zone)
    clock = format_time(opens, "HH:mm", locale=locale)
    city = get_timezone_location(hours.zone or "UTC", locale=locale, return_city=True)
    if opens.date() == today.date():
        return _("We open again today at %(time)s (%(city)s time).", time=clock, city=city)
    if opens.date() == today.date() + timedelta(days=1):
        return _("We open again tomorrow at %(time)s (%(city)s time).", time=clock, city=city)
    skeleton = "MMMMEEEEd" if opens - today < _NEAR else "yMMMEd"
    day = format_skeleton(skeleton, opens, locale=locale)
    return _("We open again on %(day)s at %(time)s (%(city)s time).", day=day, time=clock, city=city)
