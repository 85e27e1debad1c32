"""One POST to an address of somebody's choice, which must never become a way into the house.

The name is looked up once, every address it has is judged, and the connection goes to the very address that was
judged: a name that changes its mind in between (DNS rebinding) gains nothing. Redirects are not followed, so none can
lead inside either. Certificates are checked against the name. No proxy of the environment is used.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from app.domain.public_address import is_public_address

#: Seconds to connect, to wait for a piece of the answer, and for all of it. Well below the outbox's claim (30 s).
CONNECT_S = 5
PIECE_S = 10
ALL_S = 15

#: Host and port -> addresses (the shape of socket.getaddrinfo).
Lookup = Callable[..., Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or a code of why none did."""

    status: int | None
    took_ms: int
    error: str

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Refused(Exception):
    """The address is none that this desk sends to; its text is a stable code."""


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool, lookup: Lookup | None = None
) -> Answer:
    """The answer of the program at `url`. Never raises for what the network or the other side does."""
    begun = time.monotonic()
    status, error = None, ""
    try:
        status = _ask(url, body, headers, allow_private=allow_private, lookup=lookup or socket.getaddrinfo)
        if not 200 <= status < 300:
            error = "redirected" if 300 <= status < 400 else "refused" if status < 500 else "server_error"
    except Refused as refused:
        error = str(refused)
    except (TimeoutError, urllib3.exceptions.TimeoutError):
        error = "timeout"
    except ssl.SSLError:
        error = "certificate"
    except (OSError, HTTPError):
        error = "no_connection"
    except (ValueError, UnicodeError):
        error = "bad_address"
    return Answer(status, round((time.monotonic() - begun) * 1000), error)


def _ask(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool, lookup: Lookup) -> int:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    address = _judged(lookup, host, port, allow_private=allow_private)
    line = _Secure(host, port, timeout=CONNECT_S) if secure else _Judged(host, port, timeout=CONNECT_S)
    line.address = address
    over = threading.Timer(ALL_S, _cut, (line,))
    over.daemon = True
    try:
        line.connect()
        over.start()
        if line.sock is not None:
            line.sock.settimeout(PIECE_S)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST", target, body=body, headers=dict(headers), preload_content=False)
        return line.getresponse().status  # the body is nobody's business here: it is not read
    finally:
        over.cancel()
        line.close()


def _judged(lookup: Lookup, host: str, port: int, *, allow_private: bool) -> tuple[str, int]:
    """The address to connect to. One bad address among several refuses all: nobody honest mixes them."""
    try:
        found = [entry[4] for entry in lookup(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise Refused("no_such_host") from error
    if not found:
        raise Refused("no_such_host")
    if not allow_private and not all(is_public_address(str(address[0])) for address in found):
        raise Refused("private_address")
    return str(found[0][0]), port


def _cut(line: HTTPConnection) -> None:
    """End a conversation that drips: every piece comes in time, the whole never does."""
    if line.sock is not None:
        try:
            line.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class _Judged(HTTPConnection):
    """Connects to the judged address, whatever the name means by now."""

    address: tuple[str, int] = ("", 0)

    def _new_conn(self) -> socket.socket:
        return socket.create_connection(self.address, CONNECT_S)


class _Secure(_Judged, HTTPSConnection):
    """The same, with the certificate checked against the name."""

    def connect(self) -> None:
        self.ssl_context = ssl.create_default_context()
        super().connect()
