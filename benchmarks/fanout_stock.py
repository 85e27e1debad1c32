"""Flask-SocketIO as it comes, without a product: one room, the same changes."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import time  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO, join_room  # noqa: E402

from benchmarks.changes import AT_ONCE, EVENT, FIRST, IN_FLIGHT, PING_S, change  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent", ping_interval=PING_S, ping_timeout=PING_S, cors_allowed_origins="*")
_loop = {"next": 0, "last": 0}


def _tell(number: int, due: float) -> None:
    socketio.emit(EVENT, change(number, due), to="board")


@app.get("/healthz")
def healthz() -> str:
    """It is up."""
    return "ok"


@socketio.on("board.sync")
def sync(_data: Any) -> dict[str, bool]:
    """This client shows the board."""
    join_room("board")
    return {"ok": True}


@socketio.on("bench.paced")
def paced(order: dict[str, Any]) -> None:
    """`count` changes, `rate` a second, each stamped with the moment it was due."""
    began = time.monotonic() + 0.05
    for n in range(order["count"]):
        due = began + n / order["rate"]
        gevent.sleep(max(0.0, due - time.monotonic()))
        _tell(FIRST + n, due)


@socketio.on("bench.loop")
def loop(order: dict[str, Any]) -> None:
    """Changes up to `count`, a few in flight, the next whenever the last client has some."""
    _loop.update(next=IN_FLIGHT, last=order["count"])
    for n in range(IN_FLIGHT):
        _tell(FIRST + n, time.monotonic())


@socketio.on("bench.got")
def got() -> None:
    """The last client has AT_ONCE more."""
    first = _loop["next"]
    _loop["next"] = min(first + AT_ONCE, _loop["last"])
    for n in range(first, _loop["next"]):
        _tell(FIRST + n, time.monotonic())
