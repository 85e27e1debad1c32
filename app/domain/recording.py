"""What may be recorded, how much of it fits, and the life of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.moves import follow


class RecordingState(StrEnum):
    """How far a recording has come. DELETED is final: the row stays, the sound is gone."""

    OPEN = "open"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"  # the page that recorded is gone; what arrived is kept and can be heard
    DELETED = "deleted"


class RecordingEvent(StrEnum):
    """What happens to a recording."""

    FINISH = "finish"
    PAGE_LOST = "page_lost"
    PAGE_BACK = "page_back"  # it had only lost the server, and records on
    DELETE = "delete"


_S, _E = RecordingState, RecordingEvent
FINAL: frozenset[RecordingState] = frozenset({_S.DELETED})
MOVES: Mapping[tuple[RecordingState, RecordingEvent], RecordingState] = MappingProxyType(
    {
        (_S.OPEN, _E.FINISH): _S.COMPLETE,
        (_S.OPEN, _E.PAGE_LOST): _S.INCOMPLETE,
        (_S.OPEN, _E.DELETE): _S.DELETED,
        (_S.INCOMPLETE, _E.PAGE_BACK): _S.OPEN,
        # A page that was loaded anew delivers what the one before had kept.
        (_S.INCOMPLETE, _E.FINISH): _S.COMPLETE,
        (_S.INCOMPLETE, _E.DELETE): _S.DELETED,
        (_S.COMPLETE, _E.DELETE): _S.DELETED,
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits into one recording of a kind."""

    seconds: int
    bytes: int


LARGEST_CHUNK: Final = 1024 * 1024
LIMITS: Mapping[str, Limits] = MappingProxyType(
    {"call": Limits(seconds=3600, bytes=50 * 1024 * 1024), "voicemail": Limits(seconds=180, bytes=8 * 1024 * 1024)}
)
#: A page that sends nothing for so long is gone.
PAGE_GONE: Final = timedelta(seconds=60)
#: What a lost page had kept is taken for so long after its last sign of life.
LATE: Final = timedelta(hours=24)
#: Containers that browsers record, and how each begins: (offset, bytes).
MEDIA_STARTS: Mapping[str, tuple[int, bytes]] = MappingProxyType(
    {
        "audio/webm": (0, b"\x1a\x45\xdf\xa3"),
        "audio/ogg": (0, b"OggS"),
        "audio/mp4": (4, b"ftyp"),
        "audio/wav": (8, b"WAVE"),
        "audio/mpeg": (0, b"ID3"),  # or a frame without a tag before it, see `sounds_like`
    }
)
POLICIES: Final = ("off", "on", "on_request")


def advance(state: RecordingState, event: RecordingEvent) -> RecordingState:
    """The state after ``event``.

    Raises:
        IllegalMove: a recording in ``state`` cannot have ``event``; nothing leaves DELETED.
    """
    return follow("recording", MOVES, state, event)


def container_of(media_type: str) -> str | None:
    """The container of a media type as browsers write it ("audio/webm;codecs=opus"); None when it is none we take."""
    name = media_type.partition(";")[0].strip().lower()
    return name if name in MEDIA_STARTS else None


def begins_well(media_type: str, data: bytes) -> bool:
    """True when the first bytes of a recording are those of its container."""
    container = container_of(media_type)
    if container is None:
        return False
    offset, mark = MEDIA_STARTS[container]
    return data[offset : offset + len(mark)] == mark


def wants_recording(policy: str, consent: str, *, asked_for: bool) -> bool:
    """True when a call may be recorded now: the queue says so, the caller was told and did not refuse.

    `asked_for`: the agent pressed "record", which the policy "on_request" waits for.
    """
    if consent != "told":
        return False
    return policy == "on" or (policy == "on_request" and asked_for)


def sounds_like(data: bytes) -> str:
    """The container of a sound that a carrier made, by its first bytes; empty when it is none that is kept."""
    if data[:4] == b"RIFF" and begins_well("audio/wav", data):
        return "audio/wav"
    frame = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0
    return "audio/mpeg" if frame or begins_well("audio/mpeg", data) else ""


def carrier_step(state: str, told: str, *, paused: bool, ended: bool) -> str:
    """What the carrier of a telephone call is to do next about a recording; empty when nothing.

    "start", "pause", "resume", "stop", "fetch", "delete", or "never": over before it could begin. `told` is what it
    was told last: "", "running", "paused", "stopped", "deleted".
    """
    over = ended or state != RecordingState.OPEN
    if told == "":
        return "never" if over else "start"
    if told in ("running", "paused"):
        if over:
            return "stop"
        if paused == (told == "paused"):
            return ""
        return "pause" if paused else "resume"
    if told == "stopped":
        return "fetch" if state == RecordingState.OPEN else "delete"
    return ""
