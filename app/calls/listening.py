"""Listening in on a live call: which calls there are, and beginning and ending it.

Who may listen to which queues is the affair of who opens the door (app/training/shadowing.py for people in practice);
here stands what holds for every listener: one per call, one call at a time, never a caller who was not told of it or
does not want to be recorded, never a contact one is barred from, and never while one takes calls oneself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.calls.control import owned_call
from app.calls.inbound import NOTICES_OF_LISTENERS
from app.calls.legs import leg_of_agent, open_link, renegotiate
from app.calls.listening_course import VIEW, end, listening_of
from app.calls.locks import lock_call
from app.calls.models import Call, CallLeg, Listening
from app.calls.recording import consent_to_recording
from app.db import reading, transaction
from app.domain.listening import LISTENER_GRACE_S, TO_HEAR_S
from app.errors import Conflict
from app.eventlog import SWEEP, Actor, person, record_event
from app.live import touch
from app.queues.barring import is_barred
from app.queues.presence_marks import lock_agents

_LIVE = "('pending','accepted','active','wrapping')"

#: Calls in talk of these queues whose owner takes listeners and whose caller was told, with pages that carry the
#: sound: the demo's own calls have none.
_CALLS = text("""
SELECT c.id, c.state, c.answered_at, c.owner_id AS agent_id, u.display_name AS agent, q.id AS queue_id, q.names,
    EXISTS (SELECT 1 FROM listenings l WHERE l.call_id = c.id AND l.ended_at IS NULL) AS taken
FROM calls c JOIN agents a ON a.id = c.owner_id JOIN users u ON u.id = a.id
JOIN work_items w ON w.id = c.work_item_id JOIN queues q ON q.id = w.queue_id
WHERE c.state IN ('connected','held','consulting') AND w.queue_id = ANY(:queues) AND w.kind IN ('call','callback')
    AND a.takes_listeners AND w.pool <> 'simulated' AND c.provider = 'browser' AND c.owner_id <> :listener
    AND c.notice_version = ANY(:notices) AND c.recording_consent <> 'refused'
    AND (CAST(:call AS bigint) IS NULL OR c.id = :call)
    AND NOT EXISTS (SELECT 1 FROM barred_agents b WHERE b.contact_id = c.contact_id AND b.agent_id = :listener)
    AND NOT EXISTS (SELECT 1 FROM listenings l WHERE l.call_id = c.id AND l.listener_id = :listener
        AND l.end_reason = 'not_now')
ORDER BY c.answered_at, c.id LIMIT 50""")

_BUSY = text(f"""
SELECT EXISTS (SELECT 1 FROM agents a WHERE a.id = :listener AND (
    a.intent = 'available' AND a.session_state <> 'offline'
    OR EXISTS (SELECT 1 FROM reservations r WHERE r.agent_id = a.id AND r.channel = 'voice' AND r.state IN {_LIVE})))
""")  # noqa: S608 - own words

#: Listeners whose page is gone, who take calls by now, whose line never stood, or who are signed out everywhere.
_ENDING = text(f"""
SELECT l.id, l.call_id, CASE
    WHEN NOT u.active OR NOT EXISTS (SELECT 1 FROM user_sessions s WHERE s.user_id = l.listener_id
        AND s.revoked_at IS NULL AND s.expires_at > :now) THEN 'signed_out'
    WHEN EXISTS (SELECT 1 FROM reservations r WHERE r.agent_id = l.listener_id AND r.channel = 'voice'
        AND r.state IN {_LIVE}) THEN 'busy'
    ELSE 'page_gone' END AS reason
FROM listenings l JOIN call_legs g ON g.id = l.leg_id JOIN users u ON u.id = l.listener_id
WHERE l.ended_at IS NULL AND (NOT u.active OR g.lost_at <= :gone OR g.state = 'invited' AND l.began_at <= :unheard
    OR NOT EXISTS (SELECT 1 FROM user_sessions s WHERE s.user_id = l.listener_id
        AND s.revoked_at IS NULL AND s.expires_at > :now)
    OR EXISTS (SELECT 1 FROM reservations r WHERE r.agent_id = l.listener_id AND r.channel = 'voice'
        AND r.state IN {_LIVE}))
ORDER BY l.id LIMIT 100""")  # noqa: S608 - own words


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that may be listened to: who talks, for which queue, since when. Nothing about the customer."""

    call_id: int
    agent_id: int
    agent: str
    queue_id: int
    queue: dict[str, str]
    state: str
    since: datetime
    taken: bool


def live_calls(
    session: Session, queues: Collection[int], listener_id: int, *, call_id: int | None = None
) -> list[LiveCall]:
    """The calls of these queues that this person may listen to now, the longest first; or the one asked for."""
    asked = {
        "queues": sorted(queues),
        "listener": listener_id,
        "call": call_id,
        "notices": sorted(NOTICES_OF_LISTENERS),
    }
    return [
        LiveCall(row.id, row.agent_id, row.agent, row.queue_id, row.names, row.state, row.answered_at, row.taken)
        for row in session.execute(_CALLS, asked)
        if consent_to_recording(session, session.get_one(Call, row.id)) != "withdrawn"
    ]


