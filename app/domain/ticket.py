"""The life of a ticket: a written request that lasts until it is answered, longer than any stretch of work on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.moves import follow


class TicketState(StrEnum):
    """Where the ticket is. CLOSED is final: what the customer writes later opens another ticket."""

    NEW = "new"  # nobody has had it in hand yet
    OPEN = "open"  # in somebody's hand, or back in line
    PENDING_CUSTOMER = "pending_customer"  # the customer is asked for something
    ON_HOLD = "on_hold"  # somebody else is waited for: a depot, an insurer
    RESOLVED = "resolved"  # answered; the customer may still say that it is not
    CLOSED = "closed"


class TicketEvent(StrEnum):
    """What happens to a ticket."""

    ASSIGN = "assign"  # to an agent, by the router or by a person
    REQUEUE = "requeue"  # back in line, of this queue or of another
    AWAIT_CUSTOMER = "await_customer"
    HOLD = "hold"
    CUSTOMER_REPLY = "customer_reply"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"


_S, _E = TicketState, TicketEvent
#: Somebody still owes the customer an answer, or waits for one.
OPEN_STATES: frozenset[TicketState] = frozenset({_S.NEW, _S.OPEN, _S.PENDING_CUSTOMER, _S.ON_HOLD})
#: Set aside: nobody's capacity is held.
PARKED: frozenset[TicketState] = frozenset({_S.PENDING_CUSTOMER, _S.ON_HOLD})
FINAL: frozenset[TicketState] = frozenset({_S.CLOSED})

MOVES: Mapping[tuple[TicketState, TicketEvent], TicketState] = MappingProxyType(
    {
        (_S.NEW, _E.ASSIGN): _S.OPEN,
        (_S.NEW, _E.REQUEUE): _S.NEW,
        (_S.NEW, _E.CUSTOMER_REPLY): _S.NEW,
        (_S.OPEN, _E.ASSIGN): _S.OPEN,
        (_S.OPEN, _E.REQUEUE): _S.OPEN,
        (_S.OPEN, _E.CUSTOMER_REPLY): _S.OPEN,
        (_S.OPEN, _E.AWAIT_CUSTOMER): _S.PENDING_CUSTOMER,
        (_S.OPEN, _E.HOLD): _S.ON_HOLD,
        (_S.OPEN, _E.RESOLVE): _S.RESOLVED,
        **{
            (parked, event): after
            for parked in PARKED
            for event, after in (
                (_E.ASSIGN, _S.OPEN),
                (_E.REQUEUE, _S.OPEN),
                (_E.CUSTOMER_REPLY, _S.OPEN),
                (_E.RESOLVE, _S.RESOLVED),
            )
        },
        (_S.RESOLVED, _E.CUSTOMER_REPLY): _S.OPEN,
        (_S.RESOLVED, _E.REOPEN): _S.OPEN,
        (_S.RESOLVED, _E.CLOSE): _S.CLOSED,
    }
)

#: A resolved ticket stays open to the customer's "no" for so long, then it is closed.
REOPEN_WITHIN: Final = timedelta(days=7)
#: Points of a ticket that comes back in line: its customer has waited before.
RETURN_PRIORITY: Final = 5


def advance(state: TicketState, event: TicketEvent) -> TicketState:
    """The state after ``event``.

    Raises:
        IllegalMove: a ticket in ``state`` cannot have ``event``; nothing leaves CLOSED.
    """
    return follow("ticket", MOVES, state, event)


def allowed(state: TicketState) -> frozenset[TicketEvent]:
    """What may happen to a ticket in ``state``: the buttons of its page."""
    return frozenset(event for at, event in MOVES if at is state)


def may_reopen(resolved_at: datetime | None, now: datetime) -> bool:
    """True while what the customer writes about a resolved ticket still belongs to it."""
    return resolved_at is not None and now - resolved_at < REOPEN_WITHIN
