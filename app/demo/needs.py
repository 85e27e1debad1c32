"""The register of the demo: what the interviews said, grouped by hand as somebody would, with owners and an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.eventlog import CLI
from app.quality.models import QualityInterview
from app.quality.needs.models import Need, NeedVoice
from app.quality.needs.services import enter_voices

#: Beginning of the title -> (type, state, owner, days ago that somebody decided).
_DECIDED = {
    "Choose the hour": ("value_added", "planned", "mei", 3),
    "Say on the phone": ("basic_service", "done", "hanne", 5),
    "A photo of": ("basic_service", "open", "", 9),
}


def add_needs(session: Session, people: Mapping[str, int], *, moment: datetime) -> None:
    """Enter the voices of all interviews, and group the equal ones. Participant; `people` is short name -> user id."""
    for interview in session.scalars(select(QualityInterview).order_by(QualityInterview.at, QualityInterview.id)):
        enter_voices(session, interview, now=interview.at, actor=CLI)
    same: dict[tuple[str, str], list[Need]] = defaultdict(list)
    for entry in session.scalars(select(Need).order_by(Need.id)):
        same[entry.kind, entry.title].append(entry)
    for (_kind, title), entries in same.items():
        first = entries[0]
        rest = [entry.id for entry in entries[1:]]
        session.execute(update(NeedVoice).where(NeedVoice.need_id.in_(rest)).values(need_id=first.id))
        session.execute(update(Need).where(Need.id.in_(rest)).values(state="merged", merged_into_id=first.id))
        for begins, (type_, state, owner, days) in _DECIDED.items():
            if title.startswith(begins):
                first.type, first.state, first.owner_id = type_, state, people.get(owner)
                first.changed_at = moment - timedelta(days=days)
