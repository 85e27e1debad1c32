"""Opening hours as administrators write them, "09:00-12:00, 13:00-18:00", and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from app.domain.worktime import MINUTES_OF_DAY, Interval

#: A span of a day: hours with or without minutes, any dash.
_SPAN = re.compile(r"^(\d{1,2})(?:[:.：](\d{2}))?\s*[-–—~至]\s*(\d{1,2})(?:[:.：](\d{2}))?$")
_BETWEEN = re.compile(r"[,;，；、]+")


def read_hours(text: str) -> tuple[Interval, ...]:
    """The intervals that are written, in order; an empty text is a closed day.

    Raises:
        ValueError: a part is no span inside the day, or two of them overlap.
    """
    found = sorted(_span(part.strip()) for part in _BETWEEN.split(text) if part.strip())
    for earlier, later in pairwise(found):
        if later.opens < earlier.closes:
            raise ValueError("spans overlap")
    return tuple(found)


def _span(text: str) -> Interval:
    match = _SPAN.match(text)
    if match is None:
        raise ValueError(f"no span of a day: {text}")
    hour, minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
    if minute > 59 or to_minute > 59:
        raise ValueError(f"no such minute: {text}")
    return Interval(hour * 60 + minute, to_hour * 60 + to_minute)


def write_hours(hours: Sequence[Interval]) -> str:
    """The intervals as they are written."""
    return ", ".join(f"{_clock(each.opens)}-{_clock(each.closes)}" for each in sorted(hours))


def _clock(minute: int) -> str:
    return "24:00" if minute == MINUTES_OF_DAY else f"{minute // 60:02}:{minute % 60:02}"
