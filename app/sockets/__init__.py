"""Socket events: authorise, join, answer. Every event is in SOCKET_EVENTS with the permission it asks for.

The library re-uses the request of the connect for each event and runs no before_request hooks, so each event looks
the session up anew: who was signed out or lost a role is refused at once.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask, current_app, request
from flask_socketio import ConnectionRefusedError, SocketIO, join_room

from app import live
from app.board.images import VIEWS_BOARD
from app.calls import ice, listening_image
from app.calls.caller_image import caller_image
from app.calls.desk_image import desk_image
from app.db import reading
from app.errors import DeskError, Forbidden, Invalid, TooMany, as_ack
from app.live import View
from app.messages.queries import VIEWS_MESSAGES
from app.queues.images import team_image, waiting_image
from app.queues.presence import beat
from app.refusals import localise
from app.security import guard, sessions
from app.security.sessions import SignedIn
from app.sockets import leaving
from app.sockets.fanout import Fanout
from app.tickets.queries import VIEWS_TICKETS
from config import Settings

log = logging.getLogger(__name__)

#: Name of this web process in the rows of its sockets; new at every start.
PROCESS_ID = f"web-{secrets.token_hex(6)}"

#: Server-driven presence: pings are answered even by hidden tabs, whose own timers are slowed down.
PING_S, PONG_S = 10, 10
BEAT_S = 5.0
LARGEST_MESSAGE = 160_000
#: Messages a socket may send per second before it is told to slow down.
BURST, PER_SECOND = 60, 30

socketio = SocketIO()

#: (namespace, event) -> permission; None for the caller's own page, which proves itself by its call cookie.
SOCKET_EVENTS: dict[tuple[str, str], str | None] = {}

#: The one table of live images: view -> how it is built and where it goes.
VIEWS: dict[str, View] = {
    "agent": View(desk_image, "desk.image"),
    "queue": View(waiting_image, "queue.image", delay_s=0.25, lists=("items",)),
    "team": View(team_image, "team.image", delay_s=0.25, lists=("agents",)),
    "call": View(caller_image, "call.image", live.CALLER),
    listening_image.VIEW: View(listening_image.listening_image, "listen.image"),
    **VIEWS_MESSAGES,
    **VIEWS_TICKETS,
    **VIEWS_BOARD,
}

#: Events besides the images of which only the latest counts.
SHORT_LIVED = {"board.beat"}

Handler = Callable[..., dict[str, Any] | None]

#: What is to be done about a page that is gone, by namespace; the modules of the events put themselves in.
gone: dict[str, Callable[[str], None]] = {}

#: What else runs as long as a web process hears the bus; the modules of the events put themselves in.
background: list[Callable[[live.Listener], None]] = []


class Throttle:
    """A bucket of messages per socket: BURST at once, PER_SECOND in the long run."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, sid: str) -> None:
        """Take one message of this socket.

        Raises:
            TooMany: it sends faster than any page does.
        """
        moment = time.monotonic()
        left, at = self._buckets.get(sid, (float(BURST), moment))
        left = min(float(BURST), left + (moment - at) * PER_SECOND) - 1
        self._buckets[sid] = (max(left, 0.0), moment)
        if left < 0:
            raise TooMany(code="too_many_messages")

    def forget(self, sid: str) -> None:
        self._buckets.pop(sid, None)


throttle = Throttle()


def on(event: str, *, permission: str) -> Callable[[Handler], Handler]:
    """Register a staff event. The handler gets (user, data) and returns what the acknowledgement carries."""

    def register(handler: Handler) -> Handler:
        SOCKET_EVENTS[(live.STAFF, event)] = permission

        @functools.wraps(handler)
        def answer(data: Any = None) -> dict[str, Any]:
            return _acknowledge(live.STAFF, lambda: handler(_staff(permission), _fields(data)))

        socketio.on_event(event, answer, namespace=live.STAFF)
        return handler

    return register


def on_caller(event: str) -> Callable[[Handler], Handler]:
    """Register an event of the customer's page. The handler gets (call id, data)."""

    def register(handler: Handler) -> Handler:
        SOCKET_EVENTS[(live.CALLER, event)] = None

        @functools.wraps(handler)
        def answer(data: Any = None) -> dict[str, Any]:
            return _acknowledge(live.CALLER, lambda: handler(_caller(), _fields(data)))

        socketio.on_event(event, answer, namespace=live.CALLER)
        return handler

    return register


