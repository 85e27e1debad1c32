"""Effects outside the database, written in the transaction of the change and run after it.

A row is claimed, run and settled in three steps. One found "running" after a crash is *unknown*: its effect may
have happened, so it goes to the topic's `reconcile` function and is never blindly run again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, func, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Numbered

CHANNEL = "hearback_outbox"


class OutboxRow(Numbered, Base):
    """One effect to run: topic, key (order is kept per key) and plain values."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','running','done','dead','unknown')", name="state_known"),
        Index("ix_outbox_due", "due_at", "id", postgresql_where=text("state IN ('waiting','running','unknown')")),
        Index("ix_outbox_key", "key", "id", postgresql_where=text("state IN ('waiting','running','unknown')")),
    )

    topic: Mapped[str] = mapped_column(String(40))
    #: Rows of one key run one after the other, in the order they were written.
    key: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    settled_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def enqueue(session: Session, topic: str, *, key: str, payload: dict[str, Any]) -> None:
    """Write one effect beside the change that causes it, and wake the workers at commit."""
    session.add(OutboxRow(topic=topic, key=key, payload=payload))
    session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
