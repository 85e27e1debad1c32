"""Agents on their three axes (session, intent, load), with teams, skills, break codes and sockets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered

INTENTS = "('available','break','training','coaching','missed','offline')"


class Team(Numbered, Base):
    """A group of agents under one lead."""

    __tablename__ = "teams"

    name: Mapped[str] = mapped_column(String(80), unique=True)


class BreakCode(Numbered, Base):
    """A reason for not being ready, chosen with the intent "break"."""

    __tablename__ = "break_codes"

    code: Mapped[str] = mapped_column(String(30), unique=True)
    #: Language -> name: {"en": ..., "zh_Hans": ..., "zh_Hant": ...}.
    names: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(server_default="0")
    active: Mapped[bool] = mapped_column(server_default="true")


class Skill(Numbered, Base):
    """Something an agent can do at a level 1..5; languages are skills of kind "language"."""

    __tablename__ = "skills"
    __table_args__ = (CheckConstraint("kind IN ('skill','language')", name="kind_known"),)

    #: Stable short name; for a language its locale ("en", "zh_Hans").
    code: Mapped[str] = mapped_column(String(30), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    names: Mapped[dict[str, Any]]


class Agent(Base):
    """The call-taking side of a user. Load is never kept here: it is counted from reservations (I5)."""

    __tablename__ = "agents"
    __table_args__ = (
        CheckConstraint("session_state IN ('offline','connected','grace')", name="session_state_known"),
        CheckConstraint(f"intent IN {INTENTS}", name="intent_known"),
        CheckConstraint(f"pending_intent IS NULL OR pending_intent IN {INTENTS}", name="pending_intent_known"),
        CheckConstraint("max_voice BETWEEN 0 AND 1", name="one_voice_contact"),
        Index(
            "ix_agents_routable",
            "idle_since",
            postgresql_where=text("session_state = 'connected' AND intent = 'available'"),
        ),
    )

    #: Same number as the user.
    id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    #: Axis 1: is somebody's desk connected ("grace": the transport was lost a moment ago).
    session_state: Mapped[str] = mapped_column(String(10), server_default="offline")
    #: When "grace" ends in "offline".
    grace_until: Mapped[datetime | None]
    #: Axis 2: what the agent wants; set by agent, supervisor or RONA only, never by load.
    intent: Mapped[str] = mapped_column(String(10), server_default="offline")
    break_code_id: Mapped[int | None] = mapped_column(ForeignKey("break_codes.id"))
    intent_since: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Intent that applies as soon as the load is zero ("after this call: break").
    pending_intent: Mapped[str | None] = mapped_column(String(10))
    pending_break_code_id: Mapped[int | None] = mapped_column(ForeignKey("break_codes.id"))
    #: No offer before this moment (busy, declined, missed, unregistered).
    cool_down_until: Mapped[datetime | None]
    #: Offers missed in a row while the device was ringing.
    misses: Mapped[int] = mapped_column(server_default="0")
    #: Since when without work; breaks and restarts do not reset it, so fairness survives them.
    idle_since: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Contacts taken on `contacts_on` (the organisation's day).
    contacts_today: Mapped[int] = mapped_column(server_default="0")
    contacts_on: Mapped[date | None]
    #: Fencing: a command that carries another epoch is refused (I14); each take-over of the device adds one.
    epoch: Mapped[int] = mapped_column(server_default="0")
    #: The page that is this agent's telephone: the browser tab, the load of the page, its socket.
    device_tab: Mapped[str | None] = mapped_column(String(40))
    device_page: Mapped[str | None] = mapped_column(String(40))
    device_sid: Mapped[str | None] = mapped_column(String(40))
    #: True once the microphone check passed on that page; calls are offered to nobody without.
    device_ready: Mapped[bool] = mapped_column(server_default="false")
    #: Largest total weight of live work per channel.
    max_voice: Mapped[int] = mapped_column(server_default="1")
    max_sms: Mapped[int] = mapped_column(server_default="4")
    max_ticket: Mapped[int] = mapped_column(server_default="5")
    #: True while the demo plays this seat: it gets simulated contacts only. Every hello of a page sets it anew.
    simulated: Mapped[bool] = mapped_column(server_default="false")
    #: How the agent appears to customers ("Ana" rather than the full name).
    public_name: Mapped[str] = mapped_column(String(60), server_default="")
    #: True when leaders chose this agent for trainees to listen to.
    takes_listeners: Mapped[bool] = mapped_column(server_default="false")


class AgentSkill(Base):
    """One agent's level (1..5) in one skill."""

    __tablename__ = "agent_skills"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 5", name="level_in_range"),)

    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skills.id"), primary_key=True)
    level: Mapped[int]


class WebProcess(Base):
    """A web process and its heart-beat: sockets of a process that stopped beating are lost."""

    __tablename__ = "web_processes"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    beat_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AgentSocket(Base):
    """One open desk page of an agent."""

    __tablename__ = "agent_sockets"
    __table_args__ = (Index("ix_agent_sockets_agent_id", "agent_id"),)

    sid: Mapped[str] = mapped_column(String(40), primary_key=True)
    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    process_id: Mapped[str] = mapped_column(String(40))
    tab: Mapped[str] = mapped_column(String(40), server_default="")
    page: Mapped[str] = mapped_column(String(40), server_default="")
    connected_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AgentInterval(Numbered, Base):
    """How long an agent was in one shown state; gapless and without overlap (I10).

    The migration adds the exclusion constraint over (agent_id, [started_at, ended_at)).
    """

    __tablename__ = "agent_intervals"
    __table_args__ = (
        Index("uq_agent_intervals_open", "agent_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_agent_intervals_agent_id_started_at", "agent_id", "started_at"),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
    )

    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    #: Shown state: offline, available, ringing, talking, held, consulting, wrap_up, break, training, ...
    state: Mapped[str] = mapped_column(String(20))
    #: Break code, if any.
    code: Mapped[str | None] = mapped_column(String(30))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
