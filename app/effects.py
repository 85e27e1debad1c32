"""EFFECTS: which function runs an outbox topic. The one table where effects outside the database are
wired."""

from __future__ import annotations

from collections.abc import Mapping

from app.calls.callbacks import lock_callbacks_of_items
from app.calls.locks import lock_calls_of_items
from app.calls.offering import mark_offering
from app.messages import delivery
from app.messages.services import RECEIVED_TOPIC, SEND_TOPIC
from app.outbox import Effect
from app.queues.router import WorkKind
from app.tickets import conversation, routing
from app.webhooks import delivery as webhooks
from app.webhooks.models import TOPIC as WEBHOOK_TOPIC

EFFECTS: Mapping[str, Effect] = {
    SEND_TOPIC: delivery.SEND,
    RECEIVED_TOPIC: conversation.TAKE,
    WEBHOOK_TOPIC: webhooks.DELIVER,
}

#: What each feature adds to a router pass for its kind of work.
WORK_KINDS: Mapping[str, WorkKind] = {
    "call": WorkKind(lock=lock_calls_of_items, offered=mark_offering),
    "callback": WorkKind(lock=lock_callbacks_of_items, offered=mark_offering),
    "quality": WorkKind(lock=lock_callbacks_of_items, offered=mark_offering),
    "ticket": routing.KIND,
}
