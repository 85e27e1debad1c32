"""A note is opened for a closed month, edited for privacy, given a plan, and released to the agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.db import transaction
from app.domain.coaching import DECISIONS, LONGEST_BODY, LONGEST_COMMENT, LONGEST_STEP, MEANS, MOST_MONTHS
from app.domain.quality_call import MODE_LINK
from app.domain.scoring.dimensions import lowest_dimension
from app.domain.scoring.verdict import FEWEST_RELEASED
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.quality.coaching.models import CoachingComment, CoachingNote, CoachingStep
from app.quality.counted import counted, ratings_by_topic, running_month
from app.quality.models import QualityInterview
from app.quality.scores import months_before

_TEXTS = ("need", "suggestion", "note")
FURTHEST_STEP = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Edited:
    """What a person decided on one comment: "show" with the edited text, "drop", or nothing yet."""

    decision: str
    text: str


def open_note(agent_id: int, period: str, *, zone: str, actor: Actor) -> int:
    """Id of the agent's note on a closed month; the one that is there, else a new draft.

    Months before it are pooled until three complete interviews are in it, so that no single customer is recognised.

    Raises:
        NotFound: no such agent.
        Conflict: the month is not over, there are too few interviews, or it is one's own.
    """
    now = clock.now()
    if actor.user_id is None or actor.user_id == agent_id:
        raise Conflict(code="coaching_own")
    if period >= running_month(now, zone):
        raise Conflict(code="coaching_month_open")
    with transaction() as session:
        if session.get(Agent, agent_id) is None:
            raise NotFound(code="agent_unknown")
        found = counted(session, months_before(period, MOST_MONTHS), zone)
        months = _window(found, agent_id, period)
        wanted = months_before(period, months)
        inside = [interview for interview, month in found if month in wanted]
        by_topic = ratings_by_topic((str(each.rated_agent_id), each) for each in inside)
        lowest = lowest_dimension(by_topic, str(agent_id))
        if lowest is None:
            raise Conflict(code="coaching_too_few")
        values = {"agent_id": agent_id, "period": period, "months": months, "topic": lowest.topic,
                  "topic_own": lowest.own, "written_by": actor.user_id, "created_at": now}  # fmt: skip
        made = session.scalar(
            insert(CoachingNote)
            .values(**values)
            .on_conflict_do_nothing(index_elements=["agent_id", "period"])
            .returning(CoachingNote.id)
        )
        if made is None:
            known = select(CoachingNote.id).where(CoachingNote.agent_id == agent_id, CoachingNote.period == period)
            return session.scalars(known).one()
        # Words given by link are words as well; only the figures behind the topic are of the telephone. A link can be
        # answered after the note of its month was opened: then its words come with the next
        late = months_before(period, min(months + 1, MOST_MONTHS))
        by_link = [each for each, _month in counted(session, late, zone, mode=MODE_LINK)]
        _bring_comments(session, made, agent_id, [e for e in (*inside, *by_link) if e.rated_agent_id == agent_id])
        _tell(session, made, "opened", actor, after={"agent": agent_id, "period": period, "topic": lowest.topic})
        return int(made)


def _window(found: list[tuple[QualityInterview, str]], agent_id: int, period: str) -> int:
    """The fewest months up to `period` with enough complete interviews of the agent."""
    own = [month for each, month in found if each.rated_agent_id == agent_id and each.outcome == "interviewed"]
    for count in range(1, MOST_MONTHS + 1):
        if sum(month in months_before(period, count) for month in own) >= FEWEST_RELEASED:
            return count
    raise Conflict(code="coaching_too_few")


def _bring_comments(session: Session, note_id: int, agent_id: int, interviews: list[QualityInterview]) -> None:
    """The texts of the interviews that stand in no earlier note of the agent."""
    earlier = set(
        session.scalars(
            select(CoachingComment.interview_id)
            .join(CoachingNote, CoachingNote.id == CoachingComment.note_id)
            .where(CoachingNote.agent_id == agent_id)
        )
    )
    for interview in interviews:
        if interview.id in earlier:
            continue
        for kind in _TEXTS:
            if getattr(interview, kind):
                session.add(CoachingComment(note_id=note_id, interview_id=interview.id, kind=kind))
    session.flush()


def save(note_id: int, *, body: str, comments: Mapping[int, Edited], version: int, release: bool, actor: Actor) -> None:
    """Save the draft that the coach saw as `version`; with `release` the agent may read it from now on.

    Raises:
        NotFound: no such note, or one's own.
        Invalid: something is missing or too long; the fields are "body", "comment-<id>" and "steps".
        Conflict: it was released or changed in the meantime.
    """
    now = clock.now()
    with transaction() as session:
        note = draft(session, note_id, actor)
        if note.version != version:
            raise Conflict(code="coaching_changed")
        rows = session.scalars(
            select(CoachingComment).where(CoachingComment.note_id == note_id).order_by(CoachingComment.id)
        ).all()
        fields = _write(note, body, rows, comments, actor.user_id)
        if release:
            fields = _missing(session, note, rows) | fields
        if fields:
            raise Invalid(code="coaching_form", fields=fields)
        note.version += 1
        if release:
            session.flush()  # the comments before the note: a released one takes no change
            note.state, note.released_by, note.released_at = "released", actor.user_id, now
        _tell(session, note_id, "released" if release else "saved", actor, after={"version": note.version})


def _write(
    note: CoachingNote,
    body: str,
    rows: Sequence[CoachingComment],
    comments: Mapping[int, Edited],
    editor: int | None,
) -> dict[str, str]:
    fields: dict[str, str] = {}
    note.body = body.replace("\x00", "").strip()
    if len(note.body) > LONGEST_BODY:
        fields["body"] = "too_long"
    for row in rows:
        given = comments.get(row.id, Edited(row.decision, row.edited))
        text = given.text.replace("\x00", "").strip()
        if len(text) > LONGEST_COMMENT:
            fields[f"comment-{row.id}"] = "too_long"
        if given.decision == "show" and not text:
            fields[f"comment-{row.id}"] = "text_missing"
        if fields.get(f"comment-{row.id}"):
            continue
        row.edited = text
        row.decision = given.decision if given.decision in DECISIONS else ""
        row.edited_by = editor if row.decision else None
    return fields


def _missing(session: Session, note: CoachingNote, rows: Sequence[CoachingComment]) -> dict[str, str]:
    fields = {} if note.body else {"body": "text_missing"}
    fields |= {f"comment-{row.id}": "required" for row in rows if not row.decision}
    if session.scalar(select(CoachingStep.id).where(CoachingStep.note_id == note.id).limit(1)) is None:
        fields["steps"] = "coaching_no_step"
    return fields


def add_step(note_id: int, *, means: str, text: str, due_on: date | None, actor: Actor) -> int:
    """Id of a new step of the plan of a draft.

    Raises:
        NotFound: no such note, or one's own.
        Invalid: no such means, no text, or a day that is past or over a year ahead.
        Conflict: the note is released.
    """
    today, text = clock.now().date(), " ".join(text.split())
    fields = {}
    if means not in MEANS:
        fields["means"] = "required"
    if not text or len(text) > LONGEST_STEP:
        fields["text"] = "too_long" if text else "text_missing"
    if due_on is None or not today <= due_on <= today + FURTHEST_STEP:
        fields["due_on"] = "coaching_day"
    if fields:
        raise Invalid(code="coaching_form", fields=fields)
    with transaction() as session:
        draft(session, note_id, actor)
        step = CoachingStep(note_id=note_id, means=means, text=text, due_on=due_on)
        session.add(step)
        session.flush()
        _tell(session, note_id, "planned", actor, after={"step": step.id, "means": means, "due_on": str(due_on)})
        return step.id


def finish_step(step_id: int, *, actor: Actor) -> int:
    """Mark a step as done today; the id of its note.

    Raises:
        NotFound: no such step, or of one's own note.
        Conflict: it is done already.
    """
    today = clock.now().date()
    with transaction() as session:
        step = session.get(CoachingStep, step_id, with_for_update=True)
        note = session.get_one(CoachingNote, step.note_id) if step is not None else None
        if step is None or note is None or note.agent_id == actor.user_id:
            raise NotFound(code="coaching_unknown")
        if step.done_on is not None:
            raise Conflict(code="coaching_step_done")
        step.done_on = today
        _tell(session, note.id, "step_done", actor, after={"step": step.id})
        return note.id


def mark_read(note_id: int, *, agent_id: int, actor: Actor) -> None:
    """The agent has read the note.

    Raises:
        NotFound: no released note of this agent.
        Conflict: they said so before.
    """
    now = clock.now()
    with transaction() as session:
        note = session.get(CoachingNote, note_id, with_for_update=True)
        if note is None or note.agent_id != agent_id or note.state != "released":
            raise NotFound(code="coaching_unknown")
        if note.read_at is not None:
            raise Conflict(code="coaching_read")
        note.read_at = now
        _tell(session, note_id, "read", actor, after={"version": note.version})


def draft(session: Session, note_id: int, actor: Actor) -> CoachingNote:
    """The draft, held until the transaction ends. Participant.

    Raises:
        NotFound: no such note, or one's own.
        Conflict: it is released.
    """
    note = session.get(CoachingNote, note_id, with_for_update=True, populate_existing=True)
    if note is None or note.agent_id == actor.user_id:
        raise NotFound(code="coaching_unknown")
    if note.state != "draft":
        raise Conflict(code="coaching_released")
    return note


def _tell(session: Session, note_id: int, verb: str, actor: Actor, *, after: dict[str, object]) -> None:
    record_event(session, f"coaching.{verb}", "coaching_note", note_id, actor=actor, after=after)
