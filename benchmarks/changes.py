"""The change that all servers of the fan-out send: about 300 bytes, of one length, so that they send the same."""

from __future__ import annotations

from typing import Any

#: The product's own event: its server treats it as what it is, an image of which the latest counts.
EVENT = "board.image"
#: Numbers of changes have eight digits.
FIRST = 10_000_000
#: As fast as it goes: so many are on their way at most, and so many follow at once when the last client has as many.
IN_FLIGHT, AT_ONCE = 8, 4
PING_S = 10

_ROW = {"id": 17, "name": "Agent Seventeen", "state": "talking", "since": 1790000000, "queue": 12, "code": ""}


def change(number: int, due: float) -> dict[str, Any]:
    """The change `number`, due at that second of the monotonic clock."""
    return {"v": number, "t": int(due * 1e6), "rows": [_ROW, _ROW], "gone": []}
