"""How far an SMS has come, in a carrier's words and in ours. Reports come late, twice and in any order."""

from __future__ import annotations

from collections.abc import Mapping

#: A carrier's statuses from first to last. What was reported never goes back down. A handset that says it has the
#: message outranks a carrier that gave up on it.
CARRIER_RANKS: Mapping[str, int] = {
    "accepted": 1,
    "scheduled": 2,
    "queued": 3,
    "sending": 4,
    "sent": 5,
    "canceled": 6,
    "failed": 6,
    "undelivered": 6,
    "partially_delivered": 6,
    "delivered": 7,
    "read": 8,
}
#: Nothing more is to be expected after these.
CARRIER_FINAL = frozenset({"canceled", "failed", "undelivered", "partially_delivered", "delivered", "read"})
#: The carrier has it and has not let it go yet.
STILL_THERE = frozenset({"accepted", "scheduled", "queued", "sending"})

_OURS = {
    "canceled": "failed",
    "failed": "failed",
    "undelivered": "failed",
    "partially_delivered": "failed",
    "delivered": "delivered",
    "read": "delivered",
}


def further(kept: str, reported: str) -> bool:
    """True when `reported` takes a message further than the status that is kept ("" before any)."""
    return CARRIER_RANKS.get(reported, 0) > CARRIER_RANKS.get(kept, 0)


def ours(reported: str) -> str | None:
    """ "sent", "delivered" or "failed" for a carrier's status; None for one that nobody knows."""
    if reported not in CARRIER_RANKS:
        return None
    return _OURS.get(reported, "sent")
