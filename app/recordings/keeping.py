"""What time does to recordings: pages that are gone, retention that is over; and the erasure of a customer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.customers.models import Interaction
from app.db import reading, transaction
from app.domain.recording import PAGE_GONE
from app.eventlog import SWEEP, Actor
from app.recordings.carrier import BROWSER, tell
from app.recordings.models import Recording
from app.recordings.store import delete_sound, mark_incomplete

#: Tickets belong to a feature that comes after this one in the order of imports: here only their contacts are read.
_SPOKEN_TICKETS = text("SELECT contact_id FROM tickets WHERE customer_id = :customer AND channel = 'voicemail'")

#: Rows of one round; the next slot of the job takes the rest.
AT_ONCE = 200


def end_lost(moment: datetime) -> int:
    """How many recordings ended because their page sent nothing for a minute."""
    with reading() as session:
        ids = session.scalars(
            select(Recording.id)
            .where(Recording.state == "open", Recording.provider == BROWSER, Recording.last_at < moment - PAGE_GONE)
            .order_by(Recording.last_at)
            .limit(AT_ONCE)
        ).all()

    def step(session: Session, recording: Recording) -> bool:
        if recording.state != "open" or recording.last_at >= moment - PAGE_GONE:
            return False
        mark_incomplete(session, recording, now=moment, actor=SWEEP, reason="page_gone")
        return True

    return _each(ids, step)


def delete_due(moment: datetime) -> int:
    """How many recordings lost their sound because the retention of their queue is over."""
    with reading() as session:
        ids = session.scalars(
            select(Recording.id)
            .where(Recording.state != "deleted", Recording.delete_after <= moment)
            .order_by(Recording.delete_after)
            .limit(AT_ONCE)
        ).all()

    def step(session: Session, recording: Recording) -> bool:
        if recording.state == "deleted" or recording.delete_after > moment:
            return False
        delete_sound(session, recording, reason="retention", now=moment, actor=SWEEP)
        tell(session, recording)
        return True

    return _each(ids, step)


def erase_recordings(session: Session, customer_id: int, *, now: datetime, actor: Actor) -> int:
    """How many recordings of the customer lost their sound: what the erasure of a customer does here."""
    contacts = [
        *session.scalars(select(Interaction.contact_id).where(Interaction.customer_id == customer_id)),
        *session.scalars(_SPOKEN_TICKETS, {"customer": customer_id}),
    ]
    recordings = session.scalars(
        select(Recording)
        .where(Recording.contact_id.in_(contacts), Recording.state != "deleted")
        .order_by(Recording.id)
        .with_for_update()
    ).all()
    for recording in recordings:
        delete_sound(session, recording, reason="erasure", now=now, actor=actor)
        tell(session, recording)
    return len(recordings)


def _each(ids: Sequence[int], step: Callable[[Session, Recording], bool]) -> int:
    done = 0
    for recording_id in ids:
        with transaction() as session:
            recording = session.get(Recording, recording_id, with_for_update=True)
            done += recording is not None and step(session, recording)
    return done
