"""Walking the road: who starts, what is done on it, and when a stage may be left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.administration.services.membership import span_of
from app.agents.services import ensure_agent
from app.db import compare_and_set, transaction
from app.domain.certificates import Standing, best_standing
from app.domain.road import NEXT, Stage, earliest_leave
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, record_event
from app.queues.models import Certificate, Queue
from app.queues.opening import lock_queue
from app.security.models import User
from app.training.models import Road, RoadEntry, RoadRules

KINDS = ("class", "shadowing", "supervised")
MOST = 200
LONGEST = 300
#: Setting -> (default, least, most).
RULES = {
    "class_months": (1, 0, 24),
    "practice_months": (2, 0, 24),
    "supervised_contacts": (20, 0, 500),
    "theory_weight": (60, 0, 100),
    "pass_mark": (70, 1, 100),
    "part_floor": (50, 0, 100),
    "fewest_raters": (2, 1, 9),
    "certificate_months": (12, 1, 60),
    "retest_days": (14, 0, 365),
}


def rules_of(session: Session) -> dict[str, int]:
    """The rules of the house in force."""
    row = session.get(RoadRules, 1)
    return {name: getattr(row, name) if row else default for name, (default, _least, _most) in RULES.items()}


def set_rules(typed: Mapping[str, str], *, actor: Actor) -> None:
    """Set the rules from now on; exams that are open keep theirs.

    Raises:
        Invalid: a number is missing or out of range.
    """
    values, fields = {}, {}
    for name, (_default, least, most) in RULES.items():
        text = typed.get(name, "").strip()
        if not text.isdecimal() or len(text) > 3:
            fields[name] = "not_a_number"
        elif not least <= int(text) <= most:
            fields[name] = "out_of_range"
        else:
            values[name] = int(text)
    if fields:
        raise Invalid(fields=fields)
    with transaction() as session:
        before = rules_of(session)
        session.execute(
            insert(RoadRules).values(id=1, **values).on_conflict_do_update(index_elements=["id"], set_=values)
        )
        record_event(session, "road.rules_changed", "road_rules", 1, actor=actor, before=before, after=values)


def start(agent_id: int, queue_id: int, *, actor: Actor) -> int:
    """Id of a new road, in its first stage from today.

    Raises:
        NotFound: no such person who takes contacts, or no such queue.
        Conflict: there is one already, or it is one's own.
    """
    refuse_own(agent_id, actor)
    with transaction() as session:
        if session.get(Queue, queue_id) is None:
            raise NotFound(code="queue_unknown")
        ensure_agent(session, agent_id, actor=actor)
        now = clock.now()
        made: int | None = session.scalar(
            insert(Road)
            .values(agent_id=agent_id, queue_id=queue_id, since=now.date(), created_at=now)
            .on_conflict_do_nothing()
            .returning(Road.id)
        )
        if made is None:
            raise Conflict(_("This person is on the road to this queue already."), code="road_there")
        after = {"road": made, "queue": queue_id, "state": Stage.TRAINEE.value}
        record_event(session, "road.started", "agent", agent_id, actor=actor, after=after)
        return made


def enter(
    road_id: int, *, kind: str, day: date | None, amount: int, note: str, supervisor_id: int | None = None, actor: Actor
) -> None:
    """Write down what was done: hours of class, contacts listened to, contacts taken under supervision.

    `supervisor_id` is who supervised; without it, who writes it down did.

    Raises:
        NotFound: there is no such road.
        Invalid: a field is missing, or the day is in the future.
        Conflict: it is one's own, or the stage does not go with it.
    """
    note, now, fields = " ".join(note.split()), clock.now(), {}
    if kind not in KINDS:
        fields["kind"] = "required"
    if day is None or day > now.date():
        fields["day"] = _("Please choose a day up to today.")
    if not 1 <= amount <= MOST:
        fields["amount"] = "out_of_range"
    if len(note) > LONGEST:
        fields["note"] = "too_long"
    if fields:
        raise Invalid(fields=fields)
    with transaction() as session:
        road = lock_road(session, road_id)
        refuse_own(road.agent_id, actor)
        if kind != "class" and road.state == Stage.TRAINEE:
            raise Conflict(_("Practice begins after the class."), code="road_practice_later")
        beside = _supervisor(session, road, supervisor_id or actor.user_id) if kind == "supervised" else None
        session.add(
            RoadEntry(
                road_id=road.id,
                kind=kind,
                day=day,
                amount=amount,
                note=note,
                supervisor_id=beside,
                by_id=actor.user_id,
                at=now,
            )
        )
        after = {"road": road.id, "kind": kind, "day": str(day), "amount": amount}
        after |= {"supervisor": beside} if beside else {}
        record_event(session, "road.entered", "agent", road.agent_id, actor=actor, after=after)


def _supervisor(session: Session, road: Road, user_id: int | None) -> int:
    user = session.get(User, user_id) if user_id is not None else None
    if user is None or not user.active or user.id == road.agent_id:
        raise Invalid(fields={"supervisor": _("Please choose somebody else of the house.")})
    return user.id


def supervised_missing(session: Session, road: Road, wanted: int) -> int:
    """Contacts under supervision that a road in practice still lacks before the exam. Participant."""
    if road.state != Stage.PRACTICE:
        return 0
    done = select(func.coalesce(func.sum(RoadEntry.amount), 0)).where(
        RoadEntry.road_id == road.id, RoadEntry.kind == "supervised"
    )
    return max(0, wanted - (session.scalar(done) or 0))


def move_on(road_id: int, seen: str, *, early: str = "", may_hurry: bool = False, actor: Actor) -> str:
    """The stage that a road is in now. A certificate that ends leads back to the exam, and holds until its end.

    `early` is why the least time or the supervised contacts are not kept, which only who `may_hurry` decides.

    Raises:
        NotFound: there is no such road.
        Conflict: it is another stage by now, its least time is not over, contacts under supervision are missing, its
            end is an exam, or it is one's own.
    """
    early = " ".join(early.split())[:LONGEST]
    with transaction() as session:
        road = lock_road(session, road_id)
        refuse_own(road.agent_id, actor)
        if road.state != seen:
            raise Conflict(code="moved_on")
        stage, today, rules = Stage(road.state), clock.now().date(), rules_of(session)
        if stage is Stage.EXAM:
            raise Conflict(_("Only a passed exam leads on from here."), code="road_exam_leads")
        if stage is Stage.CERTIFIED and standing(session, road, today) is Standing.VALID:
            raise Conflict(_("The certificate still holds for long enough."), code="road_certified")
        leave = earliest_leave(
            stage, road.since, class_months=rules["class_months"], practice_months=rules["practice_months"]
        )
        missing = supervised_missing(session, road, rules["supervised_contacts"])
        hurried = today < leave or missing > 0
        if missing and today >= leave and not (may_hurry and early):
            raise Conflict(
                ngettext(
                    "%(num)s more contact under supervision comes before the exam.",
                    "%(num)s more contacts under supervision come before the exam.",
                    missing,
                ),
                code="road_too_few_supervised",
            )
        if today < leave and not (may_hurry and early):
            raise Conflict(
                _(
                    "This stage lasts until %(day)s at least. An administrator may shorten it, with a reason.",
                    day=leave,
                ),
                code="road_too_early",
            )
        then = NEXT.get(stage, Stage.EXAM)
        change(session, road, then, today=today, reason=early if hurried else "", actor=actor)
        return then.value


def change(session: Session, road: Road, then: Stage, *, today: date, reason: str = "", actor: Actor) -> None:
    """Move a locked road to another stage, and say so in the log. Participant.

    Raises:
        Conflict: somebody else moved it first.
    """
    before = {"state": road.state, "since": str(road.since)}
    compare_and_set(session, Road, road.id, (road.state,), state=then.value, since=today, retest_from=None)
    after = {"road": road.id, "queue": road.queue_id, "state": then.value}
    record_event(session, "road.moved", "agent", road.agent_id, actor=actor, reason=reason, before=before, after=after)


def lock_road(session: Session, road_id: int) -> Road:
    """The road, kept from other changes until the transaction ends; a queue is locked before it.

    Raises:
        NotFound: there is no such road.
    """
    road = session.get(Road, road_id, with_for_update=True, populate_existing=True)
    if road is None:
        raise NotFound(code="not_found")
    return road


def lock_with_queue(session: Session, road_id: int) -> tuple[Road, Queue]:
    """Queue and road, both locked.

    Raises:
        NotFound: there is no such road.
    """
    queue_id = session.scalar(select(Road.queue_id).where(Road.id == road_id))
    if queue_id is None:
        raise NotFound(code="not_found")
    queue = lock_queue(session, queue_id)
    return lock_road(session, road_id), queue


def standing(session: Session, road: Road, today: date) -> Standing:
    """How the certificates for this queue stand."""
    held = session.scalars(
        select(Certificate).where(Certificate.agent_id == road.agent_id, Certificate.queue_id == road.queue_id)
    )
    return best_standing([span_of(row) for row in held], today)


def refuse_own(agent_id: int, actor: Actor) -> None:
    """Nobody decides on their own road.

    Raises:
        Conflict: it is one's own.
    """
    if actor.user_id == agent_id:
        raise Conflict(_("This is about yourself: somebody else has to do it."), code="own_road")
