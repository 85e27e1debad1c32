"""Working hours: is it open, when does it open next, and reckoning in worked time.

A calendar is a week of local intervals in one IANA zone, with holidays (closed) and exceptions (a date with hours of
its own, or none). Intervals are minutes of the local day and half open: at the closing minute it is closed.

When clocks change: an interval begins at the first moment whose wall clock has reached its beginning and ends at the
last one, so an hour that comes twice belongs to a shift twice, and one that is left out shortens it. Between business
days there is one business instant with two names; reckoning forward ends at the close (Friday 18:00), reckoning
nothing forward from a closed moment gives the next opening.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

MINUTES_OF_DAY: Final = 24 * 60
#: Nothing is looked for further ahead or back: a week without hours must not keep anybody searching.
HORIZON: Final = timedelta(days=20 * 366)
_DAY: Final = timedelta(days=1)
_NONE: Final = timedelta(0)

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Open from minute `opens` of the local day up to, not including, minute `closes` (1440 is midnight).

    Raises:
        ValueError: it is empty or leaves the day; a night shift is two intervals.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_OF_DAY:
            raise ValueError(f"not an interval of one day: {self.opens}-{self.closes}")


Hours = Sequence[Interval]
ALL_DAY: Final = (Interval(0, MINUTES_OF_DAY),)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours in one zone. An exception has the last word on its date, holiday or not."""

    zone: ZoneInfo
    #: Weekday (Monday is 0) -> intervals; a missing day is closed.
    week: Mapping[int, Hours]
    #: Date -> the hours of that date instead of the week's; none at all: closed.
    exceptions: Mapping[date, Hours] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()

    def hours_on(self, day: date) -> Hours:
        """The intervals of a local date."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if day in self.holidays else self.week.get(day.weekday(), ())


class Reason(StrEnum):
    """Why it is open or closed."""

    OPEN = "open"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    #: The date has hours of its own, or is closed by itself.
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True)
class OpenState:
    """Open or closed at a moment. Times are aware UTC; None when there is no such moment within `HORIZON`."""

    open: bool
    reason: Reason
    #: When closed: the next moment of work.
    next_open_at: datetime | None
    #: When open: the moment it closes; None also where it never does.
    closes_at: datetime | None


def is_open(calendar: Calendar, at: datetime) -> OpenState:
    """Whether `at` (aware) is inside the hours, why, and when that changes."""
    moment = at.astimezone(UTC)
    window = next(_windows(calendar, moment), None)
    if window is not None and window[0] <= moment:
        closes = window[1] if window[1] < _settled(calendar, moment) else None
        return OpenState(True, Reason.OPEN, None, closes)
    day = moment.astimezone(calendar.zone).date()
    if day in calendar.exceptions:
        reason = Reason.EXCEPTION
    elif day in calendar.holidays and calendar.week.get(day.weekday()):
        reason = Reason.HOLIDAY
    else:
        reason = Reason.OUTSIDE_HOURS
    return OpenState(False, reason, window[0] if window else None, None)


def add_worktime(calendar: Calendar, start: datetime, amount: timedelta) -> datetime | None:
    """The first moment by which `amount` has been worked since `start`; None when not within `HORIZON`.

    Raises:
        ValueError: `amount` is negative: see `subtract_worktime`.
    """
    if amount < _NONE:
        raise ValueError("negative amount of work")
    moment, left = start.astimezone(UTC), amount
    for begins, ends in _windows(calendar, moment):
        begins = max(begins, moment)
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    return None


def subtract_worktime(calendar: Calendar, end: datetime, amount: timedelta) -> datetime | None:
    """The last moment from which `amount` was worked until `end`; None when not within `HORIZON`.

    Raises:
        ValueError: `amount` is negative.
    """
    if amount < _NONE:
        raise ValueError("negative amount of work")
    moment, left = end.astimezone(UTC), amount
    for begins, ends in _windows_back(calendar, moment):
        ends = min(ends, moment)
        if left <= ends - begins:
            return ends - left
        left -= ends - begins
    return None


def worktime_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """The time worked in [start, end); nothing when `end` is not after `start`."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    total = _NONE
    day = first.astimezone(calendar.zone).date()
    final = last.astimezone(calendar.zone).date()
    while first < last and day <= final:
        for begins, ends in _windows_of(calendar, day):
            total += max(_NONE, min(ends, last) - max(begins, first))
        day += _DAY
    return total


def _settled(calendar: Calendar, moment: datetime) -> datetime:
    """After this moment the week only repeats: what did not close by then never does."""
    special = [*calendar.exceptions, *calendar.holidays]
    last = max((datetime.combine(day, time(), UTC) for day in special), default=moment)
    return max(last, moment) + timedelta(days=10)


def _windows(calendar: Calendar, moment: datetime) -> Iterator[Window]:
    """Maximal open windows (UTC) that end after `moment`, in order; those that touch are one."""
    day = moment.astimezone(calendar.zone).date() - _DAY
    stop = _last_day(calendar, day, moment)
    settled = _settled(calendar, moment)
    current: Window | None = None
    while day <= stop:
        for window in _windows_of(calendar, day):
            if window[1] <= moment:
                continue
            if current is not None and window[0] <= current[1]:
                current = (current[0], max(current[1], window[1]))
            else:
                if current is not None:
                    yield current
                current = window
        if current is not None and current[1] > settled:
            yield current  # open around the clock: pieces will do, the next one begins where this one ends
            current = None
        day += _DAY
    if current is not None:
        yield current


def _windows_back(calendar: Calendar, moment: datetime) -> Iterator[Window]:
    """Open windows (UTC) that begin before `moment`, the latest first, day by day."""
    day = moment.astimezone(calendar.zone).date()
    stop = _first_day(calendar, day, moment)
    while day >= stop:
        for window in reversed(_windows_of(calendar, day)):
            if window[0] < moment:
                yield window
        day -= _DAY


def _last_day(calendar: Calendar, day: date, moment: datetime) -> date:
    if any(calendar.week.values()):
        return (moment + HORIZON).date()
    return max((each for each, hours in calendar.exceptions.items() if hours), default=day)


def _first_day(calendar: Calendar, day: date, moment: datetime) -> date:
    if any(calendar.week.values()):
        return (moment - HORIZON).date()
    return min((each for each, hours in calendar.exceptions.items() if hours), default=day)


def _windows_of(calendar: Calendar, day: date) -> list[Window]:
    """The open windows of a local date in UTC, in order, overlaps joined."""
    found: list[Window] = []
    for interval in sorted(calendar.hours_on(day)):
        begins = _reached(calendar.zone, day, interval.opens)
        ends = _left(calendar.zone, day, interval.closes)
        if begins >= ends:  # the clocks jumped over all of it
            continue
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return found


def _reached(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The first moment (UTC) at which the wall clock of `zone` shows a minute of `day` or a later one."""
    first, second = _both(zone, day, minute)
    return _jump(zone, second, first) if second < first else first


def _left(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The end (UTC) of the last moment at which the wall clock of `zone` shows an earlier minute of `day`."""
    first, second = _both(zone, day, minute - 1)
    return _jump(zone, second, first) if second < first else second + timedelta(minutes=1)


def _both(zone: ZoneInfo, day: date, minute: int) -> Window:
    """A local minute by the offset before and by that after a change of clocks: the same on any other day."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC), local.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _jump(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The moment (UTC) between `low` and `high` at which the clocks leave out what lies between them."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
