"""The customer's profile and everything that hangs on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, Numbered

PHASES = ("before", "during", "after")


class Customer(Numbered, Base):
    """A person or an organisation that sends, receives or pays."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("kind IN ('person','organisation')", name="kind_known"),
        CheckConstraint("tier IN ('standard','silver','gold','key')", name="tier_known"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        Index("ix_customers_search", "search", postgresql_using="gin"),
        Index("ix_customers_name", text("lower(name)"), "id"),
    )

    #: Reference told to people, "C-100023".
    reference: Mapped[str] = mapped_column(
        String(20), unique=True, server_default=text("'C-' || nextval('customer_reference')")
    )
    kind: Mapped[str] = mapped_column(String(12), server_default="person")
    name: Mapped[str] = mapped_column(String(200))
    #: Organisation the person belongs to, in words.
    company: Mapped[str] = mapped_column(String(200), server_default="")
    #: standard, silver, gold, or key (account): raises priority in line.
    tier: Mapped[str] = mapped_column(String(10), server_default="standard")
    #: Language to speak and write in; empty when unknown.
    language: Mapped[str] = mapped_column(String(10), server_default="")
    #: IANA zone of the customer; decides quiet hours and what "now" is for them.
    time_zone: Mapped[str] = mapped_column(String(40), server_default="Europe/London")
    email: Mapped[str] = mapped_column(String(254), server_default="")
    address: Mapped[str] = mapped_column(String(300), server_default="")
    city: Mapped[str] = mapped_column(String(100), server_default="")
    country: Mapped[str] = mapped_column(String(2), server_default="")
    #: Standing handling orders, shown on every contact ("ring twice, hard of hearing").
    special_requirements: Mapped[str] = mapped_column(String(2000), server_default="")
    #: Agent who speaks with this customer by preference (key accounts).
    preferred_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    #: Grows with every edit: two people editing at once is noticed.
    version: Mapped[int] = mapped_column(server_default="1")
    #: Search tokens, computed by app.domain.search_tokens.
    search: Mapped[Any] = mapped_column(TSVECTOR, server_default=text("''::tsvector"))
    demo: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Nothing tells any more who this was (app/administration/services/erasing.py).
    erased_at: Mapped[datetime | None]

    phones: Mapped[list[CustomerPhone]] = relationship(
        back_populates="customer", order_by="CustomerPhone.position, CustomerPhone.id", lazy="selectin"
    )


