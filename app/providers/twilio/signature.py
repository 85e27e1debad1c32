"""Whether a request comes from Twilio: its signature over the public address and every field."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from flask import Request
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

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
    fields = request.get_data(as_text=True) if request.is_json else request.form
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
    validator = RequestValidator(settings.twilio_auth_token)
    return bool(validator.validate(settings.public_url + target(request), fields, signature, algorithm))


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
