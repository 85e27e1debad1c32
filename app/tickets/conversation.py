"""What is said on a ticket: answers, notes, and what the customer writes back by SMS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.customers.models import Customer
from app.db import reading, transaction
from app.domain.sms_text import TemplateError, placeholders
from app.domain.ticket import REOPEN_WITHIN, TicketEvent
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import CUSTOMER, SWEEP, Actor, record_event
from app.live import touch
from app.messages.models import Message
from app.messages.receiving import stop_texts
from app.messages.services import LONGEST_BODY, is_opted_out, queue_sms
from app.outbox import Effect, Found
from app.queues.models import Queue
from app.tickets.answering import back_in_line, finish, put_aside
from app.tickets.intake import LONGEST_TEXT, Request, add_ticket, search_words
from app.tickets.models import CHANNELS, Ticket, TicketEntry
from app.tickets.records import Hand, Held, add_entry, add_words, demand_hand, expect_version, hold, move, say

#: What an agent may do with the ticket in the same click as the answer.
AFTERWARDS = ("stay", "await", "resolve")
#: Ways an answer travels that this program does not send itself: it only keeps what was said.
WRITTEN_DOWN = tuple(channel for channel in CHANNELS if channel not in ("sms", "web", "voicemail"))

_SAID_ALREADY = text("SELECT 1 FROM ticket_entries WHERE ticket_id = :ticket AND data->>'key' = :key")

#: Tickets that a text of this number may belong to, the one last texted first.
_CANDIDATES = text("""
SELECT k.id, k.state, said.last AS texted FROM tickets k
LEFT JOIN LATERAL (SELECT max(m.id) AS last FROM ticket_entries e JOIN messages m ON m.id = e.message_id
    WHERE e.ticket_id = k.id AND m.direction = 'out' AND m.number = :number) said ON true
WHERE (k.number = :number OR k.customer_id = :customer)
    AND (k.state IN ('new','open','pending_customer','on_hold') OR k.state = 'resolved' AND k.resolved_at > :since)
ORDER BY k.state = 'resolved', said.last DESC NULLS LAST, k.id DESC LIMIT 20""")

_INBOX = select(Queue.id).where(Queue.active).order_by(Queue.inbound_sms.desc(), Queue.position, Queue.id).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an agent answers. `via` is "sms", or one of WRITTEN_DOWN for what was said elsewhere."""

    body: str
    via: str = "sms"
    template_id: int | None = None
    afterwards: str = "stay"
    #: Chosen by the form: the same answer sent twice is one.
    key: str
    #: The SMS leaves at once even where it is night for the customer: whoever writes was asked.
    any_hour: bool = False


def reply(ticket_id: int, answer: Answer, *, hand: Hand, version: int | None = None) -> None:
    """The answer leaves by SMS (or is kept as said elsewhere), and the ticket waits or ends if so chosen.

    Raises:
        Invalid: nothing was written, too much, or the number said STOP (`fields` names what to mend).
        Forbidden: the ticket is a colleague's.
        Conflict: somebody wrote or moved something meanwhile, or the ticket is resolved.
    """
    body = _checked(answer)
    with transaction() as session:
        held = hold(session, ticket_id)
        ticket = held.ticket
        if session.execute(_SAID_ALREADY, {"ticket": ticket_id, "key": answer.key}).first():
            return
        expect_version(ticket, version)
        demand_hand(ticket, hand)
        if ticket.state in ("new", "resolved", "closed"):
            raise Conflict(code="ticket_moved_on")
        message = _send(session, ticket, body, answer, hand) if answer.via == "sms" else None
        add_entry(
            session,
            ticket,
            "message_out",
            author_id=hand.user_id,
            body=body,
            channel=answer.via,
            message_id=message.id if message is not None else None,
            data={"key": answer.key},
        )
        now = clock.now()
        ticket.first_response_at = ticket.first_response_at or now
        ticket.touched_at = now
        ticket.version += 1
        add_words(session, ticket, search_words(body))
        say(session, ticket, "answered", actor=hand.actor, reason=answer.via)
        _afterwards(session, held, answer.afterwards, hand)


