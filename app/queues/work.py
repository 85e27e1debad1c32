"""Work items and reservations: what waits, and whom it was given to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered

#: Pool of the contacts that the living demo plays. Only seats that it plays too (`Agent.simulated`) are offered them,
#: and those are offered nothing else: a person must never be joined to a machine that says nothing.
SIMULATED_POOL = "simulated"

LIVE_RESERVATION = "state IN ('pending','accepted','active','wrapping')"


class WorkItem(Numbered, Base):
    """One queue leg of a contact: the thing that waits in line."""

    __tablename__ = "work_items"
    __table_args__ = (
        CheckConstraint(
            "state IN ('scheduled','created','queued','reserved','assigned','wrapping','parked','closed','canceled')",
            name="state_known",
        ),
        CheckConstraint("kind IN ('call','consult','sms','ticket','callback','quality')", name="kind_known"),
        CheckConstraint("channel IN ('voice','sms','ticket')", name="channel_known"),
        CheckConstraint("state NOT IN ('queued','reserved') OR enqueued_at IS NOT NULL", name="queued_has_time"),
        # The router picks the head of each lane: this index serves that order, and only what waits is in it.
        Index("ix_work_items_lane", "pool", "lane", "rank_at", "id", postgresql_where=text("state = 'queued'")),
        Index(
            "ix_work_items_queue_waiting",
            "queue_id",
            "channel",
            "rank_at",
            "id",
            postgresql_where=text("state IN ('queued','reserved')"),
        ),
        Index("ix_work_items_contact_id", "contact_id"),
        Index("ix_work_items_queue_id_enqueued_at", "queue_id", "enqueued_at"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(10))
    #: The customer contact, the same across transfers.
    contact_id: Mapped[str] = mapped_column(String(36))
    #: 1 for the first queue leg of the contact, then counting up.
    leg: Mapped[int] = mapped_column(server_default="1")
    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"))
    pool: Mapped[str] = mapped_column(String(30), server_default="main")
    #: Items of one lane ask the same of an agent: "<queue>:<language>[:<channel>][:<target agent>]".
    lane: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    #: Why it ended: abandoned, short_abandon, abandoned_while_ringing, done, transferred, recovered, failed, ...
    reason: Mapped[str] = mapped_column(String(40), server_default="")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    #: Language the customer chose; becomes a demand that may relax.
    language: Mapped[str] = mapped_column(String(10), server_default="")
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id"))
    #: Points; each is worth the queue's priority_step_s of waiting.
    priority: Mapped[int] = mapped_column(server_default="0")
    #: Set once per queue leg and never changed: an item sent back keeps its place (I7).
    enqueued_at: Mapped[datetime | None]
    #: enqueued_at minus the head start of its priority: the order of the line.
    rank_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    weight: Mapped[int] = mapped_column(server_default="1")
    #: Wait for this agent until then; for "consult" and direct transfers, only this agent.
    preferred_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    preferred_until: Mapped[datetime | None]
    #: From a transfer: {"from_agent": id, "note": "..."}.
    handover: Mapped[dict[str, Any] | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def simulated(self) -> bool:
        """Whether the demo plays this contact."""
        return self.pool == SIMULATED_POOL


class Reservation(Numbered, Base):
    """One work item offered to one agent, and what became of it."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending','accepted','active','wrapping','completed','rejected','timed_out','canceled',"
            "'rescinded','failed')",
            name="state_known",
        ),
        # I1: one item, one agent. I2: one voice contact per agent. Whatever the router does, these hold.
        Index("uq_reservations_live_item", "work_item_id", unique=True, postgresql_where=text(LIVE_RESERVATION)),
        Index(
            "uq_reservations_live_voice",
            "agent_id",
            unique=True,
            postgresql_where=text(f"channel = 'voice' AND {LIVE_RESERVATION}"),
        ),
        Index("ix_reservations_live", "agent_id", "channel", postgresql_where=text(LIVE_RESERVATION)),
        Index(
            "ix_reservations_deadline", "deadline", postgresql_where=text("state IN ('pending','accepted','wrapping')")
        ),
        Index("ix_reservations_agent_id_offered_at", "agent_id", "offered_at"),
        Index("ix_reservations_work_item_id", "work_item_id"),
    )

    work_item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_items.id"))
    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    channel: Mapped[str] = mapped_column(String(10))
    weight: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str] = mapped_column(String(10), server_default="pending")
    #: Why it ended as it did.
    reason: Mapped[str] = mapped_column(String(40), server_default="")
    #: The agent's epoch when offered, then the one it was accepted under (I14).
    epoch: Mapped[int] = mapped_column(server_default="0")
    offered_at: Mapped[datetime]
    #: pending: ring ends; accepted: bridge must stand; wrapping: the timer of after-call work.
    deadline: Mapped[datetime | None]
    #: The device confirmed that it rings: only then does a miss count against the agent.
    ringing_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    #: The moment of the bridge.
    active_at: Mapped[datetime | None]
    wrapping_at: Mapped[datetime | None]
    #: How often the wrap-up timer was extended.
    extensions: Mapped[int] = mapped_column(server_default="0")
    ended_at: Mapped[datetime | None]
    #: Seconds the customer spent on hold while this agent owned the contact.
    hold_s: Mapped[int] = mapped_column(server_default="0")
    #: What the agent has typed so far: {note, disposition, topics, phase, sms: [...]}.
    draft: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
