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
    NEED_LEVELS,
    RATINGS,
    SETTLED,
    WORDING_VERSION,
    Outcome,
    is_answered,
    is_complete,
    needs_mending,
)
from app.eventlog import Actor, record_event
from app.live import touch
from app.quality.asking import end_attempt
from app.quality.doors import doors
from app.quality.models import QualityAttempt, QualityCallback, QualityInterview
from app.quality.needs.services import enter_voices
from app.quality.texts import recovery
from app.queues.barring import bar_agents
from app.queues.work import Reservation, WorkItem
from app.queues.wrapping import Part

LONGEST_TEXT = 2000
_WRITTEN = (Outcome.INTERVIEWED, Outcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the caller wrote down; texts trimmed, nonsense left out."""

    outcome: Outcome | None
    settled: str
    ratings: dict[str, int | None]
    need: str
    need_level: str
    suggestion: str
    may_return: bool | None
    note: str
    appointment_at: datetime | None


def read_answers(raw: Any) -> Answers:
    """The answers that a draft amounts to; what is no answer counts as not given."""
    data: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    given = data.get("ratings")
    ratings = given if isinstance(given, dict) else {}
    outcome = data.get("outcome")
    may_return = data.get("may_return")
    return Answers(
        outcome=Outcome(outcome) if outcome in {choice.value for choice in CHOICES} else None,
        settled=_one_of(data.get("settled"), SETTLED),
        ratings={name: _rating(ratings.get(name)) for name in RATINGS},
        need=_text(data.get("need")),
        need_level=_one_of(data.get("need_level"), NEED_LEVELS),
        suggestion=_text(data.get("suggestion")),
        may_return=may_return if isinstance(may_return, bool) else None,
        note=_text(data.get("note")),
        appointment_at=_moment(data.get("appointment_at")),
    )


def objections(answers: Answers, now: datetime) -> dict[str, str]:
    """Field -> code of what is missing before these answers can be saved; empty when nothing is."""
    found: dict[str, str] = {}
    if answers.outcome is None:
        found["outcome"] = "required"
    if answers.outcome is Outcome.INTERVIEWED and not is_complete(answers.settled, answers.ratings):
        found["outcome"] = "interview_incomplete"
    if answers.outcome is Outcome.PARTIAL and not is_answered(answers.settled, answers.ratings):
        found["outcome"] = "interview_empty"
    if answers.outcome is Outcome.APPOINTMENT:
        at = answers.appointment_at
        if at is None:
            found["appointment_at"] = "required"
        elif not now < at <= now + FURTHEST:
            found["appointment_at"] = "time_out_of_range"
    return found


def check(session: Session, item: WorkItem, reservation: Reservation, raw: Any, now: datetime) -> dict[str, str]:
    """What the wrap-up of a quality call lacks (see `app.queues.wrapping`)."""
    return objections(read_answers(raw), now)


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
    answers = read_answers(raw)
    outcome = answers.outcome
    if incomplete or outcome is None:
        outcome = Outcome.PARTIAL if is_answered(answers.settled, answers.ratings) else Outcome.NO_ANSWER
    caller = reservation.agent_id
    if outcome in _WRITTEN:
        _keep(session, callback, caller, answers, outcome, now=now, actor=actor)
    end_attempt(
        session,
        callback,
        attempt,
        outcome,
        agent_id=caller,
        now=now,
        actor=actor,
        appointment_at=answers.appointment_at,
        source="agent",
        proof=answers.note,
    )
    if outcome in _WRITTEN and needs_mending(answers.settled, answers.ratings):
        _mend(session, callback, answers, actor)


def _keep(
    session: Session,
    callback: QualityCallback,
    caller: int,
    answers: Answers,
    outcome: Outcome,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    interview = QualityInterview(
        callback_id=callback.id,
        rated_agent_id=callback.rated_agent_id,
        interviewer_id=caller,
        wording=WORDING_VERSION,
        language=callback.language,
        settled=answers.settled,
        **answers.ratings,
        need=answers.need,
        need_level=answers.need_level if answers.need else "",
        suggestion=answers.suggestion,
        may_return=answers.may_return,
        note=answers.note,
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
        after={"interview": interview.id, "wording": WORDING_VERSION},
    )
    enter_voices(session, interview, now=now, actor=actor)


def _mend(session: Session, callback: QualityCallback, answers: Answers, actor: Actor) -> None:
    """A ticket at once for what is not right, for somebody else than whoever was rated."""
    subject, body = recovery(
        callback.language, answers.settled, answers.need, answers.suggestion, may_return=answers.may_return is True
    )
    ticket_id, contact_id = doors().open_ticket(session, callback, subject, body, actor)
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


#: What quality calls add to a wrap-up. Their notes are kept with the answers: the rated agent reads the timeline.
PART = Part(check=check, finish=finish)


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    return value if isinstance(value, str) and value in known else ""


def _rating(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5 else None


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
