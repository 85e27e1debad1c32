"""The immutable log: every transition of every state machine, with actor, reason, before and after (I13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import clock
from app.db import Base, Numbered


class Event(Numbered, Base):
    """One thing that happened. A trigger refuses UPDATE and DELETE."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_subject", "subject", "subject_id", "id"),
        Index("ix_events_contact_id", "contact_id", postgresql_where="contact_id IS NOT NULL"),
        Index("ix_events_name_at", "name", "at"),
    )

    #: The moment of what happened by the program's clock, the same as in the rows it changed: figures are folds of it.
    #: The order of events is that of their ids.
    at: Mapped[datetime] = mapped_column(default=clock.now, server_default=func.clock_timestamp())
    #: `noun.verb` in the past tense, e.g. "call.queued".
    name: Mapped[str] = mapped_column(String(60))
    #: Kind of the thing it happened to ("call", "work_item", "reservation", "agent", "customer", "user", ...).
    subject: Mapped[str] = mapped_column(String(30))
    #: Id of that thing in its own table.
    subject_id: Mapped[int] = mapped_column(BigInteger)
    #: Who did it: "user:7", "customer", "router", "sweep", "provider", "cli".
    actor: Mapped[str] = mapped_column(String(60))
    #: Why, as a stable code or a person's words.
    reason: Mapped[str] = mapped_column(String(500), server_default="")
    #: State before and after, and whatever else explains the move.
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    #: The customer contact it belongs to, across transfers.
    contact_id: Mapped[str | None] = mapped_column(String(36))
    #: The user whose action it was, if a person's.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a name for the log, and the user id when it is a person."""

    name: str
    user_id: int | None = None


ROUTER = Actor("router")
SWEEP = Actor("sweep")
CUSTOMER = Actor("customer")
CLI = Actor("cli")
PROVIDER = Actor("provider")


def person(user_id: int) -> Actor:
    """The actor for a signed-in user."""
    return Actor(f"user:{user_id}", user_id)


def record_event(
    session: Session,
    name: str,
    subject: str,
    subject_id: int,
    *,
    actor: Actor,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    contact_id: str | None = None,
    at: datetime | None = None,
) -> None:
    """Append one event to the log, inside the transaction of the change it tells of.

    `at` is the moment (UTC) that the changed rows got, where they got one; without it, now.
    """
    session.add(
        Event(
            at=at or clock.now(),
            name=name,
            subject=subject,
            subject_id=subject_id,
            actor=actor.name,
            user_id=actor.user_id,
            reason=reason[:500],
            before=before,
            after=after,
            contact_id=contact_id,
        )
    )
