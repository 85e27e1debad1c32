"""Does a series of months rise or fall? Mann-Kendall with Sen's slope."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final

from app.domain.scoring.distributions import normal_two_sided

#: Fewer months than this show no trend worth a word.
FEWEST_MONTHS: Final = 8


@dataclass(frozen=True, slots=True)
class Trend:
    """S, its variance, z, two-sided p, and the median change per month."""

    s: int
    variance: float
    z: float
    p: float
    slope: float


def mann_kendall(months: Sequence[float]) -> Trend | None:
    """The trend of a series in order of time; None below FEWEST_MONTHS.

    S = sum of signs of later minus earlier, Var = [n(n-1)(2n+5) - sum of t(t-1)(2t+5)]/18 over ties of size t, z with
    the correction by one towards zero.
    """
    n = len(months)
    if n < FEWEST_MONTHS:
        return None
    s = sum((later > earlier) - (later < earlier) for earlier, later in combinations(months, 2))
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(months).values())
    spread = (n * (n - 1) * (2 * n + 5) - ties) / 18
    z = (s - math.copysign(1, s)) / math.sqrt(spread) if s and spread else 0.0
    slopes = [(months[j] - months[i]) / (j - i) for i, j in combinations(range(n), 2)]
    return Trend(s, spread, z, normal_two_sided(z), median(slopes))
