"""Who may leave a message instead of talking, how long it may be, and what becomes of one that nobody sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.domain.call import CallEnd, CallState

#: Seconds of sound; a longer one is cut by the page, and refused by the store.
LONGEST_S: Final = 180
#: Seconds below which there is nothing to listen to: a click on record and away.
SHORTEST_S: Final = 1
#: Recordings that one call may begin: who is not content records anew, and nobody fills the disk.
MOST_TRIES: Final = 10
#: A recording that was neither sent nor thrown away is delivered after so long: people expect a message to arrive.
UNSENT: Final = timedelta(minutes=10)

#: Ends of callers with whom nobody has spoken.
_UNANSWERED: frozenset[str] = frozenset(
    {
        CallEnd.CLOSED,
        CallEnd.QUEUE_FULL,
        CallEnd.MAX_WAIT,
        CallEnd.ABANDONED,
        CallEnd.SHORT_ABANDON,
        CallEnd.VOICEMAIL,
    }
)
_IN_LINE: frozenset[str] = frozenset({CallState.QUEUED, CallState.OFFERING})


def is_in_line(state: str) -> bool:
    """True while the caller waits: whoever leaves a message now leaves the line."""
    return state in _IN_LINE


def may_leave_message(state: str, end_reason: str) -> bool:
    """True for a caller who waits, or whose wait ended without an answer."""
    return is_in_line(state) or (state == CallState.ENDED and end_reason in _UNANSWERED)


def is_worth_keeping(chunks: int, duration_s: float | None) -> bool:
    """True when there is something to listen to."""
    return chunks > 0 and (duration_s or 0) >= SHORTEST_S
