"""What a telephone leg is to do next, as TwiML. Pure: text and addresses in, a document out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import VoiceResponse

#: Language of a call -> (language code, voice) of spoken text. There is no voice named zh-TW.
VOICES = {
    "en": ("en-GB", "Polly.Amy-Neural"),
    "zh_Hans": ("cmn-CN", "Polly.Zhiyu-Neural"),
    "zh_Hant": ("cmn-TW", "Google.cmn-TW-Standard-A"),
}
#: Name of the one queue at the carrier; who is next is decided in our database and nowhere else.
QUEUE = "callers"
#: Events of a room that are told: `start` and `end` name the room, the others say who hears.
ROOM_EVENTS = ("start", "end", "join", "leave")
LONGEST_SAY = 4096
NO_ANSWER = str(VoiceResponse())


@dataclass(frozen=True, slots=True)
class Line:
    """One spoken text with its language."""

    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Room:
    """A conference: its opaque name, who is told of it, and where the caller's own leg goes on afterwards."""

    name: str
    events_url: str
    after_url: str


def menu(lines: Sequence[Line], *, action: str, digits: int = 1, timeout_s: int = 5) -> str:
    """Speak, and take keys at any time; silence is an answer too and goes to `action` without digits."""
    answer = VoiceResponse()
    gather = answer.gather(
        input="dtmf",
        action=action,
        method="POST",
        num_digits=digits,
        timeout=timeout_s,
        finish_on_key="",
        action_on_empty_result=True,
    )
    _say(gather, lines)
    return str(answer)


def say_and_hang_up(lines: Sequence[Line]) -> str:
    """Kind words, and the end."""
    answer = VoiceResponse()
    _say(answer, lines)
    answer.hangup()
    return str(answer)


def wait_in_line(*, action: str, wait_url: str, lines: Sequence[Line] = ()) -> str:
    """Into the queue at the carrier, where `wait_url` says what is heard."""
    answer = VoiceResponse()
    _say(answer, lines)
    answer.enqueue(QUEUE, action=action, method="POST", wait_url=wait_url, wait_url_method="POST")
    return str(answer)


def while_waiting(lines: Sequence[Line], *, music_url: str, action: str) -> str:
    """News and music for who waits; a key may be pressed during either. Ends by itself and is asked for again."""
    answer = VoiceResponse()
    gather = answer.gather(
        input="dtmf",
        action=action,
        method="POST",
        num_digits=1,
        timeout=1,
        finish_on_key="",
        action_on_empty_result=False,
    )
    _say(gather, lines)
    gather.play(music_url, loop=1)
    return str(answer)


def leave_line() -> str:
    """Out of the queue at the carrier; where it goes on says the action of the one who put it there."""
    answer = VoiceResponse()
    answer.leave()
    return str(answer)


def join_room(room: Room, *, label: str) -> str:
    """The caller's leg into the room. The room ends with it."""
    answer = VoiceResponse()
    dial = answer.dial(action=room.after_url, method="POST")
    dial.conference(
        room.name,
        participant_label=label,
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        beep="false",
        wait_url="",
        status_callback=room.events_url,
        status_callback_method="POST",
        status_callback_event=" ".join(ROOM_EVENTS),
    )
    return str(answer)


def take_message(lines: Sequence[Line], *, action: str, told_url: str, longest_s: int) -> str:
    """A message after the tone; `told_url` hears when the sound is there to be fetched."""
    answer = VoiceResponse()
    _say(answer, lines)
    answer.record(
        action=action,
        method="POST",
        max_length=longest_s,
        timeout=5,
        finish_on_key="#",
        play_beep=True,
        trim="trim-silence",
        recording_status_callback=told_url,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    answer.hangup()
    return str(answer)


def _say(where: VoiceResponse, lines: Sequence[Line]) -> None:
    for line in lines:
        code, voice = VOICES.get(line.language, VOICES["en"])
        where.say(line.text[:LONGEST_SAY], voice=voice, language=code)
