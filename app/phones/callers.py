"""What the caller's own telephone asks: each request reads or moves the call and is answered with the next document.

Use cases: one transaction each. A request that comes twice finds the call moved on and gets the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.callback_page import leave_for_callback
from app.calls.ending import end_for_customer
from app.calls.legs import customer_leg
from app.calls.models import Call
from app.calls.refusing import FULL
from app.calls.ringing_in import take_call
from app.calls.steering import VOICEMAIL_TOPIC, steer
from app.calls.telephone import choose_topic, leave_line
from app.db import reading, transaction
from app.domain.call import CallEnd
from app.domain.phone_numbers import e164_of
from app.errors import Conflict, NotFound
from app.eventlog import CUSTOMER, PROVIDER
from app.outbox import enqueue
from app.phones import answers
from app.phones.spoken import LANGUAGES, text
from app.providers.twilio import twiml
from app.providers.twilio.twiml import Line
from app.providers.twilio.voice import OVER
from app.queues.models import Queue, Topic
from app.security.receipts import first_time
from config import Settings

#: How often a menu is said before the first choice is taken.
MOST_TIMES = 2
#: The name that callers whom the living demo plays are shown with (app/demo/living/telephones.py).
PLAYED = "Hearback simulation"
#: What Enqueue ends as when the caller is gone, or can no longer be kept there.
_LOST = frozenset({"hangup", "system-error", "error"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the call's opaque name, its fields, and the token of a repeated one."""

    public_id: str
    fields: dict[str, str]
    token: str = ""


def answer_call(settings: Settings, fields: dict[str, str]) -> str:
    """A telephone rings in: the call is made, and every language speaks for itself."""
    sid = fields["CallSid"]
    public_id = take_call(sid=sid, number=e164_of(fields.get("From", "")), now=clock.now())
    if public_id is not None:
        return answers.language_menu(settings, public_id)
    with transaction() as session:
        call = session.scalars(select(Call).where(Call.start_key == sid).with_for_update()).one()
        return answers.document_of(session, settings, call)


def choose_language(settings: Settings, asked: Asked, *, again: int) -> str:
    """The topics in the language of the key; without one the languages once more, and then English."""
    with transaction() as session:
        call = _lock(session, asked)
        if call.state != "ivr":
            return answers.document_of(session, settings, call)
        digits = asked.fields.get("Digits", "")
        if digits not in ("1", "2", "3") and again < MOST_TIMES - 1:
            return answers.language_menu(settings, call.public_id, again=again + 1)
        call.language = LANGUAGES[int(digits) - 1] if digits in ("1", "2", "3") else "en"
        return answers.topic_menu(session, settings, call)


def choose_by_key(settings: Settings, asked: Asked, *, again: int) -> str:
    """Into the line of the topic of the key; in silence the first topic, so that nobody without keys is lost."""
    with transaction() as session:
        call = _lock(session, asked)
        if call.state != "ivr":
            return answers.document_of(session, settings, call)
        topics, digits = answers.public_topics(session), asked.fields.get("Digits", "")
        key = int(digits) if digits.isdigit() else 0
        if not 1 <= key <= len(topics):
            if again < MOST_TIMES - 1:
                return answers.topic_menu(session, settings, call, again=again + 1)
            key = 1
        if not topics:
            end_for_customer(session, call, reason="failed", actor=PROVIDER)
            return broken(call.language)
        topic = topics[key - 1]
        if session.get_one(Queue, topic.queue_id).recording != "off":
            return answers.recording_menu(settings, call, topic)
        return _enter(session, settings, call, topic, asked, "not_told")


def choose_recording(settings: Settings, asked: Asked, *, topic_id: int) -> str:
    """The caller heard that the call may be recorded; the key says no, silence lets it be."""
    with transaction() as session:
        call = _lock(session, asked)
        if call.state != "ivr":
            return answers.document_of(session, settings, call)
        topic = session.scalar(select(Topic).where(Topic.id == topic_id, Topic.active, Topic.public))
        if topic is None:
            return answers.topic_menu(session, settings, call)
        refused = asked.fields.get("Digits", "") == answers.DO_NOT_RECORD
        return _enter(session, settings, call, topic, asked, "refused" if refused else "told")


def is_played(settings: Settings, fields: dict[str, str]) -> bool:
    """Whether the living demo rings: only where it lives, and where the carrier is a simulated one on this machine."""
    return settings.lives and bool(settings.twilio_api_base) and fields.get("CallerName") == PLAYED


