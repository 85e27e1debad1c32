"""From the outbox to a program of others: the effect "webhook.deliver".

A delivery is read in one transaction, posted outside any, and kept in another. It happens at least once: after a crash
in between, or an answer that came too late, it is posted again under the same token, by which the receiver knows it.
Deliveries of one webhook go one at a time and in order (one outbox key), so a program that is down costs a try now and
then and no more; what it is told meanwhile waits in line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import outbox
from app.clock import now
from app.db import reading, transaction
from app.errors import Conflict
from app.eventlog import SWEEP, Actor, Event, record_event
from app.outbox import Effect, Found, Retry
from app.webhooks import posting
from app.webhooks.catalogue import told
from app.webhooks.models import TEST_EVENT, TOPIC, Webhook, WebhookDelivery
from app.webhooks.signing import SIGNATURE_HEADER, secret_of, signature
from config import load_settings

#: Answers after which the same body would be refused again: no more tries by themselves.
_TRY_LATER = (408, 409, 425, 429)
GONE = 410
#: Days that settled deliveries stay in the log of the page.
KEEP_DAYS = 30


@dataclass(frozen=True, slots=True)
class Parcel:
    """What to post where."""

    url: str
    salt: str
    name: str
    token: str
    body: bytes


def key_of(webhook_id: int, *, by_hand: bool = False) -> str:
    """The outbox key of a webhook; what a person asks for does not wait behind what is stuck."""
    return f"webhook:{webhook_id}:hand" if by_hand else f"webhook:{webhook_id}"


def deliver(payload: dict[str, Any]) -> None:
    """Post one event, unless it arrived already or the webhook was turned off.

    Raises:
        Retry: it did not arrive, and later it may.
    """
    delivery_id, by_hand = int(payload["delivery"]), bool(payload.get("by_hand"))
    parcel = _pack(delivery_id, by_hand=by_hand)
    if parcel is None:
        return
    settings, at = load_settings(), int(now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Hearback-Webhooks/1",
        "Hearback-Event": parcel.name,
        "Hearback-Delivery": parcel.token,
        SIGNATURE_HEADER: signature(secret_of(parcel.salt, settings.secret_key), at, parcel.body),
    }
    answer = posting.post(parcel.url, parcel.body, headers, allow_private=settings.webhooks_private)
    again = _keep(delivery_id, answer, by_hand=by_hand, off_after=timedelta(days=settings.webhooks_off_after_days))
    if again:
        raise Retry(answer.error)


def reconcile(payload: dict[str, Any]) -> Found:
    """Nobody can ask the receiver: it is told once more, and knows by the token if it has heard."""
    with reading() as session:
        state = session.scalar(select(WebhookDelivery.state).where(WebhookDelivery.id == int(payload["delivery"])))
    return Found.NOT_DONE if state == "waiting" else Found.SETTLED


def give_up(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: out of tries; the page shows it, and a person may have it delivered again."""
    _settle(session, int(payload["delivery"]), "failed", error=error)


def body_of(token: str, delivery: WebhookDelivery, event: Event | None) -> bytes:
    """What the receiver reads (UTF-8 JSON): ids, states and codes."""
    message: dict[str, Any] = {"id": token, "event": delivery.name, "at": delivery.created_at.isoformat()}
    if event is not None:
        message |= {
            "at": event.at.isoformat(),
            "log_id": event.id,
            "subject": {"kind": event.subject, "id": event.subject_id},
            "contact": event.contact_id,
            "user": event.user_id,
            "data": told(event.name, event.after),
        }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def put_in_line(session: Session, delivery: WebhookDelivery, *, by_hand: bool) -> None:
    """Participant: have it delivered."""
    payload = {"delivery": delivery.id, "by_hand": by_hand}
    outbox.enqueue(session, TOPIC, key=key_of(delivery.webhook_id, by_hand=by_hand), payload=payload)


