"""How long sign-in is refused after wrong passwords: rarely felt by people, hopeless for guessing."""

from __future__ import annotations

from datetime import timedelta

#: Wrong passwords in a row that cost nothing: people mistype.
FREE_TRIES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)


def delay_after(failures: int) -> timedelta:
    """How long the next try is refused after `failures` wrong passwords in a row; doubles up to the longest.

    The cap keeps an attacker from locking somebody out of work for a day, and still leaves under 100 tries
    a day.
    """
    if failures < FREE_TRIES:
        return timedelta(0)
    # Shifting by more than 5 only passes the cap, and would overflow after thousands of tries.
    return min(FIRST_DELAY * (1 << min(failures - FREE_TRIES, 5)), LONGEST_DELAY)
