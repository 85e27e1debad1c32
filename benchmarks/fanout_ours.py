"""The product's own web process, with two events more by which a measurement sets its wallboards changing."""

from __future__ import annotations

from wsgi import app  # isort: skip  (patches for gevent first thing)

import time
from typing import Any

import gevent

from app import live
from app.board.images import KEY
from app.sockets import socketio
from benchmarks.changes import AT_ONCE, EVENT, FIRST, IN_FLIGHT, change

__all__ = ["app"]

ROOM = live.room_of("board", KEY)
_listener: live.Listener = app.extensions["hearback_listener"]
_loop = {"next": 0, "last": 0}


def _tell(number: int, due: float) -> None:
    _listener._emit(EVENT, change(number, due), ROOM, live.STAFF)


@socketio.on("bench.paced", namespace=live.STAFF)
def paced(order: dict[str, Any]) -> None:
    """`count` changes, `rate` a second, each stamped with the moment it was due."""
    began = time.monotonic() + 0.05
    for n in range(order["count"]):
        due = began + n / order["rate"]
        gevent.sleep(max(0.0, due - time.monotonic()))
        _tell(FIRST + n, due)


@socketio.on("bench.loop", namespace=live.STAFF)
def loop(order: dict[str, Any]) -> None:
    """Changes up to `count`, a few in flight, the next whenever the last client has some."""
    _loop.update(next=IN_FLIGHT, last=order["count"])
    for n in range(IN_FLIGHT):
        _tell(FIRST + n, time.monotonic())


@socketio.on("bench.got", namespace=live.STAFF)
def got() -> None:
    """The last client has AT_ONCE more."""
    first = _loop["next"]
    _loop["next"] = min(first + AT_ONCE, _loop["last"])
    for n in range(first, _loop["next"]):
        _tell(FIRST + n, time.monotonic())
