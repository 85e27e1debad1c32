"""Requests as Twilio signs them, and settings of an account that is nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from config import Settings

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://desk.example.com"
NUMBER = "+15005550006"


def with_twilio(settings: Settings, **changed: object) -> Settings:
    """`settings` of a desk whose SMS go through Twilio."""
    values: dict[str, object] = {
        "sms_provider": "twilio",
        "twilio_account_sid": "AC" + "0" * 32,
        "twilio_auth_token": TOKEN,
        "twilio_number": NUMBER,
        "public_url": PUBLIC,
    }
    return replace(settings, **values | changed)  # type: ignore[arg-type]


def post_signed(
    client: FlaskClient, target: str, fields: Mapping[str, object], *, headers: Mapping[str, str] | None = None
) -> TestResponse:
    """The desk's answer to `fields` sent to `target` with a true signature."""
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + target, dict(fields))
    return client.post(target, data=dict(fields), headers={"X-Twilio-Signature": signature, **(headers or {})})