def redeliver(session: Session, delivery_id: int) -> WebhookDelivery:
    """Participant: the settled delivery, back in line by hand under its old token.

    Raises:
        Conflict: it waits already.
    """
    moved = session.scalars(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state != "waiting")
        .values(state="waiting", error="")
        .returning(WebhookDelivery)
    ).one_or_none()
    if moved is None:
        raise Conflict(code="moved_on")
    put_in_line(session, moved, by_hand=True)
    return moved


def turn_off(session: Session, webhook: Webhook, off_reason: str, *, actor: Actor, reason: str) -> None:
    """Participant: end all deliveries of a locked webhook; what waits is given up, and a person may send it again."""
    webhook.active, webhook.off_reason = False, off_reason
    outbox.drop_waiting(session, TOPIC, key=key_of(webhook.id), reason="turned_off")
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.state == "waiting")
        .values(state="failed", error="turned_off")
    )
    record_event(
        session,
        "webhook.turned_off",
        "webhook",
        webhook.id,
        actor=actor,
        reason=reason,
        before={"active": True},
        after={"active": False, "name": webhook.name, "off_reason": off_reason},
    )


def drop_old(session: Session, moment: datetime) -> None:
    """Participant: forget deliveries that were settled long before `moment`; the event log keeps the story."""
    old = moment - timedelta(days=KEEP_DAYS)
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.state != "waiting", WebhookDelivery.created_at < old))


def _pack(delivery_id: int, *, by_hand: bool) -> Parcel | None:
    with transaction() as session:
        delivery = session.get(WebhookDelivery, delivery_id)
        if delivery is None or delivery.state != "waiting":
            return None
        webhook = session.get_one(Webhook, delivery.webhook_id)
        if not webhook.active and not by_hand:
            _settle(session, delivery_id, "failed", error="turned_off")
            return None
        event = None if delivery.name == TEST_EVENT else session.get(Event, delivery.event_id)
        body = body_of(delivery.token, delivery, event)
        return Parcel(webhook.url, webhook.salt, delivery.name, delivery.token, body)


def _keep(delivery_id: int, answer: posting.Answer, *, by_hand: bool, off_after: timedelta) -> bool:
    """Keep what came of a try; True when there is to be another."""
    at = now()
    with transaction() as session:
        delivery = session.get_one(WebhookDelivery, delivery_id)
        webhook = session.get_one(Webhook, delivery.webhook_id, with_for_update=True)
        delivery.attempts += 1
        delivery.status, delivery.took_ms, delivery.error = answer.status, answer.took_ms, answer.error
        delivery.tried_at = at
        session.flush()
        if answer.good:
            webhook.failing_since, webhook.last_success_at = None, at
            _settle(session, delivery_id, "delivered", error="")
            return False
        webhook.failing_since = webhook.failing_since or at
        off = _turns_off(webhook, answer, at, off_after)
        final = by_hand or bool(off) or not webhook.active or _is_final(answer)
        if final:
            _settle(session, delivery_id, "failed", error=answer.error)
        if off:
            turn_off(session, webhook, off, actor=SWEEP, reason=off)
        return not final


def _turns_off(webhook: Webhook, answer: posting.Answer, at: datetime, off_after: timedelta) -> str:
    """Why the webhook goes off by itself now; empty when it does not."""
    if not webhook.active or webhook.failing_since is None:
        return ""
    if answer.status == GONE:
        return "gone"
    return "failing" if at - webhook.failing_since >= off_after else ""


def _is_final(answer: posting.Answer) -> bool:
    if answer.error in ("private_address", "bad_address"):
        return True
    return answer.status is not None and 400 <= answer.status < 500 and answer.status not in _TRY_LATER


def _settle(session: Session, delivery_id: int, state: str, *, error: str) -> None:
    """End a delivery that waits; one that is settled stays as it is."""
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state == "waiting")
        .values(state=state, error=error[:60])
    )


DELIVER = Effect(run=deliver, reconcile=reconcile, give_up=give_up)
