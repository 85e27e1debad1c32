"""A page's way to the server without a browser: the Socket.IO messages of the desk and of the call page."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from typing import Any

from simple_websocket import Client, ConnectionClosed, ConnectionError

#: Seconds an acknowledgement is waited for; and silence after which the server is taken for gone (it pings every 10).
ANSWER_S = 15.0
SILENCE_S = 30.0

Event = tuple[str, dict[str, Any]]


class LineLost(Exception):
    """The server does not answer, or let go of the page."""


class Refused(Exception):
    """The server said no; `code` is the reason as pages get it."""

    def __init__(self, event: str, code: str) -> None:
        super().__init__(f"{event}: {code}")
        self.code = code


class Line:
    """One socket in one namespace. Used by one thread."""

    def __init__(self, address: str, namespace: str, cookie: str, *, origin: str = "") -> None:
        """Connect.

        Raises:
            LineLost: nobody answers, or the cookie is refused.
        """
        self._to = "" if namespace == "/" else namespace + ","
        self._numbers = itertools.count()
        self._heard: deque[Event] = deque()
        self._alive_at = time.monotonic()
        url = address.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        try:
            self._socket = Client.connect(url, headers={"Cookie": cookie, **({"Origin": origin} if origin else {})})
            # Not after the server's first word: that may have come with the handshake, and is read with the next
            self._socket.send(f"40{self._to}")
        except (OSError, ConnectionClosed, ConnectionError) as error:
            raise LineLost(str(error)) from error
        if not self._await(f"40{self._to}"):
            raise LineLost("not let in")

    def ask(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """The acknowledgement; events that come meanwhile are kept for `hear`.

        Raises:
            Refused: the server said no.
            LineLost: the server is gone.
        """
        number = next(self._numbers)
        self._send(f"42{self._to}{number}{json.dumps([event, data])}")
        start = f"43{self._to}{number}["
        frame = self._await(start)
        answer: dict[str, Any] = json.loads(frame[len(start) - 1 :])[0]
        if not answer.get("ok"):
            raise Refused(event, str(answer.get("error", {}).get("code", "")))
        return answer

    def hear(self, seconds: float) -> Event | None:
        """The next event of the server, waited for at most so long.

        Raises:
            LineLost: the server is gone.
        """
        until = time.monotonic() + seconds
        while not self._heard:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._next(left)
        return self._heard.popleft()

    def close(self) -> None:
        """Hang up; twice does no harm."""
        try:
            self._socket.close()
        except (OSError, ConnectionClosed):
            return

    def _await(self, start: str) -> str:
        until = time.monotonic() + ANSWER_S
        while (left := until - time.monotonic()) > 0:
            frame = self._next(left)
            if frame is not None and frame.startswith(start):
                return frame
        raise LineLost("no answer")

    def _next(self, seconds: float) -> str | None:
        """The next frame but pings, which are answered; events are put where `hear` finds them."""
        until = time.monotonic() + seconds
        while True:
            try:
                frame = self._socket.receive(timeout=max(until - time.monotonic(), 0.0))
            except (OSError, ConnectionClosed) as error:
                raise LineLost(str(error)) from error
            if frame is None:
                if time.monotonic() - self._alive_at > SILENCE_S:
                    raise LineLost("silence")
                return None
            self._alive_at = time.monotonic()
            text = str(frame)
            if text == "2":
                self._send("3")
                continue
            if text.startswith(f"42{self._to}["):
                name, *data = json.loads(text[2 + len(self._to) :])
                self._heard.append((name, data[0] if data and isinstance(data[0], dict) else {}))
            elif text.startswith(("41", "44")):
                raise LineLost("let go")
            return text

    def _send(self, frame: str) -> None:
        try:
            self._socket.send(frame)
        except (OSError, ConnectionClosed) as error:
            raise LineLost(str(error)) from error
