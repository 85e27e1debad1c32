"""Messages that callers record, until each is a ticket or thrown away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class Voicemail(Numbered, Base):
    """One try of a caller to leave a message. A call has at most one that is open, and one that is delivered."""

    __tablename__ = "voicemails"
    __table_args__ = (
        CheckConstraint("state IN ('open','delivered','discarded')", name="state_known"),
        CheckConstraint("(state = 'delivered') = (ticket_id IS NOT NULL)", name="delivered_is_ticket"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="open_has_no_end"),
        Index("uq_voicemails_call_open", "call_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("uq_voicemails_call_delivered", "call_id", unique=True, postgresql_where=text("state = 'delivered'")),
        Index("ix_voicemails_call_id", "call_id"),
        Index("ix_voicemails_open", "started_at", postgresql_where=text("state = 'open'")),
    )

    call_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calls.id"))
    #: Empty for a message that was typed.
    recording_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("recordings.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    #: What it became.
    ticket_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tickets.id"), unique=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
