"""Draws, the secrets they rest on, whom they found, and whom they left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered

#: Roles whose secrets together make the beacon: neither knows it alone.
SECRET_ROLES = ("quality", "supervisor")


class QualityDraw(Numbered, Base):
    """The draw of one month. A second round stands beside the first, never in its place."""

    __tablename__ = "quality_draws"
    __table_args__ = (
        CheckConstraint("state IN ('open','freezing','frozen','ready','drawn','given_up')", name="state_known"),
        CheckConstraint("method IN ('commit_reveal','public_beacon')", name="method_known"),
        CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="period_form"),
        # What is proven stays proven: no state without what it rests on
        CheckConstraint("(state IN ('open','freezing')) = (frame_sha256 IS NULL)", name="frozen_has_frame"),
        CheckConstraint("state NOT IN ('ready','drawn') OR beacon IS NOT NULL", name="ready_has_beacon"),
        CheckConstraint("(state = 'drawn') = (result_sha256 IS NOT NULL)", name="drawn_has_result"),
        Index("uq_quality_draws_period_round", "period", "round", unique=True),
        # One draw of a month at a time
        Index(
            "uq_quality_draws_running",
            "period",
            unique=True,
            postgresql_where=text("state IN ('open','freezing','frozen','ready')"),
        ),
    )

    #: "2026-10": the month whose contacts are asked about, in the organisation's zone.
    period: Mapped[str] = mapped_column(String(7))
    round: Mapped[int] = mapped_column(server_default="1")
    #: open (secrets may be committed), freezing (who can be drawn is decided, names are being made), frozen (frame
    #: published), ready (beacon known, places are being given), drawn, given_up.
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    method: Mapped[str] = mapped_column(String(15), server_default="commit_reveal")
    #: Which public round will be used, in words, named before the freeze: "drand quicknet round 123456".
    beacon_source: Mapped[str] = mapped_column(String(200), server_default="")
    #: When that round is published: no earlier value is taken.
    beacon_due_at: Mapped[datetime | None]
    #: The frame in its canonical form (app.domain.sampling.frame_text): opaque names only. Tens of megabytes in a
    #: large house, so it is read only where it is asked for.
    frame: Mapped[str | None] = mapped_column(Text, deferred=True)
    frame_sha256: Mapped[str | None] = mapped_column(String(64))
    frozen_at: Mapped[datetime | None]
    beacon: Mapped[str | None] = mapped_column(String(200))
    seed: Mapped[str | None] = mapped_column(String(64))
    #: Lines "period|agent|place|customer", P1.. for primaries and R1.. for reserves.
    result: Mapped[str | None] = mapped_column(Text, deferred=True)
    result_sha256: Mapped[str | None] = mapped_column(String(64))
    drawn_at: Mapped[datetime | None]
    #: Since when nobody goes on with a long step. What is decided stays decided.
    paused_at: Mapped[datetime | None]
    #: Why a further round was needed, in the words of who asked for it.
    reason: Mapped[str] = mapped_column(String(300), server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DrawSecret(Numbered, Base):
    """What one role bound itself to before the freeze, and told after it."""

    __tablename__ = "draw_secrets"
    __table_args__ = (
        CheckConstraint("role IN ('quality','supervisor')", name="role_known"),
        CheckConstraint("(secret IS NULL) = (revealed_at IS NULL)", name="revealed_has_time"),
        Index("uq_draw_secrets_draw_id_role", "draw_id", "role", unique=True),
        # Two roles means two people
        Index("uq_draw_secrets_draw_id_user_id", "draw_id", "user_id", unique=True),
    )

    draw_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_draws.id"))
    role: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    #: SHA-256 of "salt|secret"; made in the person's browser, so that nobody here knows the secret.
    commitment: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(64))
    committed_at: Mapped[datetime]
    secret: Mapped[str | None] = mapped_column(String(200))
    revealed_at: Mapped[datetime | None]


class DrawAgent(Base):
    """Which customers of one agent can be drawn: decided once for all agents, never changed after (trigger).

    What follows from the decision comes agent by agent: the opaque names, and then the places (rows of DrawMember).
    So it also says how far a draw has come.
    """

    __tablename__ = "draw_agents"
    __table_args__ = (
        CheckConstraint("(agent_code IS NULL) = (names IS NULL)", name="named_whole"),
        CheckConstraint("(primaries IS NULL) = (reserves IS NULL)", name="placed_whole"),
        CheckConstraint("primaries IS NULL OR agent_code IS NOT NULL", name="named_before_placed"),
        Index("uq_draw_agents_agent_code", "draw_id", "agent_code", unique=True),
    )

    draw_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_draws.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    #: How many members.
    customers: Mapped[int]
    #: [customer, [contacts of the month that qualified]], in order of customers.
    members: Mapped[list[Any]]
    #: Names in the published files; they tell nobody who it is. Those of the members one a line, in their order.
    agent_code: Mapped[str | None] = mapped_column(String(20))
    names: Mapped[str | None] = mapped_column(Text)
    #: How many of them were drawn, and stand in; set with their rows.
    primaries: Mapped[int | None]
    reserves: Mapped[int | None]


class DrawMember(Numbered, Base):
    """One customer of one agent in the frame of a draw that is made, or being made."""

    __tablename__ = "draw_members"
    __table_args__ = (
        CheckConstraint("part IN ('primary','reserve')", name="part_known"),
        CheckConstraint("(part IS NULL) = (place IS NULL)", name="part_has_place"),
        Index("uq_draw_members_pair", "draw_id", "agent_id", "customer_id", unique=True),
        Index(
            "uq_draw_members_place",
            "draw_id",
            "agent_id",
            "part",
            "place",
            unique=True,
            postgresql_where=text("place IS NOT NULL"),
        ),
        # Nobody is asked about two agents
        Index(
            "uq_draw_members_customer",
            "draw_id",
            "customer_id",
            unique=True,
            postgresql_where=text("part = 'primary'"),
        ),
        Index("ix_draw_members_customer_id", "customer_id"),
    )

    draw_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_draws.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    #: Names in the published files; they tell nobody who it is.
    agent_code: Mapped[str] = mapped_column(String(20))
    customer_code: Mapped[str] = mapped_column(String(20))
    #: The contacts of the month that qualified.
    interaction_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    #: Empty for whom another agent is asked about.
    part: Mapped[str | None] = mapped_column(String(8))
    #: 1 for the first to be called of its part.
    place: Mapped[int | None]
    #: The contact the interview is about, chosen by the same hash.
    interaction_id: Mapped[int | None] = mapped_column(BigInteger)


class DrawExclusion(Numbered, Base):
    """How many customers of an agent could not be asked, by coded reason."""

    __tablename__ = "draw_exclusions"
    __table_args__ = (Index("uq_draw_exclusions_reason", "draw_id", "agent_id", "reason", unique=True),)

    draw_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("quality_draws.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    reason: Mapped[str] = mapped_column(String(20))
    customers: Mapped[int]
