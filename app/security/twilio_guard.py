"""Webhooks of Twilio: nobody gets in without its signature, and nothing is read before it was checked."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, Response, current_app, request

from app.providers.twilio.signature import valid
from app.security.guard import open_to_signed

log = structlog.get_logger(__name__)


def signed_by_twilio(app: Flask, blueprint: Blueprint) -> None:
    """Open the pages of `blueprint` to requests that Twilio signed, and to nothing else.

    They carry no form token: the signature says who sent them.
    """
    open_to_signed(blueprint)
    app.extensions["csrf"].exempt(blueprint)


def refuse_unsigned() -> Response | None:
    """The answer to a request that Twilio did not sign, None where it did: app/front.py asks before anything else."""
    if valid(current_app.config["SETTINGS"], request):
        return None
    log.warning("twilio.refused", endpoint=request.endpoint)
    return Response(status=403)
