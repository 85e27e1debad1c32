"""All agents two by two: how many pairs differ by more than chance, once it counts how many were looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from app.domain.scoring.differences import fisher, holm, permutation
from app.domain.scoring.intervals import CONFIDENCE, Ratings

#: Splits of ratings that a page may take the time to count, over all pairs.
MOST_WAYS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """What comparing every pair shows. `exact`: by permutation of the ratings; else by Fisher's test on shares."""

    compared: int
    smallest: float
    #: The smallest p after Holm.
    adjusted: float
    differing: int
    exact: bool


def compare_pairs(ratings: Ratings, satisfied_from: float) -> Pairs | None:
    """Every pair of agents with two answers or more; None where there is no pair.

    The exact permutation test where all splits together can be counted, Fisher's test of the satisfied
    (`satisfied_from` and more) otherwise.
    """
    groups = {agent: own for agent, own in ratings.items() if len(own) >= 2}
    names = list(combinations(sorted(groups), 2))
    if not names:
        return None
    ways = sum(math.comb(len(groups[one]) + len(groups[other]), len(groups[one])) for one, other in names)
    exact = ways <= MOST_WAYS
    p_values = {}
    for one, other in names:
        if exact:
            p_values[one, other] = permutation(groups[one], groups[other])
        else:
            good = [sum(value >= satisfied_from for value in groups[each]) for each in (one, other)]
            p_values[one, other] = fisher(good[0], len(groups[one]), good[1], len(groups[other]))
    adjusted = holm(p_values)
    differing = sum(p < 1 - CONFIDENCE for p in adjusted.values())
    return Pairs(len(names), min(p_values.values()), min(adjusted.values()), differing, exact)
