"""When an SMS may reach a telephone: by the clock of whoever holds it.

The United States allow texts of a business between 8:00 and 21:00 of the recipient's local time (47 CFR 64.1200(c)(1));
other countries have similar rules or none. The hours are a setting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as zones_by_number

#: How long a carrier may keep a message in its line, in seconds; Twilio takes up to 36,000.
LONGEST_VALID_S = 4 * 3600
#: A shorter validity would drop messages that leave at once.
SHORTEST_VALID_S = 60

#: A number whose plan names more zones than this (toll-free ones name a continent) says nothing about its holder.
MOST_ZONES = 6

Hours = tuple[time, time]


def zones_of_number(e164: str, otherwise: str) -> tuple[str, ...]:
    """IANA zones that the number's plan lies in; `otherwise` alone where the plan does not say."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return (otherwise,)
    found = zones_by_number.time_zones_for_geographical_number(number)
    named = tuple(name for name in found if name != zones_by_number.UNKNOWN_TIMEZONE)
    return named if 0 < len(named) <= MOST_ZONES else (otherwise,)


def opens_at(moment: datetime, zones: Iterable[str], hours: Hours) -> datetime:
    """`moment` (aware) itself when the hours are open in every zone, else the next moment when they are.

    Zones so far apart that their hours never meet count as the first of them.
    """
    clocks = [ZoneInfo(name) for name in zones]
    if _open(moment, clocks, hours):
        return moment
    begins = sorted(
        at for clock in clocks for day in range(3) if (at := _on_day(moment, clock, day, hours[0])) > moment
    )
    for at in begins:
        if _open(at, clocks, hours):
            return at
    return opens_at(moment, [clocks[0].key], hours)


def valid_s(moment: datetime, zones: Iterable[str], hours: Hours) -> int:
    """Seconds that a carrier may keep a message handed over at `moment`, so that it never arrives after hours."""
    ends = [_on_day(moment, ZoneInfo(name), 0, hours[1]) for name in zones]
    left = [int((end - moment).total_seconds()) for end in ends if end > moment]
    return max(SHORTEST_VALID_S, min([LONGEST_VALID_S, *left]))


def _open(moment: datetime, clocks: Iterable[ZoneInfo], hours: Hours) -> bool:
    return all(hours[0] <= moment.astimezone(clock).time() < hours[1] for clock in clocks)


def _on_day(moment: datetime, clock: ZoneInfo, days: int, at: time) -> datetime:
    """The time of day `at` by this clock, `days` after the day that `moment` lies in."""
    day = moment.astimezone(clock).date() + timedelta(days=days)
    return datetime.combine(day, at, clock).astimezone(moment.tzinfo)
