"""What screens show of messages: a customer's handset, and the list of handsets of the demo's Phone page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.clock import now
from app.customers.listing import find_customers
from app.customers.lookup import find_by_number
from app.customers.models import Customer, CustomerPhone
from app.domain.phone_numbers import normalise, pretty
from app.live import View, next_version
from app.messages.models import Message, OptOut

#: Newest messages that a handset shows.
SHOWN = 100
#: Handsets with the latest messages, listed first while nothing is searched for.
RECENT = 8
#: A handset has what left for good, and what its owner wrote.
ON_HANDSET = or_(Message.direction == "in", Message.status.in_(("sent", "delivered")))


@dataclass(frozen=True, slots=True)
class Handset:
    """One line of the list: a number, whose it is, and the last text on it."""

    e164: str
    pretty: str
    #: Empty when no customer has this number; several names when they share it.
    name: str
    last: str
    opted_out: bool


def handset_image(session: Session, e164: str) -> dict[str, Any]:
    """What the telephone with the number `e164` shows, oldest message first."""
    version = next_version(session)
    rows = session.scalars(
        select(Message).where(Message.number == e164, ON_HANDSET).order_by(Message.id.desc()).limit(SHOWN)
    ).all()
    stopped = session.scalar(select(OptOut.since).where(OptOut.number == e164, OptOut.ended_at.is_(None)))
    return {
        "v": version,
        "now": now().isoformat(),
        "number": e164,
        "opted_out_since": stopped.isoformat() if stopped else None,
        "messages": [
            {
                "id": row.id,
                "direction": row.direction,
                "body": row.body,
                "language": row.language.replace("_", "-"),
                "at": (row.sent_at or row.created_at).isoformat(),
                "segments": row.segments,
            }
            for row in reversed(rows)
        ],
    }


def owners(session: Session, e164: str) -> list[Customer]:
    """Customers who hold this handset; several share it, or nobody is known to."""
    return find_by_number(session, e164)


def handsets(session: Session, query: str, region: str) -> list[Handset]:
    """Telephones that match `query`: those used last and then customers by name when it is empty.

    A whole number that nobody has is listed too, so that a stranger can be played; `region` (ISO 3166) is
    where numbers without a country code are read.
    """
    numbers = [] if query.strip() else _used_last(session)
    for row in find_customers(session, query).rows:
        numbers += [phone.e164 for phone in row.phones if phone.e164 not in numbers]
    typed = normalise(query, region) if query.strip() else None
    if typed is not None and typed.possible and typed.e164 not in numbers:
        numbers.append(typed.e164)
    return _described(session, numbers)


def _used_last(session: Session) -> list[str]:
    latest = func.max(Message.id)
    return list(
        session.scalars(
            select(Message.number).where(ON_HANDSET).group_by(Message.number).order_by(latest.desc()).limit(RECENT)
        )
    )


def _described(session: Session, numbers: list[str]) -> list[Handset]:
    if not numbers:
        return []
    people: dict[str, list[Customer]] = {}
    holders = (
        select(CustomerPhone.e164, Customer)
        .join(Customer, Customer.id == CustomerPhone.customer_id)
        .where(CustomerPhone.e164.in_(numbers))
        .order_by(CustomerPhone.verified_at.is_(None), Customer.id)
    )
    for number, customer in session.execute(holders):
        people.setdefault(number, []).append(customer)
    newest = (
        select(Message.number, Message.body)
        .where(Message.number.in_(numbers), ON_HANDSET)
        .ext(distinct_on(Message.number))
        .order_by(Message.number, Message.id.desc())
    )
    last = {row.number: row.body for row in session.execute(newest)}
    stopped = set(session.scalars(select(OptOut.number).where(OptOut.number.in_(numbers), OptOut.ended_at.is_(None))))
    return [
        Handset(
            e164=number,
            pretty=pretty(number),
            name=" · ".join(customer.name for customer in people.get(number, ())),
            last=last.get(number, ""),
            opted_out=number in stopped,
        )
        for number in numbers
    ]


#: Joined by the socket event "handset.join" (permission phone.use); the room is live.room_of("handset",
#: number).
VIEWS_MESSAGES = {"handset": View(build=handset_image, event="handset.image")}
