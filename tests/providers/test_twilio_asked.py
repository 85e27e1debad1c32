"""Customers are asked by telephone how it was: machines, another time of day, and a no that is for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.calls import wrapup
from app.customers.models import Interaction
from app.customers.services import add_customer
from app.db import reading, transaction
from app.errors import Conflict
from app.eventlog import CLI, person
from app.quality import asking
from app.quality.models import QualityAttempt, QualityCallback
from app.schedule import call_back_due
from tests.fixtures.desk import create_queue, create_user
from tests.fixtures.telephones import PLAYED, READINGS, Centre, Exchange, exchange, telephone_centre

ANN = "+447700900123"


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.fixture(params=PLAYED)
def centre(request: pytest.FixtureRequest, database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product, readings=READINGS[request.param]) as made:
        yield made


def ask(centre: Centre) -> int:
    """Id of the callback that a supervisor wants for a contact of yesterday."""
    with centre.now():
        with transaction() as session:
            customer = add_customer(session, name="Ann Hart", phones=[ANN], time_zone="Europe/London", actor=CLI)
            contact = Interaction(
                contact_id="contact-1", channel="voice", direction="inbound", queue_id=centre.queue, number=ANN,
                started_at=clock.now() - timedelta(days=1), talk_s=120, outcome="answered",
                agent_id=centre.agents["bo"], customer_id=customer.id,
            )  # fmt: skip
            session.add(contact)
            session.flush()
            contact_id = contact.id
        boss = person(create_user("supervisor"))
        asked = asking.ask_how_it_was(contact_id, language="en", note="", when=None, actor=boss)
    centre.sleep_on_it(1)
    return asked


def callback(callback_id: int) -> QualityCallback:
    with reading() as session:
        return session.get_one(QualityCallback, callback_id)


def jobs(centre: Centre) -> None:
    with centre.now():
        call_back_due(clock.now())
    centre.sleep_on_it(1)


def test_a_machine_is_rung_at_another_time_and_a_no_is_for_good(centre: Centre) -> None:
    with centre.now():
        quality = create_queue("quality", quality_calls=True)
    centre.hire("bo")
    centre.hire("quinn", queue=quality)
    centre.play(f"phone {ANN} is a machine\nquinn logs in")
    asked = ask(centre)
    centre.play("3 s pass\nquinn answers\n30 s pass")
    jobs(centre)
    with reading() as session:
        first = session.scalars(select(QualityAttempt)).one()
    assert (first.outcome, callback(asked).state) == ("voicemail", "scheduled")
    assert centre.intent("quinn") == "available"
    due = callback(asked).due_at
    assert due is not None
    assert due - first.started_at >= timedelta(hours=3), "another part of the day"

    centre.sleep_on_it((due - centre.clock.now()).total_seconds() + 1)
    jobs(centre)
    centre.play(f"phone {ANN} is unanswered\n2 s pass\nquinn answers\n6 s pass")
    centre.play(f"ann answers the phone {ANN}\n8 s pass\nthen ann hears quinn\nthen quinn hears ann\nann hangs up")
    centre.play("3 s pass")
    with centre.now():
        offer = centre.offer("quinn")
        wrapup.save(offer.id, centre.agents["quinn"], wrapup.WrapUp(None, part={"outcome": "refused"}))
    centre.settle()
    assert callback(asked).state == "done"
    with pytest.raises(Conflict):
        ask_again(centre)
    rung = [leg for leg in centre.emulator.account.legs.values() if leg.to == ANN]
    assert [leg.answered_by for leg in rung] == ["machine_start", "human"]


def ask_again(centre: Centre) -> None:
    with reading() as session:
        contact = session.scalars(select(Interaction.id).where(Interaction.contact_id == "contact-1")).one()
    with centre.now():
        asking.ask_how_it_was(contact, language="en", note="", when=None, actor=person(create_user("supervisor")))
