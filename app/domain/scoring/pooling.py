"""Partial pooling: each agent's figure, pulled towards the mean of all by as much as chance explains.

Empirical Bayes after Efron and Morris (1975) and Morris (1983), from the one-way analysis of variance; shares by the
beta-binomial with moments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, harmonic_mean

from app.domain.scoring.distributions import NORMAL, beta_quantile, f_upper
from app.domain.scoring.intervals import CONFIDENCE, Ratings


@dataclass(frozen=True, slots=True)
class Variance:
    """The analysis of variance between and inside agents."""

    mean: float
    ss_within: float
    ss_between: float
    ms_within: float
    ms_between: float
    #: The "average" number of answers, n0.
    n0: float
    f: float
    #: Chance alone gives an F this large with this probability: the global test before any comparison.
    p: float
    #: Variance of the agents' true means; 0 when chance explains all differences.
    tau2: float
    #: Intraclass correlation, tau^2 / (tau^2 + sigma^2).
    icc: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """One agent's estimate after pooling."""

    mean: float
    n: int
    estimate: float
    #: B: weight of the common mean (0..1).
    shrinkage: float
    #: Standard deviation of the true mean around the estimate, with the error of the common mean.
    sd: float
    #: The same without that error: what a comparison of two agents needs, in which the common mean cancels.
    sd_inside: float

    @property
    def reliability(self) -> float:
        """lambda = 1 - B: the share of differences that is real (Spearman-Brown)."""
        return 1 - self.shrinkage


def variance(ratings: Ratings) -> Variance | None:
    """The analysis of variance; None unless two agents have answers and one has two of them."""
    groups = [own for own in ratings.values() if own]
    k, total = len(groups), sum(len(own) for own in groups)
    if k < 2 or total <= k:
        return None
    mean = sum(sum(own) for own in groups) / total
    ss_within = sum((x - fmean(own)) ** 2 for own in groups for x in own)
    ss_between = sum(len(own) * (fmean(own) - mean) ** 2 for own in groups)
    ms_within, ms_between = ss_within / (total - k), ss_between / (k - 1)
    n0 = (total - sum(len(own) ** 2 for own in groups) / total) / (k - 1)
    tau2 = max(0.0, (ms_between - ms_within) / n0)
    spread = tau2 + ms_within
    f = ms_between / ms_within if ms_within else (math.inf if ms_between else 0.0)
    p = f_upper(f, k - 1, total - k) if math.isfinite(f) else 0.0
    icc = tau2 / spread if spread else 0.0
    return Variance(mean, ss_within, ss_between, ms_within, ms_between, n0, f, p, tau2, icc)


def pool(ratings: Ratings) -> dict[str, Pooled]:
    """Each agent's pooled mean, by agent; agents without answers are left out.

    With tau^2 = 0 all agents get the common mean: nothing but chance is to be seen, which is right and is to be said.
    """
    known = variance(ratings)
    if known is None:
        return {}
    groups = {agent: own for agent, own in ratings.items() if own}
    k, total = len(groups), sum(len(own) for own in groups.values())
    # The error of the common mean, at the mean number of answers
    mean_error = (known.tau2 + known.ms_within * k / total) / k
    result = {}
    for agent, own in groups.items():
        n, mean = len(own), fmean(own)
        real = n * known.tau2
        b = known.ms_within / (known.ms_within + real) if known.ms_within + real else 1.0
        inside = (1 - b) * known.ms_within / n
        estimate = known.mean + (1 - b) * (mean - known.mean)
        result[agent] = Pooled(mean, n, estimate, b, math.sqrt(inside + b * b * mean_error), math.sqrt(inside))
    return result


def few_agents_shrinkage(ms_within: float, ms_between: float, k: int) -> float:
    """B for few agents of equal n: (k - 3)/(k - 1) MSW/MSB, at most 1; 1 below four agents (Morris 1983)."""
    if k <= 3 or not ms_between:
        return 1.0
    return min(1.0, (k - 3) / (k - 1) * ms_within / ms_between)


def probability_above(pooled: Pooled, line: float) -> float:
    """P(the agent's true mean > line)."""
    if not pooled.sd:
        return float(pooled.estimate > line)
    return 1 - NORMAL.cdf((line - pooled.estimate) / pooled.sd)


def probability_better(one: Pooled, other: Pooled) -> float:
    """P(the true mean of one > that of the other); the error of the common mean cancels."""
    sd = math.hypot(one.sd_inside, other.sd_inside)
    if not sd:
        return 0.5 if one.estimate == other.estimate else float(one.estimate > other.estimate)
    return NORMAL.cdf((one.estimate - other.estimate) / sd)


@dataclass(frozen=True, slots=True)
class PooledShare:
    """One agent's share of yes, pooled."""

    yes: int
    n: int
    estimate: float
    #: lambda = n / (M + n): the share of differences that is real; 0 when all agents get the common mean.
    reliability: float
    #: Bounds of 95 % of the posterior beta distribution.
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PooledShares:
    """Shares of yes, pooled."""

    mean: float
    rho: float
    #: M: how many answers the common mean weighs; None when all agents get the common mean.
    weight: float | None
    agents: Mapping[str, PooledShare]

    @property
    def estimates(self) -> dict[str, float]:
        return {agent: each.estimate for agent, each in self.agents.items()}


def pool_shares(answers: Mapping[str, tuple[int, int]]) -> PooledShares | None:
    """Beta-binomial by moments, (p M + x) / (M + n), of (yes, answers) by agent; None unless two have two answers.

    p and the variance s^2 of the shares weigh agents alike, and n in rho = (n s^2 / (p (1 - p)) - 1) / (n - 1) is the
    harmonic mean of their numbers (Kleinman 1973): for equal numbers it is the number itself.
    """
    known = {agent: (yes, n) for agent, (yes, n) in answers.items() if n}
    if sum(n >= 2 for _yes, n in known.values()) < 2:
        return None
    shares = [yes / n for yes, n in known.values()]
    mean, typical = fmean(shares), harmonic_mean([n for _yes, n in known.values()])
    spread = mean * (1 - mean)
    s2 = sum((share - mean) ** 2 for share in shares) / (len(shares) - 1)
    rho = min(1.0, (typical * s2 / spread - 1) / (typical - 1)) if spread else 0.0
    if rho <= 0:
        same = {agent: PooledShare(yes, n, mean, 0.0, mean, mean) for agent, (yes, n) in known.items()}
        return PooledShares(mean, rho, None, same)
    weight = 1 / rho - 1
    return PooledShares(
        mean, rho, weight, {agent: _pooled_share(yes, n, mean, weight) for agent, (yes, n) in known.items()}
    )


def _pooled_share(yes: int, n: int, mean: float, weight: float) -> PooledShare:
    a, b = mean * weight + yes, (1 - mean) * weight + n - yes
    tail = (1 - CONFIDENCE) / 2
    low, high = (beta_quantile(part, a, b) if a > 0 and b > 0 else a / (a + b) for part in (tail, 1 - tail))
    return PooledShare(yes, n, a / (a + b), n / (weight + n), low, high)


def reliability(icc: float, n: float) -> float:
    """Spearman-Brown: n rho / (1 + (n - 1) rho), of the mean of n answers."""
    return n * icc / (1 + (n - 1) * icc)
