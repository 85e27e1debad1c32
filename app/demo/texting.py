"""The demo's SMS: texts after a talk, what customers wrote back, and the one who said STOP."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.customers.models import Consent
from app.demo.customers import Written
from app.demo.history import Talk
from app.demo.organisation import Organisation
from app.demo.sms_texts import TEMPLATES
from app.demo.stories import REPLIES
from app.domain import sms_text
from app.messages.models import Message, OptOut
from app.messages.services import encoding_code

_BODIES = {(code, language): body for code, language, _name, body in TEMPLATES}
_STOP = "STOP"
#: Days since the customer said it.
_STOPPED_DAYS = 9


def add_messages(
    session: Session,
    talks: list[Talk],
    customers: list[Written],
    *,
    organisation: Organisation,
    people: dict[str, int],
    chance: Random,
    moment: datetime,
) -> None:
    """Texts after some of the talks with replies to some, and the opt-outs, written in order of time."""
    rows: list[dict[str, Any]] = []
    for talk in talks:
        customer = talk.contact.customer
        if customer is None or not _takes_texts(customer) or not talk.story.sms:
            continue
        if talk.contact.story is None and chance.random() > 0.4:
            continue
        language = customer.portrait.language
        values = {
            "name": customer.portrait.name, "agent": talk.agent.public_name, "reference": customer.reference
        }  # fmt: skip
        rows.append(
            _row(
                "out", customer, talk.ended_at, sms_text.render(_BODIES[talk.story.sms, language], values),
                contact_id=talk.contact_id, language=language, author_id=people[talk.agent.login],
                template_id=organisation.templates[talk.story.sms, language],
            )
        )  # fmt: skip
        answered_at = talk.ended_at + timedelta(minutes=chance.randint(2, 90))
        if chance.random() < 0.3 and answered_at < moment:
            rows.append(_row("in", customer, answered_at, chance.choice(REPLIES[language])))
    rows += [
        _row("in", customer, moment - timedelta(days=_STOPPED_DAYS), _STOP)
        for customer in customers
        if customer.portrait.opted_out
    ]
    rows += _mishaps(
        [customer for customer in customers if customer.portrait.phones and _takes_texts(customer)], moment
    )
    rows.sort(key=lambda row: row["created_at"])
    for number, row in enumerate(rows):
        row["provider_id"] = None if row["status"] == "unknown" else f"demo-{number}"
    if rows:
        session.execute(insert(Message), rows)
    _opt_outs(session, customers)


def _takes_texts(customer: Written) -> bool:
    return customer.portrait.phones[0][1] == "mobile" and not customer.portrait.opted_out


def _row(direction: str, customer: Written, at: datetime, body: str, **values: Any) -> dict[str, Any]:
    size, out = sms_text.measure(body), direction == "out"
    return {
        "direction": direction, "number": customer.number, "customer_id": customer.id, "body": body,
        "contact_id": None, "language": "", "template_id": None, "author_id": None,
        "encoding": encoding_code(size), "segments": size.segments,
        "status": "delivered" if out else "received", "created_at": at,
        "sent_at": at + timedelta(seconds=2) if out else None,
        "delivered_at": at + timedelta(seconds=5) if out else None,
        **values,
    }  # fmt: skip


def _mishaps(customers: list[Written], moment: datetime) -> list[dict[str, Any]]:
    """One text that nobody knows the end of, and one that found the telephone switched off."""
    if len(customers) < 2:
        return []
    rows = []
    for customer, hours, values in (
        (customers[-1], 3, {"status": "unknown", "sent_at": None}),
        (customers[-2], 26, {"status": "failed", "error": "handset_off", "carrier_status": "undelivered"}),
    ):
        language = customer.portrait.language
        body = _BODIES["parcel_status", language]
        named = {"name": customer.portrait.name, "agent": "Ana", "reference": customer.reference}
        text = sms_text.render(body, named)
        # The console never loses a text: these two left by another carrier, which nobody asks any more.
        row = _row("out", customer, moment - timedelta(hours=hours), text, language=language, **values)
        rows.append({**row, "delivered_at": None, "provider": "demo"})
    return rows


def _opt_outs(session: Session, customers: list[Written]) -> None:
    stopped = {customer.number for customer in customers if customer.portrait.opted_out}
    words = select(Message).where(Message.number.in_(stopped), Message.direction == "in", Message.body == _STOP)
    for message in session.scalars(words):
        at = message.created_at
        session.add(OptOut(number=message.number, since=at, word=_STOP, message_id=message.id))
        session.add(
            Consent(
                address=message.number, customer_id=message.customer_id, purpose="sms", state="withdrawn",
                source="sms_keyword", proof=_STOP, at=at,
            )
        )  # fmt: skip
    session.flush()
