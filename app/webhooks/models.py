"""Webhooks and what was delivered to them.

The trigger `events_feed_webhooks` fills deliveries and outbox from the event log: whoever writes an event, in whatever
way, feeds them in the transaction of the change.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered

#: Topic of the outbox rows; the trigger writes the same word.
TOPIC = "webhook.deliver"
#: Name of the event that "Send a test" delivers; no event of the log has it.
TEST_EVENT = "webhook.test"


class Webhook(Numbered, Base):
    """An address of somebody's program, and the events that it wants to hear of."""

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint("off_reason IN ('','person','failing','gone')", name="off_reason_known"),
        CheckConstraint("active = (off_reason = '')", name="off_has_reason"),
    )

    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(String(500))
    #: Names of events, each of app/webhooks/catalogue.py.
    events: Mapped[list[Any]]
    #: What the secret is made from, together with the desk's own key: the secret itself lies nowhere.
    salt: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool] = mapped_column(server_default="true")
    #: Why it is off: a person's choice, days of failures, or an answer 410 (gone).
    off_reason: Mapped[str] = mapped_column(String(10), server_default="")
    #: First of the failures since the last success.
    failing_since: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebhookDelivery(Numbered, Base):
    """One event for one webhook, until it is delivered or given up."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','delivered','failed')", name="state_known"),
        Index("ix_webhook_deliveries_webhook_id", "webhook_id", "id"),
        Index("ix_webhook_deliveries_old", "created_at", postgresql_where=text("state <> 'waiting'")),
    )

    webhook_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("webhooks.id", ondelete="CASCADE"))
    #: None for a test.
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    name: Mapped[str] = mapped_column(String(60))
    #: The same for every try, so that the receiver knows a repetition.
    token: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    #: HTTP status of the last answer; None when there was none.
    status: Mapped[int | None]
    #: Milliseconds until the last answer.
    took_ms: Mapped[int | None]
    #: Why the last try failed, as a stable code.
    error: Mapped[str] = mapped_column(String(60), server_default="")
    tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
