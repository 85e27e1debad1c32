"""Waiting bands: the stated formula, its edges, and silence where nothing honest can be said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.waiting_band import WaitingBand, expected_wait_s, waiting_band

ORDER = ["under_1", "1_2", "2_5", "5_10", "over_10"]


@pytest.mark.parametrize(
    ("position", "serving", "handle_time_s", "free", "band"),
    [
        (1, 4, 180, 1, "under_1"),  # somebody is free
        (1, 4, 180, 0, "under_1"),  # 45 s
        (1, 3, 180, 0, "1_2"),  # 60 s: the bound belongs to the next band
        (3, 6, 180, 1, "1_2"),  # two ahead of the free agent
        (1, 1, 180, 0, "2_5"),
        (2, 1, 150, 0, "5_10"),
        (4, 1, 150, 0, "over_10"),
        (1, 0, 180, 0, "unknown"),
        (1, 2, None, 0, "unknown"),
        (1, 2, 0, 0, "unknown"),
        (1, 2, None, 1, "under_1"),
    ],
)
def test_bands(position: int, serving: int, handle_time_s: float | None, free: int, band: str) -> None:
    assert waiting_band(position, serving, handle_time_s, free) == band


def test_the_formula() -> None:
    assert expected_wait_s(5, 4, 200, 1) == 200


def test_positions_count_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        waiting_band(0, 3, 180)


@given(st.integers(1, 200), st.integers(1, 50), st.floats(1, 3600), st.integers(0, 5))
def test_further_back_is_never_sooner_and_more_agents_never_later(
    position: int, serving: int, handle_time_s: float, free: int
) -> None:
    def rank(place: int, agents: int) -> int:
        return ORDER.index(waiting_band(place, agents, handle_time_s, free))

    assert rank(position, serving) <= rank(position + 1, serving)
    assert rank(position, serving + 1) <= rank(position, serving)


@given(st.integers(1, 200), st.one_of(st.none(), st.floats(0, 3600)), st.integers(0, 5))
def test_nobody_serving_is_unknown(position: int, handle_time_s: float | None, free: int) -> None:
    assert waiting_band(position, 0, handle_time_s, free) is WaitingBand.UNKNOWN
