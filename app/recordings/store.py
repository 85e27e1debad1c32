"""The store of sound: participants that begin, fill and finish a recording, and its bytes for a player.

The chunks are rows: written in the transaction of what they belong to, seen by every web process, in every backup.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import compare_and_set, reading
from app.domain.recording import (
    LARGEST_CHUNK,
    LATE,
    LIMITS,
    RecordingEvent,
    RecordingState,
    advance,
    begins_well,
    container_of,
    sounds_like,
)
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import CUSTOMER, Actor, person, record_event
from app.live import touch
from app.queues.models import Queue
from app.recordings.models import Recording, RecordingChunk, RecordingListening

_CALL_NAME = text("SELECT public_id FROM calls WHERE id = :id")


def begin(
    session: Session,
    *,
    kind: str,
    contact_id: str,
    queue_id: int,
    media_type: str,
    now: datetime,
    actor: Actor,
    call_id: int | None = None,
    reservation_id: int | None = None,
    agent_id: int | None = None,
) -> Recording:
    """A new, empty recording. One of the same reservation that is still open ends as incomplete: its page is gone.

    Raises:
        Invalid: no kind or no container that is taken.
    """
    if kind not in LIMITS or len(media_type) > 60 or container_of(media_type) is None:
        raise Invalid(code="recording_kind_unknown")
    if reservation_id is not None:
        for earlier in session.scalars(
            select(Recording)
            .where(Recording.reservation_id == reservation_id, Recording.state == "open")
            .with_for_update()
        ).all():
            mark_incomplete(session, earlier, now=now, actor=actor, reason="recorded_anew")
    recording = Recording(
        public_id=secrets.token_hex(16),
        kind=kind,
        contact_id=contact_id,
        call_id=call_id,
        reservation_id=reservation_id,
        agent_id=agent_id,
        queue_id=queue_id,
        media_type=media_type,
        started_at=now,
        last_at=now,
        delete_after=now + timedelta(days=session.get_one(Queue, queue_id).recording_days),
    )
    session.add(recording)
    session.flush()
    session.refresh(recording)  # what the database itself filled in
    _record(session, recording, "started", actor, after={"kind": kind, "queue": queue_id})
    touch_recording(session, recording)
    return recording


def lock_recording(session: Session, public_id: str) -> Recording:
    """The recording of this name, locked against every other writer.

    Raises:
        NotFound: there is none.
    """
    recording = session.scalar(
        select(Recording)
        .where(Recording.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if recording is None:
        raise NotFound(code="recording_unknown")
    return recording


def add_chunk(
    session: Session, recording: Recording, seq: int, data: bytes, now: datetime, *, running: bool = False
) -> bool:
    """True when chunk `seq` is new, False when it was here already: the same chunk twice does no harm.

    `recording` is locked (`lock_recording`). Chunks come in order, so what is kept never has a gap. `running`: the page
    records on; a recording that was given up while the server could not be reached is open again then.

    Raises:
        Conflict: the recording is over ("recording_closed"), an earlier chunk is missing ("recording_gap"),
            or another one has this number ("recording_differs").
        Invalid: empty, too large, too much, too long, or not sound.
    """
    if not _takes_more(recording, now):
        raise Conflict(code="recording_closed")
    if not data or len(data) > LARGEST_CHUNK:
        raise Invalid(code="recording_chunk_size")
    if seq < recording.chunks:
        if session.get_one(RecordingChunk, (recording.id, seq)).data != data:
            raise Conflict(code="recording_differs")
        return False
    if seq > recording.chunks:
        raise Conflict(code="recording_gap")
    if running:
        _take_up(session, recording)
    limits = LIMITS[recording.kind]
    age_s = (now - recording.started_at).total_seconds()
    late = recording.state == RecordingState.INCOMPLETE
    if recording.bytes + len(data) > limits.bytes or (not late and age_s > limits.seconds + 60):
        raise Invalid(code="recording_too_long")
    if seq == 0 and not begins_well(recording.media_type, data):
        raise Invalid(code="recording_not_sound")
    session.add(
        RecordingChunk(recording_id=recording.id, seq=seq, first_byte=recording.bytes, size=len(data), data=data)
    )
    recording.chunks += 1
    recording.bytes += len(data)
    if not late:
        recording.last_at = now
    session.flush()
    return True


def _take_up(session: Session, recording: Recording) -> None:
    """Open again what was given up, unless another page records the same reservation by now."""
    if recording.state != RecordingState.INCOMPLETE:
        return
    other = select(Recording.id).where(Recording.reservation_id == recording.reservation_id, Recording.state == "open")
    if recording.reservation_id is not None and session.scalar(other) is not None:
        return
    _move(session, recording, RecordingEvent.PAGE_BACK, ended_at=None, duration_s=None)
    _record(session, recording, "taken_up", CUSTOMER if recording.agent_id is None else person(recording.agent_id))
    touch_recording(session, recording)


def _takes_more(recording: Recording, now: datetime) -> bool:
    if recording.state == RecordingState.OPEN:
        return True
    return recording.state == RecordingState.INCOMPLETE and now - recording.last_at <= LATE


def finish(
    session: Session, recording: Recording, *, duration_s: float, chunks: int, now: datetime, actor: Actor
) -> None:
    """The page has sent everything: `chunks` of them, `duration_s` seconds. Finishing twice does no harm.

    Raises:
        Conflict: some are still missing ("recording_gap"), or it takes no more ("recording_closed").
        Invalid: no length that a recording has.
    """
    if recording.state == RecordingState.COMPLETE and recording.chunks == chunks:
        return
    if not _takes_more(recording, now):
        raise Conflict(code="recording_closed")
    if recording.chunks != chunks:
        raise Conflict(code="recording_gap")
    if not 0 <= duration_s <= LIMITS[recording.kind].seconds + 60:
        raise Invalid(code="recording_too_long")
    _end_pause(recording, now)
    before = recording.state
    _move(
        session,
        recording,
        RecordingEvent.FINISH,
        ended_at=recording.ended_at or now,
        duration_s=round(float(duration_s), 2),
    )
    _record(
        session,
        recording,
        "finished",
        actor,
        before={"state": before},
        after={"state": recording.state, "chunks": chunks, "seconds": recording.duration_s},
    )
    touch_recording(session, recording)


def keep_whole(session: Session, recording: Recording, data: bytes, *, now: datetime, actor: Actor) -> None:
    """The sound of a carrier's recording, which comes in one piece when it is over. `recording` is locked.

    Raises:
        Invalid: empty, or not sound.
    """
    media_type = sounds_like(data)
    if not media_type:
        raise Invalid(code="recording_not_sound")
    recording.media_type = media_type
    for seq, first in enumerate(range(0, len(data), LARGEST_CHUNK)):
        piece = data[first : first + LARGEST_CHUNK]
        session.add(RecordingChunk(recording_id=recording.id, seq=seq, first_byte=first, size=len(piece), data=piece))
        recording.chunks, recording.bytes = seq + 1, first + len(piece)
    ended = recording.ended_at or now
    length = max(0.0, (ended - recording.started_at).total_seconds())
    _end_pause(recording, ended)
    before = recording.state
    _move(session, recording, RecordingEvent.FINISH, ended_at=ended, duration_s=round(length, 2))
    _record(
        session,
        recording,
        "finished",
        actor,
        before={"state": before},
        after={"state": recording.state, "chunks": recording.chunks, "seconds": recording.duration_s},
    )
    touch_recording(session, recording)


def mark_incomplete(session: Session, recording: Recording, *, now: datetime, actor: Actor, reason: str) -> None:
    """The page that recorded is gone: what arrived stays and can be heard."""
    _end_pause(recording, recording.last_at)
    length = max(0.0, (recording.last_at - recording.started_at).total_seconds())
    _move(session, recording, RecordingEvent.PAGE_LOST, ended_at=recording.last_at, duration_s=length)
    _record(
        session,
        recording,
        "incomplete",
        actor,
        reason=reason,
        before={"state": "open"},
        after={"state": "incomplete", "chunks": recording.chunks},
    )
    touch_recording(session, recording)


def _end_pause(recording: Recording, moment: datetime) -> None:
    if recording.paused_at is not None:
        last = {**recording.pauses[-1], "to": max(moment, recording.paused_at).isoformat()}
        recording.pauses = [*recording.pauses[:-1], last]
        recording.paused_at = None


def pause(session: Session, recording: Recording, *, reason: str, now: datetime, actor: Actor) -> None:
    """From now on the recording is silent on purpose. Pausing what is paused does no harm.

    Raises:
        Conflict: it is over.
    """
    if recording.state != RecordingState.OPEN:
        raise Conflict(code="recording_closed")
    if recording.paused_at is not None:
        return
    recording.paused_at = now
    recording.last_at = now
    recording.pauses = [*recording.pauses, {"from": now.isoformat(), "to": None, "reason": reason}]
    _record(session, recording, "paused", actor, reason=reason)
    touch_recording(session, recording)


def resume(session: Session, recording: Recording, *, now: datetime, actor: Actor) -> None:
    """The recording goes on. Resuming what runs does no harm.

    Raises:
        Conflict: it is over.
    """
    if recording.state != RecordingState.OPEN:
        raise Conflict(code="recording_closed")
    if recording.paused_at is None:
        return
    _end_pause(recording, now)
    recording.last_at = now
    _record(session, recording, "resumed", actor)
    touch_recording(session, recording)


def delete_sound(session: Session, recording: Recording, *, reason: str, now: datetime, actor: Actor) -> None:
    """The sound is gone, the row stays and says when and why ("retention", "erasure")."""
    before = recording.state
    session.execute(text("DELETE FROM recording_chunks WHERE recording_id = :id"), {"id": recording.id})
    _move(
        session,
        recording,
        RecordingEvent.DELETE,
        deleted_at=now,
        deleted_reason=reason,
        paused_at=None,
        ended_at=recording.ended_at or now,
    )
    _record(
        session,
        recording,
        "deleted",
        actor,
        reason=reason,
        before={"state": before},
        after={"state": recording.state, "bytes": recording.bytes},
    )
    touch_recording(session, recording)


def touch_recording(session: Session, recording: Recording) -> None:
    """Mark the desk and the caller's page that show the recording stale."""
    if recording.agent_id is not None:
        touch(session, "agent", recording.agent_id)
    if recording.call_id is not None:
        touch(session, "call", session.scalar(_CALL_NAME, {"id": recording.call_id}) or "")


