"""SMS messages, opt-outs and templates."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class Message(Numbered, Base):
    """One SMS, out or in. The status only climbs; see RANKS in app/messages/services.py."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("direction IN ('in','out')", name="direction_known"),
        CheckConstraint(
            "status IN ('queued','sending','sent','delivered','failed','unknown','refused','received')",
            name="status_known",
        ),
        Index("ix_messages_number", "number", "id"),
        Index("ix_messages_customer_id", "customer_id", "id"),
        Index(
            "uq_messages_provider_id",
            "provider",
            "provider_id",
            unique=True,
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        Index(
            "ix_messages_unsettled",
            "id",
            postgresql_where=text("direction = 'out' AND status IN ('sending','unknown','sent')"),
        ),
        Index(
            "ix_messages_erased",
            "customer_id",
            "id",
            postgresql_where=text("erased_at IS NOT NULL AND carrier_erased_at IS NULL"),
        ),
        Index("uq_messages_intent_key", "intent_key", unique=True, postgresql_where=text("intent_key IS NOT NULL")),
    )

    direction: Mapped[str] = mapped_column(String(3))
    #: E.164 number of the customer.
    number: Mapped[str] = mapped_column(String(16))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[str | None] = mapped_column(String(36))
    body: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(10), server_default="")
    template_id: Mapped[int | None] = mapped_column(ForeignKey("sms_templates.id"))
    #: "gsm7" or "ucs2", and how many parts that makes.
    encoding: Mapped[str] = mapped_column(String(5), server_default="gsm7")
    segments: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str] = mapped_column(String(10))
    #: Why it failed or was refused, as a stable code ("opted_out", ...).
    error: Mapped[str] = mapped_column(String(60), server_default="")
    provider: Mapped[str] = mapped_column(String(20), server_default="console")
    provider_id: Mapped[str | None] = mapped_column(String(64))
    #: One intent, at most one SMS: "wrapup:<reservation>:<template>".
    intent_key: Mapped[str | None] = mapped_column(String(80))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    #: How far it came in the carrier's words (app/domain/sms_status.py); empty before any.
    carrier_status: Mapped[str] = mapped_column(String(20), server_default="")
    #: When it was first handed over: what to look for at the carrier when nobody saw the end of it.
    tried_at: Mapped[datetime | None]
    #: It waits until then, because it is night where the telephone is.
    not_before: Mapped[datetime | None]
    #: A person sends it whatever the hour there.
    any_hour: Mapped[bool] = mapped_column(server_default="false")
    #: Its customer was erased: words and number are gone here; then when the carrier had it no more either.
    erased_at: Mapped[datetime | None]
    carrier_erased_at: Mapped[datetime | None]


class OptOut(Base):
    """A number that said STOP: nothing leaves for it while `ended_at` is empty (I16)."""

    __tablename__ = "opt_outs"

    #: E.164.
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Set when the customer said START.
    ended_at: Mapped[datetime | None]
    #: The word received.
    word: Mapped[str] = mapped_column(String(40), server_default="")
    message_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("messages.id"))


class SmsTemplate(Numbered, Base):
    """A text an agent can send after a contact: one row per code and language."""

    __tablename__ = "sms_templates"
    __table_args__ = (Index("uq_sms_templates_code_language", "code", "language", unique=True),)

    code: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    #: Text with {placeholders}: name, agent, reference, queue, tracking_number.
    body: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default="true")


class ConsoleMessage(Base):
    """The console provider's own record of what it delivered; the desk only learns of it through receipts."""

    __tablename__ = "console_messages"

    #: The key the message was handed over under: one key, at most one SMS.
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
