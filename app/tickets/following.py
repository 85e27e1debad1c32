"""What a customer sees of their own ticket, and adds to it on the page that the sealed address opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import CUSTOMER
from app.tickets.conversation import customer_said
from app.tickets.intake import LONGEST_TEXT
from app.tickets.models import Ticket
from app.tickets.records import hold

#: What customer and house said to each other: never notes, moves or names of colleagues beyond the public one.
_SAID = text("""
SELECT * FROM (
    SELECT e.id, e.kind, e.channel, e.body, e.at, e.recording_id IS NOT NULL AS spoken,
        e.data ? 'automatic' AS automatic, a.public_name AS by
    FROM ticket_entries e LEFT JOIN agents a ON a.id = e.author_id
    WHERE e.ticket_id = :ticket AND e.kind IN ('message_in','message_out') ORDER BY e.id DESC LIMIT 200) newest
ORDER BY id""")
_KNOWN = text("SELECT 1 FROM ticket_entries WHERE ticket_id = :ticket AND data->>'key' = :key")


@dataclass(frozen=True, slots=True)
class Followed:
    """A ticket as its customer may know it."""

    reference: str
    subject: str
    state: str
    created_at: datetime
    said: list[Any]


def followed(session: Session, reference: str) -> Followed:
    """The ticket with what was said to and by the customer, oldest first.

    Raises:
        NotFound: there is no such ticket.
    """
    ticket = session.scalar(select(Ticket).where(Ticket.reference == reference))
    if ticket is None:
        raise NotFound(code="ticket_unknown")
    said = list(session.execute(_SAID, {"ticket": ticket.id}))
    return Followed(ticket.reference, ticket.subject, ticket.state, ticket.created_at, said)


def add_to_ticket(reference: str, body: str, *, key: str) -> None:
    """What the customer adds: in the conversation, and in line again if the ticket was set aside or answered.

    The same `key` again changes nothing.

    Raises:
        Invalid: nothing was written, or too much.
        NotFound: there is no such ticket.
        Conflict: it is closed for good.
    """
    body = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not body:
        raise Invalid(code="ticket_text_missing", fields={"body": "text_missing"})
    if len(body) > LONGEST_TEXT:
        raise Invalid(code="ticket_text_too_long", fields={"body": "too_long"})
    with transaction() as session:
        ticket_id = session.scalar(select(Ticket.id).where(Ticket.reference == reference))
        if ticket_id is None:
            raise NotFound(code="ticket_unknown")
        held = hold(session, ticket_id)
        if session.execute(_KNOWN, {"ticket": ticket_id, "key": key}).first():
            return
        if held.ticket.state == "closed":
            raise Conflict(code="ticket_closed")
        customer_said(session, held, body, channel="web", actor=CUSTOMER, data={"key": key})
