"""What came to an agent: the kinds that the contact behind each answer belongs to, as they were known before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.scoring.mix import Kinds, Rated
from app.quality.models import QualityCallback, QualityInterview


def rated_by_agent(session: Session, interviews: Iterable[QualityInterview]) -> dict[str, list[Rated]]:
    """Agent -> their answers to "all in all", each with its kinds of contact: reason and segment, reason, segment."""
    given = [each for each in interviews if each.overall is not None]
    facts = {
        row.id: row.facts
        for row in session.execute(
            select(QualityCallback.id, QualityCallback.facts).where(
                QualityCallback.id.in_([each.callback_id for each in given])
            )
        )
    }
    found: dict[str, list[Rated]] = defaultdict(list)
    for each in given:
        found[str(each.rated_agent_id)].append(Rated(float(each.overall or 0), _kinds(facts[each.callback_id])))
    return found


def _kinds(facts: Mapping[str, Any]) -> Kinds:
    """Finest first; a contact without a reason is told apart by its segment only."""
    tier, topic = facts.get("tier"), facts.get("topic")
    kinds: list[tuple[str, ...]] = []
    if topic is not None and tier:
        kinds.append(("topic", str(topic), tier))
    if topic is not None:
        kinds.append(("topic", str(topic)))
    if tier:
        kinds.append(("tier", tier))
    return kinds
