"""What stands now, counted for the sentences that say what a change will do."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.agents.models import AgentSkill
from app.domain.certificates import Span
from app.queues.models import Certificate, QueueMember, QueueSkill
from app.queues.work import Reservation, WorkItem
from app.security.models import User

LIVE = ("pending", "accepted", "active", "wrapping")


def waiting_in(session: Session, queue_id: int) -> int:
    """Contacts in line or ringing in a queue; consultations among colleagues are not contacts."""
    return (
        session.scalar(
            select(func.count()).where(
                WorkItem.queue_id == queue_id, WorkItem.state.in_(("queued", "reserved")), WorkItem.kind != "consult"
            )
        )
        or 0
    )


def in_hand(session: Session, agent_id: int, queue_id: int | None = None) -> int:
    """Contacts an agent is at work on, in one queue or in all."""
    query = (
        select(func.count())
        .select_from(Reservation)
        .join(WorkItem, WorkItem.id == Reservation.work_item_id)
        .where(Reservation.agent_id == agent_id, Reservation.state.in_(LIVE))
    )
    if queue_id is not None:
        query = query.where(WorkItem.queue_id == queue_id)
    return session.scalar(query) or 0


def certified_for(session: Session, queue_id: int, today: date) -> set[int]:
    """Members of a queue who may be offered its contacts on `today`: the router's rule, for people with access."""
    rows = session.scalars(
        select(QueueMember.agent_id)
        .join(User, User.id == QueueMember.agent_id)
        .join(
            Certificate,
            (Certificate.agent_id == QueueMember.agent_id) & (Certificate.queue_id == QueueMember.queue_id),
        )
        .where(
            QueueMember.queue_id == queue_id,
            User.active,
            Certificate.revoked_at.is_(None),
            Certificate.granted_on <= today,
            or_(Certificate.expires_on.is_(None), Certificate.expires_on >= today),
        )
    )
    return set(rows)


def levels_of(session: Session, agent_ids: set[int]) -> dict[int, dict[int, int]]:
    """Agent id -> skill id -> level."""
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    for row in session.scalars(select(AgentSkill).where(AgentSkill.agent_id.in_(agent_ids))):
        levels[row.agent_id][row.skill_id] = row.level
    return levels


def demands_of(session: Session, queue_id: int) -> dict[int, tuple[int, int | None, int | None]]:
    """Skill id -> (least level, relaxes after seconds, level then) of a queue."""
    rows = session.scalars(select(QueueSkill).where(QueueSkill.queue_id == queue_id).order_by(QueueSkill.skill_id))
    return {row.skill_id: (row.min_level, row.relax_after_s, row.relaxed_level) for row in rows}


def meets(levels: dict[int, int], demands: dict[int, int]) -> bool:
    """True when `levels` (skill id -> level) reach every one of `demands` (skill id -> least level)."""
    return all(levels.get(skill, 0) >= least for skill, least in demands.items())


def spans_of(session: Session, agent_id: int) -> dict[int, list[Span]]:
    """Queue id -> the certificates that an agent has or had for it."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for row in session.scalars(select(Certificate).where(Certificate.agent_id == agent_id)):
        spans[row.queue_id].append(Span(row.granted_on, row.expires_on, row.revoked_at is not None))
    return spans
