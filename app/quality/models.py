"""Quality callbacks, their attempts, and what the customers answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered

_BEGIN = "'interviewed','partial','refused','no_answer','wrong_number','other_language'"
OUTCOMES = f"({_BEGIN},'appointment','canceled','voicemail','link')"
FINAL_OUTCOMES = f"({_BEGIN},'canceled','voicemail','no_reply')"
#: "linked": nobody rings any more, the customer has a link instead.
STATES = ("scheduled", "open", "linked", "done", "canceled")
#: Nothing is final yet, and nobody stands in.
RUNNING = ("scheduled", "open", "linked")


class QualityCallback(Numbered, Base):
    """A customer who is to be asked how one contact with one agent was. Triggers keep agent and contact together."""

    __tablename__ = "quality_callbacks"
    __table_args__ = (
        CheckConstraint("state IN ('scheduled','open','linked','done','canceled')", name="state_known"),
        CheckConstraint("source IN ('hand','draw')", name="source_known"),
        CheckConstraint(f"outcome = '' OR outcome IN {FINAL_OUTCOMES}", name="outcome_known"),
        CheckConstraint("(outcome = '') = (state IN ('scheduled','open','linked'))", name="outcome_when_over"),
        CheckConstraint("(ended_at IS NULL) = (state IN ('scheduled','open','linked'))", name="ended_has_time"),
        CheckConstraint("state <> 'scheduled' OR due_at IS NOT NULL", name="scheduled_has_time"),
        CheckConstraint("asked_by <> rated_agent_id", name="not_asked_by_rated"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        UniqueConstraint("id", "rated_agent_id"),
        # One contact is asked about once.
        Index("uq_quality_callbacks_interaction_id", "interaction_id", unique=True),
        Index("ix_quality_callbacks_due", "due_at", postgresql_where=text("state = 'scheduled'")),
        Index("ix_quality_callbacks_state", "state", "id"),
        Index("ix_quality_callbacks_customer_id", "customer_id", "created_at"),
    )

    #: "hand" by a person here, "draw" by the monthly draw.
    source: Mapped[str] = mapped_column(String(10), server_default="hand")
    #: The contact it is about, and who handled it.
    interaction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("interactions.id"))
    rated_agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"))
    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"))
    #: E.164.
    number: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(10))
    #: For the caller: what to know before.
    note: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[str] = mapped_column(String(10), server_default="scheduled")
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    #: When the next attempt begins, and whether the customer chose that time.
    due_at: Mapped[datetime | None]
    appointment: Mapped[bool] = mapped_column(server_default="false")
    attempts: Mapped[int] = mapped_column(server_default="0")
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: What was known of the contact before anybody rang, written once by a trigger: topic, wait_s, ended_as
    #: (disposition), complaint, tier, channel. Who answers is compared with who does not by these.
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    #: The ticket that mends what the customer was not content with.
    ticket_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class QualityAttempt(Numbered, Base):
    """One try to reach the customer: a contact of its own, from which the rated agent is barred before it begins."""

    __tablename__ = "quality_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["callback_id", "rated_agent_id"], ["quality_callbacks.id", "quality_callbacks.rated_agent_id"]
        ),
        ForeignKeyConstraint(["contact_id", "rated_agent_id"], ["barred_agents.contact_id", "barred_agents.agent_id"]),
        CheckConstraint("agent_id <> rated_agent_id", name="not_by_rated"),
        CheckConstraint(f"outcome = '' OR outcome IN {OUTCOMES}", name="outcome_known"),
        CheckConstraint("(outcome = '') = (ended_at IS NULL)", name="ended_has_outcome"),
        UniqueConstraint("callback_id", "number"),
        UniqueConstraint("contact_id"),
        Index("uq_quality_attempts_open", "callback_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    callback_id: Mapped[int] = mapped_column(BigInteger)
    rated_agent_id: Mapped[int] = mapped_column(BigInteger)
    #: 1 for the first.
    number: Mapped[int]
    contact_id: Mapped[str] = mapped_column(String(36))
    #: The customer's page of this attempt.
    token: Mapped[str] = mapped_column(String(32), server_default="")
    #: Part of the customer's day in which it began.
    day_part: Mapped[str] = mapped_column(String(10), server_default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    #: The version of the questions, from the moment it began: one published later is for later attempts.
    version: Mapped[int] = mapped_column(ForeignKey("quality_questionnaires.version"))
    #: Who rang; empty when nobody could, since the customer's page was not open.
    agent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("agents.id"))


class QualityInterview(Numbered, Base):
    """The customer's answers, unchangeable (trigger). While they speak, the draft of the reservation holds them."""

    __tablename__ = "quality_interviews"
    __table_args__ = (
        ForeignKeyConstraint(
            ["callback_id", "rated_agent_id"], ["quality_callbacks.id", "quality_callbacks.rated_agent_id"]
        ),
        CheckConstraint("interviewer_id <> rated_agent_id", name="not_by_rated"),
        CheckConstraint("mode IN ('telephone','link')", name="mode_known"),
        CheckConstraint("(mode = 'telephone') = (interviewer_id IS NOT NULL)", name="asked_by_somebody"),
        CheckConstraint("settled IN ('','yes','partly','no')", name="settled_known"),
        CheckConstraint("outcome IN ('interviewed','partial')", name="outcome_known"),
        CheckConstraint("need_level IN ('','basic','expected','beyond')", name="need_level_known"),
        CheckConstraint(
            "attitude BETWEEN 1 AND 5 AND speed BETWEEN 1 AND 5 AND correctness BETWEEN 1 AND 5"
            " AND informed BETWEEN 1 AND 5 AND overall BETWEEN 1 AND 5",
            name="ratings_in_range",
        ),
        UniqueConstraint("callback_id"),
    )

    callback_id: Mapped[int] = mapped_column(BigInteger)
    rated_agent_id: Mapped[int] = mapped_column(BigInteger)
    #: "telephone" or "link": never added up (see app/quality/counted.py).
    mode: Mapped[str] = mapped_column(String(10), server_default="telephone")
    #: Who asked; nobody on a page.
    interviewer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("agents.id"))
    #: The version of the questions, and the language they were asked in.
    version: Mapped[int] = mapped_column(ForeignKey("quality_questionnaires.version"))
    language: Mapped[str] = mapped_column(String(10))
    #: Whether the matter is settled: yes, partly, no.
    settled: Mapped[str] = mapped_column(String(6), server_default="")
    #: 1 (very bad) to 5 (very good).
    attitude: Mapped[int | None]
    speed: Mapped[int | None]
    correctness: Mapped[int | None]
    informed: Mapped[int | None]
    overall: Mapped[int | None]
    #: What the customer needs that nobody offers, and how far from what they take for granted.
    need: Mapped[str] = mapped_column(String(2000), server_default="")
    need_level: Mapped[str] = mapped_column(String(10), server_default="")
    suggestion: Mapped[str] = mapped_column(String(2000), server_default="")
    #: May we come back to you?
    may_return: Mapped[bool | None]
    #: What was asked in addition: key of the item -> number, true or false, or text. No score rests on it.
    extra: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    #: The caller's own words; not shown on the customer's timeline, which the rated agent reads.
    note: Mapped[str] = mapped_column(String(2000), server_default="")
    #: How complete it is: "interviewed" or "partial".
    outcome: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
