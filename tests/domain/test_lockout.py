"""Waiting after wrong passwords: free at first, then longer and longer, never for ever."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.lockout import FIRST_DELAY, FREE_TRIES, LONGEST_DELAY, delay_after


def test_mistyping_costs_nothing_and_then_it_doubles() -> None:
    assert delay_after(0) == delay_after(FREE_TRIES - 1) == timedelta(0)
    assert delay_after(FREE_TRIES) == FIRST_DELAY
    assert delay_after(FREE_TRIES + 1) == 2 * FIRST_DELAY


def test_a_day_of_guessing_gets_under_a_hundred_tries_beyond_the_first() -> None:
    spent, tries = timedelta(0), FREE_TRIES
    while spent < timedelta(days=1):
        spent += delay_after(tries)
        tries += 1
    assert tries - FREE_TRIES < 105


@given(st.integers(0, 10**6))
def test_never_shorter_with_more_failures_and_never_over_the_cap(failures: int) -> None:
    assert delay_after(failures) <= delay_after(failures + 1) <= LONGEST_DELAY
