"""A ticket is opened: by the public form, by a colleague, or by a text that belongs to no open one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import cast, literal, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.customers.lookup import find_by_number
from app.customers.models import Customer
from app.db import reading, transaction
from app.domain.phone_numbers import normalise
from app.domain.search_tokens import phone_tokens, tokens, vector_text
from app.errors import DeskError, NotFound
from app.eventlog import CUSTOMER, Actor
from app.messages.models import Message
from app.messages.services import is_opted_out, queue_sms
from app.queues.hours import worked_by
from app.queues.intake import enqueue_work
from app.queues.models import Queue, Topic
from app.tickets.links import status_address
from app.tickets.models import Ticket, TicketEntry
from app.tickets.records import add_entry, say
from app.tickets.texts import confirmation

LONGEST_TEXT = 5_000
LONGEST_SUBJECT = 200
#: Characters of a first line that make a subject; what follows is cut at a word.
SUBJECT_FROM_TEXT = 90
#: Words of a text that its ticket is found by.
WORDS_KEPT = 400

#: Both numbers of the new ticket at once: then its event needs not wait for its row, and is written with the queue's.
_NEXT_NUMBERS = text("SELECT nextval('ticket_reference'), nextval(pg_get_serial_sequence('tickets', 'id'))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a customer asks for, however it came. `queue_id` may be empty when `topic_id` says it."""

    channel: str
    body: str
    subject: str = ""
    topic_id: int | None = None
    queue_id: int | None = None
    customer_id: int | None = None
    name: str = ""
    #: E.164, or empty.
    number: str = ""
    email: str = ""
    language: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """The ticket that a request became."""

    id: int
    reference: str


def open_ticket(request: Request, *, actor: Actor, key: str | None = None, confirm: bool = False) -> Opened:
    """The new ticket, in line. The same `key` again returns the first one; `confirm` sends the customer an SMS.

    Raises:
        NotFound: there is no such topic, queue or customer.
        Conflict: the queue is closed.
    """
    try:
        with transaction() as session:
            ticket = add_ticket(session, request, actor=actor, key=key)
            if confirm and ticket.number:
                confirm_by_sms(session, ticket, actor=actor)
            return Opened(ticket.id, ticket.reference)
    except (IntegrityError, DeskError):
        # The same form twice, even at once: the key is unique, and the second waits for the first to be committed.
        known = _opened_with(key)
        if known is None:
            raise
        return known


def _opened_with(key: str | None) -> Opened | None:
    """The ticket that a form with this key became before."""
    if key is None:
        return None
    with reading() as session:
        row = session.execute(select(Ticket.id, Ticket.reference).where(Ticket.intake_key == key)).one_or_none()
    return Opened(row.id, row.reference) if row is not None else None


def add_ticket(
    session: Session,
    request: Request,
    *,
    actor: Actor,
    key: str | None = None,
    message: Message | None = None,
    recording_id: int | None = None,
    even_closed: bool = False,
) -> Ticket:
    """The new ticket with its first entry and its first queue leg. Participant.

    Raises:
        NotFound: there is no such topic, queue or customer.
        Conflict: the queue is closed.
    """
    now = clock.now()
    topic, queue = _where(session, request)
    customer = _who(session, request)
    number, ticket_id = session.execute(_NEXT_NUMBERS).one()
    reference = f"T-{number}"
    contact_id = str(uuid.uuid4())
    customer_id = customer.id if customer is not None else None
    item = enqueue_work(
        session,
        kind="ticket",
        queue=queue,
        contact_id=contact_id,
        now=now,
        actor=actor,
        customer_id=customer_id,
        language=request.language,
        topic_id=topic.id if topic is not None else None,
        priority=request.priority,
        key_account=customer is not None and customer.tier == "key",
        preferred_agent_id=customer.preferred_agent_id if customer is not None else None,
        reason=request.channel,
        even_closed=even_closed,
    )
    ticket = Ticket(
        id=ticket_id,
        reference=reference,
        contact_id=contact_id,
        intake_key=key,
        queue_id=queue.id,
        topic_id=topic.id if topic is not None else None,
        customer_id=customer_id,
        claimed_name=request.name,
        number=request.number,
        email=request.email,
        language=request.language,
        channel=request.channel,
        priority=request.priority,
        state="new",
        subject=request.subject or subject_of(request.body),
        work_item_id=item.id,
        opened_by=actor.user_id,
        due_at=worked_by(session, queue, now, queue.answer_within_min),
        created_at=now,
        touched_at=now,
    )
    ticket.search = cast(literal(_words(request, customer, reference)), TSVECTOR)
    session.add(ticket)
    due = ticket.due_at.isoformat() if ticket.due_at else None
    facts = {"queue": queue.id, "reference": ticket.reference, "due_at": due}
    say(session, ticket, "opened", actor=actor, reason=request.channel, **facts)
    session.flush()
    by_sms = message.id if message is not None else None
    add_entry(
        session,
        ticket,
        "message_in",
        author_id=actor.user_id,
        body=request.body,
        channel=request.channel,
        message_id=by_sms,
        recording_id=recording_id,
    )
    return ticket


