"""Queues with their demands, members, certificates and codes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class Queue(Numbered, Base):
    """A line of waiting contacts with its own rules. All times are seconds."""

    __tablename__ = "queues"
    __table_args__ = (
        CheckConstraint("strategy IN ('longest_idle','fewest_contacts_today','best_skill')", name="strategy_known"),
        CheckConstraint("overflow_queue_id <> id", name="overflow_elsewhere"),
        CheckConstraint("(overflow_queue_id IS NULL) = (overflow_after_s IS NULL)", name="overflow_has_time"),
        Index("uq_queues_quality_calls", "quality_calls", unique=True, postgresql_where=text("quality_calls")),
        CheckConstraint("max_waiting > 0 AND max_wait_s > 0 AND overflow_after_s > 0", name="limits_positive"),
        CheckConstraint("recording IN ('off','on','on_request')", name="recording_known"),
        CheckConstraint("recording_days BETWEEN 1 AND 3650", name="recording_days_sensible"),
        CheckConstraint("callback_hours BETWEEN 1 AND 72", name="callback_hours_sensible"),
        CheckConstraint("answer_within_min BETWEEN 5 AND 43200", name="answer_sensible"),
    )

    code: Mapped[str] = mapped_column(String(30), unique=True)
    #: Language -> name.
    names: Mapped[dict[str, Any]]
    #: Queues of one pool are matched together in one router pass.
    pool: Mapped[str] = mapped_column(String(30), server_default="main")
    strategy: Mapped[str] = mapped_column(String(30), server_default="longest_idle")
    #: Added to every contact's priority; one point is worth `priority_step_s` of waiting (ageing).
    priority: Mapped[int] = mapped_column(server_default="0")
    priority_step_s: Mapped[int] = mapped_column(server_default="60")
    ring_s: Mapped[int] = mapped_column(server_default="20")
    #: After-call work: target, one extension, hard cap.
    acw_s: Mapped[int] = mapped_column(server_default="30")
    acw_extension_s: Mapped[int] = mapped_column(server_default="60")
    acw_cap_s: Mapped[int] = mapped_column(server_default="900")
    #: Service level: answered within this many seconds, and the share aimed at (percent).
    target_s: Mapped[int] = mapped_column(server_default="20")
    target_percent: Mapped[int] = mapped_column(server_default="80")
    #: Abandons below this many seconds are "short".
    short_abandon_s: Mapped[int] = mapped_column(server_default="5")
    #: How long the customer's preferred agent is waited for.
    preferred_agent_s: Mapped[int] = mapped_column(server_default="20")
    #: After how many seconds the demand for the customer's language falls; empty never.
    language_relax_s: Mapped[int | None]
    #: Misses in a row that turn an agent to "missed".
    miss_limit: Mapped[int] = mapped_column(server_default="1")
    #: Whether customers can choose it on the call page.
    public: Mapped[bool] = mapped_column(server_default="true")
    active: Mapped[bool] = mapped_column(server_default="true")
    position: Mapped[int] = mapped_column(server_default="0")
    #: Texts that belong to no open ticket come here; without such a queue to the first in use.
    inbound_sms: Mapped[bool] = mapped_column(server_default="false")
    #: Quality callbacks are rung from here; quality callers may serve no other queue. One at most.
    quality_calls: Mapped[bool] = mapped_column(server_default="false")
    #: Opening hours; empty: always open while `active`.
    calendar_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("calendars.id"))
    #: Language -> what callers read while it is closed, after the hours.
    closed_texts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    #: Callers that may wait at once, and how long one may (then the call ends kindly); empty: no limit of its own.
    max_waiting: Mapped[int | None]
    max_wait_s: Mapped[int | None]
    #: Where callers go on waiting, at the place they have by time, after so many seconds.
    overflow_queue_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("queues.id"))
    overflow_after_s: Mapped[int | None]
    #: Whether calls are recorded: never, always, or when the agent asks for it.
    recording: Mapped[str] = mapped_column(String(12), server_default="off")
    #: The sound is deleted after so many days, counted from its beginning.
    recording_days: Mapped[int] = mapped_column(server_default="90")
    #: Who asked to be called back and could not be rung is told that it is over after so many hours.
    callback_hours: Mapped[int] = mapped_column(server_default="12")
    #: Who writes is answered by a person within so many minutes of open hours; empty: nothing is promised.
    answer_within_min: Mapped[int | None] = mapped_column(server_default="480")


class QueueSkill(Base):
    """A demand of a queue, which may relax with waiting time."""

    __tablename__ = "queue_skills"

    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skills.id"), primary_key=True)
    min_level: Mapped[int] = mapped_column(server_default="1")
    #: After this many seconds of waiting `relaxed_level` applies (empty level: the demand falls).
    relax_after_s: Mapped[int | None]
    relaxed_level: Mapped[int | None]


class QueueMember(Base):
    """An agent who serves a queue, once certified."""

    __tablename__ = "queue_members"

    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"), primary_key=True, index=True)


class Certificate(Numbered, Base):
    """Leave to take live contacts of a queue: without a valid one nobody is offered any (I15)."""

    __tablename__ = "certificates"
    __table_args__ = (
        Index("ix_certificates_agent_id_queue_id", "agent_id", "queue_id"),
        CheckConstraint("expires_on IS NULL OR expires_on >= granted_on", name="expires_after_grant"),
        CheckConstraint(
            "NOT override OR (expires_on IS NOT NULL AND expires_on - granted_on < 14)", name="override_short"
        ),
    )

    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    queue_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("queues.id"))
    granted_on: Mapped[date]
    #: Last valid day; empty never expires.
    expires_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(300), server_default="")
    #: Granted by an administrator without an exam, for 14 days at most.
    override: Mapped[bool] = mapped_column(server_default="false")


class Topic(Numbered, Base):
    """What a contact is about: chosen by the customer on the call page, confirmed in wrap-up."""

    __tablename__ = "topics"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    names: Mapped[dict[str, Any]]
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    public: Mapped[bool] = mapped_column(server_default="true")
    active: Mapped[bool] = mapped_column(server_default="true")
    position: Mapped[int] = mapped_column(server_default="0")


class Disposition(Numbered, Base):
    """How a contact ended, chosen in wrap-up."""

    __tablename__ = "dispositions"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    names: Mapped[dict[str, Any]]
    #: Only for this queue; empty for all.
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queues.id"))
    active: Mapped[bool] = mapped_column(server_default="true")
    position: Mapped[int] = mapped_column(server_default="0")


class RoutingPass(Numbered, Base):
    """One pass of the router: what it saw, for the decision trace."""

    __tablename__ = "routing_passes"

    pool: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    waiting: Mapped[int]
    agents: Mapped[int]
    pairs: Mapped[int]
    #: Why what stayed waiting stayed: {lane: {code: count}}.
    unplaced: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class RoutingDecision(Base):
    """Why this agent and why not that one, for each offer."""

    __tablename__ = "routing_decisions"

    reservation_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("reservations.id"), primary_key=True, autoincrement=False
    )
    pass_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("routing_passes.id"))
    #: Stable code: "longest_idle", "preferred_agent", "direct_transfer", ...
    reason: Mapped[str] = mapped_column(String(40))
    #: {"candidates": [{agent, score...}], "excluded": {code: count}, "demands": [...]}.
    trace: Mapped[dict[str, Any]]
