"""ICE servers for a call: the configured ones, and a TURN credential that lasts ten minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from app import clock
from config import Settings

CREDENTIAL_S = 600

_settings = Settings()


def configure(settings: Settings) -> None:
    """Take the servers from the settings of this process. Nothing public is ever used silently."""
    global _settings
    _settings = settings


def ice_for(name: str) -> dict[str, Any]:
    """{"servers": [...], "relay_only": bool} for the call `name`.

    TURN REST credentials: user "<expiry>:<name>", password base64(HMAC-SHA1(secret, user)), as coturn's
    `use-auth-secret` checks them. With TURN, relay only: customer and agent never learn each other's address.
    """
    servers: list[dict[str, Any]] = list(_settings.ice_servers)
    if _settings.turn_secret and _settings.turn_urls:
        user = f"{int(clock.now().timestamp()) + CREDENTIAL_S}:{name[:16]}"
        digest = hmac.new(_settings.turn_secret.encode(), user.encode(), hashlib.sha1).digest()
        servers.append(
            {"urls": list(_settings.turn_urls), "username": user, "credential": base64.b64encode(digest).decode()}
        )
        return {"servers": servers, "relay_only": True}
    return {"servers": servers, "relay_only": False}
