"""A room broadcast costs one frame: encoded once, the same bytes written to every websocket of the room.

The library's own way is a queue entry, a switch to a greenlet and a new websocket header per client: several times the
work (`python -m benchmarks fanout`). Here each websocket has a `Line` that alone writes to it and never blocks:

* what is said to a client in one turn of the loop goes out in one call of the system;
* what the connection does not take at once waits in the line and goes out, in order, as soon as it takes more;
* packets the library has queued for a client go first: the broadcast joins that queue behind them;
* a client that reads slowly gets the latest image: a newer one replaces that of the same room that still waits;
* one that takes nothing for STALLED_S, or lets LONGEST_LINE bytes pile up, is disconnected; its page comes back and
  asks for everything again. So nobody is ever silently behind.

Clients that poll, TLS inside this process, callbacks, binary data and Flask's test client go the library's way.

This reaches behind the libraries' front: `WRITTEN_FOR` names the versions it was written for, and
tests/services/test_fanout.py fails on any other, so that whoever upgrades one reads the places marked "private".
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Collection, Hashable
from typing import Any

import gevent
import gevent.event
import gevent.socket
import socketio
from engineio.async_drivers.gevent import WebSocketWSGI
from engineio.packet import MESSAGE
from engineio.packet import Packet as TransportPacket
from geventwebsocket.websocket import Header, WebSocket
from socketio.packet import EVENT

log = logging.getLogger(__name__)

WRITTEN_FOR = {
    "python-socketio": "5.18.1",
    "python-engineio": "4.15.1",
    "flask-socketio": "5.7.0",
    "gevent-websocket": "0.10.1",
    "gevent": "26.9.0",
    "gunicorn": "27.0.1",
}

#: Seconds without taking a byte after which a client is disconnected.
STALLED_S = 15.0
#: Bytes that may wait for one client; the largest answer, all lines of a large house, is a quarter of it.
LONGEST_LINE = 4 * 1024 * 1024
#: Bytes the kernel keeps per connection: what lies there can no longer be replaced by something newer.
KERNEL_BYTES = 64 * 1024
#: Seconds the last words to a client (its close frame, and what waits before it) may take.
FAREWELL_S = 2.0
_WRITE = 2  # libev's EV_WRITE


class Line:
    """All that is written to one websocket: at once while the connection takes it, else in order as soon as it does."""

    __slots__ = (
        "_connection",
        "_due",
        "_fd",
        "_head",
        "_moved_at",
        "_watcher",
        "closed",
        "empty",
        "replaced",
        "waiting",
        "waits",
    )

    def __init__(self, connection: gevent.socket.socket) -> None:
        self._connection = connection
        self._fd: int = connection.fileno()
        #: Frames of this turn of the loop, with what they show.
        self._due: list[tuple[bytes | bytearray, Hashable]] = []
        #: What is left of the frame that was written in part; nothing may come between.
        self._head: memoryview | None = None
        #: Whole frames by what they show, oldest first; frames that must all arrive have a key of their own.
        self.waits: dict[Hashable, bytes | bytearray] = {}
        #: Bytes of them.
        self.waiting = 0
        #: Images that a newer one replaced before they were written.
        self.replaced = 0
        self._moved_at = 0.0
        self.closed = False
        self.empty = gevent.event.Event()
        self.empty.set()
        self._watcher = gevent.get_hub().loop.io(self._fd, _WRITE)
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)

    def soon(self, frame: bytes, shows: Hashable) -> bool:
        """Send a frame with whatever else is said to this client in this turn of the loop; whether it is the first.

        Raises:
            BrokenPipeError: the client was dropped, for taking nothing.
        """
        if self._head is not None or self.waits:
            self._wait(frame, object() if shows is None else shows)
            return False
        if self.closed:
            return False
        self._due.append((frame, shows))
        return len(self._due) == 1

    def flush(self) -> None:
        """Write what is due: one call of the system for all of it."""
        due, self._due = self._due, []
        if self.closed or not due:
            return
        every = due[0][0] if len(due) == 1 else b"".join([frame for frame, _ in due])
        try:
            sent = os.write(self._fd, every)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._give_up()
            return
        if sent == len(every):
            return
        self._moved_at = time.monotonic()
        self.empty.clear()
        self._watcher.start(self._go_on)
        for frame, shows in due:
            if sent >= len(frame):
                sent -= len(frame)
            elif sent > 0:
                self._head, sent = memoryview(bytes(frame))[sent:], 0
            elif not self.closed:
                self._wait(frame, object() if shows is None else shows)

    def write(self, frame: bytes | bytearray) -> None:
        """Send a whole frame of the library's, which must arrive, behind what is due.

        Raises:
            BrokenPipeError: the connection is gone, or was dropped for taking nothing.
        """
        if self.closed:
            raise BrokenPipeError("the line is closed")
        if self._head is not None or self.waits:
            self._wait(frame, object())
            return
        self._due.append((frame, None))
        self.flush()

    def _wait(self, frame: bytes | bytearray, key: Hashable) -> None:
        older = self.waits.pop(key, None)
        if older is not None:
            self.replaced += 1
            self.waiting -= len(older)
        self.waits[key] = frame  # at the end: whatever was said before it comes before it
        self.waiting += len(frame)
        if self.waiting > LONGEST_LINE or time.monotonic() - self._moved_at > STALLED_S:
            log.info("a client does not read; disconnected with %d bytes waiting", self.waiting)
            self._give_up()
            raise BrokenPipeError("the client does not read")

    def _go_on(self) -> None:
        """The connection takes more: write until it does not, or nothing waits."""
        try:
            while self._head is not None or self.waits:
                if self._head is None:
                    key = next(iter(self.waits))
                    frame = self.waits.pop(key)
                    self.waiting -= len(frame)
                    self._head = memoryview(bytes(frame))
                sent = os.write(self._fd, self._head)
                self._moved_at = time.monotonic()
                self._head = self._head[sent:] if sent < len(self._head) else None
        except BlockingIOError:
            return
        except OSError:
            self._give_up()
            return
        self._watcher.stop()
        self.empty.set()

    def _give_up(self) -> None:
        """Wakes the greenlet that reads, which then ends the connection as if the client had."""
        self.end()
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # gone already
            return

    def end(self) -> None:
        """Write nothing more; before the connection's number is given to another one."""
        self.closed = True
        self._head = None
        self._due.clear()
        self.waits.clear()
        self.waiting = 0
        self._watcher.stop()
        self._watcher.close()
        self.empty.set()


