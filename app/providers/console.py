"""SMS for a desk without a carrier: a line in the log, and the text on the demo's handset.

It keeps its own record, as a carrier would, and reaches it over a connection of its own: what the desk
believes and what "the carrier" did can differ after a crash, and reconciling has something to ask. Neither
full numbers nor texts are logged.
"""

from __future__ import annotations

import secrets

import structlog
from sqlalchemy import Engine, text

from app.domain.phone_numbers import mask
from app.providers.base import Receipt

log = structlog.get_logger(__name__)

_KEEP = text(
    """INSERT INTO console_messages (key, provider_id, number, body) VALUES (:key, :id, :number, :body)
    ON CONFLICT (key) DO NOTHING RETURNING provider_id"""
)
_FIND = text("SELECT provider_id FROM console_messages WHERE key = :key")


class ConsoleSms:
    """Delivers at once, to a table: see `app.messages.models.ConsoleMessage`."""

    name = "console"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, number: str, body: str, key: str) -> Receipt:
        """The receipt of the one message of `key`, whether this call or an earlier one handed it over."""
        values = {"key": key, "id": f"CON{secrets.token_hex(12)}", "number": number, "body": body}
        with self._engine.begin() as connection:
            taken = connection.execute(_KEEP, values).scalar()
        if taken is not None:
            log.info("sms.console", to=mask(number), characters=len(body), id=taken)
        return self.find(key) or Receipt(str(values["id"]))

    def find(self, key: str) -> Receipt | None:
        """The receipt of `key`, or None when it was never handed over."""
        with self._engine.connect() as connection:
            found = connection.execute(_FIND, {"key": key}).scalar()
        return None if found is None else Receipt(str(found), "delivered")
