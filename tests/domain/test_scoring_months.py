"""Trends of shares and the watch over months: published examples, and the same reckoned another way."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.scoring.trend import cochran_armitage
from app.domain.scoring.watch import FEWEST_ANSWERS, WEIGHT, WIDTH, Month, run_length, watch

#: Malformed children by what their mothers drank a day (Graubard and Korn 1987; Agresti, table 2.7): level, yes, all.
DRINKS = ((0, 48, 17114), (0.5, 38, 14502), (1.5, 5, 793), (4, 1, 127), (7, 1, 38))
YEAR = ((0, 11, 20), (1, 9, 18), (3, 14, 22), (4, 12, 15), (5, 17, 20), (9, 16, 19))


def close(value: float, digits: int) -> object:
    return pytest.approx(value, abs=0.5 * 10**-digits)


def test_the_published_trend_of_a_share() -> None:
    found = cochran_armitage(DRINKS)
    assert found is not None
    assert (found.z**2, found.p, found.n) == (close(6.57, 2), close(0.010, 3), 32574)


def test_the_square_of_z_is_n_times_the_squared_correlation() -> None:
    """Reckoned customer by customer, in fractions: z^2 = N r^2 of the place in time and yes or no."""
    customers = [(Fraction(at), int(place < yes)) for at, yes, n in YEAR for place in range(n)]
    n = len(customers)
    sums = [sum(each, Fraction(0)) for each in zip(*((x, y, x * x, y * y, x * y) for x, y in customers), strict=True)]
    x, y, xx, yy, xy = sums
    r2 = (n * xy - x * y) ** 2 / ((n * xx - x * x) * (n * yy - y * y))
    found = cochran_armitage(YEAR)
    assert found is not None
    assert found.z**2 == pytest.approx(float(n * r2), rel=1e-12)
    assert found.slope == pytest.approx(float((n * xy - x * y) / (n * xx - x * x)), rel=1e-12)


def test_the_variance_is_that_of_all_ways_to_give_the_same_answers() -> None:
    """Every way in which 6 of 12 customers could say yes: T has the mean 0 and N/(N-1) times the variance used."""
    places = [0] * 3 + [1] * 4 + [3] * 5
    middle = fmean(places)
    leans = [sum(places[i] - middle for i in yes) for yes in combinations(range(12), 6)]
    share, spread = 0.5, sum((each - middle) ** 2 for each in places)
    assert fmean(leans) == pytest.approx(0, abs=1e-9)
    assert fmean(each**2 for each in leans) == pytest.approx(12 / 11 * share * (1 - share) * spread)


def test_a_falling_share_a_level_one_and_one_too_small_to_tell() -> None:
    backwards = cochran_armitage([(-at, yes, n) for at, yes, n in YEAR])
    rising = cochran_armitage(YEAR)
    assert rising is not None and backwards is not None
    assert (backwards.z, backwards.p) == (pytest.approx(-rising.z), pytest.approx(rising.p))
    level = cochran_armitage([(0, 5, 10), (1, 10, 20), (2, 4, 8)])
    assert level == cochran_armitage([(7, 5, 10), (8, 10, 20), (9, 4, 8)])
    assert level is not None and (level.z, level.p, level.slope) == (0, 1, 0)
    assert cochran_armitage([(0, 5, 10), (1, 5, 10)]) is None, "two months are no trend"
    assert cochran_armitage([(0, 9, 10), (1, 10, 10), (2, 7, 10)]) is None, "four who said no are too few"
    assert cochran_armitage([(0, 0, 0)] * 9) is None


@pytest.mark.parametrize(
    ("weight", "width", "runs"),
    [
        # Lucas and Saccucci (1990), as Montgomery prints it; the widths are rounded there
        (0.40, 3.054, (500, 224, 71.2, 28.4, 14.3, 5.9, 3.5, 2.0)),
        (0.25, 2.998, (500, 170, 48.2, 20.1, 11.1, 5.5, 3.6, 2.3)),
        (0.10, 2.814, (500, 106, 31.3, 15.9, 10.3, 6.1, 4.4, 2.9)),
        # With all the weight on the newest month it is Shewhart's chart: 1 / (2 (1 - Phi(3.09)))
        (1.0, 3.09, (499.6,)),
    ],
)
def test_run_lengths_against_the_published_table(weight: float, width: float, runs: tuple[float, ...]) -> None:
    for shift, months in zip((0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0), runs, strict=False):
        assert run_length(weight, width, shift) == pytest.approx(months, rel=0.006, abs=0.06)


def test_the_run_length_that_the_page_prints() -> None:
    """Played instead of solved: years of months in which nothing happens, until the first alarm."""
    chance, runs = random.Random(7), []
    limit = WIDTH * (WEIGHT / (2 - WEIGHT)) ** 0.5
    for _play in range(1500):
        level, months = 0.0, 0
        while abs(level) <= limit:
            level, months = WEIGHT * chance.gauss(0, 1) + (1 - WEIGHT) * level, months + 1
        runs.append(months)
    assert round(run_length()) == 124
    assert fmean(runs) == pytest.approx(run_length(), rel=0.08)


def test_no_months_are_set_aside_and_nothing_changes_nothing() -> None:
    """Months of one level, whatever it is: steps are independent and standard normal from the second month on."""
    chance, first, later = random.Random(3), [], []
    for _house in range(800):
        months = [Month(str(at), n, chance.gauss(3.7, 0.9 / n**0.5)) for at, n in enumerate((12, 40, 25, 60, 33))]
        found = watch(months, 0.9)
        assert found is not None and len(found.points) == 4
        first.append(found.points[0].step)
        later.append(found.points[-1].step)
    for steps in (first, later):
        assert fmean(steps) == pytest.approx(0, abs=0.12)
        assert fmean(each**2 for each in steps) == pytest.approx(1, abs=0.15)
    assert fmean(a * b for a, b in zip(first, later, strict=True)) == pytest.approx(0, abs=0.12)


def test_a_level_that_falls_is_seen_and_since_when_it_is() -> None:
    level = [Month(f"2030-{at:02}", 40, 4.2) for at in range(1, 9)]
    fallen = [Month(f"2030-{at:02}", 40, 3.6) for at in range(9, 12)]
    steady, down = watch(level, 0.9), watch([*level, *fallen], 0.9)
    assert steady is not None and down is not None
    assert (steady.now, steady.since, [each.step for each in steady.points]) == (0, "", [0] * 7)
    assert (down.now, down.since) == (-1, "2030-09")
    assert [each.name for each in down.points if each.outside] == ["2030-09", "2030-10", "2030-11"]
    up = watch([*level, *(Month(each.name, 40, 4.8) for each in fallen)], 0.9)
    assert up is not None and (up.now, up.since) == (1, "2030-09")


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 80), st.floats(1, 5)), max_size=14))
def test_months_with_few_answers_are_no_months(given_: list[tuple[int, float]]) -> None:
    months = [Month(str(at), n, mean) for at, (n, mean) in enumerate(given_)]
    enough = [each for each in months if each.n >= FEWEST_ANSWERS]
    found = watch(months, 0.8)
    assert found == watch(enough, 0.8)
    assert (found is None) == (len(enough) < 4)
    assert watch(months, 0.0) is None