class Fanout(socketio.Manager):
    """The library's register of clients and rooms, with a broadcast that writes one frame to all.

    `whole` names the events that carry an image: of those a slow client needs only the latest.
    """

    def __init__(self, whole: Collection[str]) -> None:
        super().__init__()
        self.whole = frozenset(whole)
        #: Transport session -> its line, and how many packets the library has queued for it.
        self.lines: dict[str, tuple[Line, Any, Callable[[], int]]] = {}
        self._due: list[Line] = []
        self._flushing = False

    def attach(self) -> None:
        """Let the server's websockets write through lines."""
        transport = self.server.eio
        if transport.async_mode != "gevent":
            return  # the worker and the tools serve no sockets
        fanout = self

        class LinedWebSocket(FramedWebSocket):
            def __init__(self, handler: Callable[[Any], Any], server: Any) -> None:
                super().__init__(handler, server)
                self.fanout = fanout

        transport._async = {**transport._async, "websocket": LinedWebSocket}  # private

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: str | None = None,
        **more: Any,
    ) -> None:
        """Send `event` to everybody in `room`, or in the namespace."""
        room = to or room
        if callback or skip_sid or not (room is None or isinstance(room, str)):
            super().emit(event, data, namespace, room=room, skip_sid=skip_sid, callback=callback, **more)
            return
        members = self.rooms.get(namespace, {}).get(room)
        if not members:
            return
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        encoded = self.server.packet_class(EVENT, namespace=namespace, data=[event, *arguments]).encode()
        if not isinstance(encoded, str):  # with attachments
            super().emit(event, data, namespace, room=room, **more)
            return
        packet = TransportPacket(MESSAGE, encoded)
        body = packet.encode().encode()
        frame = bytes(Header.encode_header(True, WebSocket.OPCODE_TEXT, b"", len(body), 0)) + body
        shows = (event, room) if event in self.whole else None
        lines = self.lines
        for transport_id in list(members.values()):
            known = lines.get(transport_id)
            if known is None or not known[1].upgraded or known[2]():
                self.server._send_eio_packet(transport_id, packet)  # private
                continue
            try:
                if known[0].soon(frame, shows):
                    self._due.append(known[0])
            except BrokenPipeError:
                continue  # the greenlet that reads has been woken and says goodbye
        if self._due and not self._flushing:
            self._flushing = True
            gevent.get_hub().loop.run_callback(self._flush)

    def _flush(self) -> None:
        """Once whoever speaks has nothing more to say for now."""
        due, self._due, self._flushing = self._due, [], False
        for line in due:
            try:
                line.flush()
            except BrokenPipeError:
                continue


class FramedWebSocket(WebSocketWSGI):
    """One websocket as the transport sees it; whatever is written to it goes through its line."""

    fanout: Fanout

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        raw: WebSocket = environ["wsgi.websocket"]
        connection = raw.handler.socket
        if type(connection) is not gevent.socket.socket:
            return super().__call__(environ, start_response)  # TLS in this process: bytes must pass through it
        self.line = Line(connection)
        raw.raw_write = self.line.write  # private: answers to pings and the close frame too
        session = self.app.__self__  # private: the transport's session of this client
        self.fanout.lines[session.sid] = (self.line, session, session.queue.qsize)
        try:
            return super().__call__(environ, start_response)
        finally:
            del self.fanout.lines[session.sid]
            self.line.end()

    def close(self) -> None:
        """Say goodbye behind whatever still waits, but not for ever."""
        super().close()
        line = getattr(self, "line", None)
        if line is not None and not line.closed:
            line.empty.wait(FAREWELL_S)
