"""Answers are kept for good, and what was not right is mended at once: after a call, and after a page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.quality_call import Outcome
from app.domain.questionnaire_answers import Answers
from app.eventlog import Actor, record_event
from app.live import touch
from app.quality.doors import doors
from app.quality.models import QualityCallback, QualityInterview
from app.quality.needs.services import enter_voices
from app.quality.texts import recovery
from app.queues.barring import bar_agents


def keep(
    session: Session,
    callback: QualityCallback,
    said: Answers,
    outcome: Outcome,
    *,
    mode: str,
    interviewer_id: int | None,
    version: int,
    language: str,
    note: str = "",
    now: datetime,
    actor: Actor,
) -> None:
    """Write the interview, and enter its need and suggestion into the register. Participant; the callback is locked.

    `mode` is "telephone", with an interviewer, or "link", without one.
    """
    interview = QualityInterview(
        callback_id=callback.id,
        rated_agent_id=callback.rated_agent_id,
        interviewer_id=interviewer_id,
        mode=mode,
        version=version,
        language=language,
        settled=said.settled,
        **said.ratings,
        need=said.need,
        need_level=said.need_level,
        suggestion=said.suggestion,
        may_return=said.may_return,
        extra=dict(said.extra),
        note=note,
        outcome=outcome.value,
    )
    session.add(interview)
    session.flush()
    record_event(
        session,
        "quality.interviewed",
        "quality_callback",
        callback.id,
        actor=actor,
        reason=outcome.value,
        after={"interview": interview.id, "version": version, "mode": mode},
    )
    enter_voices(session, interview, now=now, actor=actor)


def mend(session: Session, callback: QualityCallback, said: Answers, *, channel: str, actor: Actor) -> None:
    """A ticket at once for what is not right, for somebody else than whoever was rated. Participant.

    `channel` is how it was said: "phone" or "web".
    """
    subject, body = recovery(
        callback.language, said.settled, said.need, said.suggestion, may_return=said.may_return is True
    )
    ticket_id, contact_id = doors().open_ticket(session, callback, subject, body, channel, actor)
    bar_agents(session, contact_id, {callback.rated_agent_id: "rated"}, actor=actor)
    callback.ticket_id = ticket_id
    record_event(
        session,
        "quality.recovery_opened",
        "quality_callback",
        callback.id,
        actor=actor,
        after={"ticket": ticket_id},
    )
    touch(session, "customer", callback.customer_id)
