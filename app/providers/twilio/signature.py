"""Whether a request comes from Twilio: its signature over the public address and every field."""

from __future__ import annotations

import hmac
from functools import lru_cache
from urllib.parse import quote, urlsplit

from flask import Request
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from werkzeug.datastructures import MultiDict

from config import Settings

#: Bytes of a webhook that are read at most; Twilio's largest are a few kilobytes.
LARGEST_BODY = 256 * 1024


def valid(settings: Settings, request: Request) -> bool:
    """True when the holder of our Auth Token signed exactly this request for our public address.

    The address is that of `settings`, never that of the request's own headers, which anybody can write. A signature
    has no date: who replays a captured request is stopped by app.security.receipts.
    """
    signature = request.headers.get(SIGNATURE_HEADER, "")
    if not settings.twilio_auth_token or not signature or (request.content_length or 0) > LARGEST_BODY:
        return False
    if request.is_json and "bodySHA256" not in request.args:
        return False  # nothing would vouch for the body
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
    validator = _validator(settings.twilio_auth_token)
    address = settings.public_url + target(request)
    if not request.is_json and _signed_as_is(validator, address, request.form, signature, algorithm):
        return True
    fields = request.get_data(as_text=True) if request.is_json else request.form
    return bool(validator.validate(address, fields, signature, algorithm))


@lru_cache(maxsize=4)
def _validator(token: str) -> RequestValidator:
    return RequestValidator(token)


class _Fields(dict[str, list[str]]):
    """Every value of every field, asked for in the first of the ways that the library tries."""

    def getall(self, name: str) -> list[str]:
        """The values of `name`."""
        return self[name]


def _signed_as_is(
    validator: RequestValidator, address: str, form: MultiDict[str, str], signature: str, algorithm: str
) -> bool:
    """Whether the address was signed as it is written, as nearly all are.

    The library computes two signatures for each request, with a port and without, before it compares the first. It
    still has the last word: what is not signed like this goes through all of it.
    """
    try:
        expected = validator.compute_signature(address, _Fields(form.lists()), algorithm)
    except ValueError:  # an algorithm that the library does not know
        return False
    return hmac.compare_digest(expected.encode(), signature.encode())


def target(request: Request) -> str:
    """Path and query as they came over the line: decoding and encoding again would change what was signed."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if raw.startswith("/"):
        return str(raw)
    if raw:
        parts = urlsplit(raw)  # a proxy may ask by the whole address
        return parts.path + (f"?{parts.query}" if parts.query else "")
    query = request.query_string.decode("latin-1")
    return quote(request.path, safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")
