"""What the board shows, checked against what happened; breaches; the balance of the queues."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, select, text, update

from app import clock
from app.board.balance import Difference, differences
from app.board.figures import day_start
from app.board.images import board_image, day_image
from app.board.limits import read_limits, set_limits
from app.board.models import Breach
from app.board.watching import acknowledge, watch_board
from app.calls import ending, supervising, transfer
from app.db import engine, reading, transaction
from app.domain.thresholds import DEFAULTS
from app.errors import Invalid, NotFound
from app.eventlog import Event, person
from app.queues.figures import conservation
from app.queues.models import Queue
from app.queues.work import WorkItem
from tests.fixtures.desk import (
    connect,
    create_agent,
    create_queue,
    create_user,
    item_of,
    ring_in,
    route,
    sit_down,
)

NOON = datetime.fromisoformat("2026-11-23T12:00:00+00:00")


def at(seconds: float) -> Any:
    return clock.frozen(NOON + timedelta(seconds=seconds))


def image() -> dict[str, Any]:
    with reading() as session:
        return board_image(session, "all")


def day() -> dict[str, Any]:
    with reading() as session:
        return day_image(session, "all")


def shown(queue: int) -> dict[str, Any]:
    return next(row for row in image()["queues"] if row["id"] == queue)


def breaches() -> dict[tuple[str, int, str], int]:
    return {(row["scope"], row["subject"], row["measure"]): row["tone"] for row in image()["breaches"]}


def lose(count: int, *, start_s: float, wait_s: float, topic: str = "parcel") -> None:
    """Callers who came at `start_s` and left after `wait_s`."""
    for _ in range(count):
        with at(start_s):
            caller = ring_in(topic)
        with at(start_s + wait_s):
            ending.customer_hangs_up(caller.call_id)


def test_an_empty_house_shows_no_figures_rather_than_zero(database: str) -> None:
    queue = create_queue()
    house = image()["house"]
    assert (house["level"], house["abandoned"], house["waiting"], house["agents"]) == (None, None, 0, 0)
    assert (shown(queue)["level"], shown(queue)["oldest"]) == (None, None)


def test_the_level_is_that_of_the_adopted_formula(database: str) -> None:
    queue = create_queue()
    lose(1, start_s=0, wait_s=3)  # short: counts nowhere
    lose(2, start_s=1, wait_s=9)
    desks = []
    for came, waited in ((20, 5), (20, 19), (20, 31)):
        with at(came):
            caller = ring_in()
        with at(came + waited):
            desk = sit_down(create_agent(queue))
            connect(caller, desk)
            desks.append(desk)
    with at(120):
        ring_in()
        row, house = shown(queue), image()["house"]
    assert row["level"] == house["level"] == round(2 / (3 + 2), 4)
    assert row["abandoned"] == round(2 / 6, 4)
    assert (row["offered"], row["answered"], row["waiting"], row["talking"]) == (7, 3, 1, 3)
    assert row["oldest"] == (NOON + timedelta(seconds=120)).isoformat()


def test_yesterday_is_not_today(database: str) -> None:
    create_queue()
    lose(1, start_s=-86_400, wait_s=30)
    with at(0):
        assert image()["house"]["offered"] == 0
        lose(1, start_s=0, wait_s=30)
        assert image()["house"]["offered"] == 1


def test_agents_by_what_they_do(database: str) -> None:
    parcel, freight = create_queue("parcel"), create_queue("freight")
    both = create_agent(parcel, freight, name="Ana Both")
    idle = create_agent(freight, name="Ben Idle")
    uncertified = create_agent(freight, certified=False, name="Cy New")
    desk = sit_down(both)
    caller = ring_in("parcel")
    connect(caller, desk)
    sit_down(idle)
    sit_down(uncertified)
    shown_now = image()
    agents = {row[0]: dict(zip(shown_now["agent_fields"], row, strict=True)) for row in shown_now["agents"]}
    assert (agents[both]["state"], agents[both]["queue"], agents[both]["free"]) == ("talking", parcel, False)
    assert (agents[idle]["state"], agents[idle]["free"], agents[idle]["name"]) == ("available", True, "Ben Idle")
    assert (shown(parcel)["talking"], shown(parcel)["free"]) == (1, 0)
    assert (shown(freight)["free"], shown(freight)["elsewhere"]) == (1, 1)
    assert image()["house"]["groups"] == {"calls": 1, "free": 2}


def test_the_quarters_of_the_day_add_up_to_the_day(database: str) -> None:
    create_queue()
    lose(2, start_s=-3600, wait_s=60)
    lose(1, start_s=-100, wait_s=60)
    with at(0):
        shown_day = day()
    assert sum(shown_day["offered"]) == 3
    assert (shown_day["offered"][0], shown_day["abandoned"][0], len(shown_day["offered"])) == (2, 2, 5)
    assert shown_day["from"] == (NOON - timedelta(hours=1)).isoformat()


def test_the_line_of_the_last_two_hours(database: str) -> None:
    create_queue()
    lose(3, start_s=-1850, wait_s=200)
    with at(-60):
        ring_in()
    with at(0):
        assert day()["trends"]["waiting"][-4:] == [0, 3, 0, 1]


def test_every_leg_is_accounted_for_and_a_lost_one_shows(database: str) -> None:
    parcel, freight = create_queue("parcel"), create_queue("freight")
    boss = person(create_user("supervisor"))
    lose(1, start_s=0, wait_s=3)
    with at(10):
        desk = sit_down(create_agent(parcel))
        answered = ring_in("parcel")
        connect(answered, desk)
        transfer.transfer_blind(answered.call_id, desk.agent_id, desk.epoch, to_queue=freight)
        moved = ring_in("parcel")
        supervising.move_waiting(item_of(moved).id, freight, reason="Wrong line", actor=boss)
        ring_in("parcel")
        since = day_start(clock.now())
        with reading() as session:
            assert differences(session, since) == []
            assert all(conservation(session, queue, since=since).balanced for queue in (parcel, freight))
        with transaction() as session:
            session.execute(update(WorkItem).where(WorkItem.id == item_of(moved).id).values(queue_id=parcel))
        with reading() as session:
            assert differences(session, since) == [Difference(parcel, 4, 5), Difference(freight, 2, 1)]
        assert [row["queue_id"] for row in day()["differences"]] == [parcel, freight]


def test_a_long_wait_breaks_its_limits_and_calms_down(database: str) -> None:
    queue = create_queue()
    sit_down(create_agent(queue), available=False)
    with at(0):
        caller = ring_in()
    steps = ((59, None), (61, 1), (119, 1), (121, 2))
    for second, tone in steps:
        with at(second):
            watch_board()
            assert breaches().get(("queue", queue, "wait")) == tone
    with at(130):
        ending.customer_hangs_up(caller.call_id)
        watch_board()
        assert breaches()[("queue", queue, "wait")] == 2
    with at(139):
        watch_board()
        assert breaches()[("queue", queue, "wait")] == 2
    with at(141):
        watch_board()
        assert ("queue", queue, "wait") not in breaches()


def test_callers_without_anybody_on_shift_are_red_at_once(database: str) -> None:
    queue = create_queue()
    with at(0):
        ring_in()
        watch_board()
    assert breaches()[("queue", queue, "nobody")] == 2
    assert breaches()[("house", 0, "free")] == 2


def test_an_empty_house_at_night_breaks_nothing(database: str) -> None:
    create_queue()
    watch_board()
    assert breaches() == {}


def test_a_long_call_and_a_long_wrap_up(database: str) -> None:
    queue = create_queue()
    with at(0):
        desk = sit_down(create_agent(queue))
        caller = ring_in()
        connect(caller, desk)
    with at(721):
        watch_board()
        assert breaches()[("agent", desk.agent_id, "call")] == 2
        ending.agent_hangs_up(caller.call_id, desk.agent_id)
    with at(790):
        watch_board()
    with at(801):
        watch_board()
        assert ("agent", desk.agent_id, "call") not in breaches()
        assert breaches()[("agent", desk.agent_id, "wrap")] == 1


def test_what_is_seen_stays_seen_until_it_gets_worse(database: str) -> None:
    create_queue()
    boss = person(create_user("supervisor", name="Maria Boss"))
    with at(0):
        ring_in()
    with at(61):
        watch_board()
        [waits] = [row for row in image()["breaches"] if row["measure"] == "wait"]
        acknowledge(waits["id"], actor=boss)
        acknowledge(waits["id"], actor=boss)
        [waits] = [row for row in image()["breaches"] if row["measure"] == "wait"]
        assert waits["seen_by"] == "Maria Boss"
    with at(121):
        watch_board()
        [waits] = [row for row in image()["breaches"] if row["measure"] == "wait"]
        assert (waits["tone"], waits["seen_by"]) == (2, None)
        assert waits["risen_at"] == (NOON + timedelta(seconds=121)).isoformat()
    with reading() as session:
        assert len(session.scalars(select(Event).where(Event.name == "board.breach_seen")).all()) == 1
    with transaction() as session:
        session.execute(update(Breach).values(ended_at=NOON))
    with pytest.raises(NotFound):
        acknowledge(waits["id"], actor=boss)


def test_two_workers_look_once(database: str) -> None:
    queue = create_queue()
    with at(0):
        ring_in()
        assert watch_board() > 0
        with engine().begin() as other:
            other.execute(text("SELECT 1 FROM board_watch FOR UPDATE"))
            with at(4):
                ring_in()
                with transaction() as session:
                    session.execute(delete(Breach))
                assert watch_board() == 0
    with at(6):
        assert watch_board() > 0
    assert ("queue", queue, "nobody") in breaches()


def test_limits_of_the_house_and_of_one_queue(database: str) -> None:
    parcel, freight = create_queue("parcel"), create_queue("freight")
    boss = person(create_user("supervisor"))
    typed = {name: str(getattr(DEFAULTS, name)) for name in DEFAULTS.__dataclass_fields__}
    set_limits(None, read_limits({**typed, "wait_warn_s": "20", "wait_bad_s": "40"}), actor=boss)
    set_limits(freight, read_limits({**typed, "wait_warn_s": "300", "wait_bad_s": "600"}), actor=boss)
    with at(0):
        ring_in("parcel")
        ring_in("freight")
    with at(41):
        watch_board()
        assert breaches()[("queue", parcel, "wait")] == 2
        assert ("queue", freight, "wait") not in breaches()
    assert (shown(freight)["limits"]["wait_bad_s"], "limits" in shown(parcel)) == (600, False)
    set_limits(freight, None, actor=boss)
    with at(44):
        watch_board()
        assert breaches()[("queue", freight, "wait")] == 2


def test_limits_that_make_no_sense_are_refused_by_name() -> None:
    typed: dict[str, object] = {name: getattr(DEFAULTS, name) for name in DEFAULTS.__dataclass_fields__}
    with pytest.raises(Invalid) as refused:
        read_limits({**typed, "wait_bad_s": "30", "free_warn": "many", "level_margin": "-1"})
    assert refused.value.fields == {
        "wait_bad_s": "red_before_amber",
        "free_warn": "not_a_number",
        "level_margin": "out_of_range",
    }


def test_a_closed_queue_stays_on_the_board_for_a_while(database: str) -> None:
    queue = create_queue()
    with transaction() as session:
        session.execute(update(Queue).values(active=False))
    assert image()["queues"] == []
    with transaction() as session:
        session.execute(update(Queue).values(active=True))
    ring_in()
    with transaction() as session:
        session.execute(update(Queue).values(active=False))
    assert (shown(queue)["open"], shown(queue)["waiting"]) == (False, 1)


def test_the_cost_does_not_grow_with_queues_and_agents(database: str) -> None:
    def statements() -> int:
        counted = []
        listen = lambda *_: counted.append(1)  # noqa: E731
        event.listen(engine(), "before_cursor_execute", listen)
        try:
            image()
            day()
        finally:
            event.remove(engine(), "before_cursor_execute", listen)
        return len(counted)

    queue = create_queue()
    sit_down(create_agent(queue))
    ring_in()
    few = statements()
    for number in range(5):
        more = create_queue(f"q{number}")
        sit_down(create_agent(more))
        ring_in(f"q{number}")
    route()
    assert statements() == few
