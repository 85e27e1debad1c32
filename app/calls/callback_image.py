"""What a callback looks like: on the customer's page, and in the agent's call bar."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.calls.callbacks import find_callback, is_callback
from app.calls.models import Call, Callback
from app.calls.steering import on_telephone
from app.domain.phone_numbers import pretty
from app.domain.timers import CALLBACK_ATTEMPTS
from app.queues.work import WorkItem


def caller_callback(session: Session, call: Call, item: WorkItem | None) -> dict[str, Any] | None:
    """The callback of a call for the customer's page: its state, why it is set aside, until when it rings."""
    callback = find_callback(session, call)
    if callback is None:
        return None
    return {
        "kind": callback.kind,
        "state": callback.state,
        # After a transfer or a lost agent the customer is on the line and waits like any caller
        "waits": callback.state == "waiting",
        "aside": item.reason if item is not None and item.state == "parked" else None,
        "number_pretty": pretty(call.number) if call.number else "",
        "attempts": callback.attempts,
        "ring_until": callback.ring_until.isoformat() if callback.ring_until else None,
        "expires_at": callback.expires_at.isoformat(),
        "path": f"/callback/{callback.token}",
        # It rings at the telephone: the page only watches and may be closed
        "by_phone": on_telephone(call),
    }


def desk_callback(session: Session, call: Call, item: WorkItem) -> dict[str, Any] | None:
    """The callback of the call in hand while the customer still has to answer, None for every other call."""
    callback: Callback | None = find_callback(session, call)
    if callback is None or not is_callback(item):
        return None
    return {
        "kind": callback.kind,
        "state": callback.state,
        "attempts": callback.attempts,
        "most": CALLBACK_ATTEMPTS,
        "ring_until": callback.ring_until.isoformat() if callback.ring_until else None,
    }
