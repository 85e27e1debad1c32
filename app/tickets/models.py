"""Tickets, and the entries of their conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Numbered

CHANNELS = ("web", "phone", "sms", "email", "letter", "fax", "counter", "voicemail")
STATES = ("new", "open", "pending_customer", "on_hold", "resolved", "closed")
VOICEMAIL_WAITING = "channel = 'voicemail' AND owner_id IS NULL AND state IN ('new','open')"
OPEN = "state IN ('new','open','pending_customer','on_hold')"
#: Nobody has answered yet, and an answer by a certain moment was promised.
UNANSWERED = f"{OPEN} AND first_response_at IS NULL AND due_at IS NOT NULL"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({','.join(repr(value) for value in values)})"


class Ticket(Numbered, Base):
    """One request of a customer. Each stretch in line or in an agent's hand is a work item of the same contact."""

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state_known"),
        CheckConstraint(_one_of("channel", CHANNELS), name="channel_known"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("state <> 'new' OR owner_id IS NULL", name="new_is_nobodys"),
        Index("uq_tickets_intake_key", "intake_key", unique=True, postgresql_where=text("intake_key IS NOT NULL")),
        # The lists, newest activity first: open ones of a queue, of an owner, of all; and everything by state.
        Index("ix_tickets_queue_open", "queue_id", "touched_at", "id", postgresql_where=text(OPEN)),
        Index("ix_tickets_owner_open", "owner_id", "touched_at", "id", postgresql_where=text(OPEN)),
        Index("ix_tickets_open", "touched_at", "id", postgresql_where=text(OPEN)),
        Index("ix_tickets_state", "state", "touched_at", "id"),
        Index("ix_tickets_queue_id", "queue_id", "touched_at", "id"),
        Index("ix_tickets_touched_at", "touched_at", "id"),
        Index("ix_tickets_customer_id", "customer_id", "id", postgresql_where=text("customer_id IS NOT NULL")),
        Index("ix_tickets_number", "number", "id", postgresql_where=text("number <> ''")),
        Index("ix_tickets_work_item_id", "work_item_id"),
        # What the board counts: voice messages that nobody has in hand.
        Index("ix_tickets_voicemail_waiting", "queue_id", postgresql_where=text(VOICEMAIL_WAITING)),
        # What the board counts: answers that are due.
        Index("ix_tickets_unanswered", "due_at", postgresql_where=text(UNANSWERED)),
        Index("ix_tickets_search", "search", postgresql_using="gin"),
    )

    #: Reference told to people, "T-100023".
    reference: Mapped[str] = mapped_column(
        String(20), unique=True, server_default=text("'T-' || nextval('ticket_reference')")
    )
    #: The same over all its queue legs.
    contact_id: Mapped[str] = mapped_column(String(36), unique=True)
    #: Chosen by the form: the same form sent twice opens one ticket. "sms:<id>" for one that a message opened.
    intake_key: Mapped[str | None] = mapped_column(String(60))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    #: What the writer said of themselves; a claim.
    claimed_name: Mapped[str] = mapped_column(String(200), server_default="")
    #: E.164, or empty.
    number: Mapped[str] = mapped_column(String(16), server_default="")
    email: Mapped[str] = mapped_column(String(254), server_default="")
    #: Language to answer in.
    language: Mapped[str] = mapped_column(String(10), server_default="")
    #: How it came in.
    channel: Mapped[str] = mapped_column(String(10))
    #: Points on top of the queue's; see WorkItem.priority.
    priority: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(String(16), server_default="new")
    subject: Mapped[str] = mapped_column(String(200))
    #: Who has it in hand, who set it aside, or who resolved it; empty while it is in line.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    #: Team of the owner when it came into their hand.
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    #: By when a person answers for the first time, as the queue promised when it came.
    due_at: Mapped[datetime | None]
    #: The queue leg that is waiting or served now, or was last.
    work_item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_items.id"))
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: First answer by a person; the automatic confirmation is none.
    first_response_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(server_default="0")
    #: Last thing said or done, by the customer or by a person here: the order of the lists.
    touched_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Grows with every message and move: two people who write at once are told.
    version: Mapped[int] = mapped_column(server_default="1")
    #: Search tokens, computed by app.domain.search_tokens.
    search: Mapped[Any] = mapped_column(TSVECTOR, server_default=text("''::tsvector"))


class TicketEntry(Numbered, Base):
    """One thing said or done on a ticket. A trigger refuses UPDATE and DELETE: corrections are new entries."""

    __tablename__ = "ticket_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('message_in','message_out','note','state','assignment')", name="kind_known"),
        Index("ix_ticket_entries_ticket_id", "ticket_id", "id"),
        # One SMS, one entry, however often its report comes (I12).
        Index(
            "uq_ticket_entries_message_id", "message_id", unique=True, postgresql_where=text("message_id IS NOT NULL")
        ),
    )

    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    kind: Mapped[str] = mapped_column(String(12))
    #: The colleague who wrote or did it; empty for the customer and for the router.
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: How a message travelled.
    channel: Mapped[str] = mapped_column(String(10), server_default="")
    body: Mapped[str] = mapped_column(Text, server_default="")
    message_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("messages.id"))
    #: The sound of a voice message.
    recording_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("recordings.id"), unique=True)
    #: Of a move: {"before", "after", "reason"}; of an assignment: {"agent", "queue", "reason"}.
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
