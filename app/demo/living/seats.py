"""Which seats the demo may play: those of demo agents that no person is using."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.clock import now
from app.db import reading
from app.demo.living.browser import BROWSER
from app.queues.models import Certificate, Queue, QueueMember
from app.security import sessions
from app.security.devices import device_name
from app.security.models import User, UserSession

#: How long after the last sign of a person their login is left alone.
LEFT_ALONE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Seat:
    """A demo agent, and the queues a valid certificate lets them serve."""

    agent_id: int
    login: str
    queues: tuple[int, ...]

    @staticmethod
    def is_ours(opened: UserSession) -> bool:
        """Whether a signed-in browser is one of the demo's own."""
        return opened.browser in (BROWSER, device_name(BROWSER))


def cast(size: int) -> list[Seat]:
    """At most `size` demo agents who may take calls, the last of the list first.

    The sign-in page shows the first ones on top: those are for people.
    """
    with reading() as session:
        rows = session.execute(
            select(User.id, User.login)
            .join(Agent, Agent.id == User.id)
            .where(User.demo, User.active, User.role == "agent")
            .order_by(User.id.desc())
        ).all()
        seats = [Seat(row.id, row.login, _queues_of(session, row.id, now().date())) for row in rows]
    return [seat for seat in seats if seat.queues][:size]


def _queues_of(session: Session, agent_id: int, today: date) -> tuple[int, ...]:
    held = (
        select(Certificate.queue_id)
        .join(
            QueueMember, (QueueMember.agent_id == Certificate.agent_id) & (QueueMember.queue_id == Certificate.queue_id)
        )
        .join(Queue, Queue.id == Certificate.queue_id)
        .where(Certificate.agent_id == agent_id, Certificate.revoked_at.is_(None), Certificate.granted_on <= today)
        .where(Certificate.expires_on.is_(None) | (Certificate.expires_on >= today), Queue.active)
        .distinct()
        .order_by(Certificate.queue_id)
    )
    return tuple(session.scalars(held))


def is_free(agent_id: int, at: datetime | None = None) -> bool:
    """Whether no person is at this seat, nor was a moment ago."""
    at = at or now()
    with reading() as session:
        agent = session.get_one(Agent, agent_id)
        if agent.session_state != "offline" and not agent.simulated:
            return False
        opened = sessions.live_sessions(session, agent_id, at=at)
        return not any(not Seat.is_ours(each) and each.last_seen_at > at - LEFT_ALONE for each in opened)
