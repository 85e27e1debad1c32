"""Tiers of a year, the result of the house, the question to work on, quarters, and amounts as typed."""

from __future__ import annotations

import pytest

from app.domain.coaching import months_of, quarter_of, quarters_before
from app.domain.rewards import centre_result, tier
from app.domain.scoring.dimensions import lowest_dimension
from app.domain.scoring.intervals import Interval
from app.domain.scoring.pairs import compare_pairs
from app.domain.scoring.pooling import Pooled
from app.quality.learning.services import read_amount

#: The worked month of the specification: nobody may be rewarded on it.
WORKED = {"A": [5, 5, 4, 5, 4], "B": [4, 3, 5, 4, 4], "C": [2, 3, 4, 3, 3], "D": [5, 4, 4, 3, 5]}


@pytest.mark.parametrize(
    ("estimate", "shrinkage", "n", "reached"),
    [
        (4.9, 0.2, 60, "honour"),
        (4.4, 0.2, 60, "recognised"),
        (4.25, 0.2, 60, ""),
        (3.0, 0.2, 60, ""),
        (4.9, 0.31, 60, ""),
        (4.9, 0.2, 2, ""),
    ],
)
def test_tiers(estimate: float, shrinkage: float, n: int, reached: str) -> None:
    assert tier(Pooled(estimate, n, estimate, shrinkage, sd=0.1, sd_inside=0.1), 4.2) == reached


@pytest.mark.parametrize(
    ("mean", "result"),
    [
        (None, "open"),
        (Interval(4.4, 4.2, 4.6), "reached"),
        (Interval(4.2, 4.1, 4.3), "open"),
        (Interval(4.0, 3.9, 4.1), "missed"),
    ],
)
def test_the_house(mean: Interval | None, result: str) -> None:
    assert centre_result(mean, 4.2) == result


def test_the_lowest_question_is_that_of_the_pooled_estimates() -> None:
    low = {agent: [max(1, value - (2 if agent == "A" else 0)) for value in own] for agent, own in WORKED.items()}
    found = lowest_dimension({"attitude": WORKED, "speed": low}, "A")
    assert found is not None and (found.topic, found.own) == ("speed", True)
    assert lowest_dimension({"attitude": {}}, "A") is None


def test_without_differences_it_is_the_lowest_of_the_house() -> None:
    same = {agent: [4, 4, 5] for agent in WORKED}
    found = lowest_dimension({"attitude": {agent: [5, 5, 4] for agent in WORKED}, "informed": same}, "A")
    assert found is not None and (found.topic, found.own, round(found.estimate, 2)) == ("informed", False, 4.33)


def test_pairs_are_compared_exactly_where_that_can_be_counted() -> None:
    found = compare_pairs({"a": [5] * 5, "b": [1] * 5, "c": [4]}, 4)
    assert found is not None and (found.compared, found.differing, found.exact) == (1, 1, True)
    assert round(found.smallest, 4) == 0.0079
    many = compare_pairs({"a": [5] * 30, "b": [1] * 30}, 4)
    assert many is not None and (many.differing, many.exact) == (1, False) and many.smallest < 1e-9
    assert compare_pairs({"a": [5, 5]}, 4) is None


def test_quarters() -> None:
    assert [quarter_of(f"2030-{month:02}") for month in (1, 3, 4, 12)] == ["2030-Q1", "2030-Q1", "2030-Q2", "2030-Q4"]
    assert months_of("2030-Q4") == ("2030-10", "2030-11", "2030-12")
    assert quarters_before("2030-Q2", 3) == ("2030-Q2", "2030-Q1", "2029-Q4")


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("1,250.00", 125000), (" -3.5", -350), ("\u22122", -200), ("0.005", None), ("x", None), ("", None), ("NaN", None)],
)
def test_amounts(typed: str, cents: int | None) -> None:
    assert read_amount(typed) == cents
