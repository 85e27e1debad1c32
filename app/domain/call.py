"""The life of a call, and which of the provider's late, doubled or disordered status reports count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.moves import follow


class CallState(StrEnum):
    """Where the call is. ENDING: hang-up asked for, the provider has not confirmed it yet."""

    INITIATED = "initiated"
    IVR = "ivr"
    QUEUED = "queued"
    OFFERING = "offering"
    BRIDGING = "bridging"
    CONNECTED = "connected"
    HELD = "held"
    CONSULTING = "consulting"
    TRANSFERRED = "transferred"
    ENDING = "ending"
    ENDED = "ended"


class CallEvent(StrEnum):
    """What happens to a call."""

    GREET = "greet"  # the menu speaks
    ENQUEUE = "enqueue"
    OFFER = "offer"
    OFFER_ENDED = "offer_ended"
    ACCEPT = "accept"
    DIAL = "dial"  # outbound: the agent is there, the customer is being rung
    BRIDGE = "bridge"
    BRIDGE_FAILED = "bridge_failed"
    HOLD = "hold"
    RESUME = "resume"
    CONSULT = "consult"
    CONSULT_ENDED = "consult_ended"
    TRANSFER = "transfer"
    TO_QUEUE = "to_queue"  # transfer to a queue, or an agent lost for good
    HANG_UP = "hang_up"
    END = "end"


class CallEnd(StrEnum):
    """Why a call ended."""

    CUSTOMER_HANGUP = "customer_hangup"
    AGENT_HANGUP = "agent_hangup"
    SHORT_ABANDON = "short_abandon"
    ABANDONED = "abandoned"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    OVERFLOW = "overflow"
    CLOSED = "closed"
    QUEUE_FULL = "queue_full"
    MAX_WAIT = "max_wait"
    SUPERVISOR_END = "supervisor_end"
    MEDIA_LOST = "media_lost"


_S, _E = CallState, CallEvent
FINAL: frozenset[CallState] = frozenset({_S.ENDED})
OPEN: frozenset[CallState] = frozenset(_S) - FINAL
LIVE: frozenset[CallState] = frozenset({_S.CONNECTED, _S.HELD, _S.CONSULTING, _S.TRANSFERRED})  # has an owner

MOVES: Mapping[tuple[CallState, CallEvent], CallState] = MappingProxyType(
    {
        (_S.INITIATED, _E.GREET): _S.IVR,
        (_S.INITIATED, _E.ENQUEUE): _S.QUEUED,
        (_S.INITIATED, _E.DIAL): _S.BRIDGING,
        (_S.IVR, _E.ENQUEUE): _S.QUEUED,
        (_S.QUEUED, _E.OFFER): _S.OFFERING,
        (_S.OFFERING, _E.OFFER_ENDED): _S.QUEUED,
        (_S.OFFERING, _E.ACCEPT): _S.BRIDGING,
        (_S.BRIDGING, _E.BRIDGE): _S.CONNECTED,
        (_S.BRIDGING, _E.BRIDGE_FAILED): _S.QUEUED,
        (_S.CONNECTED, _E.HOLD): _S.HELD,
        (_S.CONNECTED, _E.CONSULT): _S.CONSULTING,
        (_S.CONNECTED, _E.TRANSFER): _S.TRANSFERRED,
        (_S.CONNECTED, _E.TO_QUEUE): _S.QUEUED,
        (_S.HELD, _E.RESUME): _S.CONNECTED,
        (_S.HELD, _E.CONSULT): _S.CONSULTING,
        (_S.HELD, _E.TO_QUEUE): _S.QUEUED,
        (_S.CONSULTING, _E.CONSULT_ENDED): _S.CONNECTED,
        (_S.CONSULTING, _E.TRANSFER): _S.TRANSFERRED,
        (_S.CONSULTING, _E.TO_QUEUE): _S.QUEUED,
        (_S.TRANSFERRED, _E.BRIDGE): _S.CONNECTED,  # the new owner and the customer hear each other
        (_S.TRANSFERRED, _E.BRIDGE_FAILED): _S.QUEUED,
        **{(state, _E.HANG_UP): _S.ENDING for state in _S if state not in {_S.ENDING, _S.ENDED}},
        **{(state, _E.END): _S.ENDED for state in _S if state is not _S.ENDED},
    }
)


def advance(state: CallState, event: CallEvent) -> CallState:
    """The state after ``event``.

    Raises:
        IllegalMove: a call in ``state`` cannot have ``event``; nothing leaves ENDED.
    """
    return follow("call", MOVES, state, event)


# A call only ever goes up in rank; all ways to end share one, so the first ending stands.
PROVIDER_RANK: Mapping[str, int] = MappingProxyType(
    {
        "queued": 0,
        "initiated": 1,
        "ringing": 2,
        "in-progress": 3,
        "completed": 9,
        "busy": 9,
        "no-answer": 9,
        "failed": 9,
        "canceled": 9,
    }
)
PROVIDER_FINAL: frozenset[str] = frozenset(status for status, rank in PROVIDER_RANK.items() if rank == 9)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A provider's word about a call: its status and since when (aware UTC)."""

    status: str
    at: datetime


class StatusVerdict(StrEnum):
    """What to do with a report."""

    TAKE = "take"  # store status and time
    EARLIER_START = "earlier_start"  # same status, seen earlier: only the time moves back
    IGNORE = "ignore"


def judge_status(known: StatusReport | None, report: StatusReport) -> StatusVerdict:
    """What a report changes, by rank and never by sequence number or time of arrival.

    Raises:
        ValueError: the status is none of ``PROVIDER_RANK``.
    """
    rank = PROVIDER_RANK.get(report.status)
    if rank is None:
        raise ValueError(f"unknown provider status {report.status!r}")
    if known is None or rank > PROVIDER_RANK[known.status]:
        return StatusVerdict.TAKE
    if report.status == known.status and report.at < known.at:
        return StatusVerdict.EARLIER_START
    return StatusVerdict.IGNORE
