"""How long a caller may still wait, said as a band and never as a minute: a queue is not a timetable."""

from __future__ import annotations

from enum import StrEnum


class WaitingBand(StrEnum):
    """Minutes of waiting still ahead; UNKNOWN when there is nothing honest to say."""

    UNDER_1 = "under_1"
    FROM_1_TO_2 = "1_2"
    FROM_2_TO_5 = "2_5"
    FROM_5_TO_10 = "5_10"
    OVER_10 = "over_10"
    UNKNOWN = "unknown"


# A band ends before its bound, in seconds of expected waiting.
_BOUNDS: tuple[tuple[float, WaitingBand], ...] = (
    (60, WaitingBand.UNDER_1),
    (120, WaitingBand.FROM_1_TO_2),
    (300, WaitingBand.FROM_2_TO_5),
    (600, WaitingBand.FROM_5_TO_10),
)


def expected_wait_s(position: int, serving: int, handle_time_s: float | None, free: int = 0) -> float | None:
    """Seconds until the caller at ``position`` (1 = next) is reached, or None when it cannot be said.

    Formula: (position - free) x handle time / serving, and 0 for those whom the ``free`` agents take at
    once. ``serving`` agents who are busy all the time finish one contact every (handle time / serving)
    seconds, and each finish moves the queue by one. ``handle_time_s`` is the recent mean of talk, hold and
    wrap-up.

    Raises:
        ValueError: the position is below 1.
    """
    if position < 1:
        raise ValueError("positions count from 1")
    if serving < 1:
        return None
    if position <= free:
        return 0.0
    if handle_time_s is None or handle_time_s <= 0:
        return None
    return (position - max(0, free)) * handle_time_s / serving


def waiting_band(position: int, serving: int, handle_time_s: float | None, free: int = 0) -> WaitingBand:
    """The band of :func:`expected_wait_s`; UNKNOWN when nobody serves, or nothing is known about handling
    times.

    Raises:
        ValueError: the position is below 1.
    """
    seconds = expected_wait_s(position, serving, handle_time_s, free)
    if seconds is None:
        return WaitingBand.UNKNOWN
    for bound, band in _BOUNDS:
        if seconds < bound:
            return band
    return WaitingBand.OVER_10
