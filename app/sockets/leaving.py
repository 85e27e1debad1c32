"""Pages that are gone are told of even if the database is away when they go.

A socket that nobody takes out of the tables counts as here for as long as its process beats: a caller who hung up
would wait in line for ever, an agent who went home would be rung.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from sqlalchemy.exc import InterfaceError, OperationalError

log = logging.getLogger(__name__)

_AWAY = (OperationalError, InterfaceError)

#: What the database has not heard yet: a use case, and the socket it is about. Both bear being told twice.
_untold: deque[tuple[Callable[[str], None], str]] = deque()


def tell(step: Callable[[str], None], sid: str) -> None:
    """Run `step(sid)` now or, if the database is away, as soon as it is back."""
    try:
        step(sid)
    except _AWAY as error:
        log.warning("a page left while the database was away: %s", type(error).__name__)
        _untold.append((step, sid))


def tell_again() -> None:
    """Tell what could not be told, in the order in which it happened; called with every heart-beat.

    Raises:
        sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError: the database is still away.
    """
    while _untold:
        step, sid = _untold[0]
        try:
            step(sid)
        except _AWAY:
            raise
        except Exception:
            log.exception("a page that left could not be taken out")
        _untold.popleft()
