"""What the telephone network is to be told next about a call: from what should be, and what it knows already.

The desk decides in its own rows; the network follows. One step at a time: each is looked for anew after the last one,
so that a change in between, a crash or a lost answer leads to the same end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.call import LIVE, CallState
from app.domain.callback import CallbackState

#: Seconds from the agent's click until both sides hear each other. Longer than between two pages: the carrier rings
#: the agent's browser first and moves the caller then.
TO_BRIDGE_S = 15
#: Seconds the carrier rings an agent's browser, which takes the call by itself.
AGENT_RING_S = 15


class Place(StrEnum):
    """Where a leg is, as far as the network was told or said. A leg that was ASKED into the room may still ring."""

    NOWHERE = ""
    MENU = "menu"
    LINE = "line"
    ASKED = "asked"
    ROOM = "room"
    GONE = "gone"


class StepKind(StrEnum):
    """What to tell the network."""

    ADD = "add"  # ring an agent's browser into the room
    RING = "ring"  # a customer's telephone, from our number
    FIND = "find"  # an answer got lost: look whether the leg is there
    TO_ROOM = "to_room"
    TO_LINE = "to_line"
    HOLD = "hold"
    RESUME = "resume"
    END = "end"
    SAY_GOODBYE = "say_goodbye"  # the wait ended without an answer: kind words, and a message may be left


@dataclass(frozen=True, slots=True)
class LegThere:
    """One leg as the desk and the network know it."""

    id: int
    role: str
    #: The desk has ended it.
    left: bool
    place: Place
    #: Its own call at the network; empty before the network said so.
    sid: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One command about one leg."""

    kind: StepKind
    leg_id: int


_CONNECTED = frozenset({Place.ASKED, Place.ROOM})
_HOLDING = frozenset({CallState.HELD, CallState.CONSULTING})
_WAITING = frozenset({CallState.QUEUED, CallState.OFFERING, CallState.BRIDGING})


def next_step(state: CallState, end_reason: str, legs: Sequence[LegThere], *, rung: str = "") -> Step | None:
    """The command that is missing most, None when the network does what the desk wants.

    `rung`: the state of the callback (app/domain/callback.py) where it is we who ring the customer, else empty.

    The customer is moved before anybody is taken out of a room, so that nobody sits in silence; a leg that the desk
    gave up is ended whatever the call does.
    """
    customer = next((leg for leg in legs if leg.role == "customer"), None)
    others = [leg for leg in legs if leg.role != "customer"]
    for leg in others:
        if not leg.left and leg.place is Place.ASKED and not leg.sid:
            return Step(StepKind.FIND, leg.id)
    for leg in others:
        if not leg.left and leg.place is Place.NOWHERE and (state in LIVE or state is CallState.BRIDGING):
            return Step(StepKind.ADD, leg.id)
    if customer is not None and rung:
        step = _for_rung(state, rung, customer, others)
        if step is not None:
            return Step(step, customer.id)
    elif customer is not None and customer.sid:
        step = _for_customer(state, end_reason, customer, others)
        if step is not None:
            return Step(step, customer.id)
    for leg in others:
        if leg.left and leg.place in _CONNECTED:
            return Step(StepKind.END if leg.sid else StepKind.FIND, leg.id)
    return None


def _for_customer(state: CallState, end_reason: str, customer: LegThere, others: Sequence[LegThere]) -> StepKind | None:
    if state is CallState.ENDED:
        if customer.place in _CONNECTED:
            return StepKind.END
        return StepKind.SAY_GOODBYE if customer.place is Place.LINE and end_reason == "max_wait" else None
    if customer.place is Place.LINE and belongs_in_room(state, others):
        return StepKind.TO_ROOM
    if customer.place in _CONNECTED and state in _WAITING and not belongs_in_room(state, others):
        return StepKind.TO_LINE
    return _hold_or_resume(state, customer) if state in LIVE else None


def _for_rung(state: CallState, rung: str, customer: LegThere, others: Sequence[LegThere]) -> StepKind | None:
    """The customer is rung once the agent's own line stands: nobody picks up to silence."""
    if state in LIVE:
        return _hold_or_resume(state, customer)
    if rung == CallbackState.RINGING and state is CallState.BRIDGING:
        free = customer.place in (Place.NOWHERE, Place.GONE)
        there = any(leg.role == "agent" and not leg.left and leg.place is Place.ROOM for leg in others)
        return StepKind.RING if free and there else None
    if rung == CallbackState.CONNECTED and state is CallState.BRIDGING:
        return None
    return StepKind.END if customer.place in _CONNECTED and customer.sid else None


def _hold_or_resume(state: CallState, customer: LegThere) -> StepKind | None:
    wanted = state in _HOLDING
    if customer.place is not Place.ROOM or wanted == customer.held:
        return None
    return StepKind.HOLD if wanted else StepKind.RESUME


def belongs_in_room(state: CallState, others: Sequence[LegThere]) -> bool:
    """Whether the customer's place is with an agent: in a talk, or as soon as the agent who accepted is there."""
    if state in LIVE:
        return True
    return state is CallState.BRIDGING and any(
        leg.role == "agent" and not leg.left and leg.place is Place.ROOM for leg in others
    )
