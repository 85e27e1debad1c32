"""Listening in on a live call: when sound goes to the listener, when it counts, and that nothing comes back.

The listener hears what a recording of the call would hold: what the customer says and hears, no more. So a call on
hold, a private consultation and a pause for card data are silent for the listener as they are in a recording.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

#: A call heard for less is not one shadowed: greeting and name are over after about a minute, the matter begins.
LEAST_HEARD_S: Final = 60
#: How long a listener whose page is gone may come back; nobody waits for one.
LISTENER_GRACE_S: Final = 10
#: A listener whose line never stood is out after as long.
TO_HEAR_S: Final = 30

_DIRECTIONS: Final = frozenset({"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"})


def silence_of(call_state: str, *, held: bool, paused: bool, line_up: bool) -> str:
    """Why the listener hears nothing just now: "paused", "hold", "consult", "line"; empty when they hear the call."""
    if call_state in ("consulting", "transferred"):
        return "consult"
    if held or call_state != "connected":
        return "hold"
    if paused:
        return "paused"
    return "" if line_up else "line"


def heard_seconds(kept_s: int, since: datetime | None, now: datetime) -> int:
    """Whole seconds heard by `now`: those kept, and those that run since `since`."""
    return kept_s + (max(0, round((now - since).total_seconds())) if since is not None else 0)


def counts(heard_s: int) -> bool:
    """Whether a call heard for so many seconds is a shadowed call."""
    return heard_s >= LEAST_HEARD_S


def goes_one_way(sdp: str, direction: str) -> bool:
    """Whether every part of a session description says `direction` ("sendonly", "recvonly") or "inactive".

    A part that says nothing means both ways (RFC 8866, 6.7), so each has to say it itself.
    """
    lines = [line.strip() for line in sdp.splitlines()]
    parts = sum(line.startswith("m=") for line in lines)
    said = [line for line in lines if line in _DIRECTIONS]
    return 0 < parts == len(said) and all(line in (f"a={direction}", "a=inactive") for line in said)
