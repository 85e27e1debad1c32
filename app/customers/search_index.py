"""The search column of a profile: its words, numbers and reference, kept with every change."""

from __future__ import annotations

import json

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.customers.models import Customer
from app.domain.search_tokens import phone_tokens, tokens, vector_text

_WRITE = text("""
UPDATE customers SET search = found.vector::tsvector
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS found(id bigint, vector text)
WHERE customers.id = found.id""")


def search_words(customer: Customer) -> list[str]:
    """Every word the profile is found by; its numbers by each ending of four digits and more."""
    texts = (
        customer.name,
        customer.company,
        customer.reference,
        customer.email,
        customer.city,
        customer.address,
    )
    words = [word for part in texts if part for word in tokens(part)]
    for phone in customer.phones:
        words += phone_tokens(phone.e164)
    return words


def refresh_search(session: Session, *customers: Customer) -> None:
    """Make the given profiles findable by what they hold now (phones loaded)."""
    rows = [{"id": customer.id, "vector": vector_text(search_words(customer))} for customer in customers]
    if rows:
        session.execute(_WRITE, {"rows": json.dumps(rows)})
