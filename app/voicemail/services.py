"""A caller leaves a message: record, hear it, record anew, send; or type it. Use cases; the call cookie says whose."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.calls.locks import lock_call
from app.calls.models import Call
from app.db import transaction
from app.domain.voicemail import LONGEST_S, MOST_TRIES
from app.errors import Conflict, Invalid, NotFound, TooMany
from app.eventlog import CUSTOMER, record_event
from app.queues.models import Queue
from app.recordings import store
from app.recordings.models import Recording
from app.tickets.intake import LONGEST_TEXT, confirm_by_sms
from app.tickets.models import Ticket
from app.voicemail.models import Voicemail
from app.voicemail.records import (
    Address,
    deliver,
    deliver_text,
    delivered,
    demand_unanswered,
    item_of_call,
    leave_line,
    message_of,
    open_message,
    throw_away,
)


@dataclass(frozen=True, slots=True)
class Started:
    """A message that is being recorded. `longest_s` seconds fit; the sound is deleted after `days`."""

    public_id: str
    longest_s: int
    days: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What the caller is told: the reference, and whether it also comes by SMS."""

    reference: str
    by_sms: bool


def start_message(call_id: int, *, media_type: str) -> Started:
    """A new message of the caller, who leaves the line by it; one that was not sent yet is thrown away.

    Raises:
        Conflict: somebody answered, or a message of this call has arrived.
        TooMany: recorded anew too often.
        Invalid: no kind of sound that is kept.
    """
    now = clock.now()
    with transaction() as session:
        call = lock_call(session, call_id)
        demand_unanswered(session, call)
        tries = session.scalar(select(func.count()).where(Voicemail.call_id == call_id)) or 0
        if tries >= MOST_TRIES:
            raise TooMany(code="voicemail_tries")
        _throw_open_away(session, call, reason="recorded_anew")
        leave_line(session, call, now=now)
        queue = session.get_one(Queue, item_of_call(session, call).queue_id)
        recording = store.begin(
            session,
            kind="voicemail",
            contact_id=call.contact_id,
            call_id=call.id,
            queue_id=queue.id,
            media_type=media_type,
            now=now,
            actor=CUSTOMER,
        )
        session.add(Voicemail(call_id=call.id, recording_id=recording.id, state="open", started_at=now))
        return Started(recording.public_id, LONGEST_S, queue.recording_days)


def keep_chunk(call_id: int, public_id: str, seq: int, data: bytes) -> bool:
    """True when the sound is new; the same chunk twice does no harm.

    Raises:
        NotFound: no message of this call.
        Conflict: it is over, or an earlier chunk is missing.
        Invalid: it is no sound, or too much of it.
    """
    now = clock.now()
    with transaction() as session:
        return store.add_chunk(session, _own(session, call_id, public_id), seq, data, now)


def finish_message(call_id: int, public_id: str, *, duration_s: float, chunks: int) -> None:
    """Everything that was recorded is here: the caller may listen, send it or record anew.

    Raises:
        NotFound: no message of this call.
        Conflict: a part is missing, or it is over.
    """
    now = clock.now()
    with transaction() as session:
        recording = _own(session, call_id, public_id)
        store.finish(session, recording, duration_s=duration_s, chunks=chunks, now=now, actor=CUSTOMER)


def discard_message(call_id: int, public_id: str) -> None:
    """The caller does not want to leave it: the sound is deleted. Asking twice changes nothing.

    Raises:
        NotFound: no message of this call.
        Conflict: it has arrived already.
    """
    now = clock.now()
    with transaction() as session:
        lock_call(session, call_id)
        recording = _own(session, call_id, public_id)
        message = message_of(session, call_id, recording)
        if message.state == "delivered":
            raise Conflict(code="voicemail_sent")
        if message.state == "open":
            throw_away(session, message, recording, reason="discarded", now=now)


def send_message(call_id: int, public_id: str, address: Address) -> Sent:
    """The message is a ticket in the queue's line. Sending twice is sending once.

    Raises:
        NotFound: no message of this call.
        Conflict: it is still being recorded, or was thrown away.
    """
    now = clock.now()
    with transaction() as session:
        call = lock_call(session, call_id)
        recording = _own(session, call_id, public_id)
        message = message_of(session, call_id, recording)
        if message.state == "delivered":
            return _sent(_reachable(session, session.get_one(Ticket, message.ticket_id), address))
        if message.state == "discarded" or recording.state == "deleted":
            raise Conflict(code="voicemail_gone")
        if recording.state == "open":
            raise Conflict(code="recording_still_open")
        return _sent(deliver(session, call, message, recording, address, now=now, actor=CUSTOMER))


def write_message(call_id: int, text: str, address: Address) -> Sent:
    """A message that was typed is a ticket too; whoever waited leaves the line. Sending twice is sending once.

    Raises:
        Invalid: nothing was written, or too much.
        Conflict: somebody answered, or a spoken message of this call has arrived.
    """
    body = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not body:
        raise Invalid(code="ticket_text_missing", fields={"text": "text_missing"})
    if len(body) > LONGEST_TEXT:
        raise Invalid(code="ticket_text_too_long", fields={"text": "too_long"})
    now = clock.now()
    with transaction() as session:
        call = lock_call(session, call_id)
        known = delivered(session, call_id)
        if known is not None and known.channel == "web":
            return _sent(_reachable(session, known, address))
        demand_unanswered(session, call)
        _throw_open_away(session, call, reason="typed_instead")
        leave_line(session, call, now=now)
        return _sent(deliver_text(session, call, body, address, now=now))


def _own(session: Session, call_id: int, public_id: str) -> Recording:
    recording = store.lock_recording(session, public_id)
    if recording.kind != "voicemail" or recording.call_id != call_id:
        raise NotFound(code="recording_unknown")
    return recording


def _throw_open_away(session: Session, call: Call, *, reason: str) -> None:
    message = open_message(session, call.id)
    if message is None or message.recording_id is None:
        return
    recording = session.get_one(Recording, message.recording_id, with_for_update=True, populate_existing=True)
    throw_away(session, message, recording, reason=reason, now=clock.now())


def _reachable(session: Session, ticket: Ticket, address: Address) -> Ticket:
    """The ticket, with the address that its caller gave only after it had been delivered by itself."""
    if ticket.number or ticket.email or not (address.number or address.email):
        return ticket
    ticket = session.get_one(Ticket, ticket.id, with_for_update=True, populate_existing=True)
    ticket.number, ticket.email = address.number, address.email
    ticket.version += 1
    record_event(
        session, "ticket.reachable", "ticket", ticket.id, actor=CUSTOMER, after={"sms": bool(address.number)},
        contact_id=ticket.contact_id,
    )  # fmt: skip
    if ticket.number:
        confirm_by_sms(session, ticket, actor=CUSTOMER)
    return ticket


def _sent(ticket: Ticket) -> Sent:
    return Sent(ticket.reference, bool(ticket.number))
