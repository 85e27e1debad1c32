"""What a profile shows around the timeline: facts, parcels, consent, open work, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.customers.models import Consent, Customer, CustomerNote, Parcel

#: Parcels in these states are what a customer most likely calls about.
TROUBLED = ("not_received", "damaged", "held", "returned")
#: From this many contacts in seven days on, the agent is told before speaking.
MANY_CONTACTS = 3
MOST_PARCELS = 10

_FACTS = text("""
SELECT count(*) FILTER (WHERE started_at > :now - interval '7 days') AS contacts_7_days,
       count(*) FILTER (WHERE started_at > :now - interval '12 months') AS last_12_months,
       max(started_at) AS last_contact_at,
       (array_agg(outcome ORDER BY started_at DESC, id DESC))[1] AS last_outcome
FROM interactions
WHERE customer_id = :customer OR (customer_id IS NULL AND number = ANY(:numbers))""")

_OPEN_WORK = text("""
SELECT w.id, w.kind, w.channel, w.state, w.priority, w.created_at, w.enqueued_at, w.due_at,
       q.names AS queue_names, u.display_name AS agent, k.id AS ticket, k.reference, k.subject
FROM work_items w
JOIN queues q ON q.id = w.queue_id
LEFT JOIN tickets k ON k.work_item_id = w.id
LEFT JOIN reservations r ON r.work_item_id = w.id AND r.state IN ('pending','accepted','active','wrapping')
LEFT JOIN users u ON u.id = r.agent_id
WHERE w.customer_id = :customer AND w.state NOT IN ('closed','canceled')
ORDER BY w.created_at DESC LIMIT 20""")

_OPTED_OUT = text("SELECT number FROM opt_outs WHERE number = ANY(:numbers) AND ended_at IS NULL")
_CARRIER_HAS = text("""SELECT count(*) FROM messages
    WHERE customer_id = :customer AND erased_at IS NOT NULL AND carrier_erased_at IS NULL""")
_AUTHOR = text("SELECT display_name FROM users WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything around the timeline, read in a handful of statements."""

    customer: Customer
    contacts_7_days: int
    last_12_months: int
    last_contact_at: datetime | None
    last_outcome: str | None
    open_work: list[dict[str, Any]]
    parcels: list[Parcel]
    pinned_note: dict[str, Any] | None
    opted_out: frozenset[str]
    #: Latest row per address and purpose.
    consents: list[Consent]
    local_time: datetime
    preferred_agent: str
    #: Of an erased customer: texts that the carrier has not deleted yet.
    carrier_has: int

    @property
    def open_cases(self) -> list[dict[str, Any]]:
        """Open work other than talks: what somebody still owes this customer."""
        return [item for item in self.open_work if item["kind"] not in ("call", "consult")]


def local_time_of(customer: Customer, moment: datetime) -> datetime:
    """`moment` on the customer's clock; UTC when the zone is not known on this machine."""
    try:
        return moment.astimezone(ZoneInfo(customer.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment


def read_profile(session: Session, customer: Customer, moment: datetime) -> Profile:
    """The profile of `customer` as it stands at `moment` (UTC)."""
    numbers = [phone.e164 for phone in customer.phones]
    facts = session.execute(_FACTS, {"customer": customer.id, "numbers": numbers, "now": moment}).one()
    work = session.execute(_OPEN_WORK, {"customer": customer.id}).mappings()
    agent = customer.preferred_agent_id
    return Profile(
        customer=customer,
        contacts_7_days=facts.contacts_7_days,
        last_12_months=facts.last_12_months,
        last_contact_at=facts.last_contact_at,
        last_outcome=facts.last_outcome,
        open_work=[dict(row) for row in work],
        parcels=_parcels(session, customer.id),
        pinned_note=pinned_note(session, customer.id),
        opted_out=opted_out(session, numbers),
        consents=_consents(session, customer.id, [*numbers, customer.email]),
        local_time=local_time_of(customer, moment),
        preferred_agent=session.scalar(_AUTHOR, {"id": agent}) or "" if agent else "",
        carrier_has=session.scalar(_CARRIER_HAS, {"customer": customer.id}) or 0 if customer.erased_at else 0,
    )


def opted_out(session: Session, numbers: Sequence[str]) -> frozenset[str]:
    """Those of `numbers` (E.164) that said STOP and not START since."""
    return frozenset(session.scalars(_OPTED_OUT, {"numbers": list(numbers)})) if numbers else frozenset()


def pinned_note(session: Session, customer_id: int) -> dict[str, Any] | None:
    """{id, body, author, at} of the note on top of the profile, if any."""
    note = session.scalar(
        select(CustomerNote)
        .where(CustomerNote.customer_id == customer_id, CustomerNote.pinned)
        .order_by(CustomerNote.id.desc())
        .limit(1)
    )
    if note is None:
        return None
    author = session.scalar(_AUTHOR, {"id": note.author_id}) if note.author_id else ""
    return {"id": note.id, "body": note.body, "author": author or "", "at": note.created_at}


def before_you_speak(profile: Profile, moment: datetime) -> list[dict[str, Any]]:
    """What an agent must know before the first word, most important first: [{code, ...parameters}]."""
    found: list[dict[str, Any]] = []
    if profile.customer.special_requirements:
        found.append({"code": "special_requirements", "text": profile.customer.special_requirements})
    if profile.contacts_7_days >= MANY_CONTACTS:
        found.append({"code": "repeat_contact", "count": profile.contacts_7_days})
    lost = profile.last_outcome in ("abandoned", "abandoned_while_ringing", "missed", "no_agent", "failed")
    recent = profile.last_contact_at is not None and moment - profile.last_contact_at < timedelta(hours=24)
    if lost and recent and profile.last_contact_at is not None:
        found.append({"code": "not_reached_last_time", "at": profile.last_contact_at.isoformat()})
    for parcel in profile.parcels:
        if parcel.status in TROUBLED:
            found.append({"code": "parcel_trouble", "tracking_number": parcel.tracking_number, "status": parcel.status})
            break
    if profile.open_cases:
        found.append({"code": "open_work", "count": len(profile.open_cases)})
    if profile.customer.tier == "key":
        found.append({"code": "key_account", "agent": profile.preferred_agent})
    if profile.opted_out:
        found.append({"code": "sms_opted_out"})
    return found


def _parcels(session: Session, customer_id: int) -> list[Parcel]:
    return list(
        session.scalars(
            select(Parcel)
            .where(Parcel.customer_id == customer_id)
            .order_by(Parcel.updated_at.desc(), Parcel.id.desc())
            .limit(MOST_PARCELS)
        )
    )


def _consents(session: Session, customer_id: int, addresses: list[str]) -> list[Consent]:
    latest = (
        select(Consent)
        .where(
            (Consent.customer_id == customer_id)
            | (Consent.customer_id.is_(None) & Consent.address.in_([a for a in addresses if a]))
        )
        .ext(distinct_on(Consent.address, Consent.purpose))
        .order_by(Consent.address, Consent.purpose, Consent.id.desc())
    )
    return sorted(session.scalars(latest), key=lambda consent: consent.id, reverse=True)
