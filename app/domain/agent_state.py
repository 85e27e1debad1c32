"""What an agent may be offered: three axes (session, intent, load) and what follows from them.

Load never edits intent, and a lost connection never edits intent either: each axis has its own owner, so a
break asked for during a call, or a dropped network, cannot silently make somebody ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.moves import follow
from app.domain.reservation import ReservationState


class Channel(StrEnum):
    """The lanes of capacity. Whatever is spoken uses VOICE."""

    VOICE = "voice"
    SMS = "sms"
    TICKET = "ticket"


class Kind(StrEnum):
    """What a work item is; several kinds share one channel."""

    CALL = "call"
    CALLBACK = "callback"
    QUALITY = "quality"
    CONSULT = "consult"
    SMS = "sms"
    TICKET = "ticket"


CHANNEL_OF: Mapping[Kind, Channel] = MappingProxyType(
    {
        Kind.CALL: Channel.VOICE,
        Kind.CALLBACK: Channel.VOICE,
        Kind.QUALITY: Channel.VOICE,
        Kind.CONSULT: Channel.VOICE,
        Kind.SMS: Channel.SMS,
        Kind.TICKET: Channel.TICKET,
    }
)


class Session(StrEnum):
    """Whether the server hears the agent's browser. Only the transport moves this axis."""

    OFFLINE = "offline"
    CONNECTED = "connected"
    GRACE = "grace"  # the transport was lost a moment ago; a refresh comes back within it


class SessionEvent(StrEnum):
    """What happens to the transport."""

    CONNECT = "connect"
    LOSE = "lose"
    GRACE_OVER = "grace_over"
    SIGN_OUT = "sign_out"


SESSION_MOVES: Mapping[tuple[Session, SessionEvent], Session] = MappingProxyType(
    {
        (Session.OFFLINE, SessionEvent.CONNECT): Session.CONNECTED,
        (Session.CONNECTED, SessionEvent.CONNECT): Session.CONNECTED,  # a further tab, or a takeover
        (Session.CONNECTED, SessionEvent.LOSE): Session.GRACE,
        (Session.CONNECTED, SessionEvent.SIGN_OUT): Session.OFFLINE,
        (Session.GRACE, SessionEvent.CONNECT): Session.CONNECTED,
        (Session.GRACE, SessionEvent.GRACE_OVER): Session.OFFLINE,
        (Session.GRACE, SessionEvent.SIGN_OUT): Session.OFFLINE,
    }
)


def advance_session(state: Session, event: SessionEvent) -> Session:
    """The session after ``event``.

    Raises:
        IllegalMove: the session cannot have ``event`` now.
    """
    return follow("agent session", SESSION_MOVES, state, event)


class Intent(StrEnum):
    """What the agent means to do; set by the agent, a supervisor or missed offers, never by load."""

    AVAILABLE = "available"
    BREAK = "break"
    TRAINING = "training"
    COACHING = "coaching"
    MISSED = "missed"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class IntentChange:
    """The intent in force, and the one to come when nothing is in hand ("after this call: break")."""

    intent: Intent
    pending: Intent | None = None


def ask_intent(current: Intent, wanted: Intent, busy: bool, at_once: bool = False) -> IntentChange:
    """The intent after somebody asked for ``wanted``.

    A wish to stop waits for the work in hand; being ready again, a miss and a supervisor's order
    (``at_once``) count from now. Asking for the intent in force takes a pending one back.
    """
    if wanted is current or not busy or at_once or wanted in {Intent.AVAILABLE, Intent.MISSED}:
        return IntentChange(wanted)
    return IntentChange(current, wanted)


def settle_intent(current: Intent, pending: Intent | None, busy: bool) -> IntentChange:
    """The intent after the load changed: a pending one comes into force when nothing is in hand any more."""
    if pending is not None and not busy:
        return IntentChange(pending)
    return IntentChange(current, pending)


# One person has one voice; written work can wait a little while another one is being read.
DEFAULT_MAXIMA: Mapping[str, int] = MappingProxyType({Channel.VOICE: 1, Channel.SMS: 4, Channel.TICKET: 5})

# Key: channel in hand; value: channels not offered meanwhile. Written work in hand does not keep a call
# waiting.
DEFAULT_BLOCKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {Channel.VOICE: frozenset({Channel.SMS, Channel.TICKET})}
)


