"""The road to the headset: its stages, and from which day each may be left.

Source: the express desk's practice of one month of class, two months of supervised practice and an exam before live
calls. Days are whole.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

#: Longest an override lasts, first and last day counted.
OVERRIDE_DAYS = 14


class Stage(StrEnum):
    """Where somebody stands with one queue."""

    TRAINEE = "trainee"
    PRACTICE = "practice"
    EXAM = "exam"
    CERTIFIED = "certified"


#: The stage that people move to by a decision; out of the exam only its result leads.
NEXT = {Stage.TRAINEE: Stage.PRACTICE, Stage.PRACTICE: Stage.EXAM}


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def earliest_leave(stage: Stage, since: date, *, class_months: int, practice_months: int) -> date:
    """The first day on which a stage that began on `since` may be left."""
    months = {Stage.TRAINEE: class_months, Stage.PRACTICE: practice_months}.get(stage, 0)
    return months_after(since, months)


def last_valid_day(granted_on: date, months: int) -> date:
    """The last day of a certificate over whole months: that of 1 March over 12 months is 28 or 29 February."""
    return months_after(granted_on, months) - timedelta(days=1)
