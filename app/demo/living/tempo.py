"""How long things take and how often they happen. All times are seconds; `pace` 2 lives twice as fast."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Tempo:
    """What the rates and lengths are drawn with."""

    #: Mean time between two callers; arrivals are a Poisson process.
    every_s: float = 30.0
    #: Everything is divided by it: 1 is life.
    pace: float = 1.0

    def arrival(self, chance: Random) -> float:
        """Until the next caller."""
        return chance.expovariate(1.0 / self.every_s)

    def burst(self, chance: Random) -> int:
        """How many come at once: seldom more than one, as when a van breaks down."""
        return chance.randint(3, 5) if chance.random() < 0.03 else 1

    def patience(self, chance: Random) -> float:
        """Until a waiting caller gives up: exponential, as waiting lines are commonly modelled."""
        return max(2.0, chance.expovariate(1.0 / 150.0)) / self.pace

    def listen(self, chance: Random) -> float:
        """To a menu, until a key is pressed."""
        return chance.uniform(3.0, 7.0) / self.pace

    def few_moments(self, chance: Random) -> float:
        """Until somebody who does not like to hold the line asks to be called back."""
        return chance.uniform(8.0, 20.0) / self.pace

    def talk(self, chance: Random) -> float:
        """Of one conversation: log-normal around a minute and a half."""
        return self._around(chance, 90.0, 0.55, least=8.0, most=600.0)

    def pick_up(self, chance: Random) -> float:
        """Until an agent takes a ringing call."""
        return chance.uniform(2.0, 6.0) / self.pace

    def on_hold(self, chance: Random) -> float:
        """Of a hold, to ask somebody or look something up."""
        return self._around(chance, 18.0, 0.5, least=4.0, most=90.0)

    def wrap_up(self, chance: Random) -> float:
        """Of the work after a call."""
        return self._around(chance, 16.0, 0.5, least=4.0, most=80.0)

    def until_break(self, chance: Random) -> float:
        """That an agent works between two breaks, while free: a break waits until the phone is silent."""
        return chance.expovariate(1.0 / (12 * 60.0)) / self.pace

    def on_break(self, chance: Random) -> float:
        """Of a break."""
        return self._around(chance, 4 * 60.0, 0.4, least=60.0, most=900.0)

    def until_back(self, chance: Random) -> float:
        """Until an agent who missed a call, or was sent away by a supervisor, is available again."""
        return self._around(chance, 40.0, 0.6, least=8.0, most=600.0)

    def moment(self, chance: Random) -> float:
        """Of a small thing: reaching for the mouse, saying goodbye."""
        return chance.uniform(0.5, 2.5) / self.pace

    def _around(self, chance: Random, median: float, spread: float, *, least: float, most: float) -> float:
        return min(max(chance.lognormvariate(math.log(median), spread), least), most) / self.pace


#: What an agent does with a ringing call, and with one in hand; in shares of a hundred.
ANSWERS: dict[str, int] = {"accept": 95, "decline": 3, "miss": 2}
COURSES: dict[str, int] = {"talk": 80, "hold": 12, "transfer": 4, "consult": 4}
#: How often the agent ends the call; else the customer does.
AGENT_ENDS = 0.25
#: How many of those who lose patience ask to be called back instead; and what they do when it rings, by event.
CALLED_BACK = 0.35
#: How many do not want to hold the line at all, and ask for it when nobody has answered after a few moments.
NEVER_HOLD = 0.2
AT_THE_RING: dict[str, int] = {"callback.answer": 86, "": 10, "callback.not_now": 4}
#: How many customers call by telephone, where the desk has one.
BY_TELEPHONE = 0.7
#: The languages that customers speak.
LANGUAGES: dict[str, int] = {"en": 76, "zh_Hans": 14, "zh_Hant": 10}
#: How often a customer is one whom the desk knows.
KNOWN = 0.7


def pick(chance: Random, shares: Mapping[Thing, float]) -> Thing:
    """One of the keys, by its share."""
    return chance.choices(list(shares), list(shares.values()))[0]


def one_of(chance: Random, things: Sequence[Thing]) -> Thing | None:
    """Any of them; None of nothing."""
    return chance.choice(things) if things else None