def _enter(session: Session, settings: Settings, call: Call, topic: Topic, asked: Asked, consent: str) -> str:
    refusal = choose_topic(
        session,
        call,
        topic,
        recording_consent=consent,
        max_waiting=settings.max_waiting_web_calls,
        now=clock.now(),
        simulated=is_played(settings, asked.fields),
    )
    session.flush()
    if refusal is not None:
        return answers.farewell(session, settings, call)
    return answers.to_line(settings, call, first=True)


def while_waiting(settings: Settings, asked: Asked) -> str:
    """News and music. Asked for again and again, so it only reads."""
    with reading() as session:
        call = session.scalar(select(Call).where(Call.public_id == asked.public_id))
        if call is None:
            raise NotFound(code="call_unknown")
        first = int(asked.fields.get("QueueTime") or 0) < 5
        return answers.while_waiting(session, settings, call, first=first)


def press_while_waiting(settings: Settings, asked: Asked) -> str:
    """1 keeps the place for a callback, 2 leaves a message; any other key changes nothing."""
    digits = asked.fields.get("Digits", "")
    with transaction() as session:
        call = _lock(session, asked)
        waits = call.state in ("queued", "offering")
        try:
            if waits and digits == answers.CALL_ME_BACK and call.number:
                leave_for_callback(session, call, number=call.number, now=clock.now())
            elif waits and digits == answers.LEAVE_MESSAGE:
                leave_line(session, call, reason=CallEnd.VOICEMAIL.value, now=clock.now())
        except Conflict:  # an agent's telephone rings in this very moment
            line = Line(text("about_to_be_answered", call.language), call.language)
            return answers.while_waiting(session, settings, call, first=False, before=(line,))
        if call.state == "ended":
            return twiml.leave_line()
        return answers.while_waiting(session, settings, call, first=False)


def left_queue(settings: Settings, asked: Asked) -> str:
    """The caller is out of the carrier's queue: gone, on the way to an agent, or to hear the last words."""
    result = asked.fields.get("QueueResult", "")
    with transaction() as session:
        call = _lock(session, asked)
        if asked.fields.get("CallStatus") in OVER or result in _LOST:
            customer_leg(session, call).place = "gone"
            if first_time(session, f"voice:{asked.fields.get('CallSid')}:left:{result}", asked.token):
                end_for_customer(session, call, reason="customer_hangup", actor=CUSTOMER)
            return broken(call.language)
        if result == "queue-full" and call.state in ("queued", "offering"):
            leave_line(session, call, reason=FULL, now=clock.now())
        if result == "leave" or result == "queue-full":
            return answers.document_of(session, settings, call)
        return twiml.NO_ANSWER  # where it goes on, the command that took it out of the queue has said


def left_room(settings: Settings, asked: Asked) -> str:
    """The caller's leg is out of the room and goes on by itself: hung up, back in line, or the talk is over."""
    with transaction() as session:
        call = _lock(session, asked)
        leg = customer_leg(session, call)
        if asked.fields.get("CallStatus") in OVER:
            leg.place = "gone"
            end_for_customer(session, call, reason="customer_hangup", actor=CUSTOMER)
            return twiml.NO_ANSWER
        if call.state in ("queued", "offering", "bridging") and leg.place != "line":
            leg.place = "line"
            steer(session, call)  # the agent may be in the room already
        return answers.document_of(session, settings, call)


def message_taken(settings: Settings, asked: Asked) -> str:
    """The caller is done speaking."""
    with transaction() as session:
        call = _lock(session, asked)
        return twiml.say_and_hang_up([Line(text("message_kept", call.language), call.language)])


def message_recorded(asked: Asked) -> None:
    """The sound can be fetched: work for the queue, done by the worker. Told twice it is done once."""
    sid, status = asked.fields.get("RecordingSid", ""), asked.fields.get("RecordingStatus", "")
    with transaction() as session:
        call = _lock(session, asked)
        if status != "completed" or not first_time(session, f"recording:{sid}:{status}", asked.token):
            return
        payload = {"call": call.id, "recording_sid": sid, "duration_s": int(asked.fields.get("RecordingDuration") or 0)}
        enqueue(session, VOICEMAIL_TOPIC, key=f"recording:{sid}", payload=payload)


def broken(language: str = "") -> str:
    """Sorry, in one language or in all: needs nothing but this file."""
    languages = (language,) if language else LANGUAGES
    return twiml.say_and_hang_up([Line(text("broken", code), code) for code in languages])


def _lock(session: Session, asked: Asked) -> Call:
    call = session.scalar(
        select(Call)
        .where(Call.public_id == asked.public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if call is None:
        raise NotFound(code="call_unknown")
    return call
