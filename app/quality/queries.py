"""What screens show of quality callbacks: the list, one with its answers, contacts to ask about, the caller's panel.

Nobody reads here what customers said of their own work: `reader_id` is left out everywhere as rated agent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.customers.clocks import zone_of
from app.customers.models import Customer, Interaction
from app.quality.links.sending import objection
from app.quality.models import QualityAttempt, QualityCallback, QualityInterview
from app.quality.questionnaire.asked import of_version
from app.quality.texts import FIXED, day_in, language_of
from app.queues.models import Queue, Topic
from app.queues.work import Reservation, WorkItem
from app.security.models import User

#: Tab of the list -> states it shows.
SHOWN = {"open": ("open", "scheduled", "linked"), "done": ("done", "canceled")}
PER_PAGE = 40
#: Contacts that are offered to be asked about are at most so old.
RECENT = timedelta(days=14)

_ROWS = text("""
SELECT q.id, q.state, q.outcome, q.due_at, q.appointment, q.attempts, q.language, q.created_at, q.ended_at, q.ticket_id,
    q.customer_id, c.name AS customer_name, i.started_at AS contact_at, u.display_name AS rated_name,
    y.names AS queue_names, v.overall, v.settled, v.mode,
    (SELECT l.expires_at FROM quality_links l WHERE l.callback_id = q.id) AS link_until,
    (SELECT t.names FROM topics t WHERE i.topic_ids @> to_jsonb(t.id) ORDER BY t.position, t.id LIMIT 1) AS topic_names,
    EXISTS (SELECT 1 FROM quality_attempts a JOIN work_items w ON w.contact_id = a.contact_id
        WHERE a.callback_id = q.id AND w.state IN ('reserved','assigned','wrapping')) AS in_hand
FROM quality_callbacks q
JOIN customers c ON c.id = q.customer_id
JOIN interactions i ON i.id = q.interaction_id
JOIN users u ON u.id = q.rated_agent_id
LEFT JOIN queues y ON y.id = i.queue_id
LEFT JOIN quality_interviews v ON v.callback_id = q.id
WHERE q.state = ANY(:states) AND q.rated_agent_id <> :reader
ORDER BY CASE WHEN q.state = 'open' THEN 0 ELSE 1 END,
    CASE WHEN q.state = 'scheduled' THEN q.due_at END ASC, q.id DESC
LIMIT :limit OFFSET :offset""")

_RECENT = text("""
SELECT i.id, i.started_at, i.talk_s, c.id AS customer_id, c.name AS customer_name, u.display_name AS agent_name,
    y.names AS queue_names,
    (SELECT t.names FROM topics t WHERE i.topic_ids @> to_jsonb(t.id) ORDER BY t.position, t.id LIMIT 1) AS topic_names
FROM interactions i
JOIN customers c ON c.id = i.customer_id
JOIN users u ON u.id = i.agent_id
LEFT JOIN queues y ON y.id = i.queue_id
WHERE i.started_at > :since AND i.outcome IN ('answered','transferred') AND i.agent_id <> :reader
    AND NOT coalesce(y.quality_calls, false)
    AND NOT EXISTS (SELECT 1 FROM quality_callbacks q
        WHERE q.customer_id = i.customer_id AND q.state <> 'canceled' AND q.created_at > :rested)
ORDER BY i.started_at DESC LIMIT :limit""")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list."""

    rows: Sequence[Any]
    page: int
    pages: int
    total: int


