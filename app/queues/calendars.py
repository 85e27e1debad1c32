"""Calendars of opening hours, and announcements: what is said outside them and in an emergency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered


class OpeningCalendar(Numbered, Base):
    """The hours of one or more queues, in one zone."""

    __tablename__ = "calendars"

    #: As administrators call it.
    name: Mapped[str] = mapped_column(String(80), unique=True)
    #: IANA name.
    zone: Mapped[str] = mapped_column(String(60))
    #: Public holidays that are closed: ISO 3166 country, with a part of it after a hyphen ("GB-ENG"); empty none.
    region: Mapped[str] = mapped_column(String(12), server_default="")


class CalendarInterval(Numbered, Base):
    """Open on a weekday from minute `opens` to minute `closes` of the local day; a night shift is two rows."""

    __tablename__ = "calendar_intervals"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1440", name="inside_the_day"),
        Index("ix_calendar_intervals_calendar_id", "calendar_id", "weekday", "opens"),
    )

    calendar_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calendars.id", ondelete="CASCADE"))
    #: Monday is 0.
    weekday: Mapped[int]
    opens: Mapped[int]
    closes: Mapped[int]


class CalendarException(Numbered, Base):
    """A date with hours of its own, or closed."""

    __tablename__ = "calendar_exceptions"
    __table_args__ = (Index("uq_calendar_exceptions_calendar_id_day", "calendar_id", "day", unique=True),)

    calendar_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calendars.id", ondelete="CASCADE"))
    day: Mapped[date]
    #: [[opens, closes], ...] in minutes of the local day; empty: closed.
    hours: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    #: What it is, for administrators.
    note: Mapped[str] = mapped_column(String(200), server_default="")


class Announcement(Numbered, Base):
    """What callers of a queue, or of every queue, are told while it is on: a storm, a strike, a failure of systems."""

    __tablename__ = "announcements"
    __table_args__ = (Index("uq_announcements_queue_id", "queue_id", unique=True, postgresql_nulls_not_distinct=True),)

    #: Empty for the whole organisation.
    queue_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("queues.id"))
    #: Language -> text.
    texts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    active: Mapped[bool] = mapped_column(server_default="false")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
