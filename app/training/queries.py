"""Who is where on the road, and which certificates need a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.administration.services.membership import span_of
from app.agents.models import Agent, Team
from app.calls.models import Listening
from app.domain.certificates import ENDS_SOON, Standing, best_standing, standing_of
from app.domain.exams import ExamResult, exam_result
from app.domain.road import Stage, earliest_leave
from app.queues.models import Certificate, Queue
from app.security.models import User
from app.security.roles import PERMISSIONS
from app.training.exams import rules_as_set, scores_of
from app.training.models import Road, RoadEntry, RoadExam, RoadMark
from app.training.services import rules_of

SHOWN = 300


@dataclass(slots=True)
class RoadRow:
    """One road with who walks it."""

    road: Road
    name: str
    team: str
    queue: Queue
    #: First day on which the stage may be left.
    leave: date
    standing: Standing
    #: Last day of the certificate that holds longest; None without one, or when it never ends.
    ends: date | None = None
    override: bool = False
    #: Contacts under supervision that the exam asks for.
    supervised_wanted: int = 0
    #: Kind of entry -> hours or contacts.
    done: dict[str, int] = field(default_factory=dict)

    @property
    def supervised_missing(self) -> int:
        """How many of them a road in practice still lacks."""
        return max(0, self.supervised_wanted - self.done.get("supervised", 0)) if self.road.state == "practice" else 0


@dataclass(frozen=True, slots=True)
class ExamView:
    """One exam as its marks stand."""

    exam: RoadExam
    result: ExamResult
    #: (rater's name, part, score), by part; empty for the candidate's eyes.
    marks: Sequence[Any]

    @property
    def means(self) -> dict[str, Fraction]:
        """Part -> mean of the raters."""
        return dict(self.result.means)


def roads(session: Session, today: date, *, road_id: int | None = None, agent_id: int | None = None) -> list[RoadRow]:
    """Roads by stage and name; those of one person or one alone where asked for."""
    rules = rules_of(session)
    asked = (
        select(Road, User.display_name, Team.name, Queue)
        .join(User, User.id == Road.agent_id)
        .join(Agent, Agent.id == Road.agent_id)
        .outerjoin(Team, Team.id == Agent.team_id)
        .join(Queue, Queue.id == Road.queue_id)
        .order_by(
            func.array_position(["trainee", "practice", "exam", "certified"], Road.state), User.display_name, Road.id
        )
        .limit(SHOWN)
    )
    if road_id is not None:
        asked = asked.where(Road.id == road_id)
    if agent_id is not None:
        asked = asked.where(Road.agent_id == agent_id)
    found = session.execute(asked).all()
    held: dict[tuple[int, int], list[Certificate]] = {}
    people = {road.agent_id for road, *_rest in found}
    for each in session.scalars(select(Certificate).where(Certificate.agent_id.in_(people))):
        held.setdefault((each.agent_id, each.queue_id), []).append(each)
    done: dict[int, dict[str, int]] = {}
    for number, kind, amount in session.execute(
        select(RoadEntry.road_id, RoadEntry.kind, func.sum(RoadEntry.amount))
        .where(RoadEntry.road_id.in_([road.id for road, *_rest in found]))
        .group_by(RoadEntry.road_id, RoadEntry.kind)
    ):
        done.setdefault(number, {})[kind] = int(amount)
    rows = []
    for road, name, team, queue in found:
        own = held.get((road.agent_id, road.queue_id), [])
        live = [row for row in own if standing_of(span_of(row), today).counts]
        longest = max(live, key=lambda row: row.expires_on or date.max, default=None)
        leave = earliest_leave(
            Stage(road.state), road.since, class_months=rules["class_months"], practice_months=rules["practice_months"]
        )
        rows.append(
            RoadRow(
                road,
                name,
                team or "",
                queue,
                leave,
                best_standing([span_of(row) for row in own], today),
                longest.expires_on if longest else None,
                bool(live) and all(row.override for row in live),
                rules["supervised_contacts"],
                done.get(road.id, {}),
            )
        )
    return rows


def entries(session: Session, road_id: int) -> Sequence[Any]:
    """What was done, newest day first, with who supervised it or was listened to, else who wrote it down."""
    return session.execute(
        select(RoadEntry, User.display_name)
        .outerjoin(Listening, Listening.id == RoadEntry.listening_id)
        .join(User, User.id == func.coalesce(RoadEntry.supervisor_id, RoadEntry.by_id, Listening.agent_id))
        .where(RoadEntry.road_id == road_id)
        .order_by(RoadEntry.day.desc(), RoadEntry.id.desc())
        .limit(SHOWN)
    ).all()


def exams(session: Session, road_id: int) -> list[ExamView]:
    """The exams of a road, newest first."""
    views = []
    for exam in session.scalars(select(RoadExam).where(RoadExam.road_id == road_id).order_by(RoadExam.id.desc())):
        marks = session.execute(
            select(RoadMark, User.display_name)
            .join(User, User.id == RoadMark.rater_id)
            .where(RoadMark.exam_id == exam.id)
            .order_by(RoadMark.part.desc(), User.display_name)
        ).all()
        views.append(ExamView(exam, exam_result(rules_as_set(exam), scores_of(session, exam.id)), marks))
    return views


def in_question(session: Session, today: date) -> Sequence[Any]:
    """Certificates that end soon and overrides that hold, the first to end first."""
    return session.execute(
        select(Certificate, User.display_name, Queue)
        .join(User, User.id == Certificate.agent_id)
        .join(Queue, Queue.id == Certificate.queue_id)
        .where(
            Certificate.revoked_at.is_(None),
            Certificate.expires_on >= today,
            or_(Certificate.override, Certificate.expires_on <= today + ENDS_SOON),
        )
        .order_by(Certificate.expires_on, Certificate.id)
        .limit(SHOWN)
    ).all()


def takers(session: Session) -> list[tuple[int, str]]:
    """(id, name) of everybody whose role takes contacts."""
    roles = sorted(PERMISSIONS["call.handle"])
    people = select(User.id, User.display_name).where(User.active, User.role.in_(roles))
    return [(row.id, row.display_name) for row in session.execute(people.order_by(User.display_name, User.id))]


def supervisors(session: Session) -> list[tuple[int, str]]:
    """(id, name) of everybody who may sit beside somebody in practice: leaders, raters and colleagues."""
    roles = sorted(PERMISSIONS["call.handle"] | PERMISSIONS["training.rate"])
    people = select(User.id, User.display_name).where(User.active, User.role.in_(roles))
    return [(row.id, row.display_name) for row in session.execute(people.order_by(User.display_name, User.id))]


def queues(session: Session) -> list[Any]:
    """Queues in use."""
    return list(session.scalars(select(Queue).where(Queue.active).order_by(Queue.position, Queue.id)))
