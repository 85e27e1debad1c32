"""What a pass of the router gives to whom, and what it writes down about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app import clock
from app.agents.models import Agent
from app.calls import answering, ending, transfer, wrapup
from app.customers.services import add_customer
from app.db import reading, transaction
from app.effects import WORK_KINDS
from app.eventlog import CLI
from app.queues.control import reprioritise
from app.queues.figures import conservation
from app.queues.models import Certificate, QueueSkill, RoutingDecision, RoutingPass
from app.queues.presence import choose_intent
from app.queues.router import run_pass
from app.queues.work import Reservation, WorkItem
from tests.fixtures.desk import (
    Caller,
    Desk,
    call_of,
    connect,
    create_agent,
    create_language,
    create_queue,
    item_of,
    offer_of,
    ring_in,
    route,
    sit_down,
)
from tests.invariants.checks import Broken, assert_in_order, assert_invariants, assert_nobody_idle

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def all_invariants_hold_afterwards(database: str) -> Iterator[None]:
    yield
    with reading() as session:
        assert_invariants(session, START + timedelta(days=400))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def seated(*queues: int, since: float = 0, **more: object) -> int:
    """Id of an agent at the desk, available, idle since START + `since` seconds."""
    with clock.frozen(START):
        agent = create_agent(*queues, idle_since=at(since), **more)  # type: ignore[arg-type]
        sit_down(agent)
    return agent


def rings_at(seconds: float, topic: str = "parcel", **more: str) -> Caller:
    with clock.frozen(at(seconds)):
        return ring_in(topic, **more)


def route_at(seconds: float) -> int:
    """Offers made by passes at START + seconds until there were none, all looked at."""
    made = 0
    with clock.frozen(at(seconds)):
        while offers := route():
            made += offers
            with reading() as session:
                assert_in_order(session, clock.now())
        with reading() as session:
            assert_nobody_idle(session, clock.now())
    return made


def taker_of(caller: Caller) -> int | None:
    """The agent whose live offer this call is."""
    with reading() as session:
        live = Reservation.state.in_(("pending", "accepted", "active"))
        return session.scalar(
            select(Reservation.agent_id).where(Reservation.work_item_id == item_of(caller).id, live)
        )


def test_who_waits_longest_gets_who_is_idle_longest() -> None:
    queue = create_queue()
    late, early = seated(queue, since=-10), seated(queue, since=-50)
    first, second, third = rings_at(1), rings_at(2), rings_at(3)
    assert route_at(4) == 2
    assert [taker_of(caller) for caller in (first, second, third)] == [early, late, None]


def test_an_urgent_queue_goes_ahead_by_its_head_start_and_no_further() -> None:
    ordinary, urgent = create_queue(), create_queue("urgent", priority=1, priority_step_s=60)
    agent = seated(ordinary, urgent)
    old, recent, pressing = rings_at(0), rings_at(30), rings_at(70, "urgent")
    assert route_at(71) == 1
    assert taker_of(old) == agent
    with clock.frozen(at(72)):
        ending.customer_hangs_up(old.call_id)
    route_at(73)
    assert (taker_of(pressing), taker_of(recent)) == (agent, None)


def test_a_returned_call_keeps_its_place_but_goes_to_others_first() -> None:
    queue = create_queue()
    one = seated(queue)
    first = rings_at(0)
    route_at(1)
    offer = offer_of(one)
    assert offer is not None
    with clock.frozen(at(2)):
        answering.decline_offer(offer.id, one)
        choose_intent(one, "available")  # back at once: the cool-down is over, the refusal is not
    second = rings_at(3)
    assert route_at(4) == 1
    assert (taker_of(first), taker_of(second)) == (None, one)
    other = seated(queue)
    route_at(5)
    assert taker_of(first) == other


def test_a_cool_down_ends_by_itself() -> None:
    agent = seated(create_queue())
    caller = rings_at(0)
    route_at(0)
    offer = offer_of(agent)
    assert offer is not None
    with clock.frozen(at(1)):
        answering.decline_offer(offer.id, agent, busy=True)
    assert route_at(60) == 0
    assert route_at(61) == 1
    assert taker_of(caller) == agent


def test_the_language_is_a_demand_until_it_relaxes() -> None:
    queue = create_queue(language_relax_s=30)
    create_language("zh_Hant")
    english = seated(queue)
    caller = rings_at(0, language="zh_Hant")
    assert route_at(29) == 0
    assert route_at(30) == 1
    assert taker_of(caller) == english


def test_a_head_start_makes_nobody_wait_less_long_for_their_language() -> None:
    queue = create_queue(language_relax_s=30)
    create_language("zh_Hant")
    english = seated(queue)
    first, urgent = rings_at(0, language="zh_Hant"), rings_at(20, language="zh_Hant")
    with clock.frozen(at(21)):
        reprioritise(item_of(urgent).id, 9, reason="Medicine", actor=CLI)
    assert route_at(30) == 1
    assert (taker_of(first), taker_of(urgent)) == (english, None)


def test_a_skill_is_a_demand_that_may_fall_to_a_lower_level() -> None:
    queue = create_queue()
    skill = create_language("customs_law")
    with transaction() as session:
        session.add(QueueSkill(queue_id=queue, skill_id=skill, min_level=6, relax_after_s=20, relaxed_level=3))
    agent = seated(queue, languages=("en", "customs_law"))
    rings_at(0)
    with clock.frozen(at(19)):
        assert route() == 0
    with clock.frozen(at(20)):
        assert route() == 1
    assert offer_of(agent) is not None


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param({"granted_on": date(2026, 11, 24)}, id="begins tomorrow"),
        pytest.param(
            {"granted_on": date(2026, 1, 1), "expires_on": date(2026, 11, 22)}, id="over"
        ),
        pytest.param({"granted_on": date(2026, 1, 1), "revoked_at": START}, id="revoked"),
    ],
)
def test_a_certificate_must_be_valid_today(certificate: dict[str, object]) -> None:
    queue = create_queue()
    agent = seated(queue, certified=False)
    with transaction() as session:
        session.add(Certificate(agent_id=agent, queue_id=queue, **certificate))
    rings_at(0)
    assert route_at(1) == 0
    with transaction() as session:
        session.add(Certificate(agent_id=agent, queue_id=queue, granted_on=START.date(), expires_on=START.date()))
    assert route_at(2) == 1


def test_a_preferred_agent_is_waited_for_while_busy_and_only_for_a_while() -> None:
    queue = create_queue(preferred_agent_s=20)
    friend = seated(queue)
    blocker = rings_at(0)
    route_at(0)
    with transaction() as session:
        add_customer(session, name="Kim", actor=CLI, phones=("+447700900123",), preferred_agent_id=friend)
    seated(queue)
    caller = rings_at(1, number="+447700900123")
    assert item_of(caller).preferred_agent_id == friend
    with clock.frozen(at(20)):
        assert route() == 0
    with clock.frozen(at(21)):
        assert route() == 1
    assert taker_of(caller) != friend
    assert taker_of(blocker) == friend


def test_an_agent_who_asked_for_a_break_gets_nothing_more() -> None:
    agent = seated(create_queue())
    caller = rings_at(0)
    with clock.frozen(at(1)):
        route()
        choose_intent(agent, "training")
        ending.customer_hangs_up(caller.call_id)
    rings_at(2)
    assert route_at(3) == 0


def test_a_pass_tells_why_somebody_got_it_and_why_the_rest_waits() -> None:
    queue = create_queue()
    agent = seated(queue, since=-30)
    taken, waits = rings_at(0), rings_at(1)
    route_at(2)
    with reading() as session:
        decision = session.scalars(select(RoutingDecision)).one()
        record = session.scalars(select(RoutingPass).order_by(RoutingPass.id)).first()
    assert record is not None
    assert (decision.pass_id, decision.reason) == (record.id, "longest_idle")
    assert decision.trace["candidates"] == [[agent, 32.0]]
    assert (record.waiting, record.agents, record.pairs) == (2, 1, 1)
    assert record.unplaced == {f"{item_of(waits).lane}|capacity": {"count": 1, "excluded": {"capacity": 1}}}
    assert call_of(taken).state == "offering"


def test_a_small_window_only_needs_more_passes() -> None:
    queue = create_queue()
    for _ in range(4):
        seated(queue)
    callers = [rings_at(number) for number in range(4)]
    with clock.frozen(at(5)):
        assert [run_pass("main", WORK_KINDS, window=1) for _ in range(5)] == [1, 1, 1, 1, 0]
    assert all(taker_of(caller) for caller in callers)


def test_the_balance_of_a_queue_names_where_each_caller_went() -> None:
    queue = create_queue(short_abandon_s=5)
    agent = seated(queue)
    impatient, patient = rings_at(0), rings_at(0)
    with clock.frozen(at(3)):
        ending.customer_hangs_up(impatient.call_id)
    with clock.frozen(at(40)):
        ending.customer_hangs_up(patient.call_id)
    ringing = rings_at(50)
    route_at(50)
    with clock.frozen(at(51)):
        ending.customer_hangs_up(ringing.call_id)
    served = rings_at(60)
    with clock.frozen(at(61)), reading() as session:
        epoch = session.get_one(Agent, agent).epoch
    with clock.frozen(at(61)):
        taken = connect(served, Desk(agent, "", "", "", epoch))
        transfer.transfer_blind(served.call_id, agent, epoch, to_queue=queue)
        wrapup.save(taken.id, agent, wrapup.WrapUp(1))
    with reading() as session:
        balance = conservation(session, queue)
        morning = conservation(session, queue, until=at(45))
    assert balance.balanced
    assert (balance.offered, balance.answered, balance.transferred, balance.waiting) == (5, 1, 1, 1)
    assert (balance.short_abandons, balance.abandons, balance.abandons_while_ringing) == (1, 1, 1)
    assert (morning.offered, morning.accounted) == (2, 2)


def test_the_balance_shows_a_leg_that_got_lost() -> None:
    queue = create_queue()
    caller = rings_at(0)
    with transaction() as session:
        session.execute(update(WorkItem).where(WorkItem.id == item_of(caller).id).values(kind="consult"))
    with reading() as session:
        balance = conservation(session, queue)
    assert (balance.offered, balance.accounted, balance.balanced) == (1, 0, False)
    with pytest.raises(Broken, match="I11"), reading() as session:
        assert_invariants(session, START)
    with transaction() as session:
        session.execute(update(WorkItem).where(WorkItem.kind == "consult").values(kind="call"))
