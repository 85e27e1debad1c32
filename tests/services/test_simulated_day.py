"""A whole day, drawn from one seed, on a clock of its own: every figure is a fold of the log, every invariant holds.

Hundreds of contacts go through the same services as people's, and after each quarter of an hour everything the board
shows is compared with what the event log alone says (I17). HEARBACK_LONG=1 makes it some thousand, until the evening
and of another seed.
"""

from __future__ import annotations

import faulthandler
import os
import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from app import clock, db, providers
from app.agents.models import Agent, AgentInterval
from app.board.figures import day_start
from app.board.watching import watch_board
from app.db import reading
from app.providers.console import ConsoleSms
from tests.fixtures.board_by_log import loads_of
from tests.fixtures.breaches_by_log import compare_breaches
from tests.fixtures.comparing import compare_board
from tests.fixtures.day import Day, moment
from tests.fixtures.day_customers import Customers
from tests.fixtures.day_people import People
from tests.fixtures.folding import LIVE, Fold
from tests.invariants.checks import assert_in_order, assert_invariants, assert_nobody_idle

LONG = os.environ.get("HEARBACK_LONG") == "1"
#: A day as it is in a house of twelve; else the evening before and the busy morning of a house of four.
SIZE, END = (2.4, moment(20)) if LONG else (0.8, moment(9, 45))
SEED = random.SystemRandom().randrange(10**6) if LONG else 20310514
#: What must have come about, so that the day proves something: event names, and how a leg may end. What happens to
#: one call in fifty is only looked for in the long day.
SEEN = {
    "call.held", "call.overflowed", "agent.connection_lost", "ticket.resolved",
    "agent.intent_changed", "ticket.pending_customer", "ticket.transferred", "sms.received", "queue.closed",
    "queue.opened",
    "work_item.moved", "work_item.reprioritised", "reservation.timed_out", "reservation.rejected",
    "reservation.pulled_back", "call.consulting", "call.transferred", "callback.ringing", "callback.connected",
    "callback.done", "voicemail.delivered", "board.breach_seen",
}  # fmt: skip
ENDS = {
    "short_abandon", "abandoned", "closed", "max_wait", "overflow", "transferred",
    "callback_requested", "voicemail", "agent_lost",
}  # fmt: skip
if LONG:
    SEEN |= {
        "reservation.failed", "agent.missed", "agent.disconnected", "sms.opted_out",
        "callback.unanswered", "callback.declined",
    }  # fmt: skip
    ENDS |= {"queue_full", "moved", "abandoned_while_ringing"}

#: (state, code, since)
Shown = tuple[str, str | None, datetime]


def without_moments_of_no_length(
    rows: list[tuple[str, str | None, datetime]],
) -> list[tuple[str, str | None, datetime]]:
    """What was shown, without what was over in the moment it began, and without the seams that leaves."""
    kept: list[Shown] = []
    for place, row in enumerate(rows):
        lasts = place + 1 == len(rows) or rows[place + 1][2] > row[2]
        if lasts and (not kept or kept[-1][:2] != row[:2]):
            kept.append(row)
    return kept


def compare_all(day: Day, fold: Fold, *, at_rest: bool = False) -> None:
    """The board, the chart, the marks, the balance and the agents' own figures against the log; every invariant."""
    day.do(watch_board)
    with clock.frozen(day.now), reading() as session:
        assert_invariants(session, day.now)
        fold.read(session)
        compare_board(session, fold, day.house, day.now)
        compare_breaches(session, fold, day.house, day_start(day.now), day.now, at_rest=at_rest)
        _compare_agents(session, day, fold)


def _compare_agents(session: Any, day: Day, fold: Fold) -> None:
    loads = dict(session.execute(text(_LOADS)).all())
    assert loads == loads_of(fold)
    for agent in session.scalars(select(Agent)):
        shown = select(AgentInterval).where(AgentInterval.agent_id == agent.id).order_by(AgentInterval.id)
        rows = [(each.state, each.code, each.started_at) for each in session.scalars(shown)]
        told = fold.seats[agent.id].shown if agent.id in fold.seats else []
        assert without_moments_of_no_length(rows) == told, f"states of agent {agent.id}"
        if agent.contacts_on == day.now.date():
            assert agent.contacts_today == fold.seats[agent.id].taken[agent.contacts_on.isoformat()]


_LOADS = f"SELECT agent_id, count(*) FROM reservations WHERE state IN {LIVE} GROUP BY agent_id"


def test_every_figure_of_a_day_is_a_fold_of_the_log(database: str) -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Thousands of commits: real ones, but nobody pulls the plug of a test's disk.
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    db.engine().dispose()
    if LONG:  # the suite's limit is ten minutes for each test
        faulthandler.cancel_dump_traceback_later()
    providers.use_sms(ConsoleSms(db.engine()))
    day = Day(SEED, size=SIZE)
    customers = Customers(day)
    people = People(day, customers)
    customers.plan()
    people.plan()
    day.begin()
    day.after_pass = lambda: _in_order(day)
    fold = Fold()
    while day.now < END:
        quiet_hours = moment(1, 30) < day.now < moment(6, 30)
        day.run_until(day.now + timedelta(minutes=60 if quiet_hours else 15))
        day.do(day.run_router)
        with reading() as session:
            assert_nobody_idle(session, day.now)
        compare_all(day, fold)
    customers.everybody_hangs_up()
    for _ in range(5):
        day.now += timedelta(seconds=301)
        day.do(day.tick)
    compare_all(day, fold, at_rest=True)
    _everything_came_about(fold)


def _in_order(day: Day) -> None:
    with reading() as session:
        assert_in_order(session, day.now)


def _everything_came_about(fold: Fold) -> None:
    legs = [leg for leg in fold.legs.values() if leg.kind == "call"]
    assert all(leg.state in ("closed", "canceled") for leg in legs), "a call stayed for ever"
    assert not {name for name in SEEN if not fold.counted.get(name)}, f"seed {SEED}"
    assert not ENDS - {leg.reason for leg in legs}, f"seed {SEED}"
