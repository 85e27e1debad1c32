"""What each team lacks in a quarter, its courses, and its ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.agents.models import Agent, Team
from app.domain.coaching import months_of
from app.domain.scoring.dimensions import TOPICS, Lowest, lowest_dimension
from app.domain.scoring.verdict import FEWEST_RELEASED
from app.quality.coaching.models import CoachingNote
from app.quality.counted import counted, ratings_by_topic
from app.quality.learning.models import LearningEntry, Training
from app.security.models import User


@dataclass(frozen=True, slots=True)
class TeamNeeds:
    """One team in one quarter. `lowest` is None below three people with answers: it would point at one of them."""

    team_id: int
    name: str
    answers: int
    people: int
    lowest: Lowest | None
    #: (topic, number of coaching notes about it), most first.
    topics: tuple[tuple[str, int], ...]
    courses: Sequence[Training]


def teams_of(session: Session, quarter: str, zone: str) -> list[TeamNeeds]:
    """All teams, by name."""
    months = months_of(quarter)
    team_of = {row[0]: row[1] for row in session.execute(select(Agent.id, Agent.team_id))}
    found = [
        (str(team_of[each.rated_agent_id]), each)
        for each, _month in counted(session, months, zone)
        if team_of.get(each.rated_agent_id) is not None
    ]
    by_topic = ratings_by_topic(found)
    answers = Counter(team for team, _each in found)
    people = {team: len({each.rated_agent_id for own, each in found if own == team}) for team in answers}
    noted: dict[int, Counter[str]] = {}
    for row in session.execute(
        select(Agent.team_id, CoachingNote.topic, func.count().label("notes"))
        .join(Agent, Agent.id == CoachingNote.agent_id)
        .where(CoachingNote.period.in_(months), Agent.team_id.is_not(None))
        .group_by(Agent.team_id, CoachingNote.topic)
    ):
        noted.setdefault(row.team_id, Counter())[row.topic] = row.notes
    courses: dict[int, list[Training]] = {}
    for course in session.scalars(
        select(Training).where(Training.quarter == quarter).order_by(Training.planned_on, Training.id)
    ):
        courses.setdefault(course.team_id, []).append(course)
    return [
        TeamNeeds(
            team.id,
            team.name,
            answers[str(team.id)],
            people.get(str(team.id), 0),
            lowest_dimension(by_topic, str(team.id)) if people.get(str(team.id), 0) >= FEWEST_RELEASED else None,
            _most_first(noted.get(team.id, Counter())),
            courses.get(team.id, []),
        )
        for team in session.scalars(select(Team).order_by(Team.name))
    ]


def _most_first(noted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(noted.items(), key=lambda pair: (-pair[1], TOPICS.index(pair[0]))))


@dataclass(frozen=True, slots=True)
class Ledger:
    """A team's year, in hundredths."""

    name: str
    budget: int
    spent: int
    left: int


def ledgers(session: Session, year: int) -> list[Ledger]:
    """The year of every team that has lines, by name."""
    budget = func.coalesce(func.sum(LearningEntry.cents).filter(LearningEntry.kind == "budget"), 0)
    rows = session.execute(
        select(Team.name, budget.label("budget"), func.sum(LearningEntry.cents).label("left"))
        .join(Team, Team.id == LearningEntry.team_id)
        .where(LearningEntry.year == year)
        .group_by(Team.name)
        .order_by(Team.name)
    )
    return [Ledger(row.name, int(row.budget), int(row.budget - row.left), int(row.left)) for row in rows]


def lines(session: Session, year: int, most: int = 100) -> Sequence[Any]:
    """The lines of a year with team and who wrote them, newest first."""
    return session.execute(
        select(LearningEntry, Team.name, User.display_name)
        .join(Team, Team.id == LearningEntry.team_id)
        .join(User, User.id == LearningEntry.by_id)
        .where(LearningEntry.year == year)
        .order_by(LearningEntry.id.desc())
        .limit(most)
    ).all()


def team_names(session: Session) -> list[tuple[int, str]]:
    """(id, name) of all teams."""
    return [(row.id, row.name) for row in session.execute(select(Team.id, Team.name).order_by(Team.name))]
