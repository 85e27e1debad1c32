"""Appeals. Triggers keep whose interview it is, who must not decide, and that a decision stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class QualityAppeal(Numbered, Base):
    """One agent's appeal of one interview about their work; upheld, the interview counts for no score."""

    __tablename__ = "quality_appeals"
    __table_args__ = (
        CheckConstraint("state IN ('open','upheld','rejected')", name="state_known"),
        CheckConstraint(
            "grounds IN ('not_my_contact','other_matter','out_of_hands','misheard','other')", name="grounds_known"
        ),
        CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("decided_by <> agent_id", name="not_by_oneself"),
        UniqueConstraint("interview_id"),
        # One interview of a month, not all of them
        UniqueConstraint("note_id"),
        Index("ix_quality_appeals_open", "id", postgresql_where=text("state = 'open'")),
    )

    interview_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_interviews.id"))
    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    #: The note in which the agent read of it.
    note_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("coaching_notes.id"))
    grounds: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(1000))
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    made_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    #: Why, for the agent to read.
    decision: Mapped[str] = mapped_column(String(1000), server_default="")
