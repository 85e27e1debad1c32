"""What a webhook may hear of, and which values go along: ids, states and codes, never a word that a person typed.

docs/webhooks.md carries the same list; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Event -> the fields of its "after" side that are told. Whatever is not named here stays in the house.
CATALOGUE: Mapping[str, tuple[str, ...]] = {
    "call.initiated": ("state", "topic", "language"),
    "call.queued": ("state",),
    "call.connected": ("state", "owner"),
    "call.ended": ("state", "owner"),
    "work_item.queued": ("state", "queue", "leg", "enqueued_at"),
    "work_item.canceled": ("state",),
    "reservation.offered": ("state", "agent", "work_item"),
    "reservation.accepted": ("state", "agent"),
    "reservation.rejected": ("state", "agent"),
    "reservation.timed_out": ("state", "agent"),
    "interaction.recorded": ("agent", "customer", "outcome", "incomplete"),
    "ticket.opened": ("state", "queue", "reference"),
    "ticket.assigned": ("state", "owner"),
    "ticket.transferred": ("state", "queue", "from_queue"),
    "ticket.received": ("state", "message"),
    "ticket.pending_customer": ("state", "owner"),
    "ticket.on_hold": ("state", "owner"),
    "ticket.open": ("state", "owner"),
    "ticket.resolved": ("state", "owner"),
    "ticket.closed": ("state", "owner"),
    "agent.intent_changed": ("intent", "pending"),
    "agent.missed": ("intent", "misses"),
    "queue.opened": ("active",),
    "queue.closed": ("active",),
    "customer.created": (),
    "customer.changed": (),
}

#: Longest text that still counts as a code.
_LONGEST = 80


def told(name: str, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values of an event that leave the house: numbers, truth values and short codes of the named fields."""
    given = after or {}
    return {field: given[field] for field in CATALOGUE.get(name, ()) if field in given and _may_leave(given[field])}


def _may_leave(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST
    return value is None or isinstance(value, bool | int | float)
