"""What a supervisor orders from the board about people and queues: with a reason, in the log, and told to the agent.

Orders about waiting callers and ringing calls are in app/calls/supervising.py, since they move calls as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.live import room_of, send, touch
from app.queues.models import Queue, QueueMember
from app.queues.offers import lock_item
from app.queues.opening import set_open
from app.queues.presence import CHOICES, lock_agent, set_intent, sign_agent_off
from app.queues.wake import wake_router
from app.queues.work import Reservation
from app.security import sessions
from app.security.models import User

LONGEST_REASON = 300
#: Points a waiting contact can be given, either way; each is worth the queue's `priority_step_s` of waiting.
MOST_POINTS = 100
#: Work that is in an agent's hands this moment: who has it cannot be logged out from under it.
IN_HAND = ("pending", "accepted", "active")


def need_reason(reason: str) -> str:
    """The reason, trimmed.

    Raises:
        Invalid: there is none, or it is too long: an order without one explains itself to nobody.
    """
    words = reason.strip()
    if not words:
        raise Invalid(code="reason_missing", fields={"reason": "reason_missing"})
    if len(words) > LONGEST_REASON:
        raise Invalid(code="reason_too_long", fields={"reason": "too_long"})
    return words


def tell_agent(session: Session, agent_id: int, text_code: str, *, reason: str, actor: Actor, **more: Any) -> None:
    """Show the agent, at commit, what was ordered, by whom and why. Participant."""
    by = session.scalar(select(User.display_name).where(User.id == actor.user_id)) or ""
    send(
        session,
        room_of("agent", agent_id),
        "desk.notice",
        {"text_code": text_code, "reason": reason, "by": by, **more},
    )


def order_state(agent_id: int, intent: str, *, break_code: str | None = None, reason: str, actor: Actor) -> str:
    """Set what an agent is to do, now or after the work in hand; the intent in force.

    Raises:
        Invalid: no such state or break, or no reason.
        NotFound: the user takes no calls.
        Conflict: the agent is not at the desk.
    """
    words = need_reason(reason)
    if intent not in CHOICES:
        raise Invalid(code="intent_unknown")
    now = clock.now()
    with transaction() as session:
        agent = lock_agent(session, agent_id)
        if agent.session_state == "offline":
            raise Conflict(code="agent_not_here")
        before = agent.intent
        in_force = set_intent(session, agent, intent, break_code=break_code, now=now, actor=actor)
        record_event(
            session,
            "agent.state_ordered",
            "agent",
            agent_id,
            actor=actor,
            reason=words,
            before={"intent": before},
            after={"intent": in_force, "pending": agent.pending_intent, "break": break_code},
        )
        tell_agent(
            session,
            agent_id,
            "state_later" if agent.pending_intent else "state",
            reason=words,
            actor=actor,
            intent=intent,
            break_code=break_code,
        )
        return in_force


def log_out(agent_id: int, *, reason: str, actor: Actor) -> None:
    """End an agent's shift and every signed-in browser of theirs. A wrap-up that is open ends by its own timer.

    Raises:
        Invalid: no reason.
        NotFound: the user takes no calls.
        Conflict: a contact is in the agent's hands: it would be cut off from the one who has to finish it.
    """
    words = need_reason(reason)
    now = clock.now()
    with transaction() as session:
        agent = lock_agent(session, agent_id)
        if session.scalar(_in_hand(agent_id)):
            raise Conflict(code="agent_has_contact")
        before = {"intent": agent.intent, "session": agent.session_state}
        sign_agent_off(session, agent_id, now=now, actor=actor)
        ended = sessions.revoke(session, agent_id, at=now)
        record_event(
            session,
            "agent.logged_out",
            "agent",
            agent_id,
            actor=actor,
            reason=words,
            before=before,
            after={"intent": agent.intent, "pending": agent.pending_intent, "browsers": ended},
        )
        tell_agent(session, agent_id, "logged_out", reason=words, actor=actor)
        touch(session, "team", "all")


def _in_hand(agent_id: int) -> Any:
    return select(func.count()).where(
        Reservation.agent_id == agent_id, Reservation.channel == "voice", Reservation.state.in_(IN_HAND)
    )


def reprioritise(item_id: int, points: int, *, reason: str, actor: Actor) -> None:
    """Give a waiting contact this many points; its place in line follows, its waiting time stays as it is.

    Other head starts (key account, recovered call) are kept.

    Raises:
        Invalid: too many points, or no reason.
        NotFound: no such contact.
        Conflict: it waits no longer.
    """
    words = need_reason(reason)
    if not -MOST_POINTS <= points <= MOST_POINTS:
        raise Invalid(code="points_invalid", fields={"points": "points_invalid"})
    with transaction() as session:
        item = lock_item(session, item_id)
        if item.state not in ("queued", "reserved") or item.rank_at is None or item.kind == "consult":
            raise Conflict(code="not_waiting")
        queue = session.get_one(Queue, item.queue_id)
        before = {"priority": item.priority, "rank_at": item.rank_at.isoformat()}
        item.rank_at -= timedelta(seconds=(points - item.priority) * queue.priority_step_s)
        item.priority, item.version = points, item.version + 1
        record_event(
            session,
            "work_item.reprioritised",
            "work_item",
            item.id,
            actor=actor,
            reason=words,
            before=before,
            after={"priority": points, "rank_at": item.rank_at.isoformat()},
            contact_id=item.contact_id,
        )
        touch(session, "queue", item.queue_id)
        wake_router(session, item.pool)


def open_queue(queue_id: int, *, is_open: bool, reason: str, actor: Actor) -> None:
    """Open or close a queue, and tell those at their desks who serve it. Twice changes nothing.

    Raises:
        Invalid: no reason.
        NotFound: no such queue.
    """
    words = need_reason(reason)
    with transaction() as session:
        queue = session.get(Queue, queue_id)
        if queue is None:
            raise NotFound(code="queue_unknown")
        if not set_open(session, queue_id, is_open=is_open, reason=words, actor=actor):
            return
        members = session.scalars(
            select(QueueMember.agent_id)
            .join(Agent, Agent.id == QueueMember.agent_id)
            .where(QueueMember.queue_id == queue_id, Agent.session_state != "offline")
        ).all()
        for agent_id in members:
            tell_agent(
                session,
                agent_id,
                "queue_opened" if is_open else "queue_closed",
                reason=words,
                actor=actor,
                names=queue.names,
            )
