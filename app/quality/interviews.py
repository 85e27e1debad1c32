"""The answers of a customer: read from the caller's draft, and kept with the wrap-up of the call in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.quality_call import (
    CHOICES,
    FURTHEST,
    MODE_TELEPHONE,
    Outcome,
    needs_mending,
)
from app.domain.questionnaire import Questionnaire
from app.domain.questionnaire_answers import LONGEST_TEXT, Answers, given, is_answered, unanswered
from app.eventlog import Actor
from app.quality.asking import end_attempt
from app.quality.keeping import keep, mend
from app.quality.links.sending import objection
from app.quality.models import QualityAttempt, QualityCallback
from app.quality.questionnaire.asked import of_version
from app.queues.work import Reservation, WorkItem
from app.queues.wrapping import Part

_WRITTEN = (Outcome.INTERVIEWED, Outcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class Written:
    """What the caller wrote down: the customer's answers, and how the call ended."""

    outcome: Outcome | None
    said: Answers
    note: str
    appointment_at: datetime | None


def read_draft(asked: Questionnaire, raw: Any) -> Written:
    """What a draft amounts to, by the version that is asked; what is no answer counts as not given."""
    data: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    outcome = data.get("outcome")
    return Written(
        outcome=Outcome(outcome) if outcome in {choice.value for choice in CHOICES} else None,
        said=given(asked, raw),
        note=_text(data.get("note")),
        appointment_at=_moment(data.get("appointment_at")),
    )


def objections(asked: Questionnaire, written: Written, now: datetime) -> dict[str, str]:
    """Field -> code of what is missing before this can be saved; empty when nothing is."""
    found: dict[str, str] = {}
    if written.outcome is None:
        found["outcome"] = "required"
    if written.outcome is Outcome.INTERVIEWED and unanswered(asked, written.said):
        found["outcome"] = "interview_incomplete"
    if written.outcome is Outcome.PARTIAL and not is_answered(written.said):
        found["outcome"] = "interview_empty"
    if written.outcome is Outcome.APPOINTMENT:
        at = written.appointment_at
        if at is None:
            found["appointment_at"] = "required"
        elif not now < at <= now + FURTHEST:
            found["appointment_at"] = "time_out_of_range"
    return found


def check(session: Session, item: WorkItem, reservation: Reservation, raw: Any, now: datetime) -> dict[str, str]:
    """What the wrap-up of a quality call lacks (see `app.queues.wrapping`)."""
    attempt = session.scalar(select(QualityAttempt).where(QualityAttempt.contact_id == item.contact_id))
    if attempt is None:
        return {}
    asked = of_version(session, attempt.version)
    written = read_draft(asked, raw)
    if written.outcome is Outcome.LINK:
        against = objection(session, session.get_one(QualityCallback, attempt.callback_id))
        return {"outcome": against} if against else {}
    return objections(asked, written, now)


def finish(
    session: Session,
    item: WorkItem,
    reservation: Reservation,
    raw: Any,
    *,
    incomplete: bool,
    now: datetime,
    actor: Actor,
) -> None:
    """Keep the answers and end the attempt, with the wrap-up that is being saved. Participant.

    A wrap-up that nobody saved in time counts by what is there: some answers are a partial interview, none is nobody
    reached.
    """
    found = select(QualityAttempt).where(QualityAttempt.contact_id == item.contact_id)
    known = session.scalar(found)
    if known is None:
        return
    callback = session.get_one(QualityCallback, known.callback_id, with_for_update=True, populate_existing=True)
    attempt = session.get_one(QualityAttempt, known.id, with_for_update=True, populate_existing=True)
    if attempt.ended_at is not None:
        return
    written = read_draft(of_version(session, attempt.version), raw)
    said, outcome = written.said, written.outcome
    if incomplete or outcome is None:
        outcome = Outcome.PARTIAL if is_answered(said) else Outcome.NO_ANSWER
    caller = reservation.agent_id
    if outcome in _WRITTEN:
        keep(
            session,
            callback,
            said,
            outcome,
            mode=MODE_TELEPHONE,
            interviewer_id=caller,
            version=attempt.version,
            language=callback.language,
            note=written.note,
            now=now,
            actor=actor,
        )
    end_attempt(
        session,
        callback,
        attempt,
        outcome,
        agent_id=caller,
        now=now,
        actor=actor,
        appointment_at=written.appointment_at,
        source="agent",
        proof=written.note,
    )
    if outcome in _WRITTEN and needs_mending(said.settled, said.ratings):
        mend(session, callback, said, channel="phone", actor=actor)


#: What quality calls add to a wrap-up. Their notes are kept with the answers: the rated agent reads the timeline.
PART = Part(check=check, finish=finish)


def _text(value: Any) -> str:
    return value.replace("\x00", "").strip()[:LONGEST_TEXT] if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    """An aware moment in ISO 8601, cut to the minute."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None or at.tzinfo is None:
        return None
    return at.astimezone(UTC) - timedelta(seconds=at.second, microseconds=at.microsecond)
