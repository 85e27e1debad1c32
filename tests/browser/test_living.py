"""The demo that lives, on the running program: calls are taken and wrapped up, people are left alone, it ends clean."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.agents.models import Agent
from app.calls.models import Call
from app.clock import now
from app.customers.models import Interaction
from app.db import reading
from app.demo.seed import PASSWORD
from app.queues.work import SIMULATED_POOL, Reservation, WorkItem
from tests.browser.people import AgentAtDesk
from tests.browser.running import RunningDesk
from tests.fixtures.desk import ring_in
from tests.fixtures.living import Simulation, answered, at_work, organise
from tests.invariants.checks import assert_invariants


@pytest.fixture
def simulation(running: RunningDesk, tmp_path: Path) -> Iterator[Simulation]:
    organise()
    simulation = Simulation(running, tmp_path / "live.log")
    yield simulation
    if simulation.process.poll() is None:
        simulation.process.terminate()
    try:
        simulation.process.wait(20)
    except subprocess.TimeoutExpired:
        simulation.kill()


def test_the_house_lives_and_leaves_nothing_behind(simulation: Simulation) -> None:
    simulation.until(lambda: answered() >= 8)
    caller = ring_in("track_parcel", name="Real Person")  # nobody but simulated agents is here: this one waits
    before = answered()
    simulation.until(lambda: answered() >= before + 3)
    with reading() as session:
        assert_invariants(session, now())
        assert session.get_one(Call, caller.call_id).state == "queued"
        rows = select(Interaction.note).join(WorkItem, WorkItem.id == Interaction.work_item_id)
        notes = session.scalars(rows.where(WorkItem.pool == SIMULATED_POOL, Interaction.outcome == "answered")).all()
        assert all(note.startswith(("[Simulated]", "【模拟】", "【模擬】")) for note in notes)
        played = set(session.scalars(select(Agent.id).where(Agent.simulated)))
        served = select(Reservation.agent_id).join(WorkItem, WorkItem.id == Reservation.work_item_id)
        assert set(session.scalars(served.where(WorkItem.pool == SIMULATED_POOL))) <= played
        assert not set(session.scalars(served.where(WorkItem.pool != SIMULATED_POOL))) & played
    status, said = simulation.stop()
    assert (status, said) == (0, "")
    simulation_is_over()


def simulation_is_over() -> None:
    """Nobody is left in a call, with an open wrap-up, or on duty."""
    with reading() as session:
        assert_invariants(session, now())
        open_calls = select(Call.state).join(WorkItem, WorkItem.id == Call.work_item_id)
        assert session.scalars(open_calls.where(WorkItem.pool == SIMULATED_POOL, Call.state != "ended")).all() == []
        live = select(Reservation.state).where(Reservation.state.in_(("pending", "accepted", "active", "wrapping")))
        assert session.scalars(live).all() == []
        assert set(session.scalars(select(Agent.intent))) == {"offline"}


def test_a_person_who_signs_in_gets_the_seat_to_themselves(
    simulation: Simulation, running: RunningDesk, chromium
) -> None:
    simulation.until(lambda: "yating@demo" in at_work() and answered() >= 2)
    person = AgentAtDesk(chromium, running.address, "yating@demo", password=PASSWORD)
    try:
        simulation.until(lambda: "yating@demo" not in at_work())
        # A desk that opens while a simulated call is in hand offers the check instead of opening it; if that call was
        # not connected yet it goes back to its line, and the microphone has been taken up for it already
        idle = person.page.get_by_role("button", name="Check microphone and start")
        ready = person.page.locator("section.idle").get_by_role("button", name="Go available")
        check = person.page.get_by_role("dialog", name="Microphone check")
        left_over = person.page.get_by_role("form", name="Wrap-up")
        idle.or_(ready).or_(check).or_(left_over).first.wait_for(timeout=60_000)
        if left_over.is_visible():  # the contact that was in hand is written up by whoever sits here now
            left_over.locator("input[name=disposition]").first.check()
            left_over.get_by_role("button", name="Save and finish").click()
            idle.or_(ready).or_(check).first.wait_for()
        if ready.is_visible():
            ready.click()
        else:
            if not check.is_visible():
                idle.click()
            person.go_available()
        person.shows("Available")
        before = answered()
        simulation.until(lambda: answered() >= before + 3)
        person.shows("Available")
        assert person.complaints == []
    finally:
        person.close()


def test_agents_come_back_when_the_web_process_does(simulation: Simulation, own_server: RunningDesk) -> None:
    simulation.until(lambda: answered() >= 2)
    own_server.kill("web")
    own_server.start_missing()
    before = answered()
    simulation.until(lambda: len(at_work()) >= 3 and answered() >= before + 3)
    with reading() as session:
        assert_invariants(session, now())
