"""Has the level of a house or a team moved? An EWMA chart of its months, with how often it cries wolf.

Never of one person: five answers a month are far too few, and a chart that is looked at every month finds something
sooner or later. How soon, with nothing to find, is the run length: it is computed and printed beside the chart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.domain.scoring.distributions import NORMAL

#: Weight of the newest month.
WEIGHT: Final = 0.25
#: Half the width of the limits, in standard deviations of the EWMA.
WIDTH: Final = 2.5
#: A month counts from so many answers on: their mean is near enough to normal.
FEWEST_ANSWERS: Final = 10
#: Months with enough answers from which something is said.
FEWEST_MONTHS: Final = 4
#: States of the Markov chain; doubling them changes the run length by less than a tenth of a month.
_STATES = 101


@dataclass(frozen=True, slots=True)
class Month:
    """Answers of one month: how many, and their mean (0..1 for a share)."""

    name: str
    n: int
    mean: float


@dataclass(frozen=True, slots=True)
class Point:
    """One month of the watch. `at` is the EWMA in units of its limit: outside -1..1 the level has moved."""

    name: str
    n: int
    #: The month against all before it, in standard errors.
    step: float
    at: float

    @property
    def outside(self) -> bool:
        """Whether the level has moved by more than chance explains."""
        return abs(self.at) > 1


@dataclass(frozen=True, slots=True)
class Watch:
    """The months of a watch, the oldest first; the first of all has nothing before it and is not among them."""

    points: tuple[Point, ...]

    @property
    def now(self) -> int:
        """1 when the newest month says that the level rose, -1 that it fell, else 0."""
        last = self.points[-1]
        return (1 if last.at > 0 else -1) if last.outside else 0

    @property
    def since(self) -> str:
        """The first of the months without a break that say so, up to the newest; empty when that one says nothing."""
        first = ""
        for point in reversed(self.points):
            if not point.outside or (point.at > 0) != (self.points[-1].at > 0):
                break
            first = point.name
        return first


def watch(months: Sequence[Month], sd: float) -> Watch | None:
    """Each month against all before it, smoothed; None below FEWEST_MONTHS months with FEWEST_ANSWERS answers.

    A self-starting chart (Hawkins 1987, The Statistician 36:475): u = (mean - mean of all before) / (sd sqrt(1/n + 1/N
    before)). While nothing changes these are independent and standard normal, whatever the level is, so no months are
    set aside to learn it, and the run length below holds from the second month on. EWMA: e = WEIGHT u + (1 - WEIGHT) e,
    from 0, limits +- WIDTH sqrt(WEIGHT / (2 - WEIGHT)) (Roberts 1959). `sd` is that of single answers inside months.
    The same people serve every month, so what differs between them is in it as well: alarms are rarer for it, not more
    frequent.
    """
    known = [each for each in months if each.n >= FEWEST_ANSWERS]
    if len(known) < FEWEST_MONTHS or sd <= 0:
        return None
    limit = WIDTH * math.sqrt(WEIGHT / (2 - WEIGHT))
    before, mean, level = known[0].n, known[0].mean, 0.0
    points = []
    for each in known[1:]:
        step = (each.mean - mean) / (sd * math.sqrt(1 / each.n + 1 / before))
        level = WEIGHT * step + (1 - WEIGHT) * level
        points.append(Point(each.name, each.n, step, level / limit))
        mean = (mean * before + each.mean * each.n) / (before + each.n)
        before += each.n
    return Watch(tuple(points))


@lru_cache(maxsize=64)
def run_length(weight: float = WEIGHT, width: float = WIDTH, shift: float = 0.0) -> float:
    """Months until the first signal on average, when every month lies `shift` standard errors off the level.

    With shift 0 it is how often nothing at all is taken for a change. By the Markov chain of Brook and Evans (1972,
    Biometrika 59:539), as Lucas and Saccucci (1990, Technometrics 32:1) have it for the EWMA: the range between the
    limits is cut into states, and (1 - P) run = 1 is solved. For a shift the level before is taken as known.
    """
    limit = width * math.sqrt(weight / (2 - weight))
    cell = 2 * limit / _STATES
    middles = [-limit + (place + 0.5) * cell for place in range(_STATES)]
    rows = []
    for start in middles:
        edges = [NORMAL.cdf((-limit + j * cell - (1 - weight) * start) / weight - shift) for j in range(_STATES + 1)]
        rows.append([edges[j] - edges[j + 1] for j in range(_STATES)])
    for place in range(_STATES):
        rows[place][place] += 1
    return _solved(rows)[_STATES // 2]


def _solved(rows: list[list[float]]) -> list[float]:
    """x with rows x = 1; the rows of 1 - P are diagonally dominant, so no pivot is needed."""
    size = len(rows)
    known = [1.0] * size
    for place in range(size):
        pivot = rows[place]
        for other in range(place + 1, size):
            row = rows[other]
            factor = row[place] / pivot[place]
            if factor:
                for column in range(place + 1, size):
                    row[column] -= factor * pivot[column]
                known[other] -= factor * known[place]
    for place in range(size - 1, -1, -1):
        row = rows[place]
        known[place] = (known[place] - sum(row[j] * known[j] for j in range(place + 1, size))) / row[place]
    return known
