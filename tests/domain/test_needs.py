"""Which entries of the register nobody sees to, and how they get their title."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.needs import LONGEST_TITLE, Standing, blind_spot, title_of

NOW = datetime(2030, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "level", "owned", "customers", "days", "why"),
    [
        ("open", "basic", False, 1, 1, "basic"),
        ("open", "basic", True, 1, 1, ""),
        ("open", "beyond", False, 1, 1, ""),
        ("open", "", False, 2, 1, "many"),
        ("open", "", True, 9, 1, ""),
        ("open", "", True, 1, 31, "forgotten"),
        ("open", "", True, 1, 30, ""),
        ("planned", "basic", False, 9, 300, ""),
        ("done", "", False, 9, 300, ""),
        ("declined", "basic", False, 9, 300, ""),
    ],
)
def test_blind_spots(state: str, level: str, owned: bool, customers: int, days: int, why: str) -> None:
    assert blind_spot(Standing(state, level, owned, customers, NOW - timedelta(days=days)), NOW) == why


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("", ""),
        ("  \n ", ""),
        ("  A locker\nnear me", "A locker"),
        ("x" * 300, "x" * 199 + "…"),
        ("y" * 200, "y" * 200),
    ],
)
def test_titles(said: str, title: str) -> None:
    assert title_of(said) == title and len(title) <= LONGEST_TITLE
