"""Quality callbacks: how they can end, when a customer may be rung, and which answers need mending at once."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """How one attempt, or the whole callback, ended. In brackets the AAPOR class."""

    INTERVIEWED = "interviewed"  # complete (I)
    PARTIAL = "partial"  # broken off with some answers (P)
    REFUSED = "refused"  # and does not want to be asked again (R)
    NO_ANSWER = "no_answer"  # nobody answered this time (NC)
    VOICEMAIL = "voicemail"  # a machine answered (NC)
    WRONG_NUMBER = "wrong_number"  # not the customer's (O)
    OTHER_LANGUAGE = "other_language"  # no language in common (O)
    APPOINTMENT = "appointment"  # asked to be called at a time of their own
    LINK = "link"  # asked for the link instead of the talk
    NO_REPLY = "no_reply"  # asked for the link and did not answer there (R)
    CANCELED = "canceled"  # nobody was rung: withdrawn by a person


#: What a caller may choose at the end of an attempt.
CHOICES: Final = tuple(outcome for outcome in Outcome if outcome not in (Outcome.CANCELED, Outcome.NO_REPLY))
#: Nobody was spoken with, this time.
UNREACHED: Final = frozenset({Outcome.NO_ANSWER, Outcome.VOICEMAIL})
#: After these the customer is rung again, within the limit of attempts.
AGAIN: Final = UNREACHED | {Outcome.APPOINTMENT}
#: Outcomes for which a talk with the customer must have taken place.
SPOKEN: Final = frozenset({Outcome.INTERVIEWED, Outcome.PARTIAL, Outcome.REFUSED, Outcome.APPOINTMENT, Outcome.LINK})

#: How an interview was given. Each is counted apart: people answer a page otherwise than a voice.
MODE_TELEPHONE: Final = "telephone"
MODE_LINK: Final = "link"
MODES: Final = (MODE_TELEPHONE, MODE_LINK)
#: A link can be answered for so long; until then nobody stands in for the customer.
LINK_LASTS: Final = timedelta(days=14)

#: Rings of the telephone over days and parts of the day; then the customer is left in peace.
MOST_ATTEMPTS: Final = 5
#: Customers are not asked again within so many days of having been asked.
REST_DAYS: Final = 90
#: On the customer's own clock.
OPENS_AT: Final = time(9)
CLOSES_AT: Final = time(20)
#: Parts of a customer's day and when each is tried: (name, from, until).
DAY_PARTS: Final = (
    ("morning", time(9), time(12)),
    ("afternoon", time(12), time(17)),
    ("evening", time(17), time(20)),
)
#: Two attempts are never closer than this.
LEAST_GAP: Final = timedelta(hours=3)
#: An offered time that lies further ahead is a slip of the hand.
FURTHEST: Final = timedelta(days=60)

#: What every score rests on; asked in this order in every version, a partial interview has some of them.
RATINGS: Final = ("attitude", "speed", "correctness", "informed", "overall")
SETTLED: Final = ("yes", "partly", "no")
NEED_LEVELS: Final = ("basic", "expected", "beyond")


def day_part(local: datetime) -> str:
    """The part of the customer's day; empty outside the hours in which they may be rung."""
    for name, begins, ends in DAY_PARTS:
        if begins <= local.time() < ends:
            return name
    return ""


def may_ring(moment: datetime, zone: tzinfo) -> bool:
    """True between OPENS_AT and CLOSES_AT on the customer's clock."""
    return bool(day_part(moment.astimezone(zone)))


def closing(moment: datetime, zone: tzinfo) -> datetime | None:
    """When the hours end in which `moment` lies, in its own zone; None outside them."""
    local = moment.astimezone(zone)
    if not day_part(local):
        return None
    return datetime.combine(local.date(), CLOSES_AT, zone).astimezone(moment.tzinfo)


def next_open(moment: datetime, zone: tzinfo, holidays: Container[date] = ()) -> datetime:
    """`moment` itself when the customer may be rung then, else the next opening on their clock; same zone as given.

    `holidays` are days, on that clock, on which nobody is rung.
    """
    local = moment.astimezone(zone)
    if day_part(local) and local.date() not in holidays:
        return moment
    day = local.date() if local.time() < OPENS_AT else local.date() + timedelta(days=1)
    while day in holidays:
        day += timedelta(days=1)
    return datetime.combine(day, OPENS_AT, zone).astimezone(moment.tzinfo)


def next_attempt(tried: Collection[str], last: datetime, zone: tzinfo) -> datetime:
    """When to ring again: soonest in a part of the day that was not tried yet, else after a full day.

    `tried` are the day-parts of the attempts so far, `last` the latest of them (aware).
    """
    local = last.astimezone(zone)
    untried = [part for part in DAY_PARTS if part[0] not in tried]
    earliest = last + LEAST_GAP
    if not untried:
        return next_open(last + timedelta(days=1), zone)
    for day in range(3):
        for _name, begins, ends in untried:
            date = local.date() + timedelta(days=day)
            begin = datetime.combine(date, begins, zone)
            if datetime.combine(date, ends, zone) > earliest.astimezone(zone) and begin + LEAST_GAP > local:
                start = max(begin, earliest.astimezone(zone))
                return start.astimezone(last.tzinfo)
    return next_open(last + timedelta(days=1), zone)


def needs_mending(settled: str, ratings: Mapping[str, int | None]) -> bool:
    """True when somebody must act at once: the matter is not settled, or something was given 1 or 2 of 5."""
    low = any(value is not None and value <= 2 for name in RATINGS for value in (ratings.get(name),))
    return settled == "no" or low
