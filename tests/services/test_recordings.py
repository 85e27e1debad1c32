"""The store of sound: chunks in order, nothing twice, nothing after the end; retention, erasure, who may listen."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from app import clock
from app.customers.models import Interaction
from app.customers.services import add_customer
from app.db import reading, transaction
from app.domain.recording import LARGEST_CHUNK, LATE, LIMITS, PAGE_GONE
from app.errors import Conflict, DeskError, Invalid
from app.eventlog import CUSTOMER, Event
from app.recordings import keeping, store
from app.recordings.models import Recording, RecordingChunk
from tests.fixtures.desk import create_agent, create_queue

WEBM = b"\x1a\x45\xdf\xa3"


def begin(queue_id: int, *, kind: str = "call", contact_id: str = "contact-1", **more: Any) -> str:
    """Name of a new recording."""
    with transaction() as session:
        return store.begin(
            session,
            kind=kind,
            contact_id=contact_id,
            queue_id=queue_id,
            media_type="audio/webm;codecs=opus",
            now=more.pop("now", clock.now()),
            actor=CUSTOMER,
            **more,
        ).public_id


def add(name: str, seq: int, data: bytes, now: datetime | None = None) -> bool:
    with transaction() as session:
        return store.add_chunk(session, store.lock_recording(session, name), seq, data, now or clock.now())


def finish(name: str, chunks: int, duration_s: float = 10.0, now: datetime | None = None) -> None:
    with transaction() as session:
        recording = store.lock_recording(session, name)
        store.finish(session, recording, duration_s=duration_s, chunks=chunks, now=now or clock.now(), actor=CUSTOMER)


def kept(name: str) -> Recording:
    with reading() as session:
        return session.scalars(select(Recording).where(Recording.public_id == name)).one()


def heard(name: str, first: int = 0, last: int | None = None) -> bytes:
    recording = kept(name)
    return b"".join(store.sound(recording.id, first, recording.bytes - 1 if last is None else last))


def chunks_of(name: str) -> int:
    recording = kept(name)
    with reading() as session:
        return session.scalar(select(func.count()).where(RecordingChunk.recording_id == recording.id)) or 0


def events(name: str) -> list[str]:
    recording = kept(name)
    with reading() as session:
        found = session.scalars(
            select(Event.name).where(Event.subject == "recording", Event.subject_id == recording.id).order_by(Event.id)
        )
        return [event.removeprefix("recording.") for event in found]


def test_chunks_in_order_make_the_file(database: str) -> None:
    name = begin(create_queue())
    assert add(name, 0, WEBM + b"one")
    assert add(name, 1, b"two")
    finish(name, 2, 7.5)
    recording = kept(name)
    assert (recording.state, recording.chunks, recording.bytes, recording.duration_s) == ("complete", 2, 10, 7.5)
    assert heard(name) == WEBM + b"onetwo"
    assert heard(name, 5, 8) == b"netw"
    assert heard(name, 9, 9) == b"o"
    assert events(name) == ["started", "finished"]


def test_the_same_chunk_twice_is_harmless_and_another_is_refused(database: str) -> None:
    name = begin(create_queue())
    add(name, 0, WEBM + b"one")
    assert add(name, 0, WEBM + b"one") is False
    with pytest.raises(Conflict) as refused:
        add(name, 0, WEBM + b"uno")
    assert refused.value.code == "recording_differs"
    assert heard(name) == WEBM + b"one"


def test_a_gap_is_refused_and_so_is_an_end_before_everything_came(database: str) -> None:
    name = begin(create_queue())
    add(name, 0, WEBM)
    with pytest.raises(Conflict) as gap:
        add(name, 2, b"three")
    assert gap.value.code == "recording_gap"
    with pytest.raises(Conflict):
        finish(name, 3)
    assert (kept(name).chunks, kept(name).state) == (1, "open")
    add(name, 1, b"two")
    add(name, 2, b"three")
    finish(name, 3)
    assert heard(name) == WEBM + b"twothree"


@pytest.mark.parametrize("data", [b"", WEBM + b"x" * LARGEST_CHUNK])
def test_a_chunk_that_is_empty_or_too_large_is_refused(database: str, data: bytes) -> None:
    name = begin(create_queue())
    with pytest.raises(Invalid) as refused:
        add(name, 0, data)
    assert refused.value.code == "recording_chunk_size"


def test_what_does_not_begin_as_sound_is_refused(database: str) -> None:
    name = begin(create_queue())
    with pytest.raises(Invalid) as refused:
        add(name, 0, b"<html>")
    assert refused.value.code == "recording_not_sound"


def test_a_recording_ends_at_its_limits(database: str) -> None:
    queue_id = create_queue()
    name = begin(queue_id, kind="voicemail")
    part = WEBM + b"x" * (LARGEST_CHUNK - 4)
    for seq in range(LIMITS["voicemail"].bytes // LARGEST_CHUNK):
        add(name, seq, part)
    with pytest.raises(Invalid):
        add(name, kept(name).chunks, b"x")
    long_ago = begin(queue_id)
    with pytest.raises(Invalid) as refused:
        add(long_ago, 0, WEBM, clock.now() + timedelta(seconds=LIMITS["call"].seconds + 120))
    assert refused.value.code == "recording_too_long"


def test_nothing_is_added_to_a_closed_recording(database: str) -> None:
    name = begin(create_queue())
    add(name, 0, WEBM)
    finish(name, 1)
    finish(name, 1)  # the answer was lost: asking again does no harm
    with pytest.raises(Conflict) as refused:
        add(name, 1, b"more")
    assert refused.value.code == "recording_closed"
    assert events(name) == ["started", "finished"]


def test_a_lost_page_leaves_what_arrived_and_may_bring_the_rest_later(database: str) -> None:
    name = begin(create_queue())
    add(name, 0, WEBM)
    assert keeping.end_lost(clock.now() + PAGE_GONE - timedelta(seconds=5)) == 0
    assert keeping.end_lost(clock.now() + PAGE_GONE + timedelta(seconds=5)) == 1
    assert kept(name).state == "incomplete"
    assert heard(name) == WEBM
    add(name, 1, b"late", clock.now() + timedelta(hours=2))
    finish(name, 2, 9.0, clock.now() + timedelta(hours=2))
    assert kept(name).state == "complete"
    assert heard(name) == WEBM + b"late"
    assert events(name) == ["started", "incomplete", "finished"]


def test_a_lost_page_that_comes_days_later_is_too_late(database: str) -> None:
    name = begin(create_queue())
    add(name, 0, WEBM)
    keeping.end_lost(clock.now() + timedelta(minutes=2))
    with pytest.raises(Conflict):
        add(name, 1, b"late", clock.now() + LATE + timedelta(minutes=5))


def test_a_pause_is_noted_and_ends_with_the_recording(database: str) -> None:
    name = begin(create_queue())
    with transaction() as session:
        recording = store.lock_recording(session, name)
        store.pause(session, recording, reason="card", now=clock.now(), actor=CUSTOMER)
        store.pause(session, recording, reason="card", now=clock.now(), actor=CUSTOMER)
    assert kept(name).paused_at is not None
    with transaction() as session:
        store.resume(session, store.lock_recording(session, name), now=clock.now(), actor=CUSTOMER)
    with transaction() as session:
        recording = store.lock_recording(session, name)
        store.pause(session, recording, reason="private", now=clock.now(), actor=CUSTOMER)
    add(name, 0, WEBM)
    finish(name, 1)
    pauses = kept(name).pauses
    assert [p["reason"] for p in pauses] == ["card", "private"]
    assert all(p["from"] <= p["to"] for p in pauses)
    assert events(name) == ["started", "paused", "resumed", "paused", "finished"]


def test_a_reloaded_page_begins_a_new_part(database: str) -> None:
    queue_id = create_queue()
    agent_id = create_agent(queue_id)
    with transaction() as session:
        item = session.execute(
            text(
                "INSERT INTO work_items (kind, channel, contact_id, queue_id, lane, state, enqueued_at, rank_at)"
                " VALUES ('call','voice','contact-1',:q,'x','assigned',now(),now()) RETURNING id"
            ),
            {"q": queue_id},
        ).scalar_one()
        reservation_id = session.execute(
            text(
                "INSERT INTO reservations (work_item_id, agent_id, channel, state, offered_at)"
                " VALUES (:i,:a,'voice','active',now()) RETURNING id"
            ),
            {"i": item, "a": agent_id},
        ).scalar_one()
    first = begin(queue_id, reservation_id=reservation_id, agent_id=agent_id)
    second = begin(queue_id, reservation_id=reservation_id, agent_id=agent_id)
    assert (kept(first).state, kept(second).state) == ("incomplete", "open")


def test_two_uploads_of_one_chunk_at_once_keep_one(database: str) -> None:
    name = begin(create_queue())
    results: list[bool] = []
    together = threading.Barrier(4)

    def upload() -> None:
        together.wait(10)
        results.append(add(name, 0, WEBM + b"same"))

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == [False, False, False, True]
    assert chunks_of(name) == 1


def test_retention_deletes_the_sound_and_keeps_the_row(database: str) -> None:
    queue_id = create_queue(recording="on", recording_days=30)
    name = begin(queue_id)
    add(name, 0, WEBM)
    finish(name, 1)
    assert keeping.delete_due(clock.now() + timedelta(days=29)) == 0
    assert keeping.delete_due(clock.now() + timedelta(days=31)) == 1
    assert keeping.delete_due(clock.now() + timedelta(days=31)) == 0
    recording = kept(name)
    assert (recording.state, recording.deleted_reason, recording.bytes) == ("deleted", "retention", 4)
    assert chunks_of(name) == 0
    assert heard(name) == b""
    assert events(name) == ["started", "finished", "deleted"]
    with pytest.raises(ProgrammingError, match="deleted is final"), transaction() as session:
        session.execute(
            text("UPDATE recordings SET state = 'open', deleted_at = NULL WHERE id = :id"), {"id": recording.id}
        )


def test_erasing_a_customer_deletes_their_sound_only(database: str) -> None:
    queue_id = create_queue()
    theirs, other = begin(queue_id, contact_id="theirs"), begin(queue_id, contact_id="other")
    for name in (theirs, other):
        add(name, 0, WEBM)
    with transaction() as session:
        customer = add_customer(session, name="Ms Li", actor=CUSTOMER)
        session.add(
            Interaction(
                contact_id="theirs",
                customer_id=customer.id,
                channel="voice",
                direction="inbound",
                outcome="answered",
                started_at=clock.now(),
            )
        )
        session.flush()
        assert keeping.erase_recordings(session, customer.id, now=clock.now(), actor=CUSTOMER) == 1
    assert (kept(theirs).state, kept(theirs).deleted_reason) == ("deleted", "erasure")
    assert heard(other) == WEBM


def test_kinds_and_containers_that_nobody_keeps_are_refused(database: str) -> None:
    queue_id = create_queue()
    with pytest.raises(DeskError):
        begin(queue_id, kind="video")
    with pytest.raises(DeskError), transaction() as session:
        store.begin(
            session,
            kind="call",
            contact_id="c",
            queue_id=queue_id,
            media_type="video/mp4",
            now=clock.now(),
            actor=CUSTOMER,
        )
