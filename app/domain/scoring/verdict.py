"""What may be said of a month, and of one agent. The rule is fixed here, so that nobody argues with the figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.scoring.pooling import Pooled, probability_above

#: Below it nothing individual is shown: more answers, over more months, are needed.
ENOUGH_RELIABILITY: Final = 0.7
#: A tier is reached when the true mean lies above the target with this probability.
ENOUGH_PROBABILITY: Final = 0.9
#: Complete interviews below which not even the agent's comments are released alone.
FEWEST_RELEASED: Final = 3


class Word(StrEnum):
    """What is said of one agent."""

    NOT_ENOUGH = "not_enough"
    IN_LINE = "in_line"
    LOOK_CLOSER = "look_closer"
    ABOVE_TARGET = "above_target"
    #: Below the target, but no more than others are with such contacts (app/domain/scoring/mix.py).
    MIX = "mix"


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """Around the target, for one number of answers: 95 % of agents on target lie inside the inner limits."""

    outer_low: float
    inner_low: float
    inner_high: float
    outer_high: float


def funnel(target: float, sd: float, n: int) -> FunnelLimits:
    """Target +- z sd / sqrt(n) with z = 1.96 and 3 (Spiegelhalter 2005): in line, or look closer; never a rank."""
    inner, outer = 1.96 * sd / math.sqrt(n), 3 * sd / math.sqrt(n)
    return FunnelLimits(target - outer, target - inner, target + inner, target + outer)


def verdict(pooled: Pooled, target: float) -> Word:
    """What may be said of this agent against the target."""
    if pooled.reliability < ENOUGH_RELIABILITY:
        return Word.NOT_ENOUGH
    above = probability_above(pooled, target)
    if above >= ENOUGH_PROBABILITY:
        return Word.ABOVE_TARGET
    return Word.LOOK_CLOSER if above <= 1 - ENOUGH_PROBABILITY else Word.IN_LINE
