"""Courses are planned for what a team lacks; the ledger says what is left of the budget."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Team
from app.db import compare_and_set, transaction
from app.domain.coaching import MEANS
from app.domain.scoring.dimensions import TOPICS
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.quality.learning.models import LearningEntry, Training

KINDS = ("budget", "spent", "mended")
LONGEST_TEXT = 200
#: Hundredths; more in one line is a slip of the hand.
MOST_CENTS = 10**11
QUARTER = re.compile(r"20[0-9]{2}-Q[1-4]")


def plan(
    *, team_id: int, quarter: str, topic: str, means: str, title: str, planned_on: date | None, actor: Actor
) -> int:
    """Id of a course that is planned for a team.

    Raises:
        NotFound: no such team.
        Invalid: a field is missing or has no such value.
    """
    now, title = clock.now(), " ".join(title.split())
    fields = {}
    if not QUARTER.fullmatch(quarter):
        fields["quarter"] = "unknown"
    if topic not in TOPICS:
        fields["topic"] = "required"
    if means not in MEANS:
        fields["means"] = "required"
    if not title or len(title) > LONGEST_TEXT:
        fields["title"] = "too_long" if title else "text_missing"
    if planned_on is None:
        fields["planned_on"] = "coaching_day"
    if fields or planned_on is None:
        raise Invalid(code="coaching_form", fields=fields)
    with transaction() as session:
        _team(session, team_id)
        course = Training(
            team_id=team_id,
            quarter=quarter,
            topic=topic,
            means=means,
            title=title,
            planned_on=planned_on,
            created_by=actor.user_id,
            created_at=now,
        )
        session.add(course)
        session.flush()
        record_event(
            session, "training.planned", "training", course.id, actor=actor, after={"team": team_id, "topic": topic}
        )
        return course.id


def settle(training_id: int, *, state: str, actor: Actor) -> None:
    """planned -> held or canceled.

    Raises:
        Invalid: no such state.
        Conflict: it is settled already, or there is no such course.
    """
    if state not in ("held", "canceled"):
        raise Invalid(code="coaching_form", fields={"state": "unknown"})
    with transaction() as session:
        compare_and_set(session, Training, training_id, ("planned",), state=state)
        record_event(
            session,
            f"training.{state}",
            "training",
            training_id,
            actor=actor,
            before={"state": "planned"},
            after={"state": state},
        )


def enter(
    *, team_id: int, year: int, kind: str, amount: str, text: str, training_id: int | None = None, actor: Actor
) -> int:
    """Id of a new line of the ledger. `amount` is as typed, "1,250.00"; only a mending may be negative.

    Raises:
        NotFound: no such team.
        Invalid: a field is missing or cannot be read.
        Conflict: the course is of another team.
    """
    now, text = clock.now(), " ".join(text.split())
    cents, fields = read_amount(amount), {}
    if kind not in KINDS:
        fields["kind"] = "required"
    if not 2000 <= year <= 2100:
        fields["year"] = "unknown"
    if not cents or abs(cents) > MOST_CENTS or (cents < 0 and kind != "mended"):
        fields["amount"] = "amount_invalid"
    if not text or len(text) > LONGEST_TEXT:
        fields["text"] = "too_long" if text else "text_missing"
    if fields or cents is None:
        raise Invalid(code="coaching_form", fields=fields)
    with transaction() as session:
        _team(session, team_id)
        course = session.get(Training, training_id) if training_id is not None else None
        if training_id is not None and (course is None or course.team_id != team_id):
            raise Conflict(code="conflict")
        line = LearningEntry(
            team_id=team_id,
            year=year,
            kind=kind,
            cents=-cents if kind == "spent" else cents,
            text=text,
            training_id=training_id,
            by_id=actor.user_id,
            at=now,
        )
        session.add(line)
        session.flush()
        after = {"team": team_id, "kind": kind, "cents": line.cents}
        record_event(session, "learning.entered", "learning_entry", line.id, actor=actor, after=after)
        return line.id


def read_amount(typed: str) -> int | None:
    """Hundredths of "1,250.00" or "-3.5"; None when it is no amount, or finer than that."""
    try:
        value = Decimal(typed.strip().replace(",", "").replace("\u2212", "-")) * 100
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and value == value.to_integral_value() else None


def _team(session: Session, team_id: int) -> Team:
    team = session.get(Team, team_id)
    if team is None:
        raise NotFound(code="not_found")
    return team
