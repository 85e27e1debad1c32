"""The life of an offer, and what a missed one costs. "Accepted" is not "connected"."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.domain.moves import follow
from app.domain.timers import (
    COOL_DOWN_BUSY_S,
    COOL_DOWN_NO_ANSWER_S,
    COOL_DOWN_REJECT_S,
    COOL_DOWN_UNREGISTERED_S,
    MISS_LIMIT_VOICE,
)


class ReservationState(StrEnum):
    """Where the offer is."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    WRAPPING = "wrapping"
    COMPLETED = "completed"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"  # the work is gone
    RESCINDED = "rescinded"  # somebody else has it, or a supervisor took it
    FAILED = "failed"  # a leg failed, or the agent was lost


class ReservationEvent(StrEnum):
    """What happens to an offer."""

    ACCEPT = "accept"
    BRIDGE = "bridge"  # customer and agent hear each other; for text: the conversation is open
    REJECT = "reject"
    TIME_OUT = "time_out"
    WORK_GONE = "work_gone"
    RESCIND = "rescind"
    LEG_FAILED = "leg_failed"  # also: accepted, but not bridged in time
    AGENT_LOST = "agent_lost"
    FINISH = "finish"
    RELEASE = "release"  # parked: the item waits for the customer and holds nobody's capacity
    DISPOSE = "dispose"


class Ending(StrEnum):
    """Why an offer came to nothing, as far as the cool-down is concerned."""

    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    UNREGISTERED = "unregistered"
    AGENT_LOST = "agent_lost"
    NOT_BRIDGED = "not_bridged"
    CANCELED = "canceled"
    RESCINDED = "rescinded"


_S, _E = ReservationState, ReservationEvent
LIVE: frozenset[ReservationState] = frozenset({_S.PENDING, _S.ACCEPTED, _S.ACTIVE, _S.WRAPPING})
OPEN: frozenset[ReservationState] = frozenset({_S.PENDING, _S.ACCEPTED})  # not yet answered
HOLDING: frozenset[ReservationState] = frozenset({_S.ACCEPTED, _S.ACTIVE})  # at most one per exclusive item
FINAL: frozenset[ReservationState] = frozenset(_S) - LIVE

MOVES: Mapping[tuple[ReservationState, ReservationEvent], ReservationState] = MappingProxyType(
    {
        (_S.PENDING, _E.ACCEPT): _S.ACCEPTED,
        (_S.PENDING, _E.REJECT): _S.REJECTED,
        (_S.PENDING, _E.TIME_OUT): _S.TIMED_OUT,
        (_S.PENDING, _E.WORK_GONE): _S.CANCELED,
        (_S.PENDING, _E.RESCIND): _S.RESCINDED,
        (_S.PENDING, _E.LEG_FAILED): _S.FAILED,
        (_S.PENDING, _E.AGENT_LOST): _S.FAILED,
        (_S.ACCEPTED, _E.BRIDGE): _S.ACTIVE,
        (_S.ACCEPTED, _E.WORK_GONE): _S.CANCELED,
        (_S.ACCEPTED, _E.LEG_FAILED): _S.FAILED,
        (_S.ACCEPTED, _E.AGENT_LOST): _S.FAILED,
        (_S.ACTIVE, _E.FINISH): _S.WRAPPING,
        (_S.ACTIVE, _E.RELEASE): _S.COMPLETED,
        (_S.ACTIVE, _E.AGENT_LOST): _S.FAILED,
        (_S.WRAPPING, _E.DISPOSE): _S.COMPLETED,
    }
)

COOL_DOWN_S: Mapping[Ending, int] = MappingProxyType(
    {
        Ending.BUSY: COOL_DOWN_BUSY_S,
        Ending.REJECTED: COOL_DOWN_REJECT_S,
        Ending.NO_ANSWER: COOL_DOWN_NO_ANSWER_S,
        Ending.UNREGISTERED: COOL_DOWN_UNREGISTERED_S,
        Ending.AGENT_LOST: COOL_DOWN_UNREGISTERED_S,  # the same thing seen from the other side: no device
        Ending.NOT_BRIDGED: COOL_DOWN_NO_ANSWER_S,  # else the same broken leg is tried again in the next pass
        Ending.CANCELED: 0,
        Ending.RESCINDED: 0,
    }
)


def advance(state: ReservationState, event: ReservationEvent) -> ReservationState:
    """The state after ``event``.

    Raises:
        IllegalMove: an offer in ``state`` cannot have ``event``; nothing leaves a final state.
    """
    return follow("reservation", MOVES, state, event)


def charges_miss(ended_as: ReservationState, device_rang: bool) -> bool:
    """True when the agent is to blame: the offer timed out although the device confirmed that it was ringing.

    A caller who gave up, a lost race, a broken leg, a lost browser or an offer that never reached the device
    say nothing about the agent; a rejection is an answer.
    """
    return ended_as is ReservationState.TIMED_OUT and device_rang


def cool_down_s(ending: Ending) -> int:
    """Seconds for which this agent is not offered this item again; 0: at once."""
    return COOL_DOWN_S[ending]


def misses_after(misses: int, ended_as: ReservationState, device_rang: bool) -> int:
    """Misses in a row after this ending: one more, back to 0 after an answer, else as before."""
    if charges_miss(ended_as, device_rang):
        return misses + 1
    answered = ended_as in {
        ReservationState.ACTIVE,
        ReservationState.WRAPPING,
        ReservationState.COMPLETED,
    }
    return 0 if answered else misses


def becomes_missed(misses: int, limit: int = MISS_LIMIT_VOICE) -> bool:
    """True when so many misses in a row take the agent out of routing until they say that they are back."""
    return misses >= limit
