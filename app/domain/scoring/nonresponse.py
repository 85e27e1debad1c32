"""Did other customers answer than were asked? Responders against non-responders on what was known before.

Facts that the answer cannot have changed: reason, wait, how the contact ended, complaint, segment. A difference there
is no proof that the score is bent, and none is no proof that it is not: it is what can be looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from app.domain.scoring.differences import fisher, holm
from app.domain.scoring.distributions import NORMAL
from app.domain.scoring.intervals import CONFIDENCE, HIGHEST, LOWEST, Interval, wilson

#: Levels with fewer customers are shown together as the rest of a fact.
FEWEST_IN_LEVEL: Final = 5
#: Answers that a level must have for its mean to stand for those of it who did not answer.
FEWEST_IN_CELL: Final = 30
#: Name of the level that gathers the small ones.
REST: Final = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One customer who was asked: the level of one fact, and the rating if there is an answer with one."""

    level: str
    answered: bool
    rating: float | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """Customers of one level of a fact against all others."""

    name: str
    asked: int
    answered: int
    #: Share who answered.
    response: Interval
    #: Response of this level less that of all others, with Newcombe's interval; None when there are no others.
    difference: Interval | None
    #: Fisher's exact test of that difference, after Holm over all that is compared.
    p: float

    @property
    def differs(self) -> bool:
        """Whether more or fewer answered than chance explains."""
        return self.p < 1 - CONFIDENCE


@dataclass(frozen=True, slots=True)
class Weighted:
    """The mean with each level counted as often as it was asked, beside the mean as it is."""

    mean: Interval
    plain: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact: its levels, the most frequent first and the rest last, and the mean weighted back if that may be."""

    levels: tuple[Level, ...]
    weighted: Weighted | None
    #: Fewest rated answers in a level: below FEWEST_IN_CELL nothing is weighted.
    fewest: int

    @property
    def differs(self) -> bool:
        """Whether any level does."""
        return any(each.differs for each in self.levels)


def compare_facts(by_fact: Mapping[str, Sequence[Asked]]) -> dict[str, Compared]:
    """Fact -> everybody who was asked, by its levels. Holm's correction is over all comparisons of all facts.

    Of a fact with two levels there is one comparison, not two.
    """
    gathered = {fact: _gathered(asked) for fact, asked in by_fact.items()}
    p_values: dict[tuple[str, str], float] = {}
    for fact, levels in gathered.items():
        everybody = [each for own in levels.values() for each in own]
        answered = sum(each.answered for each in everybody)
        for name, own in list(levels.items())[: 1 if len(levels) <= 2 else None]:
            k, n = sum(each.answered for each in own), len(own)
            if n < len(everybody):
                p_values[fact, name] = fisher(k, n, answered - k, len(everybody) - n)
    adjusted = holm(p_values)
    found = {}
    for fact, levels in gathered.items():
        first = next(iter(levels), REST)
        p = {name: adjusted.get((fact, first if len(levels) == 2 else name), 1.0) for name in levels}
        found[fact] = _compared(levels, p)
    return found


def _compared(gathered: Mapping[str, Sequence[Asked]], p: Mapping[str, float]) -> Compared:
    counts = {name: (len(own), sum(each.answered for each in own)) for name, own in gathered.items()}
    asked, answered = (sum(each) for each in zip(*counts.values(), strict=True)) if counts else (0, 0)
    levels = tuple(
        Level(name, n, k, wilson(k, n), _newcombe(k, n, answered - k, asked - n), p[name])
        for name, (n, k) in counts.items()
    )
    rated = {name: [each.rating for each in own if each.rating is not None] for name, own in gathered.items()}
    fewest = min((len(own) for own in rated.values()), default=0)
    shares = {name: n / asked for name, (n, _k) in counts.items()}
    return Compared(levels, _weighted(shares, rated) if fewest >= FEWEST_IN_CELL else None, fewest)


def _gathered(asked: Sequence[Asked]) -> Mapping[str, Sequence[Asked]]:
    by_level: dict[str, list[Asked]] = {}
    for each in asked:
        by_level.setdefault(each.level, []).append(each)
    large = {name: own for name, own in by_level.items() if len(own) >= FEWEST_IN_LEVEL and name != REST}
    found = dict(sorted(large.items(), key=lambda pair: (-len(pair[1]), pair[0])))
    rest = [each for name, own in by_level.items() if name not in found for each in own]
    return found | {REST: rest} if rest else found


def _newcombe(k1: int, n1: int, k2: int, n2: int) -> Interval | None:
    """k1/n1 - k2/n2 with the hybrid score interval (Newcombe 1998, Stat. Med. 17:873, method 10)."""
    if not n1 or not n2:
        return None
    one, other = wilson(k1, n1), wilson(k2, n2)
    gap = one.value - other.value
    down = math.hypot(one.value - one.low, other.high - other.value)
    up = math.hypot(one.high - one.value, other.value - other.low)
    return Interval(gap, max(-1.0, gap - down), min(1.0, gap + up))


def _weighted(shares: Mapping[str, float], rated: Mapping[str, Sequence[float]]) -> Weighted:
    """Sum of W mean, variance sum of W^2 s^2 / n: post-stratification to all who were asked (Holt and Smith 1979)."""
    means = {name: fmean(own) for name, own in rated.items()}
    mean = sum(shares[name] * means[name] for name in rated)
    spread = sum(
        shares[name] ** 2 * sum((x - means[name]) ** 2 for x in own) / (len(own) - 1) / len(own)
        for name, own in rated.items()
    )
    half = NORMAL.inv_cdf((1 + CONFIDENCE) / 2) * math.sqrt(spread)
    interval = Interval(mean, max(LOWEST, mean - half), min(HIGHEST, mean + half))
    return Weighted(interval, fmean(x for own in rated.values() for x in own))
