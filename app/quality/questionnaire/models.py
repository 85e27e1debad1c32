"""Versions of the questionnaire. What was published is never changed (trigger); it only stops being asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class QualityQuestionnaire(Base):
    """One version: a draft that is worked on, the one that is asked, or one that was asked before."""

    __tablename__ = "quality_questionnaires"
    __table_args__ = (
        CheckConstraint("state IN ('draft','published','retired')", name="state_known"),
        CheckConstraint("(state = 'draft') = (published_at IS NULL)", name="published_has_time"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired_has_time"),
        CheckConstraint("version > 0", name="version_counted"),
        # One that is worked on and one that is asked, at most.
        Index("uq_quality_questionnaires_draft", "state", unique=True, postgresql_where=text("state = 'draft'")),
        Index(
            "uq_quality_questionnaires_published", "state", unique=True, postgresql_where=text("state = 'published'")
        ),
    )

    #: 1 came with the program; each draft gets the next number.
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(10), server_default="draft")
    #: Texts and items as app/domain/questionnaire.py reads them.
    content: Mapped[dict[str, Any]]
    #: The version that the draft began as a copy of.
    based_on: Mapped[int | None] = mapped_column(ForeignKey("quality_questionnaires.version"))
    #: Counts the saves of a draft: whoever saves over a change they did not see is told so.
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    retired_at: Mapped[datetime | None]
