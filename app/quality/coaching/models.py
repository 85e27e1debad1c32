"""Notes of coaching, the comments in them, and the steps of their plans. Triggers keep what was released."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class CoachingNote(Numbered, Base):
    """What one agent is told about one closed month. The agent sees it once it is released."""

    __tablename__ = "coaching_notes"
    __table_args__ = (
        CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="period_form"),
        CheckConstraint("months BETWEEN 1 AND 12", name="months_in_range"),
        CheckConstraint("topic IN ('attitude','speed','correctness','informed')", name="topic_known"),
        CheckConstraint("state IN ('draft','released')", name="state_known"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released_has_time"),
        CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="released_by_somebody"),
        CheckConstraint("written_by <> agent_id AND released_by <> agent_id", name="not_by_oneself"),
        UniqueConstraint("agent_id", "period"),
    )

    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    #: "2026-10": the newest month whose contacts it is about.
    period: Mapped[str] = mapped_column(String(7))
    #: How many months up to `period` were pooled, to have enough answers that nobody is recognised.
    months: Mapped[int]
    #: The question with the lowest pooled estimate, and whether the agent differs there from the house.
    topic: Mapped[str] = mapped_column(String(12))
    topic_own: Mapped[bool]
    body: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[str] = mapped_column(String(10), server_default="draft")
    written_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    released_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    released_at: Mapped[datetime | None]
    #: When the agent said that they read it.
    read_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class CoachingComment(Numbered, Base):
    """One customer's words in a note, after a person took out what tells who it was."""

    __tablename__ = "coaching_comments"
    __table_args__ = (
        CheckConstraint("kind IN ('need','suggestion','note')", name="kind_known"),
        CheckConstraint("decision IN ('','show','drop')", name="decision_known"),
        CheckConstraint("decision <> 'show' OR edited <> ''", name="shown_has_text"),
        CheckConstraint("(decision = '') = (edited_by IS NULL)", name="decided_by_somebody"),
        UniqueConstraint("note_id", "interview_id", "kind"),
        Index("ix_coaching_comments_interview_id", "interview_id"),
    )

    note_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coaching_notes.id"))
    interview_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_interviews.id"))
    #: Which text of the interview: the customer's need or suggestion, or the caller's note.
    kind: Mapped[str] = mapped_column(String(10))
    #: What the agent reads; the original stays with the interview.
    edited: Mapped[str] = mapped_column(String(1000), server_default="")
    #: "show", "drop", or empty while nobody decided.
    decision: Mapped[str] = mapped_column(String(4), server_default="")
    edited_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))


class CoachingStep(Numbered, Base):
    """One thing to do in the plan of a note."""

    __tablename__ = "coaching_steps"
    __table_args__ = (
        CheckConstraint("means IN ('class','drill','cases','online')", name="means_known"),
        Index("ix_coaching_steps_note_id", "note_id"),
    )

    note_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coaching_notes.id"))
    means: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    done_on: Mapped[date | None]
