"""Many telephones at once: one reservation per caller whatever the workers' timing, and nobody lost in a busy time.

HEARBACK_SCHEDULES=200 plays as many races, and half an hour of fifty callers; always a few, and some minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any

import pytest

from app.db import reading
from app.effects import WORK_KINDS
from app.queues.router import run_pass
from tests.fixtures.telephone_shift import Shift
from tests.fixtures.telephones import LINE, PLAYED, READINGS, Exchange, exchange, telephone_centre
from tests.invariants.checks import assert_in_order, assert_invariants

SCHEDULES = int(os.environ.get("HEARBACK_SCHEDULES", "4"))
THE_WHOLE = SCHEDULES >= 200
#: Races of one test: many in one would outlast a test's time limit on a busy machine.
AT_ONCE = 20


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("first", range(0, SCHEDULES, AT_ONCE))
def test_two_free_agents_and_one_caller_make_one_reservation(first: int, product: Any) -> None:
    """The caller's last key, the second agent's sign-in and two routers meet in every order."""
    with telephone_centre(*product) as centre, ThreadPoolExecutor(2) as threads:
        centre.hire("bo", "cy")
        for seed in range(first, min(first + AT_ONCE, SCHEDULES)):
            chance, leg = Random(seed), centre.engine.dial_in(f"+4477009{seed:05}", LINE)
            for _ in range(2):
                centre.clock.advance(chance.uniform(1, 4))
                centre.engine.press(leg, "1")
            for name in chance.sample(["bo", "cy"], 2):
                centre.do(name, "logs in")
                centre.clock.advance(chance.choice([0.0, 0.05, 0.1]))
            centre.clock.advance(1)
            gate = Barrier(2)

            def route(gate: Barrier = gate) -> int:
                gate.wait()
                return run_pass("main", WORK_KINDS)

            with centre.now():
                made = [future.result() for future in [threads.submit(route), threads.submit(route)]]
                live = [agent for agent, state in centre.offers() if state == "pending"]
                assert len(live) == 1, f"schedule {seed}: {made} {live}"
                with reading() as session:
                    assert_invariants(session, centre.clock.now())
            centre.engine.hang_up(leg)
            centre.sleep_on_it(1)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("readings", PLAYED)
def test_a_busy_time_loses_nobody(readings: str, product: Any) -> None:
    """Five agents who answer, callers who wait: each is served, by rank, and all invariants hold all the while."""
    callers, seconds = (50, 1800) if THE_WHOLE else (8, 160)
    with telephone_centre(*product, readings=READINGS[readings]) as centre:
        shift = Shift(centre, 12, callers=callers, agents=5, seconds=seconds, reliable=True)
        looks = 0

        def look() -> None:
            nonlocal looks
            looks += 1
            if looks % 15 == 0:
                with centre.now(), reading() as session:
                    assert_invariants(session, centre.clock.now())
                    assert_in_order(session, centre.clock.now())

        shift.run(look)
        centre.settle()
        assert [caller.number for caller in shift.people if not caller.served] == []
        assert {call.end_reason for call in centre.calls()} <= {"customer_hangup", "agent_hangup"}
        assert len(centre.calls()) == callers
        assert shift.lost() == []
        assert {state for _, state in centre.offers()} == {"completed"}
