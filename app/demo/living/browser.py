"""What a simulated agent does before the desk is open: sign in by the form, read the page, sign out."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from app.demo.living.line import LineLost

#: Names these browsers in the list of sessions, and tells them from people's.
BROWSER = "Hearback simulation"
PATIENCE_S = 15.0
_DATA = re.compile(r'<script type="application/json" id="desk-data">(.*?)</script>', re.DOTALL)


class Browser:
    """One signed-in browser."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._cookies = CookieJar()
        # No proxy: it is our own server, on this machine or in this house
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def sign_in(self, login: str, password: str) -> None:
        """Fill in the sign-in form.

        Raises:
            LineLost: the server does not answer, or does not let the person in.
        """
        self._post("/sign-in", {"login": login, "password": password})

    def sign_out(self) -> None:
        """End the session, and with it the shift.

        Raises:
            LineLost: the server does not answer.
        """
        self._post("/sign-out", {})

    def desk_data(self) -> dict[str, Any]:
        """What the desk page gives its scripts: queues, topics, results, break codes.

        Raises:
            LineLost: no desk page came.
        """
        found = _DATA.search(self._open("/desk"))
        if found is None:
            raise LineLost("no desk page")
        data: dict[str, Any] = json.loads(found[1])
        return data

    @property
    def cookie(self) -> str:
        """The Cookie header of this browser."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)

    def _post(self, path: str, fields: dict[str, str]) -> None:
        token = json.loads(self._open("/sign-in", {"Accept": "application/json"}))["csrf"]
        body = urllib.parse.urlencode({**fields, "csrf_token": token}).encode()
        self._open(path, {"Accept": "application/json", "X-CSRFToken": token}, body)

    def _open(self, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> str:
        request = urllib.request.Request(  # noqa: S310 - our own server
            self._address + path, data=body, headers={"User-Agent": BROWSER, **(headers or {})}
        )
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                return str(answer.read().decode())
        except (OSError, ValueError) as error:
            raise LineLost(f"{path}: {error}") from error
