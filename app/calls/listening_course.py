"""What a listening goes through while the call goes on: hears, hears nothing, is over. Participants of other moves.

A listener is a leg without a part in the call: it owns nothing, nobody waits for it, and the call never follows it. So
each function here reads the call and writes the listening. Its row is the last that is locked (call -> … -> recording
-> listening).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.legs import leave
from app.calls.models import Call, CallLeg, CallLink, Listening
from app.domain.listening import heard_seconds, silence_of
from app.eventlog import Actor, record_event
from app.live import touch
from app.recordings.models import Recording

#: The image of a listener's own page, by the listener's id.
VIEW = "listening"
TALKING = ("connected", "held", "consulting", "transferred")

Over = Callable[[Session, Listening, datetime, Actor], None]
_over: list[Over] = []


def use(then: Over) -> None:
    """What follows from a listening that is over, put in by a higher layer (app/effects.py); the latest counts."""
    _over[:] = [then]


def listening_of(session: Session, call_id: int) -> Listening | None:
    """Who listens to a call, if anybody does; the row is locked."""
    return session.scalar(
        select(Listening)
        .where(Listening.call_id == call_id, Listening.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def silence(session: Session, listening: Listening) -> str:
    """Why the listener hears nothing by the rows as they are; empty when they hear the call."""
    session.flush()
    call = session.execute(select(Call.state, Call.held_since).where(Call.id == listening.call_id)).one()
    return silence_of(
        call.state,
        held=call.held_since is not None,
        paused=is_paused(session, listening.call_id),
        line_up=_line_up(session, listening.leg_id),
    )


def is_paused(session: Session, call_id: int) -> bool:
    """Whether the recording of the call is silent on purpose just now."""
    open_one = select(Recording.id).where(
        Recording.call_id == call_id,
        Recording.state == "open",
        Recording.ended_at.is_(None),
        Recording.paused_at.is_not(None),
    )
    return session.scalar(open_one.limit(1)) is not None


def _line_up(session: Session, leg_id: int) -> bool:
    # Only the listener's own page knows whether sound arrives: the other side receives none to judge by
    row = session.execute(
        select(CallLink.caller_leg_id, CallLink.caller_up, CallLink.callee_up).where(
            CallLink.state != "closed", (CallLink.caller_leg_id == leg_id) | (CallLink.callee_leg_id == leg_id)
        )
    ).first()
    return row is not None and bool(row.caller_up if row.caller_leg_id == leg_id else row.callee_up)


def count(session: Session, call_id: int) -> None:
    """Begin or end the stretch in which the listener hears the call, as the rows say. Participant."""
    listening = listening_of(session, call_id)
    if listening is None:
        return
    now = clock.now()
    if not silence(session, listening):
        listening.hears_since = listening.hears_since or now
    else:
        _keep(listening, now)
    touch(session, VIEW, listening.listener_id)


def follow(session: Session, call: Call, *, actor: Actor) -> None:
    """The call moved: whoever listens hears on, hears nothing, or is out. Participant; the call is locked."""
    listening = listening_of(session, call.id)
    if listening is None:
        return
    if call.state not in TALKING:
        end(session, listening, reason="call_over" if call.state == "ended" else "passed_on", actor=actor)
    elif call.owner_id != listening.agent_id:
        end(session, listening, reason="passed_on", actor=actor)
    else:
        count(session, call.id)


def end(session: Session, listening: Listening, *, reason: str, actor: Actor) -> None:
    """The listening is over: its leg leaves, it is written into the log. Participant; call and row are locked."""
    now = clock.now()
    _keep(listening, now)
    listening.ended_at, listening.end_reason = now, reason
    leg = session.get_one(CallLeg, listening.leg_id)
    if leg.state != "left":
        leave(session, leg, now)
    session.flush()
    record_event(
        session,
        "listening.ended",
        "listening",
        listening.id,
        actor=actor,
        reason=reason,
        after={
            "listener": listening.listener_id,
            "agent": listening.agent_id,
            "queue": listening.queue_id,
            "mode": listening.mode,
            "from": listening.began_at.isoformat(),
            "heard_s": listening.heard_s,
        },
        contact_id=listening.contact_id,
        at=now,
    )
    for then in _over:
        then(session, listening, now, actor)
    touch(session, VIEW, listening.listener_id)
    touch(session, "agent", listening.agent_id)


def _keep(listening: Listening, now: datetime) -> None:
    listening.heard_s = heard_seconds(listening.heard_s, listening.hears_since, now)
    listening.hears_since = None
