"""The link that a customer got instead of a call, and whether the house sends any."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class QualityLink(Numbered, Base):
    """The one link of a callback. What came of it stands with the callback and its interview."""

    __tablename__ = "quality_links"
    __table_args__ = (
        CheckConstraint("reason IN ('unreached','asked')", name="reason_known"),
        CheckConstraint("expires_at > sent_at", name="lasts"),
        # One link for each callback, whatever happens.
        UniqueConstraint("callback_id"),
        UniqueConstraint("token"),
        Index("ix_quality_links_expires_at", "expires_at"),
    )

    callback_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_callbacks.id"))
    #: Of the page: 128 bits of chance. Whoever has it is the customer.
    token: Mapped[str] = mapped_column(String(32))
    #: "unreached" after the last attempt in vain, "asked" when the customer wanted it so.
    reason: Mapped[str] = mapped_column(String(10))
    #: The version of the questions, from the moment it was sent.
    version: Mapped[int] = mapped_column(ForeignKey("quality_questionnaires.version"))
    #: The text that carried it.
    message_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("messages.id"))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class QualityHouse(Base):
    """What an administrator chose for quality callbacks; without the row, what the program begins with."""

    __tablename__ = "quality_house"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Whether links are sent at all.
    answers_by_link: Mapped[bool] = mapped_column(server_default="true")
    changed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]
