"""What becomes of a message, shared by its use cases: a ticket, or nothing. Participants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.models import Call
from app.calls.refusing import turn_away
from app.db import compare_and_set
from app.domain.call import CallEnd
from app.domain.voicemail import is_in_line, may_leave_message
from app.errors import Conflict, NotFound
from app.eventlog import CUSTOMER, Actor, record_event
from app.queues import offers
from app.queues.models import Topic
from app.queues.work import WorkItem
from app.recordings.models import Recording
from app.recordings.store import delete_sound
from app.tickets.intake import Request, add_ticket, confirm_by_sms
from app.tickets.models import Ticket
from app.tickets.texts import voice_message
from app.voicemail.models import Voicemail


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How the caller wants to be answered: E.164 and an e-mail address, either may be empty."""

    number: str = ""
    email: str = ""


def demand_unanswered(session: Session, call: Call) -> None:
    """Go on only for a caller whom nobody has answered, and who has not left a message yet.

    Raises:
        Conflict: somebody speaks or spoke with the caller ("voicemail_answered"), or a message of this call has
            arrived ("voicemail_sent").
    """
    if delivered(session, call.id) is not None:
        raise Conflict(code="voicemail_sent")
    # Whoever is to be called back has a callback in line, and no call.
    if item_of_call(session, call).kind != "call" or not may_leave_message(call.state, call.end_reason):
        raise Conflict(code="voicemail_answered")


def delivered(session: Session, call_id: int) -> Ticket | None:
    """The ticket that a message of this call has become."""
    return session.scalar(
        select(Ticket)
        .join(Voicemail, Voicemail.ticket_id == Ticket.id)
        .where(Voicemail.call_id == call_id, Voicemail.state == "delivered")
    )


def open_message(session: Session, call_id: int) -> Voicemail | None:
    """The message that the caller is just recording or has not sent yet; the call is locked."""
    return session.scalar(select(Voicemail).where(Voicemail.call_id == call_id, Voicemail.state == "open"))


def message_of(session: Session, call_id: int, recording: Recording) -> Voicemail:
    """The message whose sound this is.

    Raises:
        NotFound: it is none of this call.
    """
    found = session.scalar(
        select(Voicemail)
        .where(Voicemail.recording_id == recording.id, Voicemail.call_id == call_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(code="recording_unknown")
    return found


def item_of_call(session: Session, call: Call) -> WorkItem:
    """The queue leg that the caller was last in line with."""
    return session.get_one(WorkItem, call.work_item_id)


def leave_line(session: Session, call: Call, *, now: datetime) -> None:
    """A caller who waits is no longer in line: the message takes the place of the call (I11: "voicemail")."""
    if not is_in_line(call.state):
        return
    item = offers.lock_item(session, call.work_item_id or 0)
    ringing = offers.live_reservation(session, item.id)
    reason = CallEnd.VOICEMAIL.value
    if ringing is not None:
        offers.withdraw_offer(session, ringing, item, reason=reason, now=now, actor=CUSTOMER)
    turn_away(session, call, item, reason=reason, now=now, actor=CUSTOMER)


def throw_away(session: Session, message: Voicemail, recording: Recording, *, reason: str, now: datetime) -> None:
    """The message is gone, with its sound."""
    if recording.state != "deleted":
        delete_sound(session, recording, reason=reason, now=now, actor=CUSTOMER)
    compare_and_set(session, Voicemail, message.id, ("open",), state="discarded", ended_at=now)


def deliver(
    session: Session,
    call: Call,
    message: Voicemail,
    recording: Recording,
    address: Address,
    *,
    now: datetime,
    actor: Actor,
) -> Ticket:
    """The ticket that the message is from now on: work of the queue, with the sound as its first entry."""
    subject = voice_message(call.language, recording.duration_s or 0)
    request = _request(session, call, address, channel="voicemail", subject=subject)
    ticket = open_for(session, call, request, actor=actor, recording_id=recording.id)
    recording.contact_id = ticket.contact_id  # who has the ticket may listen, and its customer's erasure finds it
    close(session, message, ticket, now=now)
    _log(session, call, ticket, recording, actor=actor)
    return ticket


def deliver_text(session: Session, call: Call, text: str, address: Address, *, now: datetime) -> Ticket:
    """The ticket of a message that was typed."""
    request = _request(session, call, address, channel="web", body=text)
    ticket = open_for(session, call, request, actor=CUSTOMER)
    message = Voicemail(call_id=call.id, state="delivered", ticket_id=ticket.id, started_at=now, ended_at=now)
    session.add(message)
    session.flush()
    _log(session, call, ticket, None, actor=CUSTOMER)
    return ticket


def _request(
    session: Session, call: Call, address: Address, *, channel: str, body: str = "", subject: str = ""
) -> Request:
    item = item_of_call(session, call)
    topic = session.get(Topic, item.topic_id) if item.topic_id is not None else None
    return Request(
        channel=channel,
        body=body,
        subject=subject,
        topic_id=topic.id if topic is not None and topic.active else None,
        queue_id=item.queue_id,
        customer_id=call.customer_id,
        name=call.claimed_name,
        number=address.number or ("" if address.email else call.number),
        email=address.email,
        language=call.language,
    )


def open_for(
    session: Session,
    call: Call,
    request: Request,
    *,
    actor: Actor,
    recording_id: int | None = None,
) -> Ticket:
    """The new ticket, and its reference on the way to the caller's telephone."""
    ticket = add_ticket(
        session,
        request,
        actor=actor,
        key=f"voicemail:{call.public_id}",
        even_closed=True,
        recording_id=recording_id,
    )
    if ticket.number:
        confirm_by_sms(session, ticket, actor=CUSTOMER)
    return ticket


def close(session: Session, message: Voicemail, ticket: Ticket, *, now: datetime) -> None:
    """The message has become the ticket."""
    session.flush()
    compare_and_set(session, Voicemail, message.id, ("open",), state="delivered", ticket_id=ticket.id, ended_at=now)


def _log(session: Session, call: Call, ticket: Ticket, recording: Recording | None, *, actor: Actor) -> None:
    record_event(
        session,
        "voicemail.delivered",
        "call",
        call.id,
        actor=actor,
        reason="recorded" if recording is not None else "typed",
        after={
            "ticket": ticket.id,
            "queue": ticket.queue_id,
            "recording": recording.id if recording is not None else None,
            "whole": recording is None or recording.state == "complete",
        },
        contact_id=call.contact_id,
    )
