"""When a figure turns amber or red, and when it may turn back. Pure: the clock comes as an argument.

A measure that hovers at its limit would flicker. So it turns worse at once and better only after it has been
better for `CALM_S` seconds without a break.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

CALM_S: Final = 10

#: A share of fewer legs than this says nothing: one lost caller of two is not "50 % abandoned".
FEWEST_JUDGED: Final = 5


class Tone(IntEnum):
    """Inside the target, close to the limit, over it."""

    OK = 0
    WARN = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one queue, or of the whole house. Seconds, numbers, or percent as the names say."""

    wait_warn_s: int = 60
    wait_bad_s: int = 120
    waiting_warn: int = 5
    waiting_bad: int = 10
    #: Percent points below the goal that are still only amber.
    level_margin: int = 5
    abandoned_warn_percent: int = 5
    abandoned_bad_percent: int = 8
    #: Fewer free agents than the first are amber, as few as the second are red.
    free_warn: int = 4
    free_bad: int = 0
    call_warn_s: int = 600
    call_bad_s: int = 720
    wrap_warn_s: int = 60
    wrap_bad_s: int = 120


DEFAULTS: Final = Limits()


def above(value: float | None, warn: float, bad: float) -> Tone:
    """Tone of a measure that should stay low: at a limit it counts as over it."""
    if value is None or value < warn:
        return Tone.OK
    return Tone.BAD if value >= bad else Tone.WARN


def below(value: float | None, warn: float, bad: float) -> Tone:
    """Tone of a measure that should stay high: amber under `warn`, red at `bad` and under."""
    if value is None or value >= warn:
        return Tone.OK
    return Tone.BAD if value <= bad else Tone.WARN


def level_tone(level: float | None, judged: int, goal_percent: int, margin: int) -> Tone:
    """Tone of a service level (0..1) of `judged` legs: amber while within `margin` points of its goal."""
    if level is None or judged < FEWEST_JUDGED:
        return Tone.OK
    percent = level * 100
    if percent >= goal_percent:
        return Tone.OK
    return Tone.WARN if percent >= goal_percent - margin else Tone.BAD


def abandon_tone(rate: float | None, offered: int, limits: Limits) -> Tone:
    """Tone of an abandon rate (0..1) among `offered` legs."""
    if rate is None or offered < FEWEST_JUDGED:
        return Tone.OK
    return above(rate * 100, limits.abandoned_warn_percent, limits.abandoned_bad_percent)


@dataclass(frozen=True, slots=True)
class Held:
    """The tone that is shown, since when it has been this bad, and since when it would be better."""

    tone: Tone
    risen_at: datetime
    calm_tone: Tone | None = None
    calm_since: datetime | None = None


def settle(held: Held | None, raw: Tone, now: datetime) -> Held | None:
    """What is shown after the measure was seen as `raw` at `now`; None is inside the target.

    A measure that got worse shows so at once and counts as a new breach (`risen_at`). One that got better keeps its
    tone until it has been better for CALM_S seconds; then it takes the worst tone of that time.
    """
    if held is None or raw > held.tone:
        return Held(raw, now) if raw > Tone.OK else None
    if raw == held.tone:
        return replace(held, calm_tone=None, calm_since=None)
    if held.calm_since is None or held.calm_tone is None:
        return replace(held, calm_tone=raw, calm_since=now)
    worst = max(raw, held.calm_tone)
    if now - held.calm_since < timedelta(seconds=CALM_S):
        return replace(held, calm_tone=worst)
    return Held(worst, held.risen_at) if worst > Tone.OK else None
