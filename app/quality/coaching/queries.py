"""What screens show of coaching: agents of a month for the coach, one note, and one's own released notes.

No figure of a single agent is in any of it, and the list is by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agents.models import Agent, Team
from app.customers.models import Interaction
from app.domain.coaching import MOST_MONTHS
from app.domain.scoring.verdict import FEWEST_RELEASED
from app.quality.coaching.models import CoachingComment, CoachingNote, CoachingStep
from app.quality.counted import counted
from app.quality.models import QualityCallback, QualityInterview
from app.quality.scores import months_before
from app.security.models import User


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent of the list: interviews of the month, whether there are enough with the months before, the note."""

    agent_id: int
    name: str
    team: str
    interviews: int
    enough: bool
    note: CoachingNote | None


def agents_of(session: Session, period: str, zone: str, *, reader_id: int) -> list[AgentRow]:
    """Everybody who was asked about in the year up to `period` (a closed month), by name; never the reader."""
    found = [
        (each, month)
        for each, month in counted(session, months_before(period, MOST_MONTHS), zone)
        if each.outcome == "interviewed"
    ]
    year = Counter(each.rated_agent_id for each, _month in found)
    month = Counter(each.rated_agent_id for each, at in found if at == period)
    notes = {note.agent_id: note for note in session.scalars(select(CoachingNote).where(CoachingNote.period == period))}
    people = session.execute(
        select(User.id, User.display_name, Team.name)
        .join(Agent, Agent.id == User.id)
        .outerjoin(Team, Team.id == Agent.team_id)
        .where(User.id.in_([*year, *notes]), User.id != reader_id)
        .order_by(User.display_name, User.id)
    )
    return [
        AgentRow(id_, name, team or "", month[id_], year[id_] >= FEWEST_RELEASED, notes.get(id_))
        for id_, name, team in people
    ]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment beside what the customer said, for the coach."""

    row: CoachingComment
    said: str
    #: "telephone" or "link".
    mode: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note with all that hangs on it."""

    note: CoachingNote
    agent: str
    writer: str
    comments: Sequence[Comment]
    steps: Sequence[CoachingStep]


def note_of(session: Session, note_id: int, *, reader_id: int) -> NoteView | None:
    """The note for a coach; None when there is none, or it is about the reader."""
    note = session.get(CoachingNote, note_id)
    if note is None or note.agent_id == reader_id:
        return None
    rows = session.execute(
        select(CoachingComment, QualityInterview)
        .join(QualityInterview, QualityInterview.id == CoachingComment.interview_id)
        .where(CoachingComment.note_id == note_id)
        .order_by(CoachingComment.interview_id, CoachingComment.id)
    )
    comments = [Comment(row, getattr(interview, row.kind), interview.mode) for row, interview in rows]
    names = {
        row[0]: row[1]
        for row in session.execute(
            select(User.id, User.display_name).where(User.id.in_([note.agent_id, note.written_by]))
        )
    }
    return NoteView(note, names[note.agent_id], names[note.written_by], comments, steps_of(session, note_id))


def steps_of(session: Session, note_id: int) -> Sequence[CoachingStep]:
    """The plan, soonest first."""
    return session.scalars(
        select(CoachingStep).where(CoachingStep.note_id == note_id).order_by(CoachingStep.due_on, CoachingStep.id)
    ).all()


@dataclass(frozen=True, slots=True)
class OwnNote:
    """A released note as its agent reads it: nothing but edited texts."""

    note: CoachingNote
    #: (kind, mode, edited text).
    comments: Sequence[tuple[str, str, str]]
    steps: Sequence[CoachingStep]


def own_notes(session: Session, agent_id: int, most: int = 12) -> list[OwnNote]:
    """The agent's released notes, newest month first."""
    notes = session.scalars(
        select(CoachingNote)
        .where(CoachingNote.agent_id == agent_id, CoachingNote.state == "released")
        .order_by(CoachingNote.period.desc())
        .limit(most)
    ).all()
    return [OwnNote(note, _shown(session, note.id), steps_of(session, note.id)) for note in notes]


def _shown(session: Session, note_id: int) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(CoachingComment.kind, QualityInterview.mode, CoachingComment.edited)
        .join(QualityInterview, QualityInterview.id == CoachingComment.interview_id)
        .where(CoachingComment.note_id == note_id, CoachingComment.decision == "show")
        .order_by(CoachingComment.id)
    )
    return [(row.kind, row.mode, row.edited) for row in rows]


@dataclass(frozen=True, slots=True)
class Appealable:
    """An interview of a note that its agent may appeal; the day only where the customer allows it to be known."""

    interview_id: int
    place: int
    #: Of the contact.
    at: datetime | None
    said: str


def appealable(session: Session, note: CoachingNote, zone: str) -> list[Appealable]:
    """The interviews behind a note, in the order in which they were made."""
    found = counted(session, months_before(note.period, note.months), zone)
    own = [each for each, _month in found if each.rated_agent_id == note.agent_id]
    moments = {
        row[0]: row[1]
        for row in session.execute(
            select(QualityCallback.id, Interaction.started_at)
            .join(Interaction, Interaction.id == QualityCallback.interaction_id)
            .where(QualityCallback.id.in_([each.callback_id for each in own]))
        )
    }
    said = {
        row[0]: row[1]
        for row in session.execute(
            select(CoachingComment.interview_id, CoachingComment.edited)
            .where(CoachingComment.note_id == note.id, CoachingComment.decision == "show")
            .order_by(CoachingComment.id.desc())
        )
    }
    return [
        Appealable(
            each.id,
            place,
            moments[each.callback_id] if each.may_return else None,
            said.get(each.id, ""),
        )
        for place, each in enumerate(own, start=1)
    ]
