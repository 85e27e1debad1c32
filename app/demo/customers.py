"""Writing the demo's customers: those made by hand and some hundred more, with numbers, parcels and consents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.models import Consent, Customer, CustomerNote, CustomerPhone, Parcel
from app.customers.search_index import refresh_search
from app.demo.crowd import draw_crowd
from app.demo.people import AGENTS
from app.demo.showcase import SHOWCASE, Portrait
from app.demo.stories import NOTES

CROWD = 132


@dataclass(frozen=True, slots=True)
class Written:
    """A demo customer as it stands in the database."""

    id: int
    reference: str
    portrait: Portrait
    #: First number, E.164; empty without one.
    number: str


def add_customers(session: Session, people: dict[str, int], *, chance: Random, moment: datetime) -> list[Written]:
    """Every demo customer, findable, with numbers, notes, parcels and consents."""
    # The oldest profile has the lowest reference, as in a desk that grew.
    portraits = sorted((*SHOWCASE, *draw_crowd(chance, CROWD)), key=lambda portrait: -portrait.years)
    customers = [
        Customer(
            name=p.name, kind=p.kind, company=p.company, tier=p.tier, language=p.language, time_zone=p.time_zone,
            email=p.email, address=p.address, city=p.city, country=p.country, demo=True,
            special_requirements=p.special_requirements,
            preferred_agent_id=people[p.preferred] if p.preferred else None,
            created_at=(since := moment - timedelta(days=365.25 * p.years)), updated_at=since,
        )
        for p in portraits
    ]  # fmt: skip
    session.add_all(customers)
    session.flush()
    written = [
        Written(customer.id, customer.reference, portrait, portrait.phones[0][0] if portrait.phones else "")
        for customer, portrait in zip(customers, portraits, strict=True)
    ]
    numbers = count(104_729_311, 1_369_511)
    for one in written:
        session.add_all(_phones(one, moment))
        session.add_all(_parcels(one, numbers, chance, moment))
        session.add_all(_consents(one, moment))
        if one.portrait.pinned_note:
            session.add(_pinned(one, people, moment))
        elif chance.random() < 0.2:
            session.add(_left(one, people, chance, moment))
    session.flush()
    found = session.scalars(
        select(Customer).where(Customer.id.in_([one.id for one in written])).execution_options(populate_existing=True)
    )
    refresh_search(session, *found)
    return written


def _phones(one: Written, moment: datetime) -> list[CustomerPhone]:
    verified = moment - timedelta(days=40) if one.portrait.tier in ("gold", "key") else None
    return [
        CustomerPhone(
            customer_id=one.id, e164=e164, raw=e164, label=label, position=position,
            verified_at=verified if position == 0 else None,
        )
        for position, (e164, label) in enumerate(one.portrait.phones)
    ]  # fmt: skip


def _parcels(one: Written, numbers: Iterator[int], chance: Random, moment: datetime) -> list[Parcel]:
    rows = []
    for description, status, origin, destination, days in one.portrait.parcels:
        due = (moment + timedelta(days=days)).replace(hour=17, minute=0, second=0, microsecond=0)
        touched = min(due, moment) - timedelta(hours=chance.randint(1, 20), minutes=chance.randint(0, 59))
        rows.append(
            Parcel(
                tracking_number=f"SH{next(numbers)}", customer_id=one.id, description=description, status=status,
                origin=origin, destination=destination, due_at=due, updated_at=touched,
                delivered_at=touched if status == "delivered" else None,
            )
        )  # fmt: skip
    return rows


def _consents(one: Written, moment: datetime) -> list[Consent]:
    since = moment - timedelta(days=min(365.25 * one.portrait.years, 60))
    return [
        Consent(
            address=one.number or one.portrait.email, customer_id=one.id, purpose=purpose, state=state, source="agent",
            at=since + timedelta(minutes=5 * position),
        )
        for position, (purpose, state) in enumerate(one.portrait.consents.items())
        if one.number or one.portrait.email
    ]  # fmt: skip


def _pinned(one: Written, people: dict[str, int], moment: datetime) -> CustomerNote:
    return CustomerNote(
        customer_id=one.id, author_id=people[one.portrait.note_by], body=one.portrait.pinned_note, pinned=True,
        created_at=moment - timedelta(days=20),
    )  # fmt: skip


def _left(one: Written, people: dict[str, int], chance: Random, moment: datetime) -> CustomerNote:
    days = chance.uniform(1, min(50, 365 * one.portrait.years))
    return CustomerNote(
        customer_id=one.id, author_id=people[chance.choice(AGENTS).login], pinned=False,
        body=chance.choice(NOTES[one.portrait.language]), created_at=moment - timedelta(days=days),
    )  # fmt: skip
