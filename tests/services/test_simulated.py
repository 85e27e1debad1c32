"""The demo's own world: what it plays and what people do share lines, and never meet."""

from __future__ import annotations

import uuid

import pytest

from app.calls import inbound
from app.calls.caller_image import caller_image
from app.calls.models import Call
from app.calls.transfer import consult
from app.clock import now
from app.db import reading, transaction
from app.effects import WORK_KINDS
from app.errors import Conflict
from app.queues.images import team_image, waiting_image
from app.queues.pools import active_pools
from app.queues.presence import SIMULATED_PAGE, leave_seat
from app.queues.router import run_pass
from app.queues.work import SIMULATED_POOL, WorkItem
from app.security.models import User
from tests.fixtures.desk import connect, create_agent, create_queue, offer_of, ring_in, sit_down
from tests.invariants.checks import assert_invariants, assert_nobody_idle

pytestmark = pytest.mark.usefixtures("database")


def demo_agent(queue: int, name: str = "") -> int:
    agent = create_agent(queue, name=name)
    with transaction() as session:
        session.get_one(User, agent).demo = True
    return agent


def played(agent: int, tab: str = "sim"):
    return sit_down(agent, tab=tab, page=SIMULATED_PAGE + uuid.uuid4().hex)


def simulated_caller() -> str:
    started = inbound.start_call(
        topic_code="parcel",
        language="en",
        number="",
        name="Emma Lewis",
        start_key=str(uuid.uuid4()),
        max_waiting=10,
        simulated=True,
    )
    return started.public_id


def route_all() -> None:
    for pool in active_pools():
        run_pass(pool, WORK_KINDS)
    with reading() as session:
        assert_invariants(session, now())
        assert_nobody_idle(session, now())


def test_a_person_is_never_given_a_simulated_caller() -> None:
    queue = create_queue()
    person = sit_down(demo_agent(queue))
    simulated_caller()
    route_all()
    assert offer_of(person.agent_id) is None


def test_a_caller_is_never_given_to_a_played_seat() -> None:
    queue = create_queue()
    seat = played(demo_agent(queue))
    caller = ring_in()
    route_all()
    assert offer_of(seat.agent_id) is None
    with reading() as session:
        image = caller_image(session, caller.public_id)
    assert (image["position"], image["band"]) == (1, "unknown")


def test_each_world_serves_its_own_in_the_same_line() -> None:
    queue = create_queue()
    seat, person = played(demo_agent(queue)), sit_down(create_agent(queue))
    simulated_caller()
    caller = ring_in(name="Real Person")
    with reading() as session:
        line = waiting_image(session, str(queue))["items"]
        assert [(item["name"], item["simulated"]) for item in line] == [("Emma Lewis", True), ("Real Person", False)]
        assert caller_image(session, caller.public_id)["position"] == 1
    route_all()
    with reading() as session:
        items = {r.agent_id: session.get_one(WorkItem, r.work_item_id) for r in map(offer_of, ids(seat, person)) if r}
    assert items[seat.agent_id].pool == SIMULATED_POOL
    assert items[person.agent_id].pool == "main"


def ids(*seats) -> list[int]:
    return [seat.agent_id for seat in seats]


def test_a_colleague_cannot_consult_a_played_seat() -> None:
    queue = create_queue()
    person, seat = sit_down(create_agent(queue)), played(demo_agent(queue))
    caller = ring_in()
    connect(caller, person)
    with reading() as session:
        ready = {agent["id"]: agent["ready"] for agent in team_image(session, "all")["agents"]}
        call = session.get_one(Call, caller.call_id)
    assert ready[seat.agent_id] is False
    with pytest.raises(Conflict) as refused:
        consult(call.id, person.agent_id, person.epoch, seat.agent_id)
    assert refused.value.code == "agent_not_available"


def test_a_person_gets_a_played_seat_at_once_and_keeps_it() -> None:
    queue = create_queue()
    agent = demo_agent(queue)
    seat = played(agent)
    person = sit_down(agent, tab="mine")
    assert person.epoch == seat.epoch + 1
    assert played(agent, tab="again").epoch == person.epoch  # it may only look on
    leave_seat(person.sid)
    assert played(agent, tab="again").epoch == person.epoch  # a reload must find the seat free
    caller = ring_in()
    with reading() as session:
        line = waiting_image(session, str(queue))["items"]
    assert [item["simulated"] for item in line] == [False]
    again = sit_down(agent, tab="mine")
    route_all()
    assert (offer := offer_of(again.agent_id)) is not None
    with reading() as session:
        assert (
            session.get_one(WorkItem, offer.work_item_id).contact_id == session.get_one(Call, caller.call_id).contact_id
        )


def test_real_staff_cannot_hide_from_work_behind_a_page_name() -> None:
    queue = create_queue()
    sly = played(create_agent(queue))
    ring_in()
    route_all()
    assert offer_of(sly.agent_id) is not None
