"""What counts: interviews by telephone whose appeal was not upheld, by the month of the contact they are about.

Answers by link are counted apart: they come out only for who asks for that mode, and into no figure of a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.customers.models import Interaction
from app.domain.quality_call import MODE_LINK, MODE_TELEPHONE
from app.domain.scoring.dimensions import TOPICS
from app.domain.scoring.response import Outcomes
from app.draws.models import DrawMember
from app.quality.appeals.models import QualityAppeal
from app.quality.links.models import QualityLink
from app.quality.models import QualityCallback, QualityInterview

#: Both modes: who answered at all.
TOGETHER = "together"
#: Outcome of a callback -> its class for response rates.
_CLASS = {
    "interviewed": "complete",
    "partial": "partial",
    "refused": "refused",
    # Spoken with, or asked for the link: no interview, and no wish against another time
    "no_reply": "refused",
    "no_answer": "not_reached",
    "voicemail": "not_reached",
    "wrong_number": "other",
    "other_language": "other",
}
#: Outcomes of callbacks that were approached: whoever was withdrawn is not among them.
APPROACHED = frozenset(_CLASS)


def month_of(zone: str) -> ColumnElement[str]:
    """ "2026-10" of the contact, in the organisation's zone."""
    return func.to_char(func.timezone(zone, Interaction.started_at), "YYYY-MM")


def running_month(now: datetime, zone: str) -> str:
    """The month that `now` (aware) lies in, which is not closed yet."""
    return f"{now.astimezone(ZoneInfo(zone)):%Y-%m}"


def taken_out() -> ColumnElement[bool]:
    """True for an interview whose appeal was upheld."""
    return exists().where(QualityAppeal.interview_id == QualityInterview.id, QualityAppeal.state == "upheld")


def counted(
    session: Session, months: Collection[str], zone: str, *, mode: str = MODE_TELEPHONE
) -> list[tuple[QualityInterview, str]]:
    """(interview, month) of the contacts of `months`, given by `mode`, oldest interview first."""
    month = month_of(zone)
    rows = session.execute(
        select(QualityInterview, month.label("month"))
        .join(QualityCallback, QualityCallback.id == QualityInterview.callback_id)
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .where(month.in_(months), QualityInterview.mode == mode, ~taken_out())
        .order_by(QualityInterview.id)
    )
    return [(row.QualityInterview, row.month) for row in rows]


def outcomes_by_mode(
    session: Session, months: Collection[str], zone: str, *, primaries_only: bool = False
) -> dict[str, Outcomes]:
    """How the callbacks about `months` ended, for each mode and TOGETHER; of the five that were drawn, if asked for.

    To the telephone, whoever got a link is lost: not reached, or spoken with in vain. Who was never rung is not in it.
    """
    rung_at_all = (QualityCallback.attempts > 0).label("rung")
    asked = (
        select(QualityCallback.outcome, QualityLink.reason, rung_at_all, func.count())
        .join(Interaction, Interaction.id == QualityCallback.interaction_id)
        .outerjoin(QualityLink, QualityLink.callback_id == QualityCallback.id)
        .where(month_of(zone).in_(months), QualityCallback.outcome.in_(_CLASS))
        .group_by(QualityCallback.outcome, QualityLink.reason, rung_at_all)
    )
    if primaries_only:
        first = DrawMember.interaction_id == QualityCallback.interaction_id
        asked = asked.where(exists().where(first, DrawMember.part == "primary"))
    rows = session.execute(asked)
    found: dict[str, Counter[str]] = {mode: Counter() for mode in (MODE_TELEPHONE, MODE_LINK, TOGETHER)}
    for outcome, reason, rung, number in rows:
        found[TOGETHER][_CLASS[outcome]] += number
        if reason is None:
            found[MODE_TELEPHONE][_CLASS[outcome]] += number
            continue
        found[MODE_LINK]["not_reached" if outcome == "no_reply" else _CLASS[outcome]] += number
        if rung:
            found[MODE_TELEPHONE]["not_reached" if reason == "unreached" else "refused"] += number
    return {mode: Outcomes(**classes) for mode, classes in found.items()}


def ratings_by_topic(found: Iterable[tuple[str, QualityInterview]]) -> dict[str, dict[str, list[float]]]:
    """Topic -> group -> ratings, of (group, interview) pairs; unanswered questions are left out."""
    given: dict[str, dict[str, list[float]]] = {topic: defaultdict(list) for topic in TOPICS}
    for group, interview in found:
        for topic in TOPICS:
            value = getattr(interview, topic)
            if value is not None:
                given[topic][group].append(value)
    return given
