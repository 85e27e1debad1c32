"""Everybody at once, with real commits: one winner, nobody lost, nothing twice, no deadlock."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock, db, outbox, providers
from app.agents.models import Agent
from app.calls import answering, ending, inbound, presence, transfer, wrapup
from app.calls.models import Call
from app.calls.sweeps import sweep_calls
from app.customers.models import Interaction
from app.db import reading, transaction
from app.effects import EFFECTS
from app.errors import DeskError
from app.eventlog import CLI
from app.messages.models import ConsoleMessage, Message, SmsTemplate
from app.messages.receiving import receive_sms
from app.messages.services import queue_sms
from app.providers.console import ConsoleSms
from app.queues.models import Disposition
from app.queues.presence import beat, choose_intent
from app.queues.work import Reservation, WorkItem
from tests.fixtures.desk import (
    Caller,
    call_of,
    connect,
    create_agent,
    create_queue,
    item_of,
    offer_of,
    ring_in,
    route,
    sit_down,
    sound_flows,
)
from tests.invariants.checks import assert_invariants

#: Times that each race is run: the moment it is lost in is short.
ROUNDS = 5


@pytest.fixture(autouse=True)
def all_invariants_hold_afterwards(database: str) -> Iterator[None]:
    providers.use_sms(ConsoleSms(db.engine()))
    yield
    with reading() as session:
        assert_invariants(session, clock.now() + timedelta(hours=1))


def race(*steps: Callable[[], object]) -> list[object]:
    """Take all steps at the same moment: what each returned, or the refusal it met. Any other failure is raised."""
    gate = threading.Barrier(len(steps))
    results: list[object] = [None] * len(steps)
    failures: list[BaseException] = []

    def take(place: int, step: Callable[[], object]) -> None:
        gate.wait()
        try:
            results[place] = step()
        except DeskError as refusal:
            results[place] = refusal
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def refusals(results: list[object]) -> list[str]:
    return [result.code for result in results if isinstance(result, DeskError)]


def reservation(reservation_id: int) -> Reservation:
    with reading() as session:
        return session.get_one(Reservation, reservation_id)


def offered(agent_id: int) -> int:
    """Id of the agent's live offer, which must be there."""
    offer = offer_of(agent_id)
    assert offer is not None
    return offer.id


def test_two_agents_and_two_tabs_accept_one_offer() -> None:
    queue = create_queue()
    desk, other = sit_down(create_agent(queue)), create_agent(queue)
    for _ in range(ROUNDS):
        caller = ring_in()
        route()
        offer = offered(desk.agent_id)
        results = race(
            lambda: answering.accept_offer(offer, desk.agent_id, desk.epoch),  # noqa: B023 - run before the next turn
            lambda: answering.accept_offer(offer, desk.agent_id, desk.epoch),  # noqa: B023
            lambda: answering.accept_offer(offer, other, 0),  # noqa: B023
        )
        assert refusals(results) == ["reservation_unknown"]
        assert (call_of(caller).state, call_of(caller).owner_id) == ("bridging", desk.agent_id)
        ending.customer_hangs_up(caller.call_id)


def test_many_routers_while_work_comes_and_goes() -> None:
    queue = create_queue()
    desks = [sit_down(create_agent(queue)) for _ in range(4)]
    adders, each = 4, 4
    with reading() as session:
        disposition = session.scalars(select(Disposition.id)).one()
    done = threading.Event()
    callers: list[Caller] = []

    def add() -> None:
        for _ in range(each):
            callers.append(ring_in())

    def run_router() -> None:
        while not done.is_set():
            route()

    def finish(place: int) -> None:
        desk = desks[place]
        try:
            for _ in range(2000):
                serve(desk.agent_id, desk.epoch)
                with reading() as session:
                    served = session.scalar(select(func.count()).select_from(Interaction))
                if served == adders * each:
                    return
            raise AssertionError("some callers are never served")
        finally:
            done.set()

    def serve(agent: int, epoch: int) -> None:
        offer = offer_of(agent)
        if offer is None:
            return
        with reading() as session:
            contact = select(WorkItem.contact_id).where(WorkItem.id == offer.work_item_id).scalar_subquery()
            call = session.scalars(select(Call).where(Call.contact_id == contact)).one()
        if offer.state == "pending":
            answering.accept_offer(offer.id, agent, epoch)
            sound_flows(Caller(call.id, call.public_id, "", ""))
            ending.agent_hangs_up(call.id, agent)
            wrapup.save(offer.id, agent, wrapup.WrapUp(disposition))

    race(
        *[add] * adders,
        *[run_router] * 8,
        *[lambda place=place: finish(place) for place in range(len(desks))],
    )
    with reading() as session:
        given = session.execute(select(Reservation.work_item_id, Reservation.state)).all()
        states = Counter(session.scalars(select(WorkItem.state)))
    assert states == {"closed": adders * each}
    assert Counter(given) == {(item_of(caller).id, "completed"): 1 for caller in callers}


