"""Whether links are sent at all: an administrator's choice, on until somebody chooses."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.eventlog import Actor, record_event
from app.quality.links.models import QualityHouse

_ONE_CHOOSES = text("SELECT pg_advisory_xact_lock(hashtext('answers by link'))")


def answers_by_link(session: Session) -> bool:
    """True while customers may get a link instead of a call."""
    chosen = session.scalar(select(QualityHouse.answers_by_link))
    return True if chosen is None else chosen


def choose(on: bool, *, actor: Actor) -> None:
    """Send links from now on, or none any more. Those that were sent stay good: somebody was promised one."""
    now = clock.now()
    with transaction() as session:
        session.execute(_ONE_CHOOSES)
        before = answers_by_link(session)
        row = session.get(QualityHouse, 1) or QualityHouse(id=1)
        row.answers_by_link, row.changed_by, row.changed_at = on, actor.user_id or 0, now
        session.add(row)
        record_event(
            session,
            "quality.links_on" if on else "quality.links_off",
            "user",
            actor.user_id or 0,
            actor=actor,
            before={"on": before},
            after={"on": on},
        )
