"""Tones turn worse at once and better only after a calm while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.thresholds import DEFAULTS, Held, Tone, abandon_tone, above, below, level_tone, settle

START = datetime(2026, 11, 23, 14, tzinfo=UTC)


def shown(seen: list[tuple[int, Tone]]) -> list[Tone]:
    held: Held | None = None
    tones = []
    for second, tone in seen:
        held = settle(held, tone, START + timedelta(seconds=second))
        tones.append(held.tone if held else Tone.OK)
    return tones


@pytest.mark.parametrize(
    ("wait_s", "tone"), [(None, Tone.OK), (59, Tone.OK), (60, Tone.WARN), (119, Tone.WARN), (120, Tone.BAD)]
)
def test_a_wait_is_over_its_limit_when_it_reaches_it(wait_s: int | None, tone: Tone) -> None:
    assert above(wait_s, DEFAULTS.wait_warn_s, DEFAULTS.wait_bad_s) is tone


@pytest.mark.parametrize(("free", "tone"), [(4, Tone.OK), (3, Tone.WARN), (1, Tone.WARN), (0, Tone.BAD)])
def test_free_agents(free: int, tone: Tone) -> None:
    assert below(free, DEFAULTS.free_warn, DEFAULTS.free_bad) is tone


@pytest.mark.parametrize(("level", "tone"), [(0.8, Tone.OK), (0.79, Tone.WARN), (0.75, Tone.WARN), (0.74, Tone.BAD)])
def test_a_level_is_amber_while_close_to_its_goal(level: float, tone: Tone) -> None:
    assert level_tone(level, 100, 80, 5) is tone


def test_a_handful_of_calls_judges_nobody() -> None:
    assert level_tone(0.0, 4, 80, 5) is Tone.OK
    assert abandon_tone(1.0, 4, DEFAULTS) is Tone.OK
    assert abandon_tone(0.2, 5, DEFAULTS) is Tone.BAD


def test_it_turns_worse_at_once() -> None:
    assert shown([(0, Tone.OK), (1, Tone.WARN), (2, Tone.BAD)]) == [Tone.OK, Tone.WARN, Tone.BAD]


def test_it_turns_better_only_after_ten_calm_seconds() -> None:
    assert shown([(0, Tone.BAD), (1, Tone.OK), (10, Tone.OK), (11, Tone.OK)]) == [Tone.BAD] * 3 + [Tone.OK]


def test_a_relapse_starts_the_calm_anew() -> None:
    seen = [(0, Tone.BAD), (1, Tone.OK), (9, Tone.BAD), (10, Tone.OK), (19, Tone.OK), (20, Tone.OK)]
    assert shown(seen) == [Tone.BAD] * 5 + [Tone.OK]


def test_it_eases_to_the_worst_tone_of_the_calm() -> None:
    assert shown([(0, Tone.BAD), (1, Tone.OK), (5, Tone.WARN), (11, Tone.OK)])[-1] is Tone.WARN


def test_easing_is_no_new_breach_but_rising_is() -> None:
    held = settle(None, Tone.WARN, START)
    worse = settle(held, Tone.BAD, START + timedelta(seconds=30))
    assert worse is not None and worse.risen_at == START + timedelta(seconds=30)
    calm = settle(worse, Tone.WARN, START + timedelta(seconds=40))
    eased = settle(calm, Tone.WARN, START + timedelta(seconds=50))
    assert eased is not None and (eased.tone, eased.risen_at) == (Tone.WARN, worse.risen_at)
