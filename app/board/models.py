"""Limits of the board, and what broke them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class BoardLimits(Numbered, Base):
    """Limits of one queue, or of the whole house (no queue). Where there is no row, the house's; else the defaults."""

    __tablename__ = "board_limits"
    __table_args__ = (
        Index("uq_board_limits_queue_id", "queue_id", unique=True, postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "wait_warn_s <= wait_bad_s AND waiting_warn <= waiting_bad AND free_bad <= free_warn"
            " AND abandoned_warn_percent <= abandoned_bad_percent"
            " AND call_warn_s <= call_bad_s AND wrap_warn_s <= wrap_bad_s",
            name="amber_before_red",
        ),
    )

    queue_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("queues.id"))
    wait_warn_s: Mapped[int]
    wait_bad_s: Mapped[int]
    waiting_warn: Mapped[int]
    waiting_bad: Mapped[int]
    #: Percent points under the queue's goal that are still amber.
    level_margin: Mapped[int]
    abandoned_warn_percent: Mapped[int]
    abandoned_bad_percent: Mapped[int]
    free_warn: Mapped[int]
    free_bad: Mapped[int]
    call_warn_s: Mapped[int]
    call_bad_s: Mapped[int]
    wrap_warn_s: Mapped[int]
    wrap_bad_s: Mapped[int]


class Breach(Numbered, Base):
    """A measure over its limit, from the first moment until it has been calm again for a while."""

    __tablename__ = "board_breaches"
    __table_args__ = (
        CheckConstraint("scope IN ('house','queue','agent')", name="scope_known"),
        CheckConstraint(
            "measure IN ('level','waiting','wait','abandoned','free','nobody','call','wrap','answers')",
            name="measure_known",
        ),
        CheckConstraint("tone IN (1, 2)", name="tone_known"),
        Index(
            "uq_board_breaches_open",
            "scope",
            "subject_id",
            "measure",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    scope: Mapped[str] = mapped_column(String(10))
    #: Queue or agent; 0 for the house.
    subject_id: Mapped[int] = mapped_column(BigInteger)
    measure: Mapped[str] = mapped_column(String(10))
    #: 1 amber, 2 red.
    tone: Mapped[int]
    #: Since when it is this bad: a change of it is a new breach, which chimes and wants to be seen anew.
    risen_at: Mapped[datetime]
    #: The hysteresis: since when it would be better, and the worst tone since.
    calm_since: Mapped[datetime | None]
    calm_tone: Mapped[int | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class BoardWatch(Base):
    """The one row that says when the thresholds were looked at last; its lock lets one worker look at a time."""

    __tablename__ = "board_watch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime]


class WallLink(Numbered, Base):
    """A link by which a television shows the board without anybody signing in. Its token is stored as a hash only."""

    __tablename__ = "wall_links"
    __table_args__ = (CheckConstraint("people IN ('public','initials','none')", name="people_known"),)

    #: Where it hangs, to know it again.
    name: Mapped[str] = mapped_column(String(80))
    #: SHA-256 of the token in the address, hexadecimal.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: What is shown of agents: the names that customers see, initials, or nothing.
    people: Mapped[str] = mapped_column(String(10))
    #: Language of the screen: nobody is there to choose one.
    language: Mapped[str] = mapped_column(String(10))
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]
    #: After this moment it shows nothing.
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: When a screen asked last, to the minute.
    last_seen_at: Mapped[datetime | None]
