"""Is a difference more than chance? Exact tests for two agents, corrected for how many pairs were looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeVar

from app.domain.scoring.distributions import t_quantile

Key = TypeVar("Key")


def permutation(one: Sequence[float], other: Sequence[float]) -> float:
    """Two-sided p of the exact permutation test on the difference of means.

    All ways to split the pooled ratings are counted: 252 for five and five, so the smallest p is 2/252.

    Raises:
        ValueError: over a million ways; no month has so many answers of two agents.
    """
    pooled, n = [*one, *other], len(one)
    ways = math.comb(len(pooled), n)
    if ways > 1_000_000:
        raise ValueError("too many answers for the exact test")
    total = sum(pooled)
    # n1 n2 |difference of means| = |(n1 + n2) sum of one - n1 total|: whole numbers stay whole
    distance = [abs(len(pooled) * sum(chosen) - n * total) for chosen in combinations(pooled, n)]
    seen = abs(len(pooled) * sum(one) - n * total)
    return sum(each >= seen - 1e-9 for each in distance) / ways


def fisher(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p of Fisher's exact test: k1 of n1 satisfied against k2 of n2. All tables as likely or less count."""
    good, ways = k1 + k2, math.comb(n1 + n2, k1 + k2)
    lowest, highest = max(0, good - n2), min(good, n1)
    # Each from the one before, in whole numbers: exact, and fast enough for thousands of customers
    chance = math.comb(n1, lowest) * math.comb(n2, good - lowest)
    chances = []
    for k in range(lowest, highest + 1):
        chances.append(chance)
        chance = chance * (n1 - k) * (good - k) // ((k + 1) * (n2 - good + k + 1))
    seen = chances[k1 - lowest]
    return sum(each for each in chances if each <= seen) / ways


def detectable_gap(n: int, sd: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The difference of two true means that `n` answers each find with `power` at a two-sided level `alpha`.

    (t(1 - alpha/2) + t(power)) sd sqrt(2/n) with 2n - 2 degrees of freedom.

    Raises:
        ValueError: fewer than two answers each.
    """
    if n < 2:
        raise ValueError("a difference takes two answers each")
    df = 2 * n - 2
    return (t_quantile(1 - alpha, df) + t_quantile(2 * power - 1, df)) * sd * math.sqrt(2 / n)


def holm(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """Holm's adjusted p of each comparison: the chance of one false alarm among all stays below it."""
    adjusted: dict[Key, float] = {}
    largest, m = 0.0, len(p_values)
    for rank, (key, p) in enumerate(sorted(p_values.items(), key=lambda pair: pair[1])):
        largest = max(largest, min(1.0, (m - rank) * p))
        adjusted[key] = largest
    return adjusted
