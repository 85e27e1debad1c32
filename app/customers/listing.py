"""Finding customers: by name in any script, company, place, reference, number, parcel or e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, load_only

from app.customers.fields import TIERS
from app.customers.models import Customer, CustomerPhone, Interaction, Parcel
from app.domain.search_tokens import query_text

PAGE_SIZE = 25
#: Longer input is no search; what follows is not read.
LONGEST_QUERY = 200

_OPEN_CASES = text("""
SELECT customer_id, count(*) AS open FROM work_items
WHERE customer_id = ANY(:ids) AND state NOT IN ('closed','canceled') AND kind NOT IN ('call','consult')
GROUP BY customer_id""")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    customer: Customer
    phones: list[CustomerPhone]
    last_contact_at: datetime | None
    open_cases: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list and what surrounds it."""

    rows: list[Row]
    page: int
    pages: int
    total: int


def find_customers(session: Session, query: str = "", tier: str = "", page: int = 1) -> Page:
    """Customers who match every word of `query` (all when empty) and `tier`, by name."""
    conditions = _conditions(query.strip()[:LONGEST_QUERY], tier)
    total = session.scalar(select(func.count()).select_from(Customer).where(*conditions)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    customers = session.scalars(
        select(Customer)
        .where(*conditions)
        .order_by(func.lower(Customer.name), Customer.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
        .options(
            load_only(
                Customer.id,
                Customer.reference,
                Customer.name,
                Customer.company,
                Customer.kind,
                Customer.tier,
                Customer.language,
                Customer.city,
                Customer.country,
                Customer.demo,
            )
        )
    ).all()
    return Page(_rows(session, customers), page, pages, total)


def _conditions(query: str, tier: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if tier in TIERS:
        conditions.append(Customer.tier == tier)
    if not query:
        return conditions
    # The number of a parcel is no word of the profile: parcels come and go with imports.
    parcel = select(Parcel.customer_id).where(Parcel.tracking_number == "".join(query.split()).upper())
    words = query_text(query)
    matches: list[ColumnElement[bool]] = [Customer.id.in_(parcel)]
    if words:
        matches.append(Customer.search.op("@@")(cast(literal(words, Text), TSQUERY)))
    conditions.append(or_(*matches))
    return conditions


def _rows(session: Session, customers: Sequence[Customer]) -> list[Row]:
    ids = [customer.id for customer in customers]
    if not ids:
        return []
    contacts = session.execute(
        select(Interaction.customer_id, func.max(Interaction.started_at))
        .where(Interaction.customer_id.in_(ids))
        .group_by(Interaction.customer_id)
    )
    last = {row[0]: row[1] for row in contacts}
    open_cases = {row.customer_id: row.open for row in session.execute(_OPEN_CASES, {"ids": ids})}
    return [
        Row(customer, list(customer.phones), last.get(customer.id), open_cases.get(customer.id, 0))
        for customer in customers
    ]