def listing(session: Session, shown: str, page: int, *, reader_id: int) -> Page:
    """Callbacks of one tab: those in hand first, then by their time; ended ones newest first."""
    states = list(SHOWN[shown])
    total = (
        session.scalar(
            select(func.count()).where(QualityCallback.state.in_(states), QualityCallback.rated_agent_id != reader_id)
        )
        or 0
    )
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), pages)
    rows = session.execute(
        _ROWS, {"states": states, "reader": reader_id, "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
    ).all()
    return Page(rows, page, pages, total)


def contacts_to_ask_about(session: Session, now: datetime, rested: datetime, *, reader_id: int) -> Sequence[Any]:
    """Contacts of the last days with customers whom nobody asked since `rested`, newest first."""
    values = {"since": now - RECENT, "rested": rested, "reader": reader_id, "limit": PER_PAGE}
    return session.execute(_RECENT, values).all()


def find_callback(session: Session, callback_id: int, *, reader_id: int) -> QualityCallback | None:
    """The callback, unless it is about the reader's own work."""
    callback = session.get(QualityCallback, callback_id)
    return callback if callback is not None and callback.rated_agent_id != reader_id else None


def about_contact(session: Session, interaction: Interaction, language: str) -> dict[str, Any]:
    """Day, topic and queue of the contact, in the customer's language: {day, topic, queue}."""
    customer = session.get(Customer, interaction.customer_id)
    local = interaction.started_at.astimezone(zone_of(customer)) if customer is not None else interaction.started_at
    spoken = language_of(language)
    topics = [session.get(Topic, topic) for topic in interaction.topic_ids[:1]]
    queue = session.get(Queue, interaction.queue_id) if interaction.queue_id is not None else None
    names = topics[0].names if topics and topics[0] is not None else queue.names if queue is not None else {}
    return {
        "day": day_in(spoken, local.month, local.day),
        "topic": names.get(spoken) or names.get("en") or next(iter(names.values()), ""),
        "at": interaction.started_at.isoformat(),
        "queue_names": queue.names if queue is not None else {},
        "topic_names": topics[0].names if topics and topics[0] is not None else {},
    }


def attempts_of(session: Session, callback_id: int) -> Sequence[Any]:
    """Attempts, oldest first, with who rang."""
    return session.execute(
        select(QualityAttempt, User.display_name)
        .outerjoin(User, User.id == QualityAttempt.agent_id)
        .where(QualityAttempt.callback_id == callback_id)
        .order_by(QualityAttempt.number)
    ).all()


def interview_of(session: Session, callback_id: int) -> QualityInterview | None:
    """The answers, once there are any."""
    return session.scalar(select(QualityInterview).where(QualityInterview.callback_id == callback_id))


def panel(session: Session, reservation_id: int, agent_id: int) -> dict[str, Any] | None:
    """What the caller's screen shows beside the call: script in the customer's language, the contact, the questions.

    Who was rated is not in it. None when this is no quality call of this agent.
    """
    row = session.execute(
        select(QualityCallback, QualityAttempt)
        .join(QualityAttempt, QualityAttempt.callback_id == QualityCallback.id)
        .join(WorkItem, WorkItem.contact_id == QualityAttempt.contact_id)
        .join(Reservation, Reservation.work_item_id == WorkItem.id)
        .where(Reservation.id == reservation_id, Reservation.agent_id == agent_id, WorkItem.kind == "quality")
    ).one_or_none()
    if row is None:
        return None
    callback, attempt = row.QualityCallback, row.QualityAttempt
    customer = session.get_one(Customer, callback.customer_id)
    interaction = session.get_one(Interaction, callback.interaction_id)
    language = language_of(callback.language)
    asked, fixed = of_version(session, attempt.version), FIXED[language]
    about = about_contact(session, interaction, language)
    return {
        "callback": callback.id,
        "attempt": attempt.number,
        "version": asked.version,
        "language": language.replace("_", "-"),
        "note": callback.note,
        "about": about,
        "zone": customer.time_zone,
        "opening": asked.opening(language, day=about["day"], topic=about["topic"]),
        "scale": asked.part("scale", language),
        "low": asked.part("low", language),
        "high": asked.part("high", language),
        "items": [
            {
                "key": item.key,
                "kind": item.kind.value,
                "core": item.core,
                "added": item.added,
                "required": item.required,
                "question": item.text(language),
            }
            for item in asked.items
        ],
        "link": not objection(session, callback),
        "settled": fixed.settled,
        "need_levels": fixed.need_levels,
        "yes": fixed.yes,
        "no": fixed.no,
        "closing": asked.part("closing", language),
    }
