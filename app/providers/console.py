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
from app.providers.base import Receipt, Text

log = structlog.get_logger(__name__)

_KEEP = text(
    """INSERT INTO console_messages (key, provider_id, number, body) VALUES (:key, :id, :number, :body)
    ON CONFLICT (key) DO NOTHING RETURNING provider_id"""
)
_FIND = text("SELECT provider_id FROM console_messages WHERE key = :key")
_ERASE = text("DELETE FROM console_messages WHERE provider_id = :id")
_LOOK = text("SELECT 1 FROM console_messages WHERE provider_id = :id")


class ConsoleSms:
    """Delivers at once, to a table: see `app.messages.models.ConsoleMessage`."""

    name = "console"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, text: Text) -> Receipt:
        """The receipt of the one message of its key, whether this call or an earlier one handed it over."""
        values = {"key": text.key, "id": f"CON{secrets.token_hex(12)}", "number": text.number, "body": text.body}
        with self._engine.begin() as connection:
            taken = connection.execute(_KEEP, values).scalar()
        if taken is not None:
            log.info("sms.console", to=mask(text.number), characters=len(text.body), id=taken)
        return self.find(text) or Receipt(str(values["id"]))

    def find(self, text: Text) -> Receipt | None:
        """The receipt of its key, or None when it was never handed over."""
        with self._engine.connect() as connection:
            found = connection.execute(_FIND, {"key": text.key}).scalar()
        return None if found is None else Receipt(str(found), "delivered")

    def erase(self, provider_id: str) -> None:
        """The handset has the text no more."""
        with self._engine.begin() as connection:
            connection.execute(_ERASE, {"id": provider_id})

    def look(self, provider_id: str) -> Receipt | None:
        """What is on a handset has been delivered."""
        with self._engine.connect() as connection:
            found = connection.execute(_LOOK, {"id": provider_id}).scalar()
        return None if found is None else Receipt(provider_id, "delivered")
