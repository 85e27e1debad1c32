"""An appeal is made by the agent and decided by somebody who had no part in it. What is decided stands."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.domain.coaching import APPEAL_TIME, GROUNDS
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.quality.appeals.models import QualityAppeal
from app.quality.coaching.models import CoachingNote
from app.quality.coaching.queries import appealable

LONGEST_WORDS = 1000

#: Appeals that `:person` may decide: the trigger zz_quality_appeals_judge refuses the same.
MAY_DECIDE = """
a.agent_id <> :person
AND NOT EXISTS (SELECT 1 FROM quality_interviews i WHERE i.id = a.interview_id AND i.interviewer_id = :person)
AND NOT EXISTS (SELECT 1 FROM quality_interviews i JOIN quality_attempts t ON t.callback_id = i.callback_id
    JOIN barred_agents b ON b.contact_id = t.contact_id AND b.agent_id = :person WHERE i.id = a.interview_id)
AND NOT EXISTS (SELECT 1 FROM coaching_notes n WHERE n.id = a.note_id AND :person IN (n.written_by, n.released_by))
AND NOT EXISTS (SELECT 1 FROM agents lead JOIN users u ON u.id = lead.id JOIN agents own ON own.team_id = lead.team_id
    WHERE lead.id = :person AND u.role = 'supervisor' AND own.id = a.agent_id)"""

_MAY = text(f"SELECT 1 FROM quality_appeals a WHERE a.id = :appeal AND {MAY_DECIDE}")  # noqa: S608 - fixed texts


def make(note_id: int, interview_id: int, *, grounds: str, words: str, agent_id: int, zone: str, actor: Actor) -> int:
    """Id of the appeal of one interview behind a released note.

    Raises:
        NotFound: no such note of this agent, or the interview is not behind it.
        Invalid: no grounds, or no words, or too many.
        Conflict: one interview of this note was appealed already, or the time for it is over.
    """
    now, words = clock.now(), words.replace("\x00", "").strip()
    fields = {}
    if grounds not in GROUNDS:
        fields["grounds"] = "required"
    if not words or len(words) > LONGEST_WORDS:
        fields["words"] = "too_long" if words else "text_missing"
    if not interview_id:
        fields["interview"] = "required"
    if fields:
        raise Invalid(code="appeal_form", fields=fields)
    with transaction() as session:
        note = session.get(CoachingNote, note_id, with_for_update=True)
        if note is None or note.agent_id != agent_id or note.released_at is None:
            raise NotFound(code="coaching_unknown")
        if interview_id not in {each.interview_id for each in appealable(session, note, zone)}:
            raise NotFound(code="coaching_unknown")
        if now - note.released_at > APPEAL_TIME:
            raise Conflict(code="appeal_late")
        appeal = QualityAppeal(
            interview_id=interview_id, agent_id=agent_id, note_id=note_id, grounds=grounds, words=words, made_at=now
        )
        try:
            with session.begin_nested():
                session.add(appeal)
                session.flush()
        except IntegrityError as known:
            raise Conflict(code="appeal_made") from known
        record_event(session, "appeal.made", "appeal", appeal.id, actor=actor, reason=grounds)
        return appeal.id


def decide(appeal_id: int, *, upheld: bool, words: str, actor: Actor) -> None:
    """The appeal is upheld, and the interview counts no more, or it is rejected; with words for the agent.

    Raises:
        NotFound: no such appeal, or one that this person must not decide.
        Invalid: no words, or too many.
        Conflict: it is decided already.
    """
    now, words = clock.now(), words.replace("\x00", "").strip()
    if not words or len(words) > LONGEST_WORDS:
        raise Invalid(code="appeal_form", fields={"decision": "too_long" if words else "text_missing"})
    with transaction() as session:
        appeal = session.get(QualityAppeal, appeal_id, with_for_update=True)
        if appeal is None or actor.user_id is None or not may_decide(session, appeal_id, actor.user_id):
            raise NotFound(code="appeal_unknown")
        if appeal.state != "open":
            raise Conflict(code="appeal_decided")
        appeal.state = "upheld" if upheld else "rejected"
        appeal.decided_by, appeal.decided_at, appeal.decision = actor.user_id, now, words
        record_event(
            session,
            "appeal.decided",
            "appeal",
            appeal.id,
            actor=actor,
            before={"state": "open"},
            after={"state": appeal.state, "interview": appeal.interview_id},
        )


def may_decide(session: Session, appeal_id: int, person_id: int) -> bool:
    """Whether this person had no part in what the appeal is about."""
    return session.execute(_MAY, {"appeal": appeal_id, "person": person_id}).first() is not None


def appeal_of_note(session: Session, note_id: int) -> QualityAppeal | None:
    """The one appeal of a note, if there is any."""
    return session.scalar(select(QualityAppeal).where(QualityAppeal.note_id == note_id))
