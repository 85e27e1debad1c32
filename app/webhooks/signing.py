"""Secrets and signatures of webhooks (HMAC-SHA256, RFC 2104)."""

from __future__ import annotations

import base64
import hashlib
import hmac

#: Before the signed moment and the signature, in one header: "t=1763895600,v1=5257a869…".
SIGNATURE_HEADER = "Hearback-Signature"


def secret_of(salt: str, desk_key: str) -> str:
    """The secret of the webhook with this salt: made anew from the desk's own key each time, kept nowhere."""
    made = hmac.digest(desk_key.encode(), b"hearback webhook " + salt.encode(), hashlib.sha256)
    return "whsec_" + base64.urlsafe_b64encode(made).decode().rstrip("=")


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of SIGNATURE_HEADER for `body` sent at `at` (seconds since 1970)."""
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"
