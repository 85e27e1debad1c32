"""Is it the person, or what came to them? Each answer is compared with what others got for the same kind of contact.

Whoever gets the complaints has lower ratings for the same work. So before anybody is looked at more closely, each of
their ratings is taken less what their kind of contact differs from the whole house's mean, as others' answers have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.scoring.pooling import Pooled, pool
from app.domain.scoring.verdict import Word, verdict

#: Answers about others, and people they are about, that a kind of contact takes to be compared with.
FEWEST_OTHERS: Final = 10
FEWEST_PEOPLE: Final = 3
#: The kind that every contact is of.
_ALL: Final[tuple[str, ...]] = ()

#: What kind of contact it was, from the finest to the coarsest: ("damaged_parcel", "key"), ("damaged_parcel",).
Kinds = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rated:
    """One answer: the rating, and the kinds that its contact belongs to, finest first."""

    rating: float
    kinds: Kinds


@dataclass(frozen=True, slots=True)
class Mix:
    """What an agent's contacts would have got on average from others, and how many of them could be compared."""

    expected: float
    compared: int
    n: int
    adjusted: Pooled


def by_mix(answers: Mapping[str, Sequence[Rated]]) -> dict[str, Mix]:
    """Agent -> their mix; empty where agents cannot be compared at all.

    Direct standardisation, answer by answer: rating - (mean of others in the finest kind that has FEWEST_OTHERS answers
    about FEWEST_PEOPLE others - mean of all others). An answer of which no kind has so many stays as it is. The agent's
    own answers are never in what they are compared with, or one who has a kind alone would always be as expected.
    """
    heard = _Heard()
    for agent, own in answers.items():
        for each in own:
            for kind in (_ALL, *each.kinds):
                heard.add(kind, agent, each.rating)
    lifts = {agent: [_lift(heard, each, agent) for each in own] for agent, own in answers.items()}
    adjusted = pool(
        {
            agent: [each.rating - (lift or 0.0) for each, lift in zip(own, lifts[agent], strict=True)]
            for agent, own in answers.items()
        }
    )
    found = {}
    for agent, pooled in adjusted.items():
        given = [lift for lift in lifts[agent] if lift is not None]
        house = heard.others(_ALL, agent)
        expected = house.mean + sum(given) / pooled.n if house is not None else pooled.mean
        found[agent] = Mix(expected, len(given), pooled.n, pooled)
    return found


def verdict_by_mix(pooled: Pooled, mix: Mix | None, target: float) -> Word:
    """What may be said, but nobody is looked at more closely for what their mix of contacts explains."""
    word = verdict(pooled, target)
    if word is Word.LOOK_CLOSER and mix is not None and verdict(mix.adjusted, target) is not Word.LOOK_CLOSER:
        return Word.MIX
    return word


@dataclass(frozen=True, slots=True)
class _Others:
    """Answers about everybody else: their mean, how many, and how many people they are about."""

    mean: float
    n: int
    people: int


class _Heard:
    """Sums of ratings by kind of contact, from which one agent's own can be taken out."""

    def __init__(self) -> None:
        self._own: dict[tuple[tuple[str, ...], str], tuple[float, int]] = defaultdict(lambda: (0.0, 0))
        self._all: dict[tuple[str, ...], tuple[float, int, int]] = defaultdict(lambda: (0.0, 0, 0))

    def add(self, kind: tuple[str, ...], agent: str, rating: float) -> None:
        total, n = self._own[kind, agent]
        everybody, answers, people = self._all[kind]
        self._own[kind, agent] = (total + rating, n + 1)
        self._all[kind] = (everybody + rating, answers + 1, people + (n == 0))

    def others(self, kind: tuple[str, ...], agent: str) -> _Others | None:
        total, n = self._own.get((kind, agent), (0.0, 0))
        everybody, answers, people = self._all[kind]
        left = answers - n
        return _Others((everybody - total) / left, left, people - (n > 0)) if left else None


def _lift(heard: _Heard, answer: Rated, agent: str) -> float | None:
    """How much more others get for such a contact than for all; None when too few had one."""
    house = heard.others(_ALL, agent)
    if house is None:
        return None
    for kind in answer.kinds:
        others = heard.others(kind, agent)
        if others is not None and others.n >= FEWEST_OTHERS and others.people >= FEWEST_PEOPLE:
            return others.mean - house.mean
    return None
