"""Coaching: means, months and quarters, and how long an interview can be appealed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MEANS: Final = ("class", "drill", "cases", "online")
GROUNDS: Final = ("not_my_contact", "other_matter", "out_of_hands", "misheard", "other")
DECISIONS: Final = ("show", "drop")
#: Months that one note may pool, to have enough answers that nobody is recognised.
MOST_MONTHS: Final = 12
#: An interview can be appealed so long after its note was released.
APPEAL_TIME: Final = timedelta(days=30)
LONGEST_BODY: Final = 4000
LONGEST_COMMENT: Final = 1000
LONGEST_STEP: Final = 200


def quarter_of(period: str) -> str:
    """ "2026-10" -> "2026-Q4"."""
    return f"{period[:4]}-Q{(int(period[5:]) + 2) // 3}"


def months_of(quarter: str) -> tuple[str, ...]:
    """ "2026-Q4" -> its three months, oldest first."""
    last = int(quarter[6]) * 3
    return tuple(f"{quarter[:4]}-{number:02}" for number in (last - 2, last - 1, last))


def quarters_before(quarter: str, count: int) -> tuple[str, ...]:
    """The `count` quarters that end with `quarter`, newest first."""
    number = int(quarter[:4]) * 4 + int(quarter[6]) - 1
    return tuple(f"{each // 4}-Q{each % 4 + 1}" for each in range(number, number - count, -1))