def keep_listening(session: Session, recording: Recording, *, user_id: int, session_hash: str, now: datetime) -> bool:
    """True the first time this sign-in listens to the recording."""
    first = session.execute(
        insert(RecordingListening)
        .values(recording_id=recording.id, session_hash=session_hash, user_id=user_id, at=now)
        .on_conflict_do_nothing()
        .returning(RecordingListening.recording_id)
    ).first()
    return first is not None


def sound(recording_id: int, first: int, last: int) -> Iterator[bytes]:
    """Bytes `first` to `last` (inclusive) of a recording, chunk by chunk: a long one is never whole in memory."""
    position = first
    while position <= last:
        with reading() as session:
            chunk = session.scalar(
                select(RecordingChunk)
                .where(RecordingChunk.recording_id == recording_id, RecordingChunk.first_byte <= position)
                .order_by(RecordingChunk.first_byte.desc())
                .limit(1)
            )
        if chunk is None or chunk.first_byte + chunk.size <= position:
            return  # deleted meanwhile
        start = position - chunk.first_byte
        piece = chunk.data[start : start + last - position + 1]
        position += len(piece)
        yield piece


def _move(session: Session, recording: Recording, event: RecordingEvent, **values: object) -> None:
    before = recording.state
    after = advance(RecordingState(before), event).value
    session.flush()
    compare_and_set(session, Recording, recording.id, (before,), state=after, **values)


def _record(
    session: Session,
    recording: Recording,
    verb: str,
    actor: Actor,
    *,
    reason: str = "",
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    record_event(
        session,
        f"recording.{verb}",
        "recording",
        recording.id,
        actor=actor,
        reason=reason,
        before=before,
        after=after,
        contact_id=recording.contact_id,
    )