def _where(session: Session, request: Request) -> tuple[Topic | None, Queue]:
    topic = session.get(Topic, request.topic_id) if request.topic_id is not None else None
    if request.topic_id is not None and (topic is None or not topic.active):
        raise NotFound(code="ticket_topic_unknown")
    queue_id = request.queue_id or (topic.queue_id if topic is not None else None)
    queue = session.get(Queue, queue_id) if queue_id is not None else None
    if queue is None:
        raise NotFound(code="queue_unknown")
    return topic, queue


def _who(session: Session, request: Request) -> Customer | None:
    """The customer named, else the only one who has the number: a shared number names nobody."""
    if request.customer_id is not None:
        customer = session.get(Customer, request.customer_id)
        if customer is None:
            raise NotFound(code="customer_unknown")
        return customer
    candidates = find_by_number(session, request.number)
    return candidates[0] if len(candidates) == 1 else None


def subject_of(body: str) -> str:
    """The first line of a text, cut at a word: what a list shows of it."""
    line = next((line.strip() for line in body.splitlines() if line.strip()), "")
    if len(line) <= SUBJECT_FROM_TEXT:
        return line or "–"
    cut = line[:SUBJECT_FROM_TEXT]
    return (cut.rsplit(" ", 1)[0] if " " in cut[30:] else cut) + "…"


def _words(request: Request, customer: Customer | None, reference: str) -> str:
    texts = [reference, request.subject, request.name, request.email, request.body]
    if customer is not None:
        texts += [customer.name, customer.company, customer.reference]
    words = [word for part in texts if part for word in tokens(part)][:WORDS_KEPT]
    return vector_text([*words, *(phone_tokens(request.number) if request.number else ())])


def search_words(body: str) -> str:
    """What one more text adds to the words that its ticket is found by."""
    return vector_text(tokens(body)[:WORDS_KEPT])


def confirm_by_sms(session: Session, ticket: Ticket, *, actor: Actor) -> None:
    """Tell the customer the reference by SMS: once an hour to one number, whoever types it into the form."""
    if is_opted_out(session, ticket.number):
        return
    message = queue_sms(
        session,
        number=ticket.number,
        body=confirmation(ticket.language, ticket.reference, status_address(ticket.reference)),
        customer_id=ticket.customer_id,
        contact_id=ticket.contact_id,
        template_id=None,
        language=ticket.language,
        intent_key=f"ticket-opened:{ticket.number}:{clock.now():%Y-%m-%dT%H}",
        author_id=None,
        actor=CUSTOMER if actor.user_id is None else actor,
    )
    if message.contact_id != ticket.contact_id:
        return  # the number was told of another ticket within this hour
    session.add(
        TicketEntry(
            ticket_id=ticket.id,
            kind="message_out",
            channel="sms",
            body=message.body,
            message_id=message.id,
            data={"automatic": True},
            at=clock.now(),
        )
    )


def read_number(raw: str, region: str) -> str | None:
    """E.164 of a number as typed; empty for none, None when it cannot be read."""
    if not raw.strip():
        return ""
    number = normalise(raw[:60], region)
    return number.e164 if number is not None and number.possible else None
