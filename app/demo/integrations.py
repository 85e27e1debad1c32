"""What the demo tells other programs: a webhook with a past, turned off, so that nothing leaves this machine."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.webhooks.models import TEST_EVENT, Webhook, WebhookDelivery

#: An address that belongs to nobody (RFC 2606).
ADDRESS = "https://warehouse.example.com/hearback"
#: Minutes ago, state, HTTP status, milliseconds, code.
PAST = (
    (1500, "failed", None, 10_003, "timeout"),
    (1440, "failed", 401, 61, "refused"),
    (1435, "delivered", 204, 84, ""),
)


def add_webhook(session: Session, *, moment: datetime) -> None:
    """A webhook that somebody set up, tried, and turned off again."""
    webhook = Webhook(
        name="Data warehouse (demo)",
        url=ADDRESS,
        events=["call.ended", "interaction.recorded", "ticket.resolved"],
        salt="0" * 32,
        active=False,
        off_reason="person",
        last_success_at=moment - timedelta(minutes=PAST[-1][0]),
        created_at=moment - timedelta(minutes=PAST[0][0] + 20),
    )
    session.add(webhook)
    session.flush()
    for place, (minutes, state, status, took_ms, error) in enumerate(PAST):
        at = moment - timedelta(minutes=minutes)
        session.add(
            WebhookDelivery(
                webhook_id=webhook.id,
                name=TEST_EVENT,
                token=f"{place:032x}",
                state=state,
                attempts=1,
                status=status,
                took_ms=took_ms,
                error=error,
                created_at=at,
                tried_at=at,
            )
        )
