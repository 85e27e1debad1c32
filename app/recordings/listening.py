"""Who may listen to what, and the note in the log that somebody did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.db import reading, transaction
from app.errors import Conflict, Forbidden, NotFound
from app.eventlog import person, record_event
from app.recordings.models import Recording
from app.recordings.store import keep_listening, lock_recording
from app.security.roles import allows
from app.security.sessions import SignedIn

PAGE_SIZE = 30

_HANDLED = text("""
SELECT EXISTS (SELECT 1 FROM reservations r JOIN work_items w ON w.id = r.work_item_id
    WHERE w.contact_id = :contact AND r.agent_id = :agent AND r.accepted_at IS NOT NULL)""")

#: Newest first; one recording of a contact per row. Whose it was is what the contact's interaction or ticket says.
_LIST = text("""
SELECT r.*, q.names AS queue_names, u.display_name AS agent, c.id AS customer_id, c.name AS customer
FROM recordings r
JOIN queues q ON q.id = r.queue_id
LEFT JOIN users u ON u.id = r.agent_id
LEFT JOIN LATERAL (SELECT customer_id FROM interactions i WHERE i.contact_id = r.contact_id
    AND i.customer_id IS NOT NULL ORDER BY i.id DESC LIMIT 1) i ON true
LEFT JOIN tickets k ON k.contact_id = r.contact_id
LEFT JOIN customers c ON c.id = coalesce(i.customer_id, k.customer_id)
WHERE r.id < :before AND (CAST(:queue AS bigint) IS NULL OR r.queue_id = :queue)
    AND (CAST(:agent AS bigint) IS NULL OR r.agent_id = :agent OR EXISTS (
        SELECT 1 FROM reservations v JOIN work_items w ON w.id = v.work_item_id
        WHERE w.contact_id = r.contact_id AND v.agent_id = :agent AND v.accepted_at IS NOT NULL))
ORDER BY r.id DESC LIMIT :limit""")


@dataclass(frozen=True, slots=True)
class Sound:
    """What a player needs to know of a recording."""

    id: int
    public_id: str
    media_type: str
    bytes: int
    started_at: datetime


def may_hear(session: Session, recording: Recording, user: SignedIn, *, agents_own: bool) -> bool:
    """True when `user` may listen: those who hear all, and agents the contacts they handled, if `agents_own`."""
    if allows(user.role, "recordings.all"):
        return True
    if not allows(user.role, "recordings.listen") or not (agents_own or recording.kind == "voicemail"):
        return False  # a voice message is work: nobody answers what they can't hear
    handled = session.scalar(_HANDLED, {"contact": recording.contact_id, "agent": user.id})
    return recording.agent_id == user.id or bool(handled)


def listen(public_id: str, user: SignedIn, *, agents_own: bool, download: bool = False) -> Sound:
    """The sound, for somebody who may hear it; the log says so once per sign-in, and each download.

    Raises:
        NotFound: no such recording, or its sound is deleted ("recording_deleted").
        Forbidden: it is not this person's to hear.
        Conflict: it is still being recorded.
    """
    now = clock.now()
    with transaction() as session:
        recording = lock_recording(session, public_id)
        if not may_hear(session, recording, user, agents_own=agents_own):
            raise Forbidden(code="recording_not_yours")
        if recording.state == "deleted":
            raise NotFound(code="recording_deleted")
        if recording.state == "open" or not recording.bytes:
            raise Conflict(code="recording_still_open")
        first = keep_listening(session, recording, user_id=user.id, session_hash=user.session_hash, now=now)
        if first or download:
            record_event(
                session,
                "recording.downloaded" if download else "recording.listened",
                "recording",
                recording.id,
                actor=person(user.id),
                contact_id=recording.contact_id,
            )
        return Sound(recording.id, recording.public_id, recording.media_type, recording.bytes, recording.started_at)


def listing(user: SignedIn, *, agents_own: bool, queue_id: int | None, before: int | None) -> list[dict[str, Any]]:
    """A page of recordings that `user` may hear, newest first, those with an id below `before`."""
    sees_all = allows(user.role, "recordings.all")
    if not sees_all and not agents_own:
        return []
    with reading() as session:
        rows = session.execute(
            _LIST,
            {
                "before": before or 2**62,
                "queue": queue_id,
                "agent": None if sees_all else user.id,
                "limit": PAGE_SIZE + 1,
            },
        )
        return [dict(row._mapping) for row in rows]


def recordings_of_contact(session: Session, contact_id: str) -> list[Recording]:
    """Every recording of a contact, oldest first."""
    return list(session.scalars(select(Recording).where(Recording.contact_id == contact_id).order_by(Recording.id)))
