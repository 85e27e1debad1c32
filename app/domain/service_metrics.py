"""Service figures by one definition each. Queue legs of a cohort (by the moment they came in line), never contacts.

The numbers differ by vendor: of one and the same day the common formulas give a service level between 60 and 75 %
(the table in tests/domain/test_service_metrics.py). So each published figure carries the version of its formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Changes with any formula below; stored with each published figure.
FORMULA_VERSION: Final = "2026-11"

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Cohort:
    """What became of the legs that came in line in one period. All are numbers of legs."""

    offered: int = 0
    #: Reached an agent: the bridge stood.
    answered: int = 0
    #: Answered within the queue's T seconds.
    answered_in_target: int = 0
    #: The caller left after at least S seconds.
    abandoned: int = 0
    #: The caller left before S seconds: nobody could have answered.
    short_abandoned: int = 0

    def __add__(self, other: Cohort) -> Cohort:
        return Cohort(
            self.offered + other.offered,
            self.answered + other.answered,
            self.answered_in_target + other.answered_in_target,
            self.abandoned + other.abandoned,
            self.short_abandoned + other.short_abandoned,
        )


def service_level(cohort: Cohort) -> float | None:
    """Share (0..1) answered in T: answered in T / (answered + abandons of at least S seconds).

    None when nobody has been answered or lost yet. Who still waits counts once it is known what became of it.
    """
    judged = cohort.answered + cohort.abandoned
    return cohort.answered_in_target / judged if judged else None


def abandon_rate(cohort: Cohort) -> float | None:
    """Share (0..1) lost: abandons of at least S seconds / offered without the short ones; None without any."""
    counted = cohort.offered - cohort.short_abandoned
    return cohort.abandoned / counted if counted > 0 else None


def average_speed_of_answer_s(waits_s: float, answered: int) -> float | None:
    """Mean seconds from coming in line to the bridge; `waits_s` is their sum over the answered."""
    return waits_s / answered if answered else None


def average_handling_s(*, talk_s: float, hold_s: float, after_call_s: float, handled: int) -> float | None:
    """Mean seconds of work per handled contact: (talk + hold + after-call work) / handled."""
    return (talk_s + hold_s + after_call_s) / handled if handled else None


def union_s(spans: Iterable[Span]) -> float:
    """Seconds covered by at least one of the spans: three texts at once are one stretch of work."""
    total, end = 0.0, None
    for start, stop in sorted(spans):
        if stop <= start or (end is not None and stop <= end):
            continue
        total += (stop - (start if end is None or start > end else end)).total_seconds()
        end = stop
    return total


def occupancy(handling: Iterable[Span], ready_idle: Iterable[Span]) -> float | None:
    """Share (0..1) of the ready time that was work: union of handling / (that union + ready idle).

    Ringing is neither, and concurrency is shown apart. None when there was neither work nor readiness.
    """
    worked, idle = union_s(handling), union_s(ready_idle)
    return worked / (worked + idle) if worked + idle else None
