"""The figures by their definitions, on the worked day on which the vendors' formulas differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.service_metrics import (
    Cohort,
    abandon_rate,
    average_handling_s,
    average_speed_of_answer_s,
    occupancy,
    service_level,
    union_s,
)

#: 100 offered, 80 answered (60 within 20 s), 20 abandoned, of them 8 under 5 s and 10 under 20 s.
OFFERED, ANSWERED, IN_TARGET, ABANDONED, UNDER_5_S, UNDER_20_S = 100, 80, 60, 20, 8, 10
DAY = Cohort(
    offered=OFFERED,
    answered=ANSWERED,
    answered_in_target=IN_TARGET,
    abandoned=ABANDONED - UNDER_5_S,
    short_abandoned=UNDER_5_S,
)
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def span(start_s: int, end_s: int) -> tuple[datetime, datetime]:
    return START + timedelta(seconds=start_s), START + timedelta(seconds=end_s)


def test_the_adopted_service_level_leaves_short_abandons_out() -> None:
    assert service_level(DAY) == pytest.approx(0.652, abs=0.0005)


@pytest.mark.parametrize(
    ("who", "level"),
    [
        ("answered in T / answered", IN_TARGET / ANSWERED),
        ("(answered + abandoned in T) / (answered + abandoned)", (IN_TARGET + UNDER_20_S) / (ANSWERED + ABANDONED)),
        ("answered in T / (answered + abandoned after T)", IN_TARGET / (ANSWERED + ABANDONED - UNDER_20_S)),
        ("answered in T / (answered + all abandoned)", IN_TARGET / (ANSWERED + ABANDONED)),
    ],
)
def test_it_is_none_of_the_other_formulas(who: str, level: float) -> None:
    shown = service_level(DAY)
    assert shown is not None and abs(shown - level) > 0.01, who


def test_short_abandons_count_nowhere_in_the_abandon_rate() -> None:
    assert abandon_rate(DAY) == pytest.approx(12 / 92)
    assert abandon_rate(Cohort(offered=8, short_abandoned=8)) is None


def test_cohorts_add_up_to_the_figures_of_the_whole_and_not_to_a_mean_of_shares() -> None:
    small = Cohort(offered=2, answered=2, answered_in_target=0)
    assert service_level(DAY + small) == pytest.approx(60 / 94)


def test_nothing_is_not_zero() -> None:
    empty = Cohort()
    assert (service_level(empty), abandon_rate(empty)) == (None, None)
    assert average_speed_of_answer_s(0, 0) is None
    assert average_handling_s(talk_s=0, hold_s=0, after_call_s=0, handled=0) is None
    assert occupancy([], []) is None


def test_who_still_waits_is_not_judged_yet() -> None:
    assert service_level(Cohort(offered=9, answered=4, answered_in_target=4)) == 1


def test_means() -> None:
    assert average_speed_of_answer_s(90, 6) == 15
    assert average_handling_s(talk_s=300, hold_s=60, after_call_s=40, handled=4) == 100


def test_work_done_at_once_is_counted_once() -> None:
    assert union_s([span(0, 60), span(30, 90), span(40, 50), span(120, 150)]) == 120
    assert union_s([span(10, 10), span(9, 5)]) == 0


def test_occupancy_sets_work_against_ready_time() -> None:
    assert occupancy([span(0, 60), span(30, 90)], [span(90, 120)]) == pytest.approx(0.75)
