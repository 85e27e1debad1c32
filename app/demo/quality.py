"""Customers to be asked how it was: there from the first minute, so that the quality caller has somebody to call."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.models import Customer, Interaction
from app.eventlog import CLI
from app.quality.asking import plan

#: Customer -> days from now on, and what the caller should know.
_ASKED = {
    "Amelia Hart": (0, "Called three times about the same lamp."),
    "Northgate Medical Supplies": (0, "Ask for the person at the cold store."),
    "晨霧茶葉行": (2, "節前很忙，長話短說。"),
}


def add_quality_callbacks(session: Session, *, moment: datetime) -> None:
    """Plan a callback about the latest contact that each of these customers had with an agent. Participant."""
    for name, (days, note) in _ASKED.items():
        customer = session.scalars(select(Customer).where(Customer.name == name)).one()
        contact = session.scalars(
            select(Interaction)
            .where(Interaction.customer_id == customer.id, Interaction.outcome == "answered")
            .order_by(Interaction.started_at.desc())
            .limit(1)
        ).one()
        plan(
            session,
            contact,
            customer,
            source="hand",
            number=contact.number,
            language=customer.language or "en",
            note=note,
            when=moment + timedelta(days=days),
            now=moment,
            actor=CLI,
        )
