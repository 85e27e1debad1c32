"""The customer, whose page waits or rings, would rather answer in writing: the link at once, and nobody rings."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.domain.quality_call import Outcome
from app.errors import Conflict, NotFound
from app.eventlog import CUSTOMER
from app.quality.asking import end_attempt
from app.quality.doors import doors
from app.quality.links.models import QualityLink
from app.quality.links.sending import objection
from app.quality.models import QualityAttempt, QualityCallback


def may_write(session: Session, token: str) -> bool:
    """Whether the page of this attempt may offer the link: a quality call that goes on, and nothing against it."""
    attempt = session.scalar(select(QualityAttempt).where(QualityAttempt.token == token))
    if attempt is None or attempt.ended_at is not None:
        return False
    return not objection(session, session.get_one(QualityCallback, attempt.callback_id))


def answer_in_writing(token: str) -> str:
    """Token of the link's page. `token` is that of the page that waits or rings; asking twice is asking once.

    The link goes out as a text as well, so that it can be answered later: one answer, however it is opened.

    Raises:
        NotFound: this page is of no quality call.
        Conflict: they talk by now, it is over, or no link may be sent; the code says why.
    """
    now = clock.now()
    with transaction() as session:
        known = session.scalar(select(QualityAttempt).where(QualityAttempt.token == token))
        if known is None:
            raise NotFound(code="call_unknown")
        sent = session.scalar(select(QualityLink.token).where(QualityLink.callback_id == known.callback_id))
        if sent is not None:
            return sent
        # The call comes first in the order of locks
        try:
            rang = doors().in_writing(session, token, CUSTOMER)
        except Conflict:
            # Two clicks at once: the second waited for the first
            sent = session.scalar(select(QualityLink.token).where(QualityLink.callback_id == known.callback_id))
            if sent is None:
                raise
            return sent
        callback = session.get_one(QualityCallback, known.callback_id, with_for_update=True, populate_existing=True)
        attempt = session.get_one(QualityAttempt, known.id, with_for_update=True, populate_existing=True)
        against = objection(session, callback)
        if attempt.ended_at is not None or against:
            raise Conflict(code=against or "quality_over")
        end_attempt(session, callback, attempt, Outcome.LINK, agent_id=rang, now=now, actor=CUSTOMER)
        return session.scalars(select(QualityLink.token).where(QualityLink.callback_id == callback.id)).one()
