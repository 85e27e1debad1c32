"""Recording a call from the owner's page: whether it may be, and what the page reports.

Each owner's page records its own part: a recording belongs to a reservation, and goes on through hold. What a
colleague is asked in private never reaches it, since the page's mixer lets in only what the customer hears or says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.legs import customer_leg
from app.calls.listening_course import count
from app.calls.locks import lock_offer, touch_call
from app.calls.models import Call
from app.calls.steering import on_telephone
from app.customers.models import Consent
from app.db import transaction
from app.domain.recording import wants_recording
from app.errors import Conflict, Forbidden, Invalid
from app.eventlog import ROUTER, Actor, person
from app.queues.models import Queue
from app.queues.presence import require_epoch
from app.queues.work import Reservation, WorkItem
from app.recordings import carrier, store
from app.recordings.models import Recording

#: Why a recording is silent for a while.
PAUSE_REASONS = ("card", "private")


def begin_recording(
    reservation_id: int, agent_id: int, epoch: int, *, media_type: str, asked_for: bool
) -> dict[str, Any]:
    """The new recording for the page: its name, and whether it begins paused, as the part before it was.

    Raises:
        Forbidden: somebody else's call, or one that may not be recorded.
        Conflict: the call is not connected in this agent's hands.
        NotFound: no such reservation.
    """
    now = clock.now()
    actor = person(agent_id)
    with transaction() as session:
        call, item, reservation = lock_offer(session, reservation_id)
        check = _refusal(session, call, item, reservation, agent_id, asked_for=asked_for)
        if check is not None:
            raise check
        require_epoch(session, agent_id, epoch)
        before = open_recording(session, reservation_id)
        reason = before.pauses[-1]["reason"] if before is not None and before.paused_at is not None else None
        if on_telephone(call):
            recording = _begin_at_carrier(session, call, item, reservation, now=now, actor=actor)
            return {"recording": recording.public_id, "paused": reason}
        recording = store.begin(
            session,
            kind="call",
            contact_id=call.contact_id,
            call_id=call.id,
            reservation_id=reservation.id,
            agent_id=agent_id,
            queue_id=item.queue_id,
            media_type=media_type,
            now=now,
            actor=actor,
        )
        if reason is not None:  # the page was loaded anew while the card was being read out
            store.pause(session, recording, reason=reason, now=now, actor=actor)
        touch_call(session, call)
        return {"recording": recording.public_id, "paused": reason}


def _begin_at_carrier(
    session: Session, call: Call, item: WorkItem, reservation: Reservation, *, now: datetime, actor: Actor
) -> Recording:
    """The recording of this reservation at the carrier; the one that runs, if it does."""
    running = open_recording(session, reservation.id)
    if running is not None:
        return running
    recording = carrier.begin(
        session,
        provider=call.provider,
        provider_call=customer_leg(session, call).provider_sid,
        contact_id=call.contact_id,
        call_id=call.id,
        reservation_id=reservation.id,
        agent_id=reservation.agent_id,
        queue_id=item.queue_id,
        now=now,
        actor=actor,
    )
    touch_call(session, call)
    return recording


def record_from_now(session: Session, call: Call, item: WorkItem, reservation: Reservation, *, now: datetime) -> None:
    """Begin what the queue's policy wants of a telephone call that was just connected. Participant; all is locked.

    A page records its own call by itself; there it is asked for (`begin_recording`).
    """
    if not on_telephone(call) or item.simulated:
        return
    policy = session.get_one(Queue, item.queue_id).recording
    if wants_recording(policy, consent_to_recording(session, call), asked_for=False):
        _begin_at_carrier(session, call, item, reservation, now=now, actor=ROUTER)


def stop_recording(session: Session, reservation: Reservation, *, now: datetime) -> None:
    """The talk of a reservation is over, so is its recording at the carrier. Participant."""
    running = open_recording(session, reservation.id)
    if running is not None:
        carrier.stop(session, running, now=now)


def _refusal(
    session: Session, call: Call, item: WorkItem, reservation: Reservation, agent_id: int, *, asked_for: bool
) -> Forbidden | Conflict | None:
    """Why this agent's page may not record the call now, if so. The demo's own calls carry no sound to record."""
    if reservation.agent_id != agent_id:
        return Forbidden(code="reservation_unknown")
    if reservation.state != "active" or call.owner_id != agent_id or call.state == "ended":
        return Conflict(code="moved_on")
    policy = session.get_one(Queue, item.queue_id).recording
    if item.simulated or not wants_recording(policy, consent_to_recording(session, call), asked_for=asked_for):
        return Forbidden(code="recording_not_allowed")
    return None


def consent_to_recording(session: Session, call: Call) -> str:
    """What the caller was told and chose; "withdrawn" where the profile, or the number of a stranger, says no for good.

    Nobody proved to be that customer: a claim is enough to leave the sound alone, never to record it.
    """
    if call.recording_consent != "told":
        return call.recording_consent
    whose = Consent.customer_id == call.customer_id if call.customer_id is not None else Consent.address == call.number
    latest = select(Consent.state).where(Consent.purpose == "recording", whose).order_by(Consent.id.desc()).limit(1)
    return "withdrawn" if session.scalar(latest) == "withdrawn" else "told"


def add_chunk(public_id: str, agent_id: int, seq: int, data: bytes, *, running: bool) -> int:
    """How many chunks are kept by now. The same chunk twice does no harm.

    Raises:
        Forbidden: another agent's recording.
        Conflict, Invalid, NotFound: see `store.add_chunk`.
    """
    with transaction() as session:
        recording = _own(session, public_id, agent_id)
        store.add_chunk(session, recording, seq, data, clock.now(), running=running)
        return recording.chunks


def finish(public_id: str, agent_id: int, *, duration_s: float, chunks: int) -> None:
    """The page has sent everything.

    Raises:
        Forbidden: another agent's recording.
        Conflict: chunks are missing, or it is over already.
    """
    with transaction() as session:
        recording = _own(session, public_id, agent_id)
        store.finish(session, recording, duration_s=duration_s, chunks=chunks, now=clock.now(), actor=person(agent_id))


def set_paused(public_id: str, agent_id: int, *, paused: bool, reason: str) -> None:
    """Pause or go on: the page is silent from before it asks for the one until after it is told of the other.

    Raises:
        Forbidden: another agent's recording.
        Conflict: it is over.
        Invalid: no such reason.
    """
    if paused and reason not in PAUSE_REASONS:
        raise Invalid(code="recording_pause_reason")
    with transaction() as session:
        recording = _own(session, public_id, agent_id)
        if paused:
            store.pause(session, recording, reason=reason, now=clock.now(), actor=person(agent_id))
        else:
            store.resume(session, recording, now=clock.now(), actor=person(agent_id))
        carrier.tell(session, recording)
        if recording.call_id is not None:  # who listens hears nothing meanwhile either
            count(session, recording.call_id)


def _own(session: Session, public_id: str, agent_id: int) -> Recording:
    recording = store.lock_recording(session, public_id)
    if recording.agent_id != agent_id:
        raise Forbidden(code="recording_not_yours")
    return recording


def open_recording(session: Session, reservation_id: int) -> Recording | None:
    """What is being recorded of a reservation."""
    return session.scalar(
        select(Recording).where(
            Recording.reservation_id == reservation_id, Recording.state == "open", Recording.ended_at.is_(None)
        )
    )


def desk_recording(session: Session, call: Call, item: WorkItem, reservation: Reservation) -> dict[str, Any]:
    """What the desk knows of recording this call: what the queue says, what the caller chose, what is running."""
    running = open_recording(session, reservation.id)
    policy = "off" if item.simulated else session.get_one(Queue, item.queue_id).recording
    return {
        "policy": policy,
        "consent": consent_to_recording(session, call),
        "open": running.public_id if running is not None else None,
        "paused_at": running.paused_at.isoformat() if running is not None and running.paused_at else None,
        "reason": running.pauses[-1]["reason"] if running is not None and running.paused_at else None,
        # What the carrier of a telephone call was told last: silence is only sure once it says "paused"
        "told": running.told if running is not None and running.provider != carrier.BROWSER else None,
    }


def caller_recording(session: Session, call: Call) -> str | None:
    """What the caller's page shows: "on", "paused", or nothing."""
    if call.recording_consent != "told" or call.state == "ended":
        return None
    running = session.scalars(
        select(Recording)
        .where(Recording.call_id == call.id, Recording.state == "open", Recording.ended_at.is_(None))
        .order_by(Recording.id.desc())
    ).first()
    if running is None:
        return None
    return "paused" if running.paused_at is not None else "on"
