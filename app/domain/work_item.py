"""The life of one piece of routed work: a caller in a queue, a callback, a text conversation, a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.domain.moves import follow
from app.domain.timers import SHORT_ABANDON_S


class WorkState(StrEnum):
    """Where the item is. CLOSED and CANCELED are final: coming back opens a new leg."""

    CREATED = "created"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RESERVED = "reserved"
    ASSIGNED = "assigned"
    PARKED = "parked"
    WRAPPING = "wrapping"
    CLOSED = "closed"
    CANCELED = "canceled"


class WorkEvent(StrEnum):
    """What happens to an item."""

    PLAN = "plan"  # a callback with a date
    DUE = "due"
    ADMIT = "admit"  # intake done, hours open
    CLAIM = "claim"  # the router took item and agent together
    CONNECT = "connect"  # accepted and, for voice, bridged: answered-at is this moment
    OFFER_ENDED = "offer_ended"  # rejected, timed out, leg failed, agent lost: keeps its enqueue time
    CALLER_LEFT = "caller_left"
    DEFLECT = "deflect"  # the caller takes a callback; a new item copies the virtual start
    GIVE_UP = "give_up"  # overflow, voicemail, closed
    WITHDRAW = "withdraw"  # no longer wanted before it was queued
    FINISH = "finish"  # media ended, or the agent is done
    PARK = "park"  # waiting for the customer's reply; capacity is free
    REPLY = "reply"
    TRANSFER = "transfer"  # to a queue: leg n+1 of the same contact
    RECOVER = "recover"  # the agent's browser was lost while talking: back with top priority
    DISPOSE = "dispose"  # disposition saved, wrap-up timer, or supervisor


class EndReason(StrEnum):
    """Why an item was canceled."""

    SHORT_ABANDON = "short_abandon"
    ABANDONED = "abandoned"
    ABANDONED_WHILE_RINGING = "abandoned_while_ringing"
    DEFLECTED_CALLBACK = "deflected_callback"
    OVERFLOW = "overflow"
    VOICEMAIL = "voicemail"
    CLOSED = "closed"
    QUEUE_FULL = "queue_full"
    MAX_WAIT = "max_wait"
    WITHDRAWN = "withdrawn"


FINAL: frozenset[WorkState] = frozenset({WorkState.CLOSED, WorkState.CANCELED})
OPEN: frozenset[WorkState] = frozenset(WorkState) - FINAL
# Somebody's.
LIVE: frozenset[WorkState] = frozenset({WorkState.RESERVED, WorkState.ASSIGNED, WorkState.WRAPPING})

_S, _E = WorkState, WorkEvent
MOVES: Mapping[tuple[WorkState, WorkEvent], WorkState] = MappingProxyType(
    {
        (_S.CREATED, _E.PLAN): _S.SCHEDULED,
        (_S.CREATED, _E.ADMIT): _S.QUEUED,
        (_S.CREATED, _E.CALLER_LEFT): _S.CANCELED,
        (_S.CREATED, _E.GIVE_UP): _S.CANCELED,
        (_S.CREATED, _E.WITHDRAW): _S.CANCELED,
        (_S.SCHEDULED, _E.DUE): _S.QUEUED,
        (_S.SCHEDULED, _E.WITHDRAW): _S.CANCELED,
        (_S.QUEUED, _E.CLAIM): _S.RESERVED,
        (_S.QUEUED, _E.CALLER_LEFT): _S.CANCELED,
        (_S.QUEUED, _E.DEFLECT): _S.CANCELED,
        (_S.QUEUED, _E.GIVE_UP): _S.CANCELED,
        (_S.QUEUED, _E.WITHDRAW): _S.CANCELED,
        (_S.QUEUED, _E.TRANSFER): _S.QUEUED,
        (_S.QUEUED, _E.PARK): _S.PARKED,  # a callback whose customer's page is closed
        (_S.PARKED, _E.WITHDRAW): _S.CANCELED,
        (_S.RESERVED, _E.CONNECT): _S.ASSIGNED,
        (_S.RESERVED, _E.OFFER_ENDED): _S.QUEUED,
        (_S.RESERVED, _E.CALLER_LEFT): _S.CANCELED,
        (_S.ASSIGNED, _E.FINISH): _S.WRAPPING,
        (_S.ASSIGNED, _E.PARK): _S.PARKED,
        (_S.ASSIGNED, _E.TRANSFER): _S.QUEUED,
        (_S.ASSIGNED, _E.RECOVER): _S.QUEUED,
        (_S.PARKED, _E.REPLY): _S.QUEUED,
        (_S.PARKED, _E.DISPOSE): _S.CLOSED,
        (_S.WRAPPING, _E.DISPOSE): _S.CLOSED,
    }
)


def advance(state: WorkState, event: WorkEvent) -> WorkState:
    """The state after ``event``.

    Raises:
        IllegalMove: an item in ``state`` cannot have ``event``; nothing leaves a final state.
    """
    return follow("work item", MOVES, state, event)


def abandon_reason(state: WorkState, waited_s: float, short_abandon_s: float = SHORT_ABANDON_S) -> EndReason:
    """How a caller's leaving is counted; ``waited_s`` is since this leg was queued.

    While an agent's device rings it is always ABANDONED_WHILE_RINGING, however short: the agent's offer was
    real.
    """
    if state is WorkState.RESERVED:
        return EndReason.ABANDONED_WHILE_RINGING
    return EndReason.SHORT_ABANDON if waited_s < short_abandon_s else EndReason.ABANDONED
