"""The way to Twilio's interface: one client with time limits, and two kinds of "no".

The library waits for ever unless told otherwise, writes addresses with telephone numbers into its log, and raises two
unrelated families of errors; all three end here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from config import Settings

Answer = TypeVar("Answer")

#: Seconds until a connection stands, and between two bytes of an answer: together below base.TIME_LIMIT_S + 1.
CONNECT_S = 3.0
READ_S = 8.0
#: "Too many requests": never processed (CONTRACT of Twilio's error 20429), so it may be asked again.
TOO_MANY = 20429

_quiet = logging.getLogger("hearback.twilio")
_quiet.setLevel(logging.WARNING)


class TwilioRefused(Exception):
    """A clear no: what was asked for did not happen."""

    def __init__(self, code: int, message: str, status: int) -> None:
        super().__init__(f"{code} ({status})")
        #: Twilio's own code, 0 when the request never reached it.
        self.code = code
        #: Twilio's words in English; they may hold a number, so they are shown and never logged.
        self.message = message
        #: HTTP status, 0 when the request never reached it.
        self.status = status

    @property
    def later(self) -> bool:
        """True when the same request may succeed in a while."""
        return self.status in (0, 429) or self.code == TOO_MANY


class TwilioUnsure(Exception):
    """No clear answer came: it may have happened. The text is a stable code without personal data."""


class _Http(TwilioHttpClient):
    """The library's HTTP client with time limits, without its log, and aimed elsewhere where `base` says so."""

    def __init__(self, base: str) -> None:
        super().__init__(logger=_quiet)
        self.timeout = (CONNECT_S, READ_S)  # requests takes a pair, and the library hands it on
        self._base = urlsplit(base) if base else None
        if base and self.session is not None:
            self.session.trust_env = False  # no proxy of the environment stands between this machine and itself

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Response:
        """The answer to one request; see the library."""
        if self._base is not None:
            url = urlunsplit(urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc))
        return super().request(method, url, *rest, **named)


def client(settings: Settings) -> Client:
    """Twilio's client for the account of `settings`; the same one again for the same account."""
    return _client(settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_api_base)


def key_client(settings: Settings) -> Client:
    """Twilio's client by the API key of `settings`, not by the account's own token: does the key's secret hold?"""
    key = (settings.twilio_api_key_sid, settings.twilio_api_key_secret)
    return Client(*key, settings.twilio_account_sid, http_client=_Http(settings.twilio_api_base))


@lru_cache(maxsize=8)
def _client(account_sid: str, auth_token: str, base: str) -> Client:
    return Client(account_sid, auth_token, http_client=_Http(base))


def ask(request: Callable[[], Answer]) -> Answer:
    """What `request`, a call of the library, returns.

    Raises:
        TwilioRefused: it did not happen.
        TwilioUnsure: it may have happened.
    """
    try:
        return request()
    except TwilioRestException as error:
        raise _as_ours(error.status, error.code, error.msg) from error
    except TwilioServiceException as error:
        raise _as_ours(error.status, error.code, error.detail or error.title) from error
    except requests.ConnectionError as error:
        if _never_left(error):
            raise TwilioRefused(0, "unreachable", 0) from error
        raise TwilioUnsure(type(error).__name__) from error
    except TwilioException as error:
        # The pages of lists bring neither status nor code as the rest does: only the bare answer comes along.
        answer = next((each for each in error.args if isinstance(each, Response)), None)
        if answer is None:
            raise TwilioUnsure(type(error).__name__) from error
        raise _as_ours(answer.status_code, *_said(answer)) from error
    except (requests.RequestException, ValueError, KeyError) as error:
        # A time limit, a torn connection, or an answer that cannot be read: the request itself may have counted.
        raise TwilioUnsure(type(error).__name__) from error


def _as_ours(status: int, code: int | None, message: str) -> TwilioRefused | TwilioUnsure:
    if 400 <= status < 500 and status != 408:
        return TwilioRefused(code or status, message, status)
    return TwilioUnsure(f"http_{status}")


def _said(answer: Response) -> tuple[int | None, str]:
    """Twilio's code and words in an answer that the library did not read; an empty pair when it is not in its form."""
    try:
        body = json.loads(answer.text)
        return int(body.get("code") or 0) or None, str(body.get("message") or body.get("title") or "")
    except (AttributeError, TypeError, ValueError):
        return None, ""


def _never_left(error: requests.ConnectionError) -> bool:
    """True when no connection was made, so nothing was sent over it."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