def _afterwards(session: Session, held: Held, afterwards: str, hand: Hand) -> None:
    if afterwards == "resolve":
        finish(session, held, actor=hand.actor)
    elif afterwards == "await" and held.reservation is not None:
        put_aside(session, held, TicketEvent.AWAIT_CUSTOMER, actor=hand.actor)


def _checked(answer: Answer) -> str:
    body = answer.body.replace("\x00", "").replace("\r\n", "\n").strip()
    if answer.via != "sms" and answer.via not in WRITTEN_DOWN:
        raise Invalid(code="invalid", fields={"via": "unknown"})
    if answer.afterwards not in AFTERWARDS:
        raise Invalid(code="invalid", fields={"afterwards": "unknown"})
    if not body:
        raise Invalid(code="ticket_text_missing", fields={"body": "text_missing"})
    if len(body) > (LONGEST_BODY if answer.via == "sms" else LONGEST_TEXT):
        raise Invalid(code="ticket_text_too_long", fields={"body": "too_long"})
    if answer.via == "sms" and _has_hole(body):
        raise Invalid(code="ticket_text_has_hole", fields={"body": "text_has_hole"})
    return body


def _has_hole(body: str) -> bool:
    """True when a {placeholder} of a template was not filled in; other braces are text."""
    try:
        return bool(placeholders(body))
    except TemplateError:
        return False


def _send(session: Session, ticket: Ticket, body: str, answer: Answer, hand: Hand) -> Message:
    if not ticket.number:
        raise Invalid(code="ticket_no_number", fields={"via": "ticket_no_number"})
    if is_opted_out(session, ticket.number):
        raise Invalid(code="ticket_opted_out", fields={"via": "ticket_opted_out"})
    return queue_sms(
        session,
        number=ticket.number,
        body=body,
        customer_id=ticket.customer_id,
        contact_id=ticket.contact_id,
        template_id=answer.template_id,
        language=ticket.language,
        intent_key=f"ticket:{ticket.id}:{answer.key}",
        author_id=hand.user_id,
        actor=hand.actor,
        any_hour=answer.any_hour,
    )


def note(ticket_id: int, body: str, *, hand: Hand, key: str) -> None:
    """A note among colleagues, which the customer never sees. Notes never collide: they are only added.

    Raises:
        Invalid: it is empty or too long.
        NotFound: there is no such ticket.
    """
    body = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not body:
        raise Invalid(code="ticket_text_missing", fields={"note": "text_missing"})
    if len(body) > LONGEST_TEXT:
        raise Invalid(code="ticket_text_too_long", fields={"note": "too_long"})
    with transaction() as session:
        ticket = _lock(session, ticket_id)
        if session.execute(_SAID_ALREADY, {"ticket": ticket_id, "key": key}).first():
            return
        add_entry(session, ticket, "note", author_id=hand.user_id, body=body, data={"key": key})
        ticket.touched_at = clock.now()
        add_words(session, ticket, search_words(body))
        say(session, ticket, "noted", actor=hand.actor)


def no_more_texts(ticket_id: int, entry_id: int, *, hand: Hand) -> None:
    """An agent has read in this entry, an SMS, that its writer wants no more texts: none leaves for them any more.

    Raises:
        NotFound: the ticket has no such SMS.
    """
    with reading() as session:
        message_id = session.scalar(
            select(TicketEntry.message_id).where(TicketEntry.id == entry_id, TicketEntry.ticket_id == ticket_id)
        )
    if message_id is None:
        raise NotFound(code="message_unknown")
    stop_texts(message_id, actor=hand.actor)


