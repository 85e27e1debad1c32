"""Events of the wallboard: its images, its heart-beat, and the orders of supervisors."""

from __future__ import annotations

import logging
import time
from typing import Any

from sqlalchemy import select

from app import clock, live
from app.board import limits, watching
from app.board.images import KEY
from app.board.models import BoardWatch
from app.calls import supervising
from app.db import reading
from app.errors import Invalid
from app.eventlog import person
from app.queues import control
from app.security.sessions import SignedIn
from app.sockets import VIEWS, background, join, number, on, snapshot, socketio, words

log = logging.getLogger(__name__)

#: Pages call their figures old after five seconds without one of these.
BEAT_EVERY_S = 2.0


@on("board.sync", permission="board.view")
def sync(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """The board as of now, and from now on each change of it."""
    join("board", KEY)
    join("board_day", KEY)
    return {"image": snapshot("board", KEY), "day": snapshot("board_day", KEY)}


@on("board.queue", permission="board.control")
def show_queue(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """Who waits in one queue: read anew, since the page asks after each order and does not sit in the queue's room."""
    with reading() as session:
        return {"image": VIEWS["queue"].build(session, str(number(data, "queue")))}


@on("board.acknowledge", permission="board.control")
def acknowledge(user: SignedIn, data: dict[str, Any]) -> None:
    """Somebody has seen a breach and takes care."""
    watching.acknowledge(number(data, "breach"), actor=person(user.id))


@on("board.limits", permission="board.control")
def set_limits(user: SignedIn, data: dict[str, Any]) -> None:
    """The limits of one queue or of the house; without any, those above it apply again."""
    queue = number(data, "queue") if data.get("queue") is not None else None
    typed = data.get("limits")
    if typed is not None and not isinstance(typed, dict):
        raise Invalid(code="signal_invalid")
    chosen = limits.read_limits(typed) if typed is not None else None
    limits.set_limits(queue, chosen, actor=person(user.id))


@on("board.state", permission="board.control")
def order_state(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """What an agent is to do."""
    code = words(data, "break_code", 30) if data.get("break_code") else None
    intent = control.order_state(
        number(data, "agent"), words(data, "intent", 20), break_code=code, reason=_reason(data), actor=person(user.id)
    )
    return {"intent": intent}


@on("board.log_out", permission="board.control")
def log_out(user: SignedIn, data: dict[str, Any]) -> None:
    """End an agent's shift."""
    control.log_out(number(data, "agent"), reason=_reason(data), actor=person(user.id))


@on("board.pull_back", permission="board.control")
def pull_back(user: SignedIn, data: dict[str, Any]) -> None:
    """Take the ringing call back from an agent."""
    supervising.pull_back(number(data, "agent"), reason=_reason(data), actor=person(user.id))


@on("board.move", permission="board.control")
def move_waiting(user: SignedIn, data: dict[str, Any]) -> None:
    """Put a waiting caller into another queue."""
    supervising.move_waiting(number(data, "item"), number(data, "queue"), reason=_reason(data), actor=person(user.id))


@on("board.cancel_callback", permission="board.control")
def cancel_callback(user: SignedIn, data: dict[str, Any]) -> None:
    """Take a promised callback off the line."""
    supervising.cancel_callback(number(data, "item"), reason=_reason(data), actor=person(user.id))


@on("board.priority", permission="board.control")
def reprioritise(user: SignedIn, data: dict[str, Any]) -> None:
    """Let a waiting contact come sooner or later."""
    points = data.get("points")
    if isinstance(points, bool) or not isinstance(points, int):
        raise Invalid(code="points_invalid", fields={"points": "points_invalid"})
    control.reprioritise(number(data, "item"), points, reason=_reason(data), actor=person(user.id))


@on("board.queue_open", permission="board.control")
def open_queue(user: SignedIn, data: dict[str, Any]) -> None:
    """Open or close a queue."""
    control.open_queue(
        number(data, "queue"), is_open=data.get("open") is True, reason=_reason(data), actor=person(user.id)
    )


def _reason(data: dict[str, Any]) -> str:
    return words(data, "reason", 2 * control.LONGEST_REASON)


def beat_boards(listener: live.Listener) -> None:
    """Tell open boards every other second that this process still hears of changes, and who looks at the limits.

    Silent while the bus or the database is lost: the boards turn grey, which is the truth.
    """
    room = live.room_of("board", KEY)
    while True:
        time.sleep(BEAT_EVERY_S)
        if not listener.listening.is_set() or not listener.has_members(room, live.STAFF):
            continue
        try:
            with reading() as session:
                looked_at = session.scalar(select(BoardWatch.looked_at))
        except Exception:
            log.exception("board beat not sent")
            continue
        beat = {
            "now": clock.now().isoformat(),
            "v": listener.versions.get(room),
            "watched_at": looked_at.isoformat() if looked_at else None,
        }
        socketio.emit("board.beat", beat, to=room, namespace=live.STAFF)


background.append(beat_boards)
