"""The demo that lives, on the running program: calls are taken and wrapped up, people are left alone, it ends clean."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from app.agents.models import Agent
from app.calls.models import Call
from app.clock import now
from app.customers.models import Interaction
from app.db import reading, transaction
from app.demo.customers import add_customers
from app.demo.organisation import add_organisation
from app.demo.people import add_people
from app.demo.seed import PASSWORD
from app.queues.work import SIMULATED_POOL, Reservation, WorkItem
from app.security.models import User
from app.security.passwords import hash_password
from tests.browser.people import AgentAtDesk
from tests.browser.running import ROOT, RunningDesk
from tests.fixtures.desk import ring_in
from tests.invariants.checks import assert_invariants

LIVE = ["-m", "flask", "--app", "app:create_app", "demo", "live", "--pace", "25", "--every", "0.8"]


class Simulation:
    """`flask demo live` as a process."""

    def __init__(self, running: RunningDesk, log: Path) -> None:
        self._log = log
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, *LIVE, "--address", running.address],
                cwd=ROOT,
                env=running.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def until(self, what: Callable[[], object], seconds: float = 90) -> None:
        """Wait until `what` is true."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, self._log.read_text(errors="replace")
            try:
                self.process.wait(0.3)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(self._log.read_text(errors="replace"))

    def stop(self) -> tuple[int, str]:
        """The exit status after SIGTERM, and what was said."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20), self._log.read_text(errors="replace")


def organise() -> None:
    """The demo's carrier, people and customers without their past, whose rows came by no event."""
    with transaction() as session:
        organisation = add_organisation(session, now().date())
        people = add_people(session, organisation, password_hash=hash_password(PASSWORD), moment=now())
        add_customers(session, people, chance=Random(1), moment=now())


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
        os.killpg(simulation.process.pid, signal.SIGKILL)
        simulation.process.wait(10)


def answered() -> int:
    """Simulated contacts that were taken and wrapped up."""
    with reading() as session:
        return session.scalar(
            select(func.count())
            .select_from(Interaction)
            .join(WorkItem, WorkItem.id == Interaction.work_item_id)
            .where(WorkItem.pool == SIMULATED_POOL, Interaction.outcome.in_(("answered", "transferred")))
        )


def at_work() -> set[str]:
    with reading() as session:
        rows = select(User.login).join(Agent, Agent.id == User.id)
        return set(session.scalars(rows.where(Agent.simulated, Agent.session_state == "connected")))


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
        # A desk that opens while a simulated call is in hand offers the check instead of opening it
        idle = person.page.get_by_role("button", name="Check microphone and start")
        check = person.page.get_by_role("dialog", name="Microphone check")
        left_over = person.page.get_by_role("form", name="Wrap-up")
        idle.or_(check).or_(left_over).first.wait_for(timeout=60_000)
        if left_over.is_visible():  # the contact that was in hand is written up by whoever sits here now
            left_over.locator("input[name=disposition]").first.check()
            left_over.get_by_role("button", name="Save and finish").click()
            idle.or_(check).first.wait_for()
        if not person.page.get_by_role("dialog", name="Microphone check").is_visible():
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
