"""The network says that a caller's telephone is down: kept in one statement, acted upon by a worker.

Nobody waits for it: who hangs up in line or in a talk is told of by the queue and the room as well, at once. So this is
the report that counts when those are lost, and for callers between one and the other.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.ending import end_for_customer
from app.calls.legs import customer_leg
from app.calls.locks import lock_call
from app.calls.models import Call
from app.db import transaction
from app.eventlog import CUSTOMER
from app.outbox import Effect, Found
from app.providers.twilio.voice import OVER
from app.security.receipts import keep_for_worker

log = structlog.get_logger(__name__)

TOPIC = "phone.over"


def report_over(sid: str, status: str, token: str) -> None:
    """Keep that the call `sid` is over, once; any other state of it is told by its own requests. A use case."""
    if status in OVER:
        keep_for_worker(TOPIC, f"over:{sid}", {"sid": sid}, natural=f"voice:{sid}:{status}", token=token, path="over")


def _run(payload: dict[str, Any]) -> None:
    """The call is abandoned, or ends, as when a page is closed for good. Twice is as once."""
    with transaction() as session:
        found = session.scalar(select(Call.id).where(Call.start_key == payload["sid"]))
        if found is None:
            return
        call = lock_call(session, found)
        customer_leg(session, call).place = "gone"
        end_for_customer(session, call, reason="customer_hangup", actor=CUSTOMER)


def _again(payload: dict[str, Any]) -> Found:
    return Found.NOT_DONE


def _give_up(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: the carrier is asked for each live call once a minute (app/phones/watching.py)."""
    log.error("phone.end_given_up", sid=payload.get("sid"), error=error)


OVER_TOLD = Effect(run=_run, reconcile=_again, give_up=_give_up)
