"""Shifts at the telephones with webhooks that come twice, late, never, forged or in the wrong order, by seed.

HEARBACK_SCHEDULES=300 plays as many; each failure prints its seed and what went wrong on the way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fixtures.telephone_shift import Shift
from tests.fixtures.telephones import Exchange, exchange, telephone_centre
from tests.twilio_emulator.engine import Readings
from tests.twilio_emulator.faults import FaultPlan

SEEDS = range(1, 1 + int(os.environ.get("HEARBACK_SCHEDULES", "2")))
RATE = 0.1


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("seed", SEEDS)
def test_bad_luck_leaves_one_consistent_end(seed: int, product: Any) -> None:
    """Nobody stays on a line, nothing stays open, no invariant breaks, nobody who is not Twilio is believed."""
    plan = FaultPlan.everything(seed, RATE)
    readings = Readings.drawn(seed)
    with telephone_centre(*product, readings=readings, faults=plan) as centre:
        shift = Shift(centre, seed, callers=3, seconds=130, reliable=seed % 3 == 0)
        try:
            shift.run()
            for _ in range(14):  # reports that were lost for good are made up for by asking
                centre.sleep_on_it(60)
            with centre.now():
                centre.check()
            centre.emulator.journal.check(timed=False)
            assert shift.lost() == []
            assert [(call.id, call.state) for call in centre.calls() if call.state != "ended"] == []
        except BaseException:
            print(plan, readings, shift.refused, sep="\n")  # noqa: T201  what to look at, with the seed
            raise
