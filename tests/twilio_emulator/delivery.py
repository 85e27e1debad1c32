"""How one webhook reaches the product: in process through WSGI, or over HTTP on this machine and nowhere else."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3
from werkzeug.test import EnvironBuilder, run_wsgi_app


class NoConnection(Exception):
    """Nobody listens there."""


class TooSlow(Exception):
    """No answer within the time that was given; the product may have the request."""


@dataclass(frozen=True)
class Outgoing:
    """A request, complete and signed. `url` has its query and no fragment."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    connect_s: float = 5.0
    read_s: float = 15.0


@dataclass(frozen=True)
class Answer:
    """What came back. `took`: seconds of the machine's time."""

    status: int
    headers: Mapping[str, str]
    text: str
    took: float
    cookies: tuple[str, ...] = field(default=())


class Delivery(Protocol):
    """`waits` says whether `send` may take time: then it is called on a thread of its own."""

    waits: bool

    def send(self, request: Outgoing) -> Answer:
        """The product's answer.

        Raises:
            NoConnection: nobody listens.
            TooSlow: no answer in time.
        """
        ...


def is_loopback(url: str) -> bool:
    """True for addresses that never leave this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class InProcess:
    """To a WSGI application in this process, standing at `public_url`. `around` is entered for each request: the
    product's clock is held at the emulator's there. What the product raises is raised here."""

    waits = False

    def __init__(
        self, app: Any, public_url: str, around: Callable[[], AbstractContextManager[Any]] = nullcontext
    ) -> None:
        self.app = app
        self.public_url = public_url.rstrip("/")
        self._around = around

    def send(self, request: Outgoing) -> Answer:
        if not (request.url + "/").startswith((self.public_url + "/", self.public_url + "?")):
            raise NoConnection(f"{request.url} is not the product at {self.public_url}")
        parts = urlsplit(request.url)
        raw = parts.path + (f"?{parts.query}" if parts.query else "")
        builder = EnvironBuilder(
            path=parts.path,
            base_url=f"{parts.scheme}://{parts.netloc}/",
            query_string=parts.query,
            method=request.method,
            headers=list(request.headers.items()),
            data=request.body,
            environ_overrides={"REQUEST_URI": raw, "RAW_URI": raw},
        )
        began = time.monotonic()
        with self._around():
            body, status, answered = run_wsgi_app(self.app, builder.get_environ())
            text = b"".join(body).decode("utf-8", "replace")
            if (close := getattr(body, "close", None)) is not None:
                close()
        took = time.monotonic() - began
        headers = {name.lower(): value for name, value in answered.items()}
        return Answer(int(status.split()[0]), headers, text, took, tuple(answered.getlist("Set-Cookie")))


class OverHttp:
    """Over HTTP to this machine. Any other is refused."""

    waits = True

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(retries=False, maxsize=16)

    def send(self, request: Outgoing) -> Answer:
        if not is_loopback(request.url):
            raise NoConnection(f"{request.url} is beyond this machine")
        began = time.monotonic()
        try:
            response = self._pool.request(
                request.method,
                request.url,
                body=request.body or None,
                headers=dict(request.headers),
                timeout=urllib3.Timeout(connect=request.connect_s, read=request.read_s),
                redirect=False,
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NoConnection(str(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            raise TooSlow(str(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise NoConnection(str(error)) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        text = response.data.decode("utf-8", "replace")
        took, cookies = time.monotonic() - began, tuple(response.headers.getlist("Set-Cookie"))
        return Answer(response.status, headers, text, took, cookies)
