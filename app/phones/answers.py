"""The document a caller's telephone is to run, from how the call stands. Reads only; the same question has one answer.

Because the answer follows from the rows, a request that comes twice, late or after a restart is answered rightly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.caller_image import place_in_line
from app.calls.models import Call
from app.calls.refusing import CLOSED, FULL, MAX_WAIT
from app.domain.call import CallEnd
from app.domain.voicemail import LONGEST_S
from app.phones import addresses
from app.phones.spoken import LANGUAGES, choice, in_language, text
from app.providers.twilio import twiml
from app.providers.twilio.twiml import Line
from app.queues.hours import announcements, queue_hours
from app.queues.models import Queue, Topic
from app.queues.opening_words import closed_lines
from app.queues.work import WorkItem
from config import Settings

#: Keys 1 to 9; what does not fit is reached through a person.
MOST_TOPICS = 9
#: Keys while waiting, and the one that refuses a recording.
CALL_ME_BACK, LEAVE_MESSAGE, DO_NOT_RECORD = "1", "2", "9"
#: Stands for the name of a call.
_ANY_CALL = "~call~"


def language_menu(settings: Settings, public_id: str, *, again: int = 0) -> str:
    """Every language speaks for itself. Whoever calls gets it first, so all but the call's name is written once."""
    return _language_menu(settings.public_url, again).replace(_ANY_CALL, public_id)


@lru_cache(maxsize=16)
def _language_menu(public_url: str, again: int) -> str:
    lines = [Line(text("language", code), code) for code in LANGUAGES]
    return twiml.menu(lines, action=addresses.of_name(public_url, _ANY_CALL, f"language?again={again}"))


def topic_menu(session: Session, settings: Settings, call: Call, *, again: int = 0) -> str:
    """The notice, what is announced to everybody, and the topics of the public queues."""
    code = call.language
    if again:
        lines = [text("not_understood", code)]
    else:
        lines = [in_language(each.texts, code) for each in announcements(session, [])]
        lines.append(text("notice", code))
    for key, topic in enumerate(public_topics(session), start=1):
        lines.append(choice(key, in_language(topic.names, code), code))
    action = addresses.of_call(settings, call, f"topic?again={again}")
    return twiml.menu([Line(each, code) for each in lines], action=action)


def recording_menu(settings: Settings, call: Call, topic: Topic) -> str:
    """The notice before a call that may be recorded, and the way to refuse it."""
    action = addresses.of_call(settings, call, f"recording?topic={topic.id}")
    return twiml.menu([Line(text("recording", call.language), call.language)], action=action, timeout_s=3)


def public_topics(session: Session) -> list[Topic]:
    """The topics of the menu; the first key is the first one."""
    wanted = (
        select(Topic)
        .join(Queue, Queue.id == Topic.queue_id)
        .where(Topic.active, Topic.public, Queue.public)
        .order_by(Queue.position, Topic.position, Topic.id)
        .limit(MOST_TOPICS)
    )
    return list(session.scalars(wanted))


def document_of(session: Session, settings: Settings, call: Call) -> str:
    """What the caller's own leg does next."""
    if call.state in ("initiated", "ivr"):
        return language_menu(settings, call.public_id)
    if call.state == "ended":
        return farewell(session, settings, call)
    if call.state in ("queued", "offering", "bridging"):
        return to_line(settings, call)
    return to_room(settings, call)


def to_line(settings: Settings, call: Call, *, first: bool = False) -> str:
    """Into the queue at the carrier; the place in our line is kept whatever happens there."""
    lines = [Line(text("hold_on", call.language), call.language)] if first else []
    action, wait = addresses.of_call(settings, call, "left"), addresses.of_call(settings, call, "wait")
    return twiml.wait_in_line(action=action, wait_url=wait, lines=lines)


def to_room(settings: Settings, call: Call) -> str:
    """Into the room where the agent is."""
    room = twiml.Room(
        addresses.room_name(call), addresses.of_room(settings, call), addresses.of_call(settings, call, "after")
    )
    return twiml.join_room(room, label="customer")


def while_waiting(session: Session, settings: Settings, call: Call, *, first: bool, before: Sequence[Line] = ()) -> str:
    """News of the line and music, after the lines `before`; out of the queue for whoever no longer waits."""
    item = session.get(WorkItem, call.work_item_id) if call.work_item_id is not None else None
    lines: list[str] = []
    if call.state == "ended":
        return twiml.leave_line()
    if item is not None and item.state == "queued":
        place = place_in_line(session, item)
        code, position = call.language, place["position"]
        if first:
            lines += [
                in_language(each.texts, code) for each in announcements(session, [item.queue_id]) if each.queue_id
            ]
        lines.append(text("next", code) if position == 1 else text("position", code, position=position))
        if place["band"] not in (None, "unknown"):
            lines.append(text(place["band"], code))
        if call.number:
            lines.append(text("callback_offer", code))
        lines.append(text("message_offer", code))
    return twiml.while_waiting(
        [*before, *(Line(each, call.language) for each in lines)],
        music_url=addresses.of_music(settings),
        action=addresses.of_call(settings, call, "key"),
    )


def farewell(session: Session, settings: Settings, call: Call) -> str:
    """The last words: why nobody answered, where that is so, and the offer to leave a message."""
    code = call.language
    item = session.get(WorkItem, call.work_item_id) if call.work_item_id is not None else None
    if call.end_reason == "callback":
        return twiml.say_and_hang_up([Line(text("callback_promised", code), code)])
    if call.end_reason == CallEnd.VOICEMAIL:
        return message_after(settings, call, [])
    if item is None or call.end_reason not in (CLOSED, FULL, MAX_WAIT):
        return twiml.say_and_hang_up([Line(text("goodbye", code), code)])
    queue = session.get_one(Queue, item.queue_id)
    if call.end_reason == CLOSED:
        now = clock.now()
        with force_locale(code):
            words = closed_lines(queue, queue_hours(session, queue, now), now)
        announced = [in_language(each.texts, code) for each in announcements(session, [queue.id]) if each.queue_id]
        lines = [*announced, *words]
    else:
        lines = [text(call.end_reason, code)]
    return message_after(settings, call, lines)


def message_after(settings: Settings, call: Call, lines: list[str]) -> str:
    """Words, then the tone."""
    code = call.language
    return twiml.take_message(
        [Line(each, code) for each in [*lines, text("leave_message", code)]],
        action=addresses.of_call(settings, call, "message"),
        told_url=addresses.of_recording(settings, call),
        longest_s=LONGEST_S,
    )
