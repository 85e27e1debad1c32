"""Exams: set, scored by several raters, closed. Who passes is certified in the same transaction."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.administration.services.membership import certify
from app.db import compare_and_set, transaction
from app.domain.exams import HIGHEST, LOWEST, PARTS, ExamResult, ExamRules, exam_result
from app.domain.road import Stage, last_valid_day
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.training.models import RoadExam, RoadMark
from app.training.services import change, lock_road, lock_with_queue, refuse_own, rules_of


def set_exam(road_id: int, held_on: date | None, *, actor: Actor) -> int:
    """Id of an exam held on that day, by the rules of today.

    Raises:
        NotFound: there is no such road.
        Invalid: the day is missing, or too soon after a failed exam.
        Conflict: this stage has none, one is open, or it is one's own.
    """
    with transaction() as session:
        road = lock_road(session, road_id)
        refuse_own(road.agent_id, actor)
        if road.state != Stage.EXAM:
            raise Conflict(_("The exam comes after class and practice."), code="road_no_exam")
        if held_on is None:
            raise Invalid(fields={"held_on": "required"})
        if road.retest_from is not None and held_on < road.retest_from:
            raise Invalid(fields={"held_on": _("The next exam is possible from %(day)s on.", day=road.retest_from)})
        if session.scalar(select(RoadExam.id).where(RoadExam.road_id == road_id, RoadExam.state == "open")):
            raise Conflict(_("An exam is open already."), code="exam_open")
        rules = rules_of(session)
        frozen = {name: rules[name] for name in ("theory_weight", "pass_mark", "part_floor", "fewest_raters")}
        exam = RoadExam(road_id=road.id, candidate_id=road.agent_id, held_on=held_on, opened_by=actor.user_id, **frozen)
        session.add(exam)
        session.flush()
        after = {"exam": exam.id, "queue": road.queue_id, "held_on": str(held_on), **frozen}
        record_event(session, "exam.set", "agent", road.agent_id, actor=actor, after=after)
        return exam.id


def mark(exam_id: int, scores: dict[str, int | None], *, actor: Actor) -> None:
    """Score the parts of an open exam; a rater may change their own until it is closed. None leaves a part out.

    Raises:
        NotFound: there is no such exam.
        Invalid: no score, or one out of range.
        Conflict: it is closed, or one's own.
    """
    given = {part: score for part, score in scores.items() if part in PARTS and score is not None}
    fields = {part: "out_of_range" for part, score in given.items() if not LOWEST <= score <= HIGHEST}
    if not given:
        fields[PARTS[0]] = "not_a_number"
    if fields:
        raise Invalid(fields=fields)
    with transaction() as session:
        exam = _locked(session, exam_id)
        refuse_own(exam.candidate_id, actor)
        for part, score in given.items():
            values = {"score": score, "at": clock.now()}
            session.execute(
                insert(RoadMark)
                .values(exam_id=exam.id, candidate_id=exam.candidate_id, part=part, rater_id=actor.user_id, **values)
                .on_conflict_do_update(index_elements=["exam_id", "part", "rater_id"], set_=values)
            )
        after = {"exam": exam.id, "parts": sorted(given)}
        record_event(session, "exam.marked", "agent", exam.candidate_id, actor=actor, after=after)


def close(exam_id: int, *, actor: Actor) -> ExamResult:
    """The result, which stands from now on. Who passed holds a certificate; who failed reads when to try again.

    Raises:
        NotFound: there is no such exam.
        Conflict: marks are missing, the day is to come, it is closed, or one's own.
    """
    with transaction() as session:
        road_id = session.scalar(select(RoadExam.road_id).where(RoadExam.id == exam_id))
        if road_id is None:
            raise NotFound(code="not_found")
        road, queue = lock_with_queue(session, road_id)
        exam = _locked(session, exam_id)
        refuse_own(exam.candidate_id, actor)
        now = clock.now()
        today = now.date()
        if exam.held_on > today:
            raise Conflict(_("This exam is still to come."), code="exam_to_come")
        result = exam_result(rules_as_set(exam), scores_of(session, exam.id))
        if result.total is None:
            raise Conflict(
                _("Each part needs the marks of %(num)s raters first.", num=exam.fewest_raters), code="exam_marks"
            )
        rules = rules_of(session)
        closing = {"closed_by": actor.user_id, "closed_at": now}
        after = {"exam": exam.id, "queue": queue.id, "result": f"{float(result.total):.2f}"}
        if result.passed:
            ends = last_valid_day(today, rules["certificate_months"])
            held = certify(session, queue, road.agent_id, granted_on=today, expires_on=ends, actor=actor)
            compare_and_set(session, RoadExam, exam.id, ("open",), state="passed", certificate_id=held, **closing)
            change(session, road, Stage.CERTIFIED, today=today, actor=actor)
        else:
            again = today + timedelta(days=rules["retest_days"])
            compare_and_set(session, RoadExam, exam.id, ("open",), state="failed", **closing)
            road.retest_from = again
            after["retest_from"] = str(again)
        verb = "exam.passed" if result.passed else "exam.failed"
        record_event(session, verb, "agent", road.agent_id, actor=actor, after=after)
        return result


def rules_as_set(exam: RoadExam) -> ExamRules:
    """The rules that this exam was set by."""
    weights = dict(zip(PARTS, (exam.theory_weight, 100 - exam.theory_weight), strict=True))
    return ExamRules(weights, exam.pass_mark, exam.part_floor, exam.fewest_raters)


def scores_of(session: Session, exam_id: int) -> dict[str, list[int]]:
    """Part -> the scores of its raters."""
    found: dict[str, list[int]] = {}
    for row in session.scalars(select(RoadMark).where(RoadMark.exam_id == exam_id).order_by(RoadMark.id)):
        found.setdefault(row.part, []).append(row.score)
    return found


def _locked(session: Session, exam_id: int) -> RoadExam:
    exam = session.get(RoadExam, exam_id, with_for_update=True, populate_existing=True)
    if exam is None:
        raise NotFound(code="not_found")
    if exam.state != "open":
        raise Conflict(_("This exam is closed: its result stands."), code="exam_closed")
    return exam
