"""Coaching of the demo's closed month: a draft, a released note with its appeal, a course, and the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agents.models import Agent, Team
from app.domain.coaching import quarter_of
from app.draws.services import period_of
from app.quality.appeals.models import QualityAppeal
from app.quality.coaching.models import CoachingComment, CoachingNote, CoachingStep
from app.quality.learning.models import LearningEntry, Training
from app.quality.models import QualityInterview

_BODY = (
    "You stay calm when it gets loud, and customers say so. Work on telling them what happens next, and when, before"
    " you hang up: two of them called again to ask."
)
_STEPS = (
    ("cases", "Listen to two calls with Hanne and note when the next step is said", 7),
    ("drill", "Close ten calls in pairs with: what happens, when, who calls", 14),
)


def add_coaching(session: Session, people: Mapping[str, int], *, zone: str, moment: datetime) -> None:
    """Write what a supervisor would have done by now. Participant; `people` is short name -> user id."""
    period = period_of(moment.replace(day=1) - timedelta(days=10), zone)
    interviews = session.scalars(select(QualityInterview).order_by(QualityInterview.id)).all()
    enough = [agent for agent, n in Counter(each.rated_agent_id for each in interviews).items() if n >= 3]
    chosen = [agent for agent in sorted(enough) if agent != people["mei"]][:2]
    for agent, released in zip(chosen, (False, True), strict=False):
        own = [each for each in interviews if each.rated_agent_id == agent]
        note = _note(session, agent, period, own, people["mei"], released=released, moment=moment)
        if released:
            session.add(
                QualityAppeal(
                    interview_id=own[0].id,
                    agent_id=agent,
                    note_id=note.id,
                    grounds="out_of_hands",
                    words="The road to the depot was closed that day. I said so, and called back as promised.",
                    made_at=moment - timedelta(days=1),
                )
            )
    _learning(session, period, people["mei"], moment)


def _note(
    session: Session,
    agent: int,
    period: str,
    own: list[QualityInterview],
    coach: int,
    *,
    released: bool,
    moment: datetime,
) -> CoachingNote:
    note = CoachingNote(
        agent_id=agent,
        period=period,
        months=1,
        topic="informed",
        topic_own=False,
        body=_BODY if released else "",
        written_by=coach,
        created_at=moment - timedelta(days=3),
    )
    session.add(note)
    session.flush()
    for interview in own:
        for kind in ("need", "suggestion"):
            said = getattr(interview, kind)
            if said:
                values = {"edited": said, "decision": "show", "edited_by": coach} if released else {}
                session.add(CoachingComment(note_id=note.id, interview_id=interview.id, kind=kind, **values))
    for means, text, days in _STEPS[: 2 if released else 1]:
        due_on = (moment + timedelta(days=days)).date()
        session.add(CoachingStep(note_id=note.id, means=means, text=text, due_on=due_on))
    session.flush()
    if released:
        note.state, note.released_by, note.released_at = "released", coach, moment - timedelta(days=2)
        session.flush()
    return note


def _learning(session: Session, period: str, coach: int, moment: datetime) -> None:
    team = session.scalars(
        select(Team).where(Team.id.in_(select(Agent.team_id))).order_by(Team.name != "Harbour", Team.id).limit(1)
    ).one()
    course = Training(
        team_id=team.id,
        quarter=quarter_of(period),
        topic="informed",
        means="class",
        title="Saying what happens next",
        planned_on=(moment + timedelta(days=12)).date(),
        created_by=coach,
        created_at=moment,
    )
    session.add(course)
    session.flush()
    for kind, cents, text, training in (
        ("budget", 1_250_000, "Five people, 2,500 each", None),
        ("spent", -60_000, "Room and trainer", course.id),
    ):
        session.add(
            LearningEntry(
                team_id=team.id,
                year=int(period[:4]),
                kind=kind,
                cents=cents,
                text=text,
                training_id=training,
                by_id=coach,
                at=moment,
            )
        )
    session.flush()