def test_accept_decline_and_the_caller_s_hang_up() -> None:
    desk = sit_down(create_agent(create_queue()))
    for _ in range(ROUNDS):
        choose_intent(desk.agent_id, "available", epoch=desk.epoch)
        caller = ring_in()
        route()
        offer = offered(desk.agent_id)
        race(
            lambda: answering.accept_offer(offer, desk.agent_id, desk.epoch),  # noqa: B023
            lambda: ending.customer_hangs_up(caller.call_id),  # noqa: B023
            lambda: ending.customer_hangs_up(caller.call_id),  # noqa: B023
            lambda: answering.decline_offer(offer, desk.agent_id),  # noqa: B023
            lambda: presence.desk_says_hello(  # the page finds the server again meanwhile
                desk.agent_id, sid=uuid.uuid4().hex, process_id="web-1", tab=desk.tab, page=desk.page
            ),
        )
        assert call_of(caller).state == "ended"
        assert item_of(caller).state == "canceled"
        assert reservation(offer).state in ("canceled", "rejected")


def test_the_deadline_the_late_answer_and_the_hang_up() -> None:
    desk = sit_down(create_agent(create_queue()))
    start = clock.now()
    for turn in range(ROUNDS):
        with clock.frozen(start + timedelta(minutes=turn)):
            choose_intent(desk.agent_id, "available", epoch=desk.epoch)
            caller = ring_in()
            route()
            offer = offered(desk.agent_id)
            answering.confirm_ringing(offer, desk.agent_id)
        with clock.frozen(start + timedelta(minutes=turn, seconds=20)):
            race(
                lambda: answering.accept_offer(offer, desk.agent_id, desk.epoch),  # noqa: B023
                lambda: answering.let_offer_lapse(offer),  # noqa: B023
                lambda: answering.let_offer_lapse(offer),  # noqa: B023
                lambda: ending.customer_hangs_up(caller.call_id),  # noqa: B023
                sweep_calls,
            )
        assert reservation(offer).state in ("timed_out", "canceled")
        assert call_of(caller).state == "ended"
        with reading() as session:
            agent = session.get_one(Agent, desk.agent_id)
        assert agent.intent == ("missed" if reservation(offer).state == "timed_out" else "available")


def test_a_bridge_in_the_moment_of_giving_up() -> None:
    desk = sit_down(create_agent(create_queue()))
    start = clock.now()
    for turn in range(ROUNDS):
        with clock.frozen(start + timedelta(minutes=turn)):
            choose_intent(desk.agent_id, "available", epoch=desk.epoch)
            caller = ring_in()
            route()
            offer = offered(desk.agent_id)
            answering.accept_offer(offer, desk.agent_id, desk.epoch)
        with clock.frozen(start + timedelta(minutes=turn, seconds=10)):
            race(
                lambda: sound_flows(caller),  # noqa: B023
                lambda: answering.let_offer_lapse(offer),  # noqa: B023
                lambda: choose_intent(desk.agent_id, "training", epoch=desk.epoch),
            )
            with reading() as session:
                assert_invariants(session, clock.now())
            ending.customer_hangs_up(caller.call_id)
            if offer_of(desk.agent_id):
                wrapup.save(offer, desk.agent_id, wrapup.WrapUp(1))


def test_one_wrap_up_saved_by_two_clicks_and_the_timer() -> None:
    desk = sit_down(create_agent(create_queue()))
    with transaction() as session:
        session.add(SmsTemplate(code="thanks", language="en", name="Thanks", body="Thank you. {agent}"))
    start = clock.now()
    for turn in range(ROUNDS):
        with clock.frozen(start + timedelta(minutes=2 * turn)):
            caller = ring_in(number="+447700900123")
            taken = connect(caller, desk)
            wrapup.save_draft(taken.id, desk.agent_id, {"disposition": 1, "note": "Typed"})
            ending.agent_hangs_up(caller.call_id, desk.agent_id)
        filled = wrapup.WrapUp(1, "Clicked", sms=(wrapup.SmsChoice("thanks", "en"),))
        with clock.frozen(start + timedelta(minutes=2 * turn, seconds=60)):
            race(
                lambda: wrapup.save(taken.id, desk.agent_id, filled),  # noqa: B023
                lambda: wrapup.save(taken.id, desk.agent_id, filled),  # noqa: B023
                lambda: wrapup.save(taken.id, desk.agent_id, filled),  # noqa: B023
                lambda: wrapup.end_overdue(taken.id),  # noqa: B023
            )
    with reading() as session:
        kept = session.scalars(select(Interaction.note)).all()
        texts = session.scalar(select(func.count()).select_from(Message))
    assert (len(kept), texts) == (ROUNDS, kept.count("Clicked"))


