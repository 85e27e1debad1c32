"""Does a series of months rise or fall? Mann-Kendall with Sen's slope for means, Cochran-Armitage for shares."""

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
#: A trend of shares takes so many months, and so many customers who said yes and so many who did not.
FEWEST_GROUPS: Final = 3
FEWEST_EACH: Final = 5


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


@dataclass(frozen=True, slots=True)
class ShareTrend:
    """z, two-sided p, and the change of the share per month (weighted least squares, 0.01 is one point of percent)."""

    z: float
    p: float
    slope: float
    #: Answers of all months together.
    n: int


def cochran_armitage(months: Sequence[tuple[float, int, int]]) -> ShareTrend | None:
    """The trend of a share over months, each as (place in time, yes, answers); None where there is too little.

    T = sum of t (yes - n p), Var = p (1 - p) [sum of n t^2 - (sum of n t)^2 / N], z = T / sqrt(Var), with p the share
    of all months together (Armitage 1955, Biometrics 11:375; Cochran 1954; Agresti, Categorical Data Analysis, 5.3.5).
    The slope is T / [sum of n t^2 - (sum of n t)^2 / N]. Months count by their answers, and those without are no gap:
    the place says how far apart they are. z is normal only with enough on both sides, so FEWEST_EACH of each.
    """
    known = [(at, yes, n) for at, yes, n in months if n > 0]
    total, good = sum(n for _at, _yes, n in known), sum(yes for _at, yes, _n in known)
    if len(known) < FEWEST_GROUPS or min(good, total - good) < FEWEST_EACH:
        return None
    share = good / total
    # Around their mean, so that the place of the first month does not matter
    middle = sum(n * at for at, _yes, n in known) / total
    spread = sum(n * (at - middle) ** 2 for at, _yes, n in known)
    if not spread:
        return None
    lean = sum((at - middle) * (yes - n * share) for at, yes, n in known)
    z = lean / math.sqrt(share * (1 - share) * spread)
    return ShareTrend(z, normal_two_sided(z), lean / spread, total)
