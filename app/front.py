"""The application's front: pages pass every hook, webhooks that a provider signs pass their signature and a counter."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from app.health import begin, end
from app.security.guard import is_signed
from app.security.twilio_guard import refuse_unsigned


class FormSessions(SecureCookieSessionInterface):
    """The signed cookie of forms; its signer is made once and not for each request."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def _signer(self) -> Any:
        return super().get_signing_serializer(self._app)

    def get_signing_serializer(self, app: Flask) -> Any:
        """The signer of this application's cookies."""
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; nothing is looked for where none came."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()


class Front(Flask):
    """The Flask of this program.

    A carrier sends its webhooks in bursts and gives up on slow answers. They have no person, no form, no cookie, no
    language and no page, so what looks after those is not asked: this is the one place that says so.
    """

    def preprocess_request(self) -> ResponseReturnValue | None:
        """The refusal of a request whose signature is not true, before anything of it is believed; else every hook."""
        if not _signed():
            return super().preprocess_request()
        begin()
        return refuse_unsigned()

    def process_response(self, response: Response) -> Response:
        """Count the answer to a webhook; let every hook see any other."""
        return end(response) if _signed() else super().process_response(response)


def _signed() -> bool:
    endpoint = request.endpoint
    return endpoint is not None and is_signed(endpoint)
