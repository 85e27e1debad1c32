"""People of the demo on the road to the headset: in class, in practice, at the exam, and certified until soon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.training.models import Road, RoadEntry, RoadExam, RoadMark

_PARCEL, _COMPLAINTS = "where_is_my_parcel", "complaints"
#: (who, queue, stage, days in it).
_ROADS = (
    ("oliver", _PARCEL, "trainee", 12),
    ("siuman", _COMPLAINTS, "practice", 40),
    ("tomasz", _PARCEL, "exam", 6),
    ("ines", _PARCEL, "certified", 355),
)
#: Who -> (kind, days ago, amount, note).
_DONE = {
    "oliver": (("class", 11, 6, "Tracking and scan events"), ("class", 4, 6, "Customs papers")),
    "siuman": (
        ("class", 45, 30, ""),
        ("shadowing", 30, 12, "Ruth's complaints"),
        ("supervised", 9, 7, "Calm; say the next step earlier"),
    ),
    "tomasz": (("shadowing", 40, 15, ""), ("supervised", 12, 22, "")),
}
#: Whose calls people in practice may listen to: Siu Man is, for complaints.
_HOSTS = ("priya", "noah", "ruth", "lina", "marcus", "yating")
_MARKS = (("theory", "mei", 82), ("theory", "hanne", 76), ("practice", "mei", 71))


def add_roads(session: Session, people: Mapping[str, int], queues: Mapping[str, int], *, moment: datetime) -> None:
    """Write what leaders would have done by now. Participant; names -> ids of users, codes -> ids of queues."""
    today, lead = moment.date(), people["mei"]
    for name, queue, state, days in _ROADS:
        road = Road(
            agent_id=people[name],
            queue_id=queues[queue],
            state=state,
            since=today - timedelta(days=days),
            created_at=moment - timedelta(days=days + 40),
        )
        session.add(road)
        session.flush()
        for kind, ago, amount, note in _DONE.get(name, ()):
            day = today - timedelta(days=ago)
            beside = lead if kind == "supervised" else None
            entry = RoadEntry(road_id=road.id, kind=kind, day=day, amount=amount, note=note, by_id=lead, at=moment)
            entry.supervisor_id = beside
            session.add(entry)
        if state == "exam":
            exam = RoadExam(
                road_id=road.id,
                candidate_id=road.agent_id,
                held_on=today - timedelta(days=1),
                theory_weight=60,
                pass_mark=70,
                part_floor=50,
                fewest_raters=2,
                opened_by=lead,
            )
            session.add(exam)
            session.flush()
            session.add_all(
                RoadMark(
                    exam_id=exam.id,
                    candidate_id=road.agent_id,
                    part=part,
                    rater_id=people[rater],
                    score=score,
                    at=moment,
                )
                for part, rater, score in _MARKS
            )
    for name in _HOSTS:
        session.get_one(Agent, people[name]).takes_listeners = True
    session.flush()
