"""Which question to work on: the one whose pooled estimate is lowest, for an agent or for a team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from app.domain.scoring.intervals import Ratings
from app.domain.scoring.pooling import pool, variance

#: The questions that a person can work on; "all in all" is none of them. In the order in which they are asked.
TOPICS: Final = ("attitude", "speed", "correctness", "informed")


@dataclass(frozen=True, slots=True)
class Lowest:
    """A question, its pooled estimate, and whether the group differs from the others there at all."""

    topic: str
    estimate: float
    own: bool


def lowest_dimension(by_topic: Mapping[str, Ratings], group: str) -> Lowest | None:
    """The lowest of the group's pooled estimates; None when nobody has answered anything.

    Where groups differ no more than chance explains, all have the common mean: then it is the house's lowest question,
    and `own` is False. Of equal ones the first in TOPICS counts.
    """
    found: list[Lowest] = []
    for topic in TOPICS:
        ratings = by_topic.get(topic, {})
        given = [value for own in ratings.values() for value in own]
        if not given:
            continue
        pooled, between = pool(ratings).get(group), variance(ratings)
        if pooled is None or between is None:
            found.append(Lowest(topic, fmean(given), own=False))
        else:
            found.append(Lowest(topic, pooled.estimate, own=between.tau2 > 0))
    return min(found, key=lambda each: each.estimate, default=None)
