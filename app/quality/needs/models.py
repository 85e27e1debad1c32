"""Entries of the register, the voices behind each, and who was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class Need(Numbered, Base):
    """One need or suggestion, as said by one customer or by many."""

    __tablename__ = "quality_needs"
    __table_args__ = (
        CheckConstraint("kind IN ('need','suggestion')", name="kind_known"),
        CheckConstraint("level IN ('','basic','expected','beyond')", name="level_known"),
        CheckConstraint("type IN ('','basic_service','value_added','individual','green')", name="type_known"),
        CheckConstraint("state IN ('open','planned','done','declined','merged')", name="state_known"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_another"),
        CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        Index("ix_quality_needs_state", "state", "id"),
        Index("ix_quality_needs_merged_into_id", "merged_into_id"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    #: How far it goes beyond what customers take for granted.
    level: Mapped[str] = mapped_column(String(10), server_default="")
    type: Mapped[str] = mapped_column(String(15), server_default="")
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    owner_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    merged_into_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("quality_needs.id"))
    #: Language -> what customers are told.
    answer: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    #: Raised by each change: who saves over a newer version is told.
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    #: When a person last changed it.
    changed_at: Mapped[datetime]


class NeedVoice(Numbered, Base):
    """What one customer said in one interview, and the entry it counts for."""

    __tablename__ = "quality_need_voices"
    __table_args__ = (
        CheckConstraint("kind IN ('need','suggestion')", name="kind_known"),
        UniqueConstraint("interview_id", "kind"),
        Index("ix_quality_need_voices_need_id", "need_id"),
    )

    need_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_needs.id"))
    interview_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_interviews.id"))
    #: Which of the two texts of the interview it is.
    kind: Mapped[str] = mapped_column(String(10))


class NeedAnswer(Numbered, Base):
    """A customer who was told what came of it: once for each entry."""

    __tablename__ = "quality_need_answers"
    __table_args__ = (
        UniqueConstraint("need_id", "customer_id"),
        Index("ix_quality_need_answers_customer_id", "customer_id"),
    )

    need_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_needs.id"))
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"))
    message_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("messages.id"))
    at: Mapped[datetime]