def remaining_capacity(
    loads: Mapping[str, int],
    maxima: Mapping[str, int] = DEFAULT_MAXIMA,
    blocks: Mapping[str, frozenset[str]] = DEFAULT_BLOCKS,
) -> dict[str, int]:
    """Weight that may still be offered per channel of ``maxima``, never below 0.

    ``loads`` is the sum of weights over the agent's live reservations (pending, accepted, active, wrapping),
    recomputed from the rows and never kept as a counter.
    """
    blocked: set[str] = set()
    for channel, load in loads.items():
        if load > 0:
            blocked |= blocks.get(channel, frozenset())
    return {
        channel: 0 if channel in blocked else max(0, maximum - loads.get(channel, 0))
        for channel, maximum in maxima.items()
    }


class Light(StrEnum):
    """The lights that must all be green before an agent is offered work."""

    SESSION = "session"
    INTENT = "intent"
    PENDING_INTENT = "pending_intent"
    COOL_DOWN = "cool_down"
    CAPACITY = "capacity"
    MEMBERSHIP = "membership"
    SKILL = "skill"
    CERTIFICATE = "certificate"
    REPLY_PERMISSION = "reply_permission"
    VOICE_DEVICE = "voice_device"


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent as routing sees them. ``loads`` and ``maxima`` are weights per channel."""

    session: Session
    intent: Intent
    pending_intent: Intent | None = None
    cool_down_until: datetime | None = None
    loads: Mapping[str, int] = field(default_factory=dict)
    maxima: Mapping[str, int] = field(default_factory=lambda: DEFAULT_MAXIMA)
    voice_registered: bool = False
    may_reply: bool = True


@dataclass(frozen=True, slots=True)
class QueueFit:
    """How the agent stands to one queue now; ``certified`` means by a certificate valid at this time."""

    member: bool
    skilled: bool
    certified: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether work may be offered, and every light that is red (not only the first)."""

    ok: bool
    reasons: tuple[Light, ...]


def routable(
    agent: Standing,
    fit: QueueFit,
    channel: str,
    now: datetime,
    *,
    weight: int = 1,
    blocks: Mapping[str, frozenset[str]] = DEFAULT_BLOCKS,
) -> Verdict:
    """Whether the agent may be offered ``weight`` of ``channel`` from that queue at ``now``.

    A pending intent is a red light: without it a steady flow of texts would put the break off for ever.
    """
    room = remaining_capacity(agent.loads, agent.maxima, blocks).get(channel, 0)
    red = {
        Light.SESSION: agent.session is not Session.CONNECTED,
        Light.INTENT: agent.intent is not Intent.AVAILABLE,
        Light.PENDING_INTENT: agent.pending_intent is not None,
        Light.COOL_DOWN: agent.cool_down_until is not None and now < agent.cool_down_until,
        Light.CAPACITY: room < weight,
        Light.MEMBERSHIP: not fit.member,
        Light.SKILL: not fit.skilled,
        Light.CERTIFICATE: not fit.certified,
        Light.REPLY_PERMISSION: not agent.may_reply,
        Light.VOICE_DEVICE: channel == Channel.VOICE and not agent.voice_registered,
    }
    reasons = tuple(light for light, is_red in red.items() if is_red)
    return Verdict(not reasons, reasons)


class Display(StrEnum):
    """The one word that a board shows for an agent, derived and never stored as truth."""

    OFFLINE = "offline"
    RECONNECTING = "reconnecting"
    TALKING = "talking"
    CONNECTING = "connecting"
    RINGING = "ringing"
    WRAP_UP = "wrap_up"
    AVAILABLE = "available"
    WORKING = "working"  # written work in hand, and ready for more
    BREAK = "break"
    TRAINING = "training"
    COACHING = "coaching"
    MISSED = "missed"


_VOICE_SHOWS: tuple[tuple[ReservationState, Display], ...] = (
    (ReservationState.ACTIVE, Display.TALKING),
    (ReservationState.ACCEPTED, Display.CONNECTING),
    (ReservationState.PENDING, Display.RINGING),
    (ReservationState.WRAPPING, Display.WRAP_UP),
)


def display_state(session: Session, intent: Intent, reservations: Iterable[tuple[str, ReservationState]]) -> Display:
    """The word for the board; ``reservations`` are the agent's live (channel, state) pairs.

    A lost line is said first, then what the voice is doing, then the intent, then written work.
    """
    if session is Session.GRACE:
        return Display.RECONNECTING
    if session is Session.OFFLINE:
        return Display.OFFLINE
    held = list(reservations)
    voice = {state for channel, state in held if channel == Channel.VOICE}
    for state, shown in _VOICE_SHOWS:
        if state in voice:
            return shown
    if intent is not Intent.AVAILABLE:
        return Display(intent.value)
    return Display.WORKING if held else Display.AVAILABLE