class CustomerPhone(Numbered, Base):
    """A number a customer is reached under. Shared numbers are normal: unique per customer only."""

    __tablename__ = "customer_phones"
    __table_args__ = (
        Index("uq_customer_phones_customer_id_e164", "customer_id", "e164", unique=True),
        Index("ix_customer_phones_e164", "e164"),
        CheckConstraint("e164 ~ '^\\+[0-9]{5,15}$'", name="e164_form"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    #: E.164.
    e164: Mapped[str] = mapped_column(String(16))
    #: As somebody typed or imported it.
    raw: Mapped[str] = mapped_column(String(60), server_default="")
    #: "mobile", "work", "home", ...
    label: Mapped[str] = mapped_column(String(30), server_default="")
    #: When the customer proved to hold it, if ever.
    verified_at: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(server_default="0")

    customer: Mapped[Customer] = relationship(back_populates="phones")


class CustomerNote(Numbered, Base):
    """A colleague's note on the profile. Corrections are new notes; pinning is the only change."""

    __tablename__ = "customer_notes"
    __table_args__ = (Index("ix_customer_notes_customer_id", "customer_id", "created_at"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(Text)
    pinned: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Parcel(Numbered, Base):
    """What the carrier knows of a parcel; imported facts, shown beside the call."""

    __tablename__ = "parcels"
    __table_args__ = (Index("ix_parcels_customer_id", "customer_id", "updated_at"),)

    tracking_number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    description: Mapped[str] = mapped_column(String(200), server_default="")
    #: booked, collected, in_transit, out_for_delivery, delivered, held, not_received, returned, damaged.
    status: Mapped[str] = mapped_column(String(20))
    origin: Mapped[str] = mapped_column(String(80), server_default="")
    destination: Mapped[str] = mapped_column(String(80), server_default="")
    due_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Consent(Numbered, Base):
    """Consent given or withdrawn. The latest row per address and purpose wins; nothing is deleted."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_address", "address", "purpose", "id"),
        Index("ix_consents_customer_id", "customer_id"),
        CheckConstraint("state IN ('given','withdrawn')", name="state_known"),
    )

    #: E.164 number or e-mail address the consent is about.
    address: Mapped[str] = mapped_column(String(254))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    #: "sms" (every message to the number), "recording", "survey", "marketing".
    purpose: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    #: "sms_keyword", "sms_words", "provider", "call_page", "agent", "import", ...
    source: Mapped[str] = mapped_column(String(30))
    #: Proof: the words received, or the version of the notice shown.
    proof: Mapped[str] = mapped_column(String(500), server_default="")
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Interaction(Base):
    """One contact of a customer as the profile remembers it: answered, missed, abandoned or declined."""

    __tablename__ = "interactions"
    __table_args__ = (
        Index("ix_interactions_customer_id_started_at", "customer_id", "started_at"),
        Index("ix_interactions_number", "number"),
        Index("ix_interactions_agent_id_started_at", "agent_id", "started_at"),
        Index(
            "uq_interactions_work_item_id_agent_id_outcome",
            "reservation_id",
            unique=True,
            postgresql_where=text("reservation_id IS NOT NULL"),
        ),
        CheckConstraint(
            "outcome IN ('answered','missed','declined','abandoned','short_abandon','abandoned_while_ringing',"
            "'failed','transferred','no_agent','voicemail','callback','closed','queue_full','max_wait','not_reached',"
            "'refused','canceled','expired')",
            name="outcome_known",
        ),
        CheckConstraint("phase IS NULL OR phase IN ('before','during','after')", name="phase_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    #: The customer contact, the same across transfers and queue legs.
    contact_id: Mapped[str] = mapped_column(String(36), index=True)
    #: Unknown until an agent says who it was.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    #: "voice", "sms", "ticket".
    channel: Mapped[str] = mapped_column(String(10))
    #: "inbound" or "outbound".
    direction: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(30))
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queues.id"))
    #: The agent who handled, missed or declined it; empty for an abandoned contact.
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    work_item_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_items.id"))
    reservation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reservations.id"))
    #: E.164 number of the other side, claimed or verified; empty when withheld.
    number: Mapped[str] = mapped_column(String(16), server_default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: Seconds in line, talking, on hold, and in after-call work.
    wait_s: Mapped[int] = mapped_column(server_default="0")
    talk_s: Mapped[int] = mapped_column(server_default="0")
    hold_s: Mapped[int] = mapped_column(server_default="0")
    acw_s: Mapped[int] = mapped_column(server_default="0")
    disposition_id: Mapped[int | None] = mapped_column(ForeignKey("dispositions.id"))
    #: Ids of topics.
    topic_ids: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    #: Before, during or after the delivery.
    phase: Mapped[str | None] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text, server_default="")
    #: True when after-call work ended without the agent saving it.
    incomplete: Mapped[bool] = mapped_column(server_default="false")


class ImportRun(Numbered, Base):
    """One import of customers from a file, with what became of each row."""

    __tablename__ = "import_runs"
    __table_args__ = (
        CheckConstraint("state IN ('draft','waiting','running','stopped','done','failed')", name="state_known"),
    )

    file_name: Mapped[str] = mapped_column(String(200))
    #: The file as uploaded, text; dropped when done.
    content: Mapped[str | None] = mapped_column(Text)
    #: "draft" until somebody has looked at the preview and started it.
    state: Mapped[str] = mapped_column(String(10), server_default="draft")
    #: {"encoding", "delimiter", "region", "language", "columns": [field or ""], "duplicates": "update"|"report"}.
    plan: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    total_rows: Mapped[int] = mapped_column(server_default="0")
    #: Rows dealt with; an import that was cut short goes on behind them.
    done_rows: Mapped[int] = mapped_column(server_default="0")
    created_rows: Mapped[int] = mapped_column(server_default="0")
    updated_rows: Mapped[int] = mapped_column(server_default="0")
    #: [{"row": 7, "reason": "...", "values": {...}}]
    refused: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    started_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
