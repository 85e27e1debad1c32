"""Leave taken back: a re-test ordered for failed quality."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.administration.services.membership import end_on, span_of, withdraw
from app.agents.services import ensure_agent
from app.db import transaction
from app.domain.certificates import Standing, standing_of
from app.domain.road import Stage
from app.errors import Conflict, Invalid
from app.eventlog import Actor, record_event
from app.queues.models import Certificate
from app.queues.opening import lock_queue
from app.training.models import Road
from app.training.services import LONGEST, change, refuse_own

#: Farthest day at which a re-test takes the certificate.
LONGEST_GRACE_DAYS = 60


def order_retest(agent_id: int, queue_id: int, *, reason: str, last_day: date | None, actor: Actor) -> int:
    """Id of the road, which is back at the exam. Every certificate for the queue ends on `last_day`; None is at once.

    Raises:
        NotFound: no such queue, or no such person who takes contacts.
        Invalid: no reason, or a day out of range.
        Conflict: there is no certificate to test again, or it is one's own.
    """
    today = clock.now().date()
    reason = _reason(reason)
    if last_day is not None and not today <= last_day <= today + timedelta(days=LONGEST_GRACE_DAYS):
        raise Invalid(fields={"last_day": _("Please choose a day from today on, within 60 days.")})
    refuse_own(agent_id, actor)
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        road = session.scalar(
            select(Road).where(Road.agent_id == agent_id, Road.queue_id == queue_id).with_for_update()
        )
        held = _held(session, agent_id, queue_id, today)
        if not held and (road is None or road.state != Stage.CERTIFIED):
            raise Conflict(_("There is no certificate for this queue to test again."), code="retest_nothing")
        for row in held:
            if last_day is None or row.granted_on > last_day:
                withdraw(session, row, queue, reason=reason, actor=actor)
            elif row.expires_on is None or row.expires_on > last_day:
                end_on(session, row, queue, last_day, actor=actor)
        if road is None:  # certified before there were roads
            ensure_agent(session, agent_id, actor=actor)
            road = Road(
                agent_id=agent_id, queue_id=queue_id, state=Stage.EXAM.value, since=today, created_at=clock.now()
            )
            session.add(road)
            session.flush()
        elif road.state == Stage.CERTIFIED:
            change(session, road, Stage.EXAM, today=today, reason=reason, actor=actor)
        road.retest_reason = reason
        after = {"road": road.id, "queue": queue_id, "last_day": last_day and str(last_day)}
        record_event(session, "road.retest_ordered", "agent", agent_id, actor=actor, reason=reason, after=after)
        return road.id


def _held(session: Session, agent_id: int, queue_id: int, today: date) -> list[Certificate]:
    """Certificates that hold now or later."""
    rows = session.scalars(
        select(Certificate)
        .where(Certificate.agent_id == agent_id, Certificate.queue_id == queue_id)
        .order_by(Certificate.id)
        .with_for_update()
    )
    over = (Standing.REVOKED, Standing.EXPIRED)
    return [row for row in rows if standing_of(span_of(row), today) not in over]


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise Invalid(fields={"reason": "too_long" if text else "reason_missing"})
    return text
