"""The statistics of five answers: published vectors to every printed digit, and what may never be said."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.scoring.differences import detectable_gap, fisher, holm, permutation
from app.domain.scoring.distributions import (
    beta_quantile,
    binomial_upper,
    f_upper,
    incomplete_beta,
    normal_two_sided,
    t_quantile,
)
from app.domain.scoring.intervals import mean_interval, pooled_within, wilson
from app.domain.scoring.pooling import (
    few_agents_shrinkage,
    pool,
    pool_shares,
    probability_above,
    probability_better,
    reliability,
    variance,
)
from app.domain.scoring.response import Outcomes, bounds, contact_rate, cooperation_rate, response_rate
from app.domain.scoring.trend import mann_kendall
from app.domain.scoring.verdict import ENOUGH_PROBABILITY, Word, funnel, verdict

SIX = {
    "A": (5, 5, 4, 5, 4),
    "B": (4, 3, 5, 4, 4),
    "C": (2, 3, 4, 3, 3),
    "D": (5, 4, 4, 3, 5),
    "E": (4, 4, 5, 5, 3),
    "F": (5, 3, 4, 4, 2),
}
YEAR = (3.6, 3.8, 3.4, 4.0, 3.8, 4.2, 4.0, 4.4, 4.2, 4.0, 4.4, 4.6)

ratings = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2), st.lists(st.integers(1, 5), min_size=1, max_size=12), max_size=9
)


def close(value: float, digits: int) -> object:
    return pytest.approx(value, abs=0.5 * 10**-digits)


def test_the_worked_month_between_and_inside_agents() -> None:
    known = variance(SIX)
    assert known is not None
    assert (known.mean, known.ss_within, known.ms_within) == (close(3.9333, 4), close(16, 9), close(0.66667, 5))
    assert (known.ss_between, known.ms_between) == (close(7.86667, 5), close(1.57333, 5))
    assert (known.f, known.p, known.tau2, known.icc) == (
        close(2.36, 2),
        close(0.0707, 4),
        close(0.18133, 5),
        close(0.2138, 4),
    )
    assert few_agents_shrinkage(known.ms_within, known.ms_between, 6) == close(0.25424, 5)


def test_the_worked_month_pooled() -> None:
    pooled = pool(SIX)
    assert {agent: round(each.estimate, 3) for agent, each in pooled.items()} == {
        "A": 4.318,
        "B": 3.972,
        "C": 3.395,
        "D": 4.087,
        "E": 4.087,
        "F": 3.741,
    }
    for each in pooled.values():
        assert (each.shrinkage, each.reliability) == (close(0.42373, 5), close(0.5763, 4))
        assert (each.sd_inside, each.sd) == (close(0.277, 3), close(0.294, 3))
    assert probability_better(pooled["A"], pooled["D"]) == close(0.722, 3)
    assert probability_better(pooled["A"], pooled["C"]) == close(0.991, 3)
    assert 1 - probability_above(pooled["C"], 3.5) == close(0.639, 3)


def test_the_worked_month_says_nothing_of_anybody() -> None:
    assert {verdict(each, 4.2) for each in pool(SIX).values()} == {Word.NOT_ENOUGH}


def test_the_worked_month_with_pooled_spread() -> None:
    within = pooled_within(SIX)
    assert within is not None and within.df == 24
    interval = mean_interval(SIX["B"], within)
    assert (interval.high - 4, 4 - interval.low) == (close(0.754, 3), close(0.754, 3))
    assert mean_interval(SIX["A"], within).high == 5
    assert mean_interval(SIX["B"], within, frame_size=5).high == 4  # everybody was asked: no sampling error


def test_the_worked_month_pairs() -> None:
    pairs = {(a, b): permutation(SIX[a], SIX[b]) for a, b in combinations(SIX, 2)}
    assert pairs["A", "C"] == pytest.approx(6 / 252)
    assert holm(pairs)["A", "C"] == close(0.357, 3)
    assert permutation((5, 5, 5, 5, 5), (1, 1, 1, 1, 1)) == pytest.approx(2 / 252)


def test_the_worked_month_in_shares() -> None:
    shares = pool_shares({agent: (yes, 5) for agent, yes in zip("ABCDEF", (5, 4, 1, 4, 4, 3), strict=True)})
    assert shares is not None
    assert (shares.mean, shares.rho, shares.weight) == (close(0.70, 9), close(0.20238, 5), close(3.9412, 4))
    assert [round(shares.estimates[agent], 3) for agent in "ABCDEF"] == [0.868, 0.756, 0.420, 0.756, 0.756, 0.644]
    # Spearman-Brown of the same correlation: far below .7, so nothing of it is shown of anybody
    for each in shares.agents.values():
        assert each.reliability == close(reliability(shares.rho, 5), 9)
        assert each.low < each.estimate < each.high


def test_shares_that_differ_by_chance_alone_are_all_the_common_one() -> None:
    equal = pool_shares(dict.fromkeys("ABC", (4, 5)))
    assert equal is not None and (equal.weight, list(equal.estimates.values())) == (None, [close(0.8, 9)] * 3)
    assert {each.reliability for each in equal.agents.values()} == {0}
    all_yes = pool_shares({"A": (5, 5), "B": (3, 3)})
    assert all_yes is not None and all_yes.estimates == {"A": 1, "B": 1}


def test_shares_of_agents_with_more_answers_stay_closer_to_their_own() -> None:
    shares = pool_shares({"A": (9, 10), "B": (36, 40), "C": (1, 8), "D": (10, 12), "E": (0, 0)})
    assert shares is not None and set(shares.agents) == set("ABCD")
    few, many = shares.agents["A"], shares.agents["B"]
    assert few.reliability < many.reliability
    assert shares.mean < few.estimate < many.estimate < 0.9
    assert pool_shares({"A": (1, 1), "B": (2, 2)}) is None


def test_quantiles_of_the_beta_distribution() -> None:
    assert (beta_quantile(0.5, 1, 1), beta_quantile(0.25, 1, 2)) == (close(0.5, 9), close(1 - math.sqrt(0.75), 9))
    assert incomplete_beta(3.5, 1.5, beta_quantile(0.975, 3.5, 1.5)) == close(0.975, 9)


@pytest.mark.parametrize(("other", "p"), [(0, 0.0079), (1, 0.048), (2, 0.167), (3, 0.44)])
def test_five_of_five_against_fewer(other: int, p: float) -> None:
    assert fisher(5, 5, other, 5) == close(p, 2 if p == 0.44 else 3 if p > 0.01 else 4)


@pytest.mark.parametrize(("n", "gap"), [(5, 1.82), (15, 0.95), (30, 0.66), (60, 0.46)])
def test_what_a_comparison_of_two_agents_can_find_at_all(n: int, gap: float) -> None:
    assert detectable_gap(n, 0.9) == close(gap, 2)


@pytest.mark.parametrize(
    ("k", "low", "high"),
    [
        (0, 0, 0.4345),
        (1, 0.0362, 0.6245),
        (2, 0.1176, 0.7693),
        (3, 0.2307, 0.8824),
        (4, 0.3755, 0.9638),
        (5, 0.5655, 1),
    ],
)
def test_shares_of_five(k: int, low: float, high: float) -> None:
    interval = wilson(k, 5)
    assert (interval.low, interval.high) == (close(low, 4), close(high, 4))


def test_no_share_of_nobody() -> None:
    with pytest.raises(ValueError, match="share"):
        wilson(0, 0)


def test_how_many_answers_reliability_takes() -> None:
    table = [[round(reliability(icc, n), 2) for n in (5, 30, 60)] for icc in (0.05, 0.10, 0.20)]
    assert table == [[0.21, 0.61, 0.76], [0.36, 0.77, 0.87], [0.56, 0.88, 0.94]]


def test_the_funnel_around_the_target() -> None:
    limits = funnel(4.2, 0.9, 5)
    assert (limits.inner_low, limits.outer_low) == (close(3.41, 2), close(2.99, 2))
    assert limits.inner_high - 4.2 == pytest.approx(4.2 - limits.inner_low)


def test_the_year_that_rises() -> None:
    trend = mann_kendall(YEAR)
    assert trend is not None
    assert (trend.s, trend.variance, trend.z, trend.p) == (44, 206, close(2.996, 3), close(0.0027, 4))
    assert trend.slope == close(0.0955, 4)
    falling = mann_kendall(YEAR[::-1])
    assert falling is not None and (falling.s, falling.p) == (-44, trend.p)
    assert mann_kendall(YEAR[:7]) is None
    level = mann_kendall([4.0] * 9)
    assert level is not None and (level.s, level.p, level.slope) == (0, 1, 0)


def test_shrinking_the_batting_averages_of_efron_and_morris() -> None:
    hits = (18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7)
    averages = [round(h / 45, 3) for h in hits]
    mean = sum(averages) / 18
    spread = mean * (1 - mean) / 45
    ms_between = sum((y - mean) ** 2 for y in averages) / 17
    b = few_agents_shrinkage(spread, ms_between, 18)
    assert (mean, spread, 1 - b) == (close(0.265389, 6), close(0.004332392, 9), close(0.212391, 6))
    assert [round(mean + (1 - b) * (y - mean), 3) for y in averages] == [
        *(0.294, 0.289, 0.285, 0.280, 0.275, 0.275, 0.270, 0.266, 0.261),
        *(0.261, 0.256, 0.256, 0.256, 0.256, 0.256, 0.252, 0.247, 0.242),
    ]


def test_tails_against_printed_tables() -> None:
    assert (t_quantile(0.95, 4), t_quantile(0.95, 24), t_quantile(0.99, 1)) == (
        close(2.776, 3),
        close(2.064, 3),
        close(63.657, 3),
    )
    assert (f_upper(2.62, 5, 24), f_upper(4.96, 1, 10), f_upper(0, 3, 3)) == (close(0.05, 3), close(0.05, 3), 1)
    assert normal_two_sided(1.959964) == close(0.05, 6)
    exact = sum(math.comb(20, k) * 0.3**k * 0.7 ** (20 - k) for k in range(9, 21))
    assert binomial_upper(9, 20, 0.3) == pytest.approx(exact)
    assert (binomial_upper(0, 20, 0.3), binomial_upper(21, 20, 0.3)) == (1, 0)


def test_response_rates_leave_nobody_out() -> None:
    outcomes = Outcomes(complete=35, partial=3, refused=22, not_reached=30, other=5, unknown=5)
    assert (response_rate(outcomes), contact_rate(outcomes)) == (0.35, 0.65)
    assert cooperation_rate(outcomes) == pytest.approx(35 / 65)
    assert response_rate(Outcomes()) is contact_rate(Outcomes()) is cooperation_rate(Outcomes()) is None
    assert bounds(4, 5, 5) == (0.4, 0.9)
    with pytest.raises(ValueError, match="nobody"):
        bounds(0, 0, 0)


@given(ratings)
def test_pooling_never_pushes_anybody_away_from_the_mean(months: dict[str, list[int]]) -> None:
    known = variance(months)
    pooled = pool(months)
    assert (known is None) == (not pooled)
    for each in pooled.values():
        assert known is not None and 0 <= each.shrinkage <= 1 and each.sd >= each.sd_inside >= 0
        assert abs(each.estimate - known.mean) <= abs(each.mean - known.mean) + 1e-9


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_a_share(share: tuple[int, int]) -> None:
    interval = wilson(*share)
    assert 0 <= interval.low <= interval.value + 1e-12 and interval.value <= interval.high + 1e-12 <= 1 + 1e-9


@given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=12))
def test_holm_only_raises_p_and_keeps_the_order(p_values: dict[int, float]) -> None:
    adjusted = holm(p_values)
    assert all(p_values[key] <= adjusted[key] <= 1 for key in p_values)
    ranked = sorted(p_values, key=lambda key: p_values[key])
    assert [adjusted[key] for key in ranked] == sorted(adjusted.values())


def test_a_month_of_chance_singles_nobody_out() -> None:
    """A hundred years of 40 equal agents: when nothing but chance differs, hardly anybody is ever named."""
    chance = random.Random(5)
    named = 0
    for _year in range(100):
        year = {str(agent): chance.choices((1, 2, 3, 4, 5), (2, 4, 14, 40, 40), k=60) for agent in range(40)}
        named += sum(verdict(each, 4.12) not in (Word.NOT_ENOUGH, Word.IN_LINE) for each in pool(year).values())
    assert named / 4000 < 0.005


def test_those_who_are_named_deserve_it_as_often_as_is_said() -> None:
    """Agents of known true quality over many years: wrongly named at most as often as the rule admits."""
    chance, target = random.Random(11), 4.2
    named = wrong = 0
    for _year in range(60):
        true = {str(agent): chance.gauss(4.2, 0.3) for agent in range(40)}
        year = {agent: [chance.gauss(mean, 0.9) for _ in range(60)] for agent, mean in true.items()}
        for agent, each in pool(year).items():
            word = verdict(each, target)
            if word in (Word.ABOVE_TARGET, Word.LOOK_CLOSER):
                named += 1
                wrong += (true[agent] > target) != (word is Word.ABOVE_TARGET)
    assert named > 500
    assert wrong / named <= 1 - ENOUGH_PROBABILITY