def link_customer(ticket_id: int, customer_id: int, *, hand: Hand) -> None:
    """Say whose ticket it is.

    Raises:
        NotFound: there is no such ticket or customer.
    """
    with transaction() as session:
        ticket = _lock(session, ticket_id)
        if session.get(Customer, customer_id) is None:
            raise NotFound(code="customer_unknown")
        before, ticket.customer_id = ticket.customer_id, customer_id
        ticket.version += 1
        record_event(
            session,
            "ticket.customer_linked",
            "ticket",
            ticket_id,
            actor=hand.actor,
            before={"customer": before},
            after={"customer": customer_id},
            contact_id=ticket.contact_id,
        )
        touch(session, "customer", customer_id)


def _lock(session: Session, ticket_id: int) -> Ticket:
    """The ticket alone, for what changes neither its place nor its owner."""
    ticket = session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None:
        raise NotFound(code="ticket_unknown")
    return ticket


def take_sms(payload: dict[str, Any]) -> None:
    """The effect "sms.received": the text joins the open ticket of its number, or becomes one. Once per message."""
    message_id = int(payload["message"])
    with transaction() as session:
        message = session.get(Message, message_id)
        if message is None or _is_kept(session, message_id):
            return
        ticket_id = _belongs_to(session, message)
        if ticket_id is not None:
            _add_reply(session, hold(session, ticket_id), message)
            return
        queue_id = session.scalar(_INBOX)
        if queue_id is None:
            record_event(session, "sms.unrouted", "message", message_id, actor=SWEEP, reason="no_queue")
            return
        customer = session.get(Customer, message.customer_id) if message.customer_id else None
        request = Request(
            channel="sms",
            body=message.body,
            queue_id=queue_id,
            customer_id=message.customer_id,
            number=message.number,
            language=customer.language if customer is not None else "",
        )
        add_ticket(session, request, actor=CUSTOMER, key=f"sms:{message_id}", message=message, even_closed=True)


def _is_kept(session: Session, message_id: int) -> bool:
    return session.scalar(select(TicketEntry.id).where(TicketEntry.message_id == message_id)) is not None


def _belongs_to(session: Session, message: Message) -> int | None:
    """The ticket the text answers: the one last texted from, else the only open one; None when nobody can tell."""
    since = clock.now() - REOPEN_WITHIN
    values = {"number": message.number, "customer": message.customer_id, "since": since}
    rows = session.execute(_CANDIDATES, values).all()
    rows = [row for row in rows if row.state != "resolved"] or list(rows)
    if not rows:
        return None
    if rows[0].texted is not None or len(rows) == 1:
        return int(rows[0].id)
    return None


def _add_reply(session: Session, held: Held, message: Message) -> None:
    if held.ticket.customer_id is None:
        held.ticket.customer_id = message.customer_id
    customer_said(session, held, message.body, channel="sms", actor=CUSTOMER, message_id=message.id)


def customer_said(
    session: Session,
    held: Held,
    body: str,
    *,
    channel: str,
    actor: Actor,
    message_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """One more message of the customer on a held ticket, which is work again if it was set aside. Participant.

    Raises:
        Conflict: the ticket is closed.
    """
    ticket = held.ticket
    add_entry(
        session, ticket, "message_in", author_id=None, body=body, channel=channel, message_id=message_id, data=data
    )  # fmt: skip
    add_words(session, ticket, search_words(body))
    if ticket.state in ("pending_customer", "on_hold", "resolved"):
        back_in_line(session, held, TicketEvent.CUSTOMER_REPLY, reason="customer_replied", actor=actor)
    else:
        move(session, ticket, TicketEvent.CUSTOMER_REPLY, actor=actor)
    after = {} if message_id is None else {"message": message_id}
    say(session, ticket, "received", actor=actor, reason=channel, **after)


def find_sms(payload: dict[str, Any]) -> Found:
    """Whether a text whose taking nobody saw the end of is on a ticket: the entry is written with everything else."""
    with reading() as session:
        return Found.SETTLED if _is_kept(session, int(payload["message"])) else Found.NOT_DONE


def leave_sms(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: a text that could not be made work stays on the profile, and the log says so."""
    record_event(session, "sms.unrouted", "message", int(payload["message"]), actor=SWEEP, reason=error[:200])


TAKE = Effect(run=take_sms, reconcile=find_sms, give_up=leave_sms)
