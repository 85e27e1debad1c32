"""The screen pop: what the desk shows of a customer the moment a call rings, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import now
from app.customers.lookup import find_by_number, get_customer
from app.customers.models import Customer, Interaction
from app.customers.profile import Profile, before_you_speak, read_profile
from app.customers.timeline import TimelineEntry, timeline
from app.customers.words import entry_words, warning_words
from app.domain.phone_numbers import pretty

ENTRIES = 15


def pop(
    session: Session, *, customer_id: int | None = None, number: str | None = None, blind: bool = False
) -> dict[str, Any]:
    """The pop for one customer, or for everybody under `number` (E.164); `blind` as for `timeline`.

    One match is shown whole; several are `candidates`, and the agent picks; a withheld number has neither.

    Raises:
        NotFound: there is no customer `customer_id`.
    """
    moment = now()
    matches = find_by_number(session, number or "")
    if customer_id is not None:
        customer: Customer | None = get_customer(session, customer_id)
    else:
        customer = matches[0] if len(matches) == 1 else None
    candidates = [] if customer is not None and customer_id is None else matches
    empty: dict[str, Any] = {
        "customer": None,
        "candidates": _candidates(session, candidates),
        "facts": {"contacts_7_days": 0, "open_work": 0, "last_12_months": 0},
        "before_you_speak": [],
        "parcels": [],
        "timeline": [],
        "open_work": [],
    }
    if customer is None:
        return empty
    profile = read_profile(session, customer, moment)
    entries = timeline(session, customer.id, limit=ENTRIES, blind=blind)
    return {
        **empty,
        "customer": _customer(profile),
        "facts": {
            "contacts_7_days": profile.contacts_7_days,
            "open_work": len(profile.open_cases),
            "last_12_months": profile.last_12_months,
        },
        "before_you_speak": [
            {**warning, "words": warning_words(warning)} for warning in before_you_speak(profile, moment)
        ],
        "parcels": [
            {
                "tracking_number": parcel.tracking_number,
                "description": parcel.description,
                "status": parcel.status,
                "destination": parcel.destination,
                "due_at": _iso(parcel.due_at),
                "delivered_at": _iso(parcel.delivered_at),
            }
            for parcel in profile.parcels
        ],
        "timeline": [entry_json(entry) for entry in entries],
        "open_work": [_work(item) for item in profile.open_cases],
    }


def entry_json(entry: TimelineEntry) -> dict[str, Any]:
    """One timeline entry for scripts: what it is in words and as data."""
    words = entry_words(entry)
    return {
        "kind": entry.kind,
        "id": entry.id,
        "at": entry.at.isoformat(),
        "icon": words.icon,
        "tone": words.tone,
        "title": words.title,
        "text": words.text,
        **entry.data,
    }


def _customer(profile: Profile) -> dict[str, Any]:
    customer = profile.customer
    note = profile.pinned_note
    return {
        "id": customer.id,
        "reference": customer.reference,
        "name": customer.name,
        "kind": customer.kind,
        "company": customer.company,
        "tier": customer.tier,
        "language": customer.language,
        "city": customer.city,
        "country": customer.country,
        "local_time": profile.local_time.isoformat(timespec="minutes"),
        "time_zone": customer.time_zone,
        "special_requirements": customer.special_requirements,
        "since": customer.created_at.isoformat(),
        "phones": [
            {
                "e164": phone.e164,
                "pretty": pretty(phone.e164),
                "label": phone.label,
                "verified": phone.verified_at is not None,
                "opted_out": phone.e164 in profile.opted_out,
            }
            for phone in customer.phones
        ],
        "email": customer.email,
        "pinned_note": {**note, "at": note["at"].isoformat()} if note else None,
        "sms_opted_out": bool(profile.opted_out),
        "preferred_agent": profile.preferred_agent,
        "demo": customer.demo,
    }


def _candidates(session: Session, customers: list[Customer]) -> list[dict[str, Any]]:
    if not customers:
        return []
    last = {
        row.customer_id: row.at
        for row in session.execute(
            select(Interaction.customer_id, func.max(Interaction.started_at).label("at"))
            .where(Interaction.customer_id.in_([c.id for c in customers]))
            .group_by(Interaction.customer_id)
        )
    }
    return [
        {
            "id": customer.id,
            "reference": customer.reference,
            "name": customer.name,
            "tier": customer.tier,
            "city": customer.city,
            "last_contact_at": _iso(last.get(customer.id)),
        }
        for customer in customers
    ]


def _work(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"],
        "kind": item["kind"],
        "channel": item["channel"],
        "state": item["state"],
        "queue_names": item["queue_names"],
        "created_at": _iso(item["created_at"]),
        "due_at": _iso(item["due_at"]),
        "agent": item["agent"],
        "ticket": item["ticket"],
        "reference": item["reference"] or "",
        "subject": item["subject"] or "",
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
