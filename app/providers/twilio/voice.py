"""Commands to Twilio about telephone legs and rooms. Thin: one function, one request.

Each raises TwilioRefused (it did not happen) or TwilioUnsure (it may have).
"""

from __future__ import annotations

from dataclasses import dataclass

from app.providers.twilio.client import TwilioRefused, ask, client
from app.providers.twilio.twiml import ROOM_EVENTS
from config import Settings

#: Twilio's codes: the call is over or was never there; a participant of that name is in the room already.
NOT_IN_PROGRESS, UNKNOWN, LABEL_TAKEN = 21220, 20404, 16025
#: States of a call at Twilio that it never leaves.
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Participant:
    """A leg in a room, by the ids of both."""

    call_sid: str
    conference_sid: str


def is_gone(error: TwilioRefused) -> bool:
    """True when the leg or room that the command was for is over."""
    return error.code in (NOT_IN_PROGRESS, UNKNOWN) or error.status == 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Whom to ring into which room, and who is told of it."""

    room: str
    #: "client:agent-7", or E.164.
    to: str
    label: str
    ring_s: int
    leg_url: str
    room_url: str
    #: The room is over when this leg leaves: true for customers only.
    ends_room: bool = False


def add_participant(settings: Settings, ring: Ring) -> Participant:
    """Ring a browser or a telephone into the room, which is made when it is not there."""
    made = ask(
        lambda: (
            client(settings)
            .conferences(ring.room)
            .participants.create(
                from_=settings.twilio_number,
                to=ring.to,
                label=ring.label,
                timeout=ring.ring_s,
                beep="false",
                wait_url="",
                early_media=False,
                start_conference_on_enter=True,
                end_conference_on_exit=ring.ends_room,
                status_callback=ring.leg_url,
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                conference_status_callback=ring.room_url,
                conference_status_callback_method="POST",
                conference_status_callback_event=list(ROOM_EVENTS),
            )
        )
    )
    return Participant(str(made.call_sid), str(made.conference_sid))


def find_participant(settings: Settings, *, room: str, label: str) -> Participant | None:
    """The leg of this label in the room that lives under this name now."""
    rooms = ask(lambda: client(settings).conferences.list(friendly_name=room, status="in-progress", limit=5))
    rooms += ask(lambda: client(settings).conferences.list(friendly_name=room, status="init", limit=5))
    for each in rooms:
        for leg in ask(lambda sid=each.sid: client(settings).conferences(sid).participants.list(limit=50)):  # type: ignore[misc]
            if leg.label == label:
                return Participant(str(leg.call_sid), str(leg.conference_sid))
    return None


def set_hold(settings: Settings, *, conference_sid: str, call_sid: str, held: bool, music_url: str) -> None:
    """The participant hears music and nobody hears them, or they are back."""
    leg = client(settings).conferences(conference_sid).participants(call_sid)
    if held:
        ask(lambda: leg.update(hold=True, hold_url=music_url, hold_method="GET"))
    else:
        ask(lambda: leg.update(hold=False))


def redirect_call(settings: Settings, call_sid: str, twiml: str) -> None:
    """Let a leg that is on the line go on with another document."""
    ask(lambda: client(settings).calls(call_sid).update(twiml=twiml))


def end_call(settings: Settings, call_sid: str) -> None:
    """Hang up; one that still rings stops ringing."""
    ask(lambda: client(settings).calls(call_sid).update(status="completed"))


def fetch_status(settings: Settings, call_sid: str) -> str:
    """How the call stands at Twilio: "in-progress", one of OVER, ... Not for live state: it may lag."""
    return str(ask(lambda: client(settings).calls(call_sid).fetch()).status)
