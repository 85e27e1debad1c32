"""Intervals for one agent's mean and share. Never from the agent's own five: five equal ratings would look certain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from app.domain.scoring.distributions import NORMAL, t_quantile

LOWEST, HIGHEST = 1, 5
CONFIDENCE: Final = 0.95

#: Ratings of each agent, by agent.
Ratings = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its bounds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Within:
    """Spread of ratings inside agents, pooled over all of them."""

    sd: float
    #: Degrees of freedom: answers minus agents.
    df: int


def pooled_within(ratings: Ratings) -> Within | None:
    """s_w with s_w^2 = sum of (x - mean of the agent)^2 / sum of (n - 1); None without two answers of one agent."""
    df = sum(len(own) - 1 for own in ratings.values() if own)
    if df <= 0:
        return None
    squares = sum((x - fmean(own)) ** 2 for own in ratings.values() if own for x in own)
    return Within(math.sqrt(squares / df), df)


def mean_interval(
    own: Sequence[float], within: Within, frame_size: int | None = None, confidence: float = CONFIDENCE
) -> Interval:
    """Mean +- t(df_w) s_w / sqrt(n) sqrt(1 - n/N), cut to the scale.

    `frame_size` is N, the customers that could have been drawn; None leaves out the correction for finite frames.
    """
    mean, n = fmean(own), len(own)
    finite = 1.0 if frame_size is None else math.sqrt(max(0.0, 1 - n / frame_size))
    half = t_quantile(confidence, within.df) * within.sd / math.sqrt(n) * finite
    return Interval(mean, max(LOWEST, mean - half), min(HIGHEST, mean + half))


def wilson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's interval of the share k of n: recommended for small n (Brown, Cai and DasGupta 2001).

    Raises:
        ValueError: n is not positive, or k is not within 0..n.
    """
    if n <= 0 or not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    z, p = NORMAL.inv_cdf((1 + confidence) / 2), k / n
    spread = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / spread
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / spread
    # Exactly none and all at the ends: rounding would leave the share itself a hair outside
    return Interval(p, max(0.0, centre - half) if k else 0.0, min(1.0, centre + half) if k < n else 1.0)
