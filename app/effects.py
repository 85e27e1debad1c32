"""EFFECTS: which function runs an outbox topic. The one table where effects outside the database are
wired."""

from __future__ import annotations

from collections.abc import Mapping

from app.messages import delivery
from app.messages.services import SEND_TOPIC
from app.outbox import Effect

EFFECTS: Mapping[str, Effect] = {
    SEND_TOPIC: delivery.SEND,
}
