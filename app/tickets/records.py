"""Taking a ticket's rows in the order of the house, and the moves that all use cases share. Participants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.customers.models import Customer
from app.domain.moves import IllegalMove
from app.domain.ticket import RETURN_PRIORITY, TicketEvent, TicketState, advance
from app.domain.timers import PREFERRED_WINDOW_S
from app.errors import Conflict, Forbidden, NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues import offers
from app.queues.intake import enqueue_work
from app.queues.models import Queue
from app.queues.presence_marks import lock_agents
from app.queues.work import Reservation, WorkItem
from app.tickets.models import Ticket, TicketEntry

_ADD_WORDS = text("UPDATE tickets SET search = search || CAST(:vector AS tsvector) WHERE id = :ticket")


@dataclass(slots=True)
class Held:
    """A ticket with its queue leg and the reservation of whoever has it in hand, locked."""

    ticket: Ticket
    item: WorkItem
    reservation: Reservation | None


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts on a ticket; those who supervise may act on tickets of others."""

    actor: Actor
    supervises: bool = False

    @property
    def user_id(self) -> int | None:
        return self.actor.user_id


def hold(session: Session, ticket_id: int, *agents: int) -> Held:
    """The ticket with its leg, locked in the order work item, reservation, agents (also those given), ticket.

    Raises:
        NotFound: there is no such ticket.
        Conflict: it went to another leg in this very moment; asking again finds it there.
    """
    item_id = session.scalar(select(Ticket.work_item_id).where(Ticket.id == ticket_id))
    if item_id is None:
        raise NotFound(code="ticket_unknown")
    item = offers.lock_item(session, item_id)
    reservation = offers.live_reservation(session, item_id)
    lock_agents(session, [*agents, *([reservation.agent_id] if reservation is not None else [])])
    ticket = session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None:
        raise NotFound(code="ticket_unknown")
    if ticket.work_item_id != item_id:
        raise Conflict(code="ticket_changed")
    return Held(ticket, item, reservation)


def demand_hand(ticket: Ticket, hand: Hand) -> None:
    """Let only the one who has the ticket, or a supervisor, go on.

    Raises:
        Forbidden: it is in line, or with a colleague.
    """
    if not hand.supervises and (ticket.owner_id is None or ticket.owner_id != hand.user_id):
        raise Forbidden(code="ticket_not_yours")


def expect_version(ticket: Ticket, version: int | None) -> None:
    """Go on only if nobody wrote or moved anything since the page was opened; None asks for nothing.

    Raises:
        Conflict: somebody did.
    """
    if version is not None and ticket.version != version:
        raise Conflict(code="ticket_changed")


def add_entry(
    session: Session,
    ticket: Ticket,
    kind: str,
    *,
    author_id: int | None,
    body: str = "",
    channel: str = "",
    message_id: int | None = None,
    recording_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> TicketEntry:
    """One more line of the conversation; everybody who shows the ticket is told."""
    entry = TicketEntry(
        ticket_id=ticket.id,
        kind=kind,
        author_id=author_id,
        channel=channel,
        body=body,
        message_id=message_id,
        recording_id=recording_id,
        data=data or {},
        at=clock.now(),
    )
    session.add(entry)
    touch_ticket(session, ticket)
    return entry


def touch_ticket(session: Session, ticket: Ticket) -> None:
    """Mark what shows the ticket stale: its page, the owner's list, the profile."""
    touch(session, "ticket", ticket.id)
    if ticket.owner_id is not None:
        touch(session, "tickets", ticket.owner_id)
    if ticket.customer_id is not None:
        touch(session, "customer", ticket.customer_id)


def say(session: Session, ticket: Ticket, name: str, *, actor: Actor, reason: str = "", **after: Any) -> None:
    """One line in the event log about the ticket, with the state it is in."""
    record_event(
        session,
        f"ticket.{name}",
        "ticket",
        ticket.id,
        actor=actor,
        reason=reason,
        after={"state": ticket.state, **after},
        contact_id=ticket.contact_id,
    )


def move(session: Session, ticket: Ticket, event: TicketEvent, *, actor: Actor, reason: str = "") -> None:
    """Move a locked ticket by `event`, with its entry and its line in the log.

    Raises:
        Conflict: the ticket cannot have this event in its state.
    """
    before = ticket.state
    try:
        ticket.state = advance(TicketState(before), event).value
    except IllegalMove as error:
        raise Conflict(code="ticket_moved_on") from error
    ticket.version += 1
    ticket.touched_at = clock.now()
    if ticket.state == before:
        return
    if event not in (TicketEvent.ASSIGN, TicketEvent.REQUEUE):  # those write a line of their own: to whom
        data = {"before": before, "after": ticket.state, "reason": reason}
        add_entry(session, ticket, "state", author_id=actor.user_id, data=data)
    record_event(
        session,
        f"ticket.{ticket.state}",
        "ticket",
        ticket.id,
        actor=actor,
        reason=reason,
        before={"state": before},
        after={"state": ticket.state, "owner": ticket.owner_id},
        contact_id=ticket.contact_id,
    )


def add_words(session: Session, ticket: Ticket, vector: str) -> None:
    """Make the ticket findable by more words (`search_tokens.vector_text`)."""
    if vector:
        session.execute(_ADD_WORDS, {"ticket": ticket.id, "vector": vector})


def end_leg(session: Session, held: Held, *, reason: str, now: datetime, actor: Actor) -> None:
    """The stretch of work is over, wherever it was: in hand, set aside, or still in line."""
    if held.reservation is not None:
        offers.start_wrap(
            session, held.reservation, held.item, acw_s=0, reason=reason, now=now, actor=actor, shown=False
        )
        # A ticket that is done says nothing about how long somebody has been waiting for a call.
        offers.finish(session, held.reservation, held.item, now=now, actor=actor, frees_agent=False)
        touch(session, "tickets", held.reservation.agent_id)
        held.reservation = None
    elif held.item.state == "parked":
        offers.close_parked(session, held.item, reason=reason, now=now, actor=actor)
    else:
        offers.cancel_item(session, held.item, reason=reason, now=now, actor=actor)


def next_leg(
    session: Session,
    held: Held,
    *,
    reason: str,
    now: datetime,
    actor: Actor,
    queue: Queue | None = None,
    prefer: int | None = None,
) -> None:
    """In line once more, as another leg of the same contact; for PREFERRED_WINDOW_S it is kept for `prefer`."""
    ticket = held.ticket
    queue = queue or session.get_one(Queue, ticket.queue_id)
    tier = session.scalar(select(Customer.tier).where(Customer.id == ticket.customer_id)) if ticket.customer_id else ""
    if ticket.owner_id is not None:
        touch(session, "tickets", ticket.owner_id)
    item = enqueue_work(
        session,
        kind="ticket",
        queue=queue,
        contact_id=ticket.contact_id,
        now=now,
        actor=actor,
        leg=held.item.leg + 1,
        customer_id=ticket.customer_id,
        language=ticket.language,
        topic_id=ticket.topic_id,
        priority=ticket.priority + RETURN_PRIORITY,
        key_account=tier == "key",
        preferred_agent_id=prefer,
        reason=reason,
        even_closed=True,
    )
    if prefer is not None:
        item.preferred_until = now + timedelta(seconds=PREFERRED_WINDOW_S)
    ticket.work_item_id, ticket.queue_id, ticket.owner_id, ticket.team_id = item.id, queue.id, None, None
    held.item = item
    session.flush()
