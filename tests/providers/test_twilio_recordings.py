"""Talks recorded by the carrier: paused for a card, fetched into the desk's own store, and deleted at the carrier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from app.calls import recording as calls_recording
from app.calls.models import Call
from app.clock import now
from app.db import reading, transaction
from app.domain.recording import carrier_step
from app.eventlog import CLI
from app.queues.models import Queue
from app.recordings import carrier, store
from app.recordings.models import Recording
from app.tickets.models import Ticket
from tests.fixtures.telephones import LINE, Centre, Exchange, exchange, telephone_centre
from tests.twilio_emulator.engine import Readings

ANN = "+447700900123"


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.fixture
def centre(database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product, readings=Readings()) as made:
        made.hire("bo")
        with transaction() as session:
            session.execute(update(Queue).values(recording="on", recording_days=30))
        yield made


def recordings() -> list[Recording]:
    with reading() as session:
        return list(session.scalars(select(Recording).order_by(Recording.id)))


def talk(centre: Centre) -> Recording:
    """Ann hears the notice, says nothing against it, and talks with bo."""
    centre.play(f"""
        bo logs in
        ann calls {LINE} from {ANN}
        ann presses 1
        ann presses 1
        12 s pass
        bo answers
        5 s pass
        then ann hears bo
    """)
    [running] = recordings()
    assert (running.provider, running.told, running.state) == ("twilio", "running", "open")
    return running


def set_paused(centre: Centre, recording: Recording, *, paused: bool) -> str:
    """The agent's button; what the carrier was told by then."""
    with centre.now(), centre.app.app_context():
        calls_recording.set_paused(recording.public_id, centre.agents["bo"], paused=paused, reason="card")
    centre.turn(look=True)
    return recordings()[0].told


def over(centre: Centre) -> None:
    centre.play("ann hangs up\n10 s pass\nbo wraps up")


def test_a_talk_is_kept_here_and_nowhere_else(centre: Centre) -> None:
    running = talk(centre)
    assert set_paused(centre, running, paused=True) == "paused"
    centre.play("5 s pass")
    assert set_paused(centre, running, paused=False) == "running"
    centre.play("5 s pass")
    over(centre)
    centre.settle()
    [kept] = recordings()
    assert (kept.state, kept.told, kept.media_type) == ("complete", "deleted", "audio/mpeg")
    assert kept.bytes > 0 and [pause["reason"] for pause in kept.pauses] == ["card"]
    assert b"".join(store.sound(kept.id, 0, kept.bytes - 1))[:2] == b"\xff\xfb"
    assert [tape.deleted for tape in centre.emulator.account.recordings.values()] == [True]


def test_a_report_that_never_came_is_made_up_for(centre: Centre) -> None:
    talk(centre)
    for _ in range(4):
        centre.emulator.hooks.faults.once("drop", "/recording/")
    over(centre)
    with centre.now(), transaction() as session:  # the effect has given up by then
        session.execute(update(Recording).values(told="stopped"))
    centre.clock.advance(300)
    with centre.now(), centre.app.app_context():
        carrier.look_for_missing(now())
    centre.turn(look=True)
    assert [(each.state, each.told) for each in recordings()] == [("complete", "deleted")]


def test_what_was_erased_before_it_came_is_deleted_at_the_carrier_too(centre: Centre) -> None:
    running = talk(centre)
    with centre.now(), transaction() as session:
        locked = store.lock_recording(session, running.public_id)
        store.delete_sound(session, locked, reason="erasure", now=now(), actor=CLI)
        carrier.tell(session, locked)
    centre.turn(look=True)
    assert [tape.deleted for tape in centre.emulator.account.recordings.values()] == [True]
    assert [(each.state, each.told, each.bytes) for each in recordings()] == [("deleted", "deleted", 0)]
    over(centre)
    centre.settle()


def test_who_refused_is_not_recorded(centre: Centre) -> None:
    centre.play(f"bo logs in\nann calls {LINE} from {ANN}\nann presses 1\nann presses 1\nann presses 9\n5 s pass")
    centre.play("bo answers\n5 s pass\nthen ann hears bo")
    with reading() as session:
        assert session.scalars(select(Call.recording_consent)).all() == ["refused"]
    assert recordings() == []
    assert centre.emulator.account.recordings == {}


@pytest.mark.parametrize(
    ("state", "told", "paused", "ended", "step"),
    [
        ("open", "", False, False, "start"),
        ("open", "", True, False, "start"),
        ("open", "running", False, False, ""),
        ("open", "running", True, False, "pause"),
        ("open", "paused", True, False, ""),
        ("open", "paused", False, False, "resume"),
        ("open", "paused", True, True, "stop"),
        ("open", "running", False, True, "stop"),
        ("open", "stopped", False, True, "fetch"),
        ("complete", "stopped", False, True, "delete"),
        ("incomplete", "stopped", False, True, "delete"),
        ("deleted", "running", False, False, "stop"),
        ("deleted", "stopped", False, True, "delete"),
        ("deleted", "", False, True, "never"),
        ("open", "", False, True, "never"),
        ("complete", "deleted", False, True, ""),
    ],
)
def test_the_next_word_to_the_carrier(state: str, told: str, paused: bool, ended: bool, step: str) -> None:
    assert carrier_step(state, told, paused=paused, ended=ended) == step


def test_a_message_left_by_telephone_is_a_ticket_with_its_sound(centre: Centre) -> None:
    centre.play(f"""
        ann calls {LINE} from {ANN}
        ann presses 1
        ann presses 1
        12 s pass
        ann presses 2
    """)
    for _ in range(60):  # the words before the tone
        if centre.emulator.account.recordings:
            break
        centre.play("1 s passes")
    centre.play("ann talks for 12 s\nann presses #\n10 s pass")
    centre.settle()
    [kept] = recordings()
    assert (kept.kind, kept.state, kept.told) == ("voicemail", "complete", "deleted")
    assert kept.bytes > 0
    with reading() as session:
        [ticket] = session.scalars(select(Ticket)).all()
    assert (ticket.channel, ticket.number, ticket.contact_id) == ("voicemail", ANN, kept.contact_id)
    assert [tape.deleted for tape in centre.emulator.account.recordings.values()] == [True]
