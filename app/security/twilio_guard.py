"""Webhooks of Twilio: nobody gets in without its signature, and nothing is read before it was checked."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, Response, current_app, request

from app.providers.twilio.signature import valid
from app.security.guard import is_signed, open_to_signed

log = structlog.get_logger(__name__)


def signed_by_twilio(app: Flask, blueprint: Blueprint) -> None:
    """Open the pages of `blueprint` to requests that Twilio signed, and to nothing else.

    They carry no form token: the signature says who sent them.
    """
    open_to_signed(blueprint)
    app.extensions["csrf"].exempt(blueprint)


def init_twilio_guard(app: Flask) -> None:
    """Check signatures first of all, before the person behind a cookie is looked up: a refusal reads nothing."""

    @app.before_request
    def check() -> Response | None:
        if request.endpoint is None or not is_signed(request.endpoint):
            return None
        if valid(current_app.config["SETTINGS"], request):
            return None
        log.warning("twilio.refused", endpoint=request.endpoint)
        return Response(status=403)