def _acknowledge(namespace: str, step: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    try:
        throttle.spend(own_sid())
        return {"ok": True, **(step() or {})}
    except DeskError as error:
        return as_ack(localise(error))
    except Exception:
        log.exception("socket event failed")
        return as_ack(localise(DeskError()))
    finally:
        # Its end was told while the step wrote that it is here: nobody else would ever take it out again.
        if not socketio.server.manager.is_connected(own_sid(), namespace):
            leaves(namespace)


def leaves(namespace: str) -> None:
    """Tell that the page of this event is gone; once more does no harm."""
    throttle.forget(own_sid())
    leaving.tell(gone[namespace], own_sid())


def _fields(data: Any) -> dict[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise Invalid(code="signal_invalid")
    return data


def _staff(permission: str) -> SignedIn:
    user = guard.socket_user()
    guard.demand(permission)
    return user


def _caller() -> int:
    call_id = calls_by_sid.get(own_sid())
    if call_id is None:
        raise Forbidden(code="not_in_call")
    return call_id


#: Socket -> call of the customer's pages connected to this process.
calls_by_sid: dict[str, int] = {}


def own_sid() -> str:
    """The id of the socket that sent this event."""
    return str(request.sid)  # type: ignore[attr-defined]


def number(data: dict[str, Any], name: str) -> int:
    """A whole number a message must carry.

    Raises:
        Invalid: it is missing or something else.
    """
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Invalid(code="signal_invalid")
    return value


def words(data: dict[str, Any], name: str, longest: int, default: str = "") -> str:
    """A text a message may carry, at most `longest` characters.

    Raises:
        Invalid: it is something else, or longer.
    """
    value = data.get(name, default)
    if not isinstance(value, str) or len(value) > longest:
        raise Invalid(code="signal_invalid")
    return value


def snapshot(view: str, key: str | int) -> dict[str, Any] | None:
    """The image as of now, for a page that has just connected."""
    if VIEWS[view].lists:
        listener: live.Listener = current_app.extensions["hearback_listener"]
        return listener.whole(view, str(key))
    with reading() as session:
        return VIEWS[view].build(session, str(key))


def join(view: str, key: str | int) -> None:
    """Let this socket hear the images of (view, key)."""
    with suppress(KeyError):  # the page left while it was being answered: nobody is there to hear
        join_room(live.room_of(view, key))


def init_sockets(app: Flask, settings: Settings, database_url: str) -> None:
    """Attach Socket.IO to the application, and start hearing the bus when this process serves sockets."""
    ice.configure(settings)
    origins: list[str] | None = [settings.public_url] if settings.public_url else None
    fanout = Fanout({view.event for view in VIEWS.values()} | SHORT_LIVED)
    socketio.init_app(
        app,
        cors_allowed_origins=origins,
        ping_interval=PING_S,
        ping_timeout=PONG_S,
        max_http_buffer_size=LARGEST_MESSAGE,
        manage_session=False,
        transports=["websocket"],
        http_compression=False,
        client_manager=fanout,
    )
    fanout.attach()
    app.extensions["hearback_listener"] = live.Listener(database_url, socketio, VIEWS)


def serve_live(app: Flask) -> None:
    """Start the bus listener and the heart-beat of this web process; called once by the web entry."""
    listener: live.Listener = app.extensions["hearback_listener"]
    listener.start()
    threading.Thread(target=_beat_on, name="beat", daemon=True).start()
    for run in background:
        threading.Thread(target=run, args=(listener,), name=run.__name__, daemon=True).start()


def _beat_on() -> None:
    while True:
        try:
            beat(PROCESS_ID)
            leaving.tell_again()
        except Exception:
            log.exception("heart-beat not written")
        time.sleep(BEAT_S)


@socketio.on("connect", namespace=live.STAFF)
def staff_connects(auth: Any = None) -> None:
    """Only signed-in people with a session that stands."""
    try:
        user = guard.socket_user()
    except DeskError as error:
        raise ConnectionRefusedError({"code": error.code}) from error
    join_room(sessions.room_of(user.session_hash))
