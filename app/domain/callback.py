"""The life of a promise to call back: from the caller's wish until they were spoken with, or could not be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.domain.moves import follow


class CallbackState(StrEnum):
    """Where the promise is."""

    WAITING = "waiting"  # in line, or set aside while the customer's page is closed
    RINGING = "ringing"  # an agent is there, the customer's page rings
    UNANSWERED = "unanswered"  # it rang for nothing; the agent chooses what now
    CONNECTED = "connected"  # the customer has answered
    DONE = "done"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"  # the customer does not want it any more, said while it rang
    CANCELED = "canceled"
    EXPIRED = "expired"


class CallbackEvent(StrEnum):
    """What happens to it."""

    RING = "ring"
    RING_OUT = "ring_out"  # nobody answered, or the agent stopped it
    ANSWER = "answer"
    BACK = "back"  # the attempt came to nothing, the customer keeps the place
    GIVE_UP = "give_up"
    DECLINE = "decline"
    CANCEL = "cancel"
    EXPIRE = "expire"
    END = "end"  # the talk is over


_S, _E = CallbackState, CallbackEvent
FINAL: frozenset[CallbackState] = frozenset({_S.DONE, _S.UNREACHABLE, _S.DECLINED, _S.CANCELED, _S.EXPIRED})

MOVES: Mapping[tuple[CallbackState, CallbackEvent], CallbackState] = MappingProxyType(
    {
        (_S.WAITING, _E.RING): _S.RINGING,
        (_S.WAITING, _E.CANCEL): _S.CANCELED,
        (_S.WAITING, _E.EXPIRE): _S.EXPIRED,
        (_S.RINGING, _E.RING_OUT): _S.UNANSWERED,
        (_S.RINGING, _E.ANSWER): _S.CONNECTED,
        (_S.RINGING, _E.BACK): _S.WAITING,
        (_S.RINGING, _E.DECLINE): _S.DECLINED,
        (_S.RINGING, _E.CANCEL): _S.CANCELED,
        (_S.UNANSWERED, _E.RING): _S.RINGING,
        (_S.UNANSWERED, _E.ANSWER): _S.CONNECTED,  # "I am here now", a moment late
        (_S.UNANSWERED, _E.BACK): _S.WAITING,
        (_S.UNANSWERED, _E.GIVE_UP): _S.UNREACHABLE,
        (_S.UNANSWERED, _E.DECLINE): _S.DECLINED,
        (_S.UNANSWERED, _E.CANCEL): _S.CANCELED,
        (_S.CONNECTED, _E.BACK): _S.WAITING,  # answered, but no sound came
        (_S.CONNECTED, _E.CANCEL): _S.CANCELED,
        (_S.CONNECTED, _E.END): _S.DONE,
    }
)


def advance(state: CallbackState, event: CallbackEvent) -> CallbackState:
    """The state after ``event``.

    Raises:
        IllegalMove: a callback in ``state`` cannot have ``event``; nothing leaves a final state.
    """
    return follow("callback", MOVES, state, event)
