"""Who has a ticket, and where it is: take, assign, pass on, set aside, resolve, re-open, close. Use cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.db import transaction
from app.domain.ticket import REOPEN_WITHIN, TicketEvent
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import SWEEP, Actor
from app.live import touch
from app.queues import offers
from app.queues.direct import hand_to
from app.queues.models import Queue
from app.tickets.records import Hand, Held, add_entry, demand_hand, end_leg, expect_version, hold, move, next_leg, say

LONGEST_NOTE = 5_000

#: Tickets whose customers were content, or silent, for long enough. One statement: there may be many.
_CLOSE_OLD = text("""
WITH old AS (
    SELECT id FROM tickets WHERE state = 'resolved' AND resolved_at < :before
    ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED),
closed AS (
    UPDATE tickets k SET state = 'closed', closed_at = :now, version = k.version + 1 FROM old WHERE k.id = old.id
    RETURNING k.id, k.contact_id),
told AS (
    INSERT INTO ticket_entries (ticket_id, kind, data, at)
    SELECT id, 'state', '{"before": "resolved", "after": "closed", "reason": "time"}'::jsonb, :now FROM closed)
INSERT INTO events (at, name, subject, subject_id, actor, reason, before, after, contact_id)
SELECT :now, 'ticket.closed', 'ticket', id, :actor, 'time', '{"state": "resolved"}'::jsonb,
    '{"state": "closed"}'::jsonb, contact_id FROM closed
