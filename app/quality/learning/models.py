"""Courses of a team in a quarter, and the ledger of the learning budget."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class Training(Numbered, Base):
    """A course that answers what a team lacks."""

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint("quarter ~ '^[0-9]{4}-Q[1-4]$'", name="quarter_form"),
        CheckConstraint("topic IN ('attitude','speed','correctness','informed')", name="topic_known"),
        CheckConstraint("means IN ('class','drill','cases','online')", name="means_known"),
        CheckConstraint("state IN ('planned','held','canceled')", name="state_known"),
        Index("ix_trainings_team_id", "team_id", "quarter"),
    )

    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("teams.id"))
    #: "2026-Q4".
    quarter: Mapped[str] = mapped_column(String(7))
    topic: Mapped[str] = mapped_column(String(12))
    means: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    planned_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), server_default="planned")
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]


class LearningEntry(Numbered, Base):
    """One line of the ledger, never changed (trigger): a mistake is mended by a line of its own."""

    __tablename__ = "learning_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('budget','spent','mended')", name="kind_known"),
        CheckConstraint("cents <> 0", name="cents_not_nothing"),
        CheckConstraint("kind <> 'budget' OR cents > 0", name="budget_adds"),
        CheckConstraint("kind <> 'spent' OR cents < 0", name="spent_takes"),
        Index("ix_learning_entries_team_id", "team_id", "year"),
    )

    team_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("teams.id"))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    #: Hundredths of the house's currency; spending is negative.
    cents: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(200))
    training_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("trainings.id"))
    by_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    at: Mapped[datetime]
