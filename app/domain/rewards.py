"""Reward by rule: who is paid on what, and which tier a year reaches. Never a rank, never a penalty."""

from __future__ import annotations

from typing import Final

from app.domain.scoring.intervals import Interval
from app.domain.scoring.pooling import Pooled, probability_above
from app.domain.scoring.verdict import ENOUGH_PROBABILITY, ENOUGH_RELIABILITY, FEWEST_RELEASED

#: Role -> what its reward may hang on; the first is what holds where nobody chose. Quality callers interview, so theirs
#: hangs on no score; managers' on the whole house, to prevent parochialism.
SCOPES: Final = {
    "agent": ("own", "team", "none"),
    "supervisor": ("centre", "team", "none"),
    "quality": ("none",),
}
#: How far above the target the higher tier begins.
HIGHER: Final = 0.3
#: Best first.
TIERS: Final = ("honour", "recognised")


def tier(pooled: Pooled, target: float) -> str:
    """The tier of one agent's year, or "": the true mean lies above the line with 90 %, at a reliability of .7."""
    if pooled.reliability < ENOUGH_RELIABILITY or pooled.n < FEWEST_RELEASED:
        return ""
    for name, line in zip(TIERS, (target + HIGHER, target), strict=True):
        if probability_above(pooled, line) >= ENOUGH_PROBABILITY:
            return name
    return ""


def centre_result(mean: Interval | None, target: float) -> str:
    """ "reached" when the whole interval of the house lies above the target, "missed" below it, else "open"."""
    if mean is None:
        return "open"
    if mean.low >= target:
        return "reached"
    return "missed" if mean.high < target else "open"