RETURNING subject_id""")


def assign(ticket_id: int, agent_id: int, *, hand: Hand, version: int | None = None) -> None:
    """The ticket goes to this agent at once, without a ring; asking for what is so already changes nothing.

    Anybody who may handle tickets takes what waits in line; what a colleague has, only its owner or a supervisor gives.

    Raises:
        Forbidden: it is a colleague's, or an agent gives away what still waits in line.
        Conflict: the agent is not certified for the queue or has enough in hand; or the ticket is resolved, or changed.
    """
    now = clock.now()
    with transaction() as session:
        held = hold(session, ticket_id, agent_id)
        if held.reservation is not None and held.reservation.agent_id == agent_id:
            return
        expect_version(held.ticket, version)
        waiting = held.item.state == "queued"
        if not hand.supervises and not (waiting and agent_id == hand.user_id):
            demand_hand(held.ticket, hand)
        if not waiting:
            if held.ticket.state in ("resolved", "closed"):
                raise Conflict(code="ticket_moved_on")
            reason = "resumed" if held.item.state == "parked" and held.ticket.owner_id == agent_id else "transferred"
            end_leg(session, held, reason=reason, now=now, actor=hand.actor)
            next_leg(session, held, reason=reason, now=now, actor=hand.actor)
        give(session, held, agent_id, now=now, actor=hand.actor)


def give(session: Session, held: Held, agent_id: int, *, now: datetime, actor: Actor) -> None:
    """A held ticket that is in line goes to the agent. Participant."""
    reason = "taken" if actor.user_id == agent_id else "assigned"
    held.reservation = hand_to(session, held.item, agent_id, reason=reason, now=now, actor=actor)
    team_id = session.scalar(select(Agent.team_id).where(Agent.id == agent_id))
    held.ticket.owner_id, held.ticket.team_id = agent_id, team_id
    move(session, held.ticket, TicketEvent.ASSIGN, actor=actor, reason=reason)
    data = {"agent": agent_id, "reason": reason}
    add_entry(session, held.ticket, "assignment", author_id=actor.user_id, data=data)
    say(session, held.ticket, "assigned", actor=actor, reason=reason, owner=agent_id)


def transfer(ticket_id: int, queue_id: int, *, hand: Hand, note: str = "", version: int | None = None) -> None:
    """The ticket goes into the line of a queue, this one or another; `note` tells the next colleague why.

    Raises:
        NotFound: there is no such queue, or it is closed.
        Forbidden: the ticket is a colleague's.
        Invalid: the note is too long.
        Conflict: the ticket is resolved, or changed meanwhile.
    """
    if len(note) > LONGEST_NOTE:
        raise Invalid(code="ticket_text_too_long", fields={"note": "too_long"})
    now = clock.now()
    with transaction() as session:
        held = hold(session, ticket_id)
        expect_version(held.ticket, version)
        demand_hand(held.ticket, hand)
        queue = session.get(Queue, queue_id)
        if queue is None or not queue.active:
            raise NotFound(code="queue_unknown")
        if held.ticket.state in ("resolved", "closed"):
            raise Conflict(code="ticket_moved_on")
        before = held.ticket.queue_id
        end_leg(session, held, reason="transferred", now=now, actor=hand.actor)
        next_leg(session, held, reason="transferred", now=now, actor=hand.actor, queue=queue)
        move(session, held.ticket, TicketEvent.REQUEUE, actor=hand.actor, reason="transferred")
        data = {"queue": queue_id, "from_queue": before, "reason": "transferred"}
        add_entry(session, held.ticket, "assignment", author_id=hand.user_id, data=data)
        say(session, held.ticket, "transferred", actor=hand.actor, queue=queue_id, from_queue=before)
        if note.strip():
            add_entry(session, held.ticket, "note", author_id=hand.user_id, body=note.strip())


def set_aside(ticket_id: int, event: TicketEvent, *, hand: Hand, version: int | None = None) -> None:
    """Wait for the customer (AWAIT_CUSTOMER) or for somebody else (HOLD); the agent has room for other work.

    Raises:
        Forbidden: the ticket is a colleague's.
        Conflict: it is in nobody's hand, or changed meanwhile.
    """
    with transaction() as session:
        held = hold(session, ticket_id)
        expect_version(held.ticket, version)
        demand_hand(held.ticket, hand)
        put_aside(session, held, event, actor=hand.actor)


def put_aside(session: Session, held: Held, event: TicketEvent, *, actor: Actor) -> None:
    """Park a held ticket that is in hand. Participant."""
    if held.reservation is None:
        raise Conflict(code="ticket_moved_on")
    agent_id = held.reservation.agent_id
    offers.park(session, held.reservation, held.item, reason=event.value, now=clock.now(), actor=actor)
    held.reservation = None
    move(session, held.ticket, event, actor=actor, reason=event.value)
    touch(session, "tickets", agent_id)


def resolve(ticket_id: int, *, hand: Hand, version: int | None = None) -> None:
    """The request is answered; the agent has room for other work.

    Raises:
        Forbidden: the ticket is a colleague's.
        Conflict: nobody had it in hand yet, or it changed meanwhile.
    """
    with transaction() as session:
        held = hold(session, ticket_id)
        expect_version(held.ticket, version)
        demand_hand(held.ticket, hand)
        finish(session, held, actor=hand.actor)


def finish(session: Session, held: Held, *, actor: Actor) -> None:
    """Resolve a held ticket. Participant."""
    now = clock.now()
    if held.item.state not in ("assigned", "parked"):
        raise Conflict(code="ticket_moved_on")
    end_leg(session, held, reason="resolved", now=now, actor=actor)
    held.ticket.resolved_at = now
    move(session, held.ticket, TicketEvent.RESOLVE, actor=actor, reason="resolved")


def reopen(ticket_id: int, *, hand: Hand, reason: str = "", version: int | None = None) -> None:
    """A resolved ticket is not: in line again, kept a while for the one who knows it.

    Raises:
        Conflict: it is closed, or was never resolved.
    """
    with transaction() as session:
        held = hold(session, ticket_id)
        expect_version(held.ticket, version)
        back_in_line(session, held, TicketEvent.REOPEN, reason=reason or "reopened", actor=hand.actor)


def back_in_line(session: Session, held: Held, event: TicketEvent, *, reason: str, actor: Actor) -> None:
    """A held ticket that was set aside or resolved is work again, as another leg. Participant."""
    now = clock.now()
    prefer = held.ticket.owner_id
    if held.ticket.state == "resolved":
        held.ticket.resolved_at = None
        held.ticket.reopened += 1
    else:
        end_leg(session, held, reason=reason, now=now, actor=actor)
    move(session, held.ticket, event, actor=actor, reason=reason)
    next_leg(session, held, reason=reason, now=now, actor=actor, prefer=prefer)


def close(ticket_id: int, *, hand: Hand, version: int | None = None) -> None:
    """A resolved ticket is over for good.

    Raises:
        Forbidden: it is a colleague's.
        Conflict: it is not resolved.
    """
    with transaction() as session:
        held = hold(session, ticket_id)
        expect_version(held.ticket, version)
        demand_hand(held.ticket, hand)
        held.ticket.closed_at = clock.now()
        move(session, held.ticket, TicketEvent.CLOSE, actor=hand.actor)


def close_old(moment: datetime) -> int:
    """Close what was resolved REOPEN_WITHIN ago and never came back; how many."""
    with transaction() as session:
        values = {"before": moment - REOPEN_WITHIN, "now": moment, "actor": SWEEP.name}
        return len(session.scalars(_CLOSE_OLD, values).all())
