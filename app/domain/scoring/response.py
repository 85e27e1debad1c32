"""Who answered, who did not, and how far that could bend the result. Rates after AAPOR's standard definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Below this rate the bounds are shown beside every share.
LOW_RESPONSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Numbers of customers by final outcome: AAPOR's I, P, R, NC, O and U."""

    complete: int = 0
    partial: int = 0
    refused: int = 0
    not_reached: int = 0
    other: int = 0
    unknown: int = 0

    @property
    def contacted(self) -> int:
        return self.complete + self.partial + self.refused + self.other

    @property
    def approached(self) -> int:
        return self.contacted + self.not_reached + self.unknown


def response_rate(outcomes: Outcomes) -> float | None:
    """RR1 = I / ((I + P) + (R + NC + O) + U), the strictest; None when nobody was approached."""
    return outcomes.complete / outcomes.approached if outcomes.approached else None


def contact_rate(outcomes: Outcomes) -> float | None:
    """Share of the approached whom somebody spoke with; None when nobody was approached."""
    return outcomes.contacted / outcomes.approached if outcomes.approached else None


def cooperation_rate(outcomes: Outcomes) -> float | None:
    """Share of those spoken with who completed; None when nobody was spoken with."""
    return outcomes.complete / outcomes.contacted if outcomes.contacted else None


def bounds(good: int, answered: int, missing: int) -> tuple[float, float]:
    """The share's bounds if all who are missing were bad, or all good: [k/(n+m), (k+m)/(n+m)].

    Raises:
        ValueError: nobody was asked.
    """
    asked = answered + missing
    if asked <= 0:
        raise ValueError("nobody was asked")
    return good / asked, (good + missing) / asked
