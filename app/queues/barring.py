"""Who must never come near a contact: not by the router, a transfer, a consult or a supervisor's order.

The bar is on the contact, so every queue leg, consult and call of it is covered. Triggers on reservations, calls and
call legs keep it whatever the program does; the questions here only give the refusal kindly and before the write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base
from app.eventlog import Actor, record_event

_BARRED = text("""
SELECT w.id, b.agent_id FROM work_items w JOIN barred_agents b ON b.contact_id = w.contact_id
WHERE w.id = ANY(:items)""")


class BarredAgent(Base):
    """One agent who must not handle one contact. A trigger refuses UPDATE and DELETE: what was barred stays barred."""

    __tablename__ = "barred_agents"
    __table_args__ = (
        CheckConstraint("reason IN ('rated','team_lead','paid')", name="reason_known"),
        Index("ix_barred_agents_agent_id", "agent_id"),
    )

    contact_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"), primary_key=True, autoincrement=False)
    #: "rated": the contact asks about this agent's work; "team_lead": about the work of somebody they lead;
    #: "paid": their reward hangs on that score.
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(server_default=func.now())


def bar_agents(session: Session, contact_id: str, reasons: Mapping[int, str], *, actor: Actor) -> None:
    """Keep these agents (id -> reason) from the contact for good. Participant; comes before the contact is in line."""
    for agent_id, reason in sorted(reasons.items()):
        session.add(BarredAgent(contact_id=contact_id, agent_id=agent_id, reason=reason))
        record_event(
            session,
            "contact.agent_barred",
            "agent",
            agent_id,
            actor=actor,
            reason=reason,
            contact_id=contact_id,
        )
    session.flush()


def is_barred(session: Session, contact_id: str, agent_id: int) -> bool:
    """Whether this agent must not come near the contact."""
    return session.get(BarredAgent, (contact_id, agent_id)) is not None


def barred_from(session: Session, contact_id: str) -> frozenset[int]:
    """Ids of everybody who must not come near the contact."""
    return frozenset(session.scalars(select(BarredAgent.agent_id).where(BarredAgent.contact_id == contact_id)))


def barred_of_items(session: Session, items: Sequence[int]) -> dict[int, frozenset[int]]:
    """Work item id -> ids of the agents who must not be offered it; items without any are left out."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in session.execute(_BARRED, {"items": list(items)}):
        found[row.id].add(row.agent_id)
    return {item: frozenset(agents) for item, agents in found.items()}
