"""Very many websockets in one thread: raw frames on epoll, no library per client: the servers are what is measured."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Opening bytes of a text frame; clients mask theirs, and a mask of zeros changes nothing.
_TEXT = 0x81
_NO_MASK = b"\0\0\0\0"
_PONG = bytes([_TEXT, 0x80 | 1]) + _NO_MASK + b"3"
#: Bytes taken from a socket at once.
_AT_ONCE = 256 * 1024
SETTLE_S = 30.0


def frame(text: str) -> bytes:
    """A client's frame that carries `text`."""
    body = text.encode()
    size = len(body)
    head = bytes([_TEXT, 0x80 | size]) if size < 126 else bytes([_TEXT, 0xFE]) + size.to_bytes(2, "big")
    return head + _NO_MASK + body


class Client:
    """One websocket of a page, said hello to in the server's protocol."""

    def __init__(self, port: int, cookie: str = "", *, kernel_bytes: int = 0) -> None:
        self.socket = socket.socket()
        if kernel_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kernel_bytes)
        self.socket.settimeout(SETTLE_S)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.closed = False
        lines = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: aGVhcmJhY2stYmVuY2gtMQ==",
            "Sec-WebSocket-Version: 13",
            # Browsers always offer it
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            *([f"Cookie: hearback={cookie}"] if cookie else []),
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        #: The server's answer to the handshake.
        self.handshake = head.decode("latin-1")
        self.expect("0")
        self.say("40")
        self.expect("40")

    def say(self, text: str) -> None:
        """Send one packet."""
        self.socket.sendall(frame(text))

    def ask(self, event: str, data: dict[str, Any] | None = None) -> Any:
        """What the server acknowledges `event` with; what comes meanwhile is passed over."""
        self.say("420" + json.dumps([event, data or {}]))
        return json.loads(self.expect("430")[3:])[0]

    def expect(self, start: str) -> str:
        """The next packet that begins so.

        Raises:
            ConnectionError: the server closed instead.
        """
        while True:
            packet = self.packet()
            if packet == "2":
                self.socket.sendall(_PONG)
            elif packet.startswith(start):
                return packet

    def packet(self) -> str:
        """The next packet, whatever it is; waits for it.

        Raises:
            ConnectionError: the server closed.
        """
        while True:
            bodies, self.rest = split(self.rest, 1)
            if bodies:
                return bodies[0].decode()
            self._more()

    def _more(self) -> None:
        taken = self.socket.recv(_AT_ONCE)
        if not taken:
            raise ConnectionError("the server closed the connection")
        self.rest += taken


def split(stream: bytes, most: int = 1_000_000) -> tuple[list[bytes], bytes]:
    """Bodies of the whole frames at the head of what came, at most so many, and the rest. A close frame ends them."""
    bodies: list[bytes] = []
    at, end = 0, len(stream)
    while at + 2 <= end and len(bodies) < most:
        size, begin = stream[at + 1] & 0x7F, at + 2
        if size == 126:
            size, begin = int.from_bytes(stream[at + 2 : at + 4], "big"), at + 4
        elif size == 127:
            size, begin = int.from_bytes(stream[at + 2 : at + 10], "big"), at + 10
        if begin > end or begin + size > end:
            break
        if stream[at] & 0x0F in (0x01, 0x02):
            bodies.append(stream[begin : begin + size])
        at = begin + size
    return bodies, stream[at:]


@dataclass(slots=True)
class Heard:
    """What arrived in a window: how many changes, how late (seconds, from the moment they were due), how many bytes."""

    delivered: int = 0
    bytes: int = 0
    latencies: list[float] = field(default_factory=list)


class Crowd:
    """Clients of one server that are read by one loop. Changes are events whose body has `"t":` microseconds."""

    def __init__(self, event: str) -> None:
        self.clients: list[Client] = []
        self.heard = Heard()
        #: Called with the body of each change that the last client gets.
        self.on_last: Callable[[bytes], None] = lambda _body: None
        #: Changes are only counted, by their length, and the last client's looked into: for windows as fast as they go.
        self.counting = False
        self._start = f'42["{event}",'.encode()
        self._by_fd: dict[int, Client] = {}
        self._poll = select.epoll()
        self._buffer = bytearray(_AT_ONCE)
        #: A change comes to all clients as the same bytes: they are looked into once.
        self._last_bytes = b""
        self._last_due = 0.0

    def add(self, client: Client) -> None:
        """Read this one too, from now on."""
        client.socket.setblocking(False)
        self.clients.append(client)
        self._by_fd[client.socket.fileno()] = client
        self._poll.register(client.socket.fileno(), select.EPOLLIN)

    def read_once(self) -> None:
        """Read what has come: pings want an answer."""
        self._read_all(0)

    def begin(self) -> Heard:
        """What arrives from now on."""
        self.heard = Heard()
        return self.heard

    def close(self) -> None:
        """Close every socket."""
        for client in self.clients:
            client.socket.close()
        self._poll.close()

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Read whatever comes, for so long or until it holds."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and not until():
            self._read_all(min(left, 0.05))

    def _read_all(self, wait_s: float) -> None:
        """One look at all sockets. A change that came already, to another client, is counted and not looked into."""
        heard, buffer, by_fd, last = self.heard, self._buffer, self._by_fd, self.clients[-1] if self.clients else None
        one = len(self._last_bytes)
        for descriptor, _ in self._poll.poll(wait_s):
            client = by_fd[descriptor]
            try:
                size = client.socket.recv_into(buffer)
            except (BlockingIOError, ConnectionError):
                continue
            heard.bytes += size
            if client is not last and not client.rest and one and size % one == 0 and size:
                if self.counting:
                    heard.delivered += size // one
                    continue
                if size == one and buffer.startswith(self._last_bytes):
                    heard.delivered += 1
                    heard.latencies.append(time.monotonic() - self._last_due)
                    continue
            self._look_into(client, bytes(buffer[:size]), client is last)
            one = len(self._last_bytes)

    def _look_into(self, client: Client, came: bytes, is_last: bool) -> None:
        if not came:
            client.closed = True
            self._poll.unregister(client.socket.fileno())
            return
        heard, moment = self.heard, time.monotonic()
        bodies, client.rest = split(client.rest + came)
        for body in bodies:
            if body == b"2":
                client.socket.send(_PONG)
                continue
            due = _due(body) if body.startswith(self._start) else None
            if due is None:
                continue  # an image of the product's own, not a change of the measurement
            heard.delivered += 1
            heard.latencies.append(moment - due)
            if len(bodies) == 1 and not client.rest:
                self._last_bytes, self._last_due = came, due
            if is_last:
                self.on_last(body)


def _due(body: bytes) -> float | None:
    """When the change was due, in seconds of the monotonic clock."""
    at = body.find(b'"t":')
    if at < 0:
        return None
    at += 4
    end = at
    while body[end : end + 1].isdigit():
        end += 1
    return int(body[at:end]) / 1e6