def takes_calls(session: Session, listener_id: int) -> bool:
    """Whether the person is ready for calls or has one in hand, and so has no ear for another."""
    return bool(session.scalar(_BUSY, {"listener": listener_id}))


def begin(
    session: Session, call: Call, listener_id: int, queues: Collection[int], *, sid: str, process_id: str, page: str
) -> Listening:
    """The new listening, with its leg and the one link to the agent's page. Participant; the call is locked.

    Raises:
        Conflict: the call may not be listened to (any more), somebody else listens, or the person takes calls.
    """
    now = clock.now()
    lock_agents(session, [listener_id])
    if takes_calls(session, listener_id):
        raise Conflict(code="listen_busy")
    found = live_calls(session, queues, listener_id, call_id=call.id)
    owner = leg_of_agent(session, call, call.owner_id or 0)
    if not found or owner is None or is_barred(session, call.contact_id, listener_id):
        raise Conflict(code="listen_gone")
    if found[0].taken:
        raise Conflict(code="listen_taken")
    if own_listening(session, listener_id) is not None:
        raise Conflict(code="listen_already")
    leg = CallLeg(
        call_id=call.id,
        role="listener",
        agent_id=listener_id,
        state="invited",
        page=page,
        sid=sid,
        process_id=process_id,
        joined_at=now,
    )
    session.add(leg)
    session.flush()
    open_link(session, call, owner, leg, now)
    listening = Listening(
        call_id=call.id,
        contact_id=call.contact_id,
        leg_id=leg.id,
        listener_id=listener_id,
        agent_id=found[0].agent_id,
        queue_id=found[0].queue_id,
        began_at=now,
    )
    session.add(listening)
    session.flush()
    session.refresh(listening)
    record_event(
        session,
        "listening.began",
        "listening",
        listening.id,
        actor=person(listener_id),
        after={
            "listener": listener_id,
            "agent": listening.agent_id,
            "queue": listening.queue_id,
            "mode": listening.mode,
        },
        contact_id=call.contact_id,
        at=now,
    )
    touch(session, VIEW, listener_id)
    touch(session, "agent", listening.agent_id)
    return listening


def own_listening(session: Session, listener_id: int) -> Listening | None:
    """What this person listens to now."""
    return session.scalar(select(Listening).where(Listening.listener_id == listener_id, Listening.ended_at.is_(None)))


def stop(listener_id: int) -> None:
    """The listener has heard enough. Asking twice changes nothing."""
    with reading() as session:
        mine = own_listening(session, listener_id)
    if mine is not None:
        _end(mine.call_id, mine.id, "stopped", person(listener_id))


def not_now(call_id: int, agent_id: int, epoch: int) -> None:
    """The agent wants no listener in this call: it is over at once, and this listener does not come back to it.

    Raises:
        Conflict: the agent owns the call no more, or the page is an older one.
    """
    with transaction() as session:
        owned_call(session, call_id, agent_id, epoch)
        listening = listening_of(session, call_id)
        if listening is not None:
            end(session, listening, reason="not_now", actor=person(agent_id))


def _end(call_id: int, listening_id: int, reason: str, actor: Actor) -> bool:
    with transaction() as session:
        lock_call(session, call_id)
        listening = listening_of(session, call_id)
        if listening is None or listening.id != listening_id:
            return False
        end(session, listening, reason=reason, actor=actor)
        return True


def page_is_here(listener_id: int, *, sid: str, process_id: str, page: str) -> None:
    """The listener's page says hello (again): it carries the leg if it did, or if the page that did is gone."""
    with reading() as session:
        mine = own_listening(session, listener_id)
        leg = session.get_one(CallLeg, mine.leg_id) if mine is not None else None
        if mine is None or leg is None or (leg.page == page and leg.sid == sid):
            return
        call_id = mine.call_id
    with transaction() as session:
        lock_call(session, call_id)
        listening = listening_of(session, call_id)
        if listening is None or listening.listener_id != listener_id:
            return
        leg = session.get_one(CallLeg, listening.leg_id, populate_existing=True)
        if leg.page != page and leg.sid is not None:
            return  # another tab listens
        new_page = leg.page != page
        leg.page, leg.sid, leg.process_id, leg.lost_at = page, sid, process_id, None
        session.flush()
        if new_page:
            renegotiate(session, leg)
        touch(session, VIEW, listener_id)


def sweep_listenings() -> int:
    """End the listenings whose listener is gone, busy or signed out, or whose caller wants none by now; how many."""
    now = clock.now()
    with reading() as session:
        found = session.execute(
            _ENDING,
            {
                "now": now,
                "gone": now - timedelta(seconds=LISTENER_GRACE_S),
                "unheard": now - timedelta(seconds=TO_HEAR_S),
            },
        ).all()
        running = session.execute(
            select(Listening.id, Call).join(Call, Call.id == Listening.call_id).where(Listening.ended_at.is_(None))
        )
        ending = [(row.call_id, row.id, row.reason) for row in found]
        ending += [
            (call.id, listening_id, "unwanted")
            for listening_id, call in running
            if consent_to_recording(session, call) in ("refused", "withdrawn")
        ]
    return sum(_end(call_id, listening_id, reason, SWEEP) for call_id, listening_id, reason in ending)
