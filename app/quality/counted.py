"""The interviews that count: every one whose appeal was not upheld, by the month of the contact it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.customers.models import Interaction
from app.domain.scoring.dimensions import TOPICS
from app.quality.appeals.models import QualityAppeal
from app.quality.models import QualityCallback, QualityInterview


def month_of(zone: str) -> ColumnElement[str]:
    """ "2026-10" of the contact, in the organisation's zone."""
    return func.to_char(func.timezone(zone, Interaction.started_at), "YYYY-MM")


def running_month(now: datetime, zone: str) -> str:
    """The month that `now` (aware) lies in, which is not closed yet."""
    return f"{now.astimezone(ZoneInfo(zone)):%Y-%m}"


def taken_out() -> ColumnElement[bool]:
    """True for an interview whose appeal was upheld."""
    return exists().where(QualityAppeal.interview_id == QualityInterview.id, QualityAppeal.state == "upheld")


def counted(session: Session, months: Collection[str], zone: str) -> list[tuple[QualityInterview, str]]:
    """(interview, month) of the contacts of `months`, oldest interview first."""
    month = month_of(zone)
    rows = session.execute(
        select(QualityInterview, month.label("month"))
        .join(QualityCallback, QualityCallback.id == QualityInterview.callback_id)
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .where(month.in_(months), ~taken_out())
        .order_by(QualityInterview.id)
    )
    return [(row.QualityInterview, row.month) for row in rows]


def ratings_by_topic(found: Iterable[tuple[str, QualityInterview]]) -> dict[str, dict[str, list[float]]]:
    """Topic -> group -> ratings, of (group, interview) pairs; unanswered questions are left out."""
    given: dict[str, dict[str, list[float]]] = {topic: defaultdict(list) for topic in TOPICS}
    for group, interview in found:
        for topic in TOPICS:
            value = getattr(interview, topic)
            if value is not None:
                given[topic][group].append(value)
    return given