def test_two_tabs_say_hello_at_once() -> None:
    agent = create_agent(create_queue())
    for turn in range(ROUNDS):
        sids = [uuid.uuid4().hex for _ in range(4)]

        def hello(place: int) -> presence.Seat:
            return presence.desk_says_hello(
                agent, sid=sids[place], process_id="web-1", tab=f"{turn}.{place}", page=f"{turn}.{place}"  # noqa: B023
            )

        seats = race(*[lambda place=place: hello(place) for place in range(4)])
        phones = [sid for sid, seat in zip(sids, seats, strict=True) if seat.role == "device"]  # type: ignore[attr-defined]
        with reading() as session:
            row = session.get_one(Agent, agent)
        assert phones == [row.device_sid]
        assert {seat.epoch for seat in seats if seat.role == "device"} == {row.epoch}  # type: ignore[attr-defined]
        race(*[lambda sid=sid: presence.desk_is_gone(sid) for sid in sids])


def test_a_page_that_closes_while_the_next_one_opens() -> None:
    desk = sit_down(create_agent(create_queue()))
    caller = ring_in()
    connect(caller, desk)
    for _ in range(ROUNDS):
        old, sid, page = desk.sid, uuid.uuid4().hex, uuid.uuid4().hex
        race(
            lambda: presence.desk_is_gone(old),  # noqa: B023
            lambda: presence.desk_says_hello(
                desk.agent_id, sid=sid, process_id="web-1", tab=desk.tab, page=page  # noqa: B023
            ),
            sweep_calls,
        )
        desk.sid = sid
        with reading() as session:
            agent = session.get_one(Agent, desk.agent_id)
        assert (agent.session_state, agent.device_sid) == ("connected", sid)
    assert call_of(caller).state == "connected"


def test_two_agents_pass_their_callers_to_each_other() -> None:
    queue = create_queue()
    one, two = sit_down(create_agent(queue)), sit_down(create_agent(queue))
    ring_in()
    ring_in()
    route()
    for desk in (one, two):
        answering.accept_offer(offered(desk.agent_id), desk.agent_id, desk.epoch)
    with reading() as session:
        calls = {call.owner_id: call.id for call in session.scalars(select(Call))}
    for call_id in calls.values():
        sound_flows(Caller(call_id, "", "", ""))
    for _ in range(ROUNDS):
        results = race(
            lambda: transfer.transfer_blind(calls[one.agent_id], one.agent_id, one.epoch, to_agent=two.agent_id),
            lambda: transfer.transfer_blind(calls[two.agent_id], two.agent_id, two.epoch, to_agent=one.agent_id),
            lambda: transfer.consult(calls[one.agent_id], one.agent_id, one.epoch, two.agent_id),
            route,
            sweep_calls,
        )
        assert refusals(results) == ["agent_busy"] * 3


def test_the_same_click_sent_twice_starts_one_call() -> None:
    create_queue()
    for _ in range(ROUNDS):
        key = str(uuid.uuid4())

        def start() -> inbound.StartedCall:
            return inbound.start_call(
                topic_code="parcel", language="en", number="", name="", start_key=key, max_waiting=100  # noqa: B023
            )

        assert len(set(race(start, start, start))) == 1


def test_two_sweeps_over_a_dead_server() -> None:
    start = clock.now()
    queue = create_queue()
    with clock.frozen(start):
        beat("web-1")
        desks = [sit_down(create_agent(queue)) for _ in range(3)]
        callers = [ring_in() for _ in range(4)]
        route()
    for seconds in (22, 43, 84):
        with clock.frozen(start + timedelta(seconds=seconds)):
            race(sweep_calls, sweep_calls, sweep_calls, route)
    with reading() as session:
        states = set(session.scalars(select(Agent.session_state).where(Agent.id.in_([d.agent_id for d in desks]))))
    assert states == {"offline"}
    assert {call_of(caller).state for caller in callers} == {"ended"}


def test_a_stop_while_messages_leave() -> None:
    number = "+447700900123"

    def write() -> None:
        with transaction() as session:
            queue_sms(
                session, number=number, body="On its way.", customer_id=None, contact_id=None, template_id=None,
                language="en", intent_key=None, author_id=None, actor=CLI,
            )  # fmt: skip

    def send() -> None:
        while outbox.run_next(EFFECTS, uuid.uuid4().hex):
            pass

    from_here = uuid.uuid4().hex
    for turn in range(ROUNDS):
        write()
        race(
            write,
            write,
            send,
            send,
            lambda: receive_sms(number, "STOP", "console", f"{from_here}-{turn}"),  # noqa: B023
            lambda: receive_sms(number, "STOP", "console", f"{from_here}-{turn}"),  # noqa: B023
        )
        send()
        receive_sms(number, "START", "console", f"{from_here}-{turn}-start")
    with reading() as session:
        statuses = Counter(session.scalars(select(Message.status).where(Message.direction == "out")))
        left = session.scalar(select(func.count()).select_from(ConsoleMessage))
    assert set(statuses) <= {"sent", "delivered", "refused"}
    assert left == statuses["sent"] + statuses["delivered"]
