"""What a queue asks of the agents who serve it, and how that falls with waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.administration.changes import Consequence, demand_consent, demand_unchanged
from app.administration.entries import Refusals, whole_entry
from app.administration.services.counts import certified_for, demands_of, levels_of, meets, waiting_in
from app.agents.models import Skill
from app.db import transaction
from app.eventlog import Actor, record_event
from app.i18n import localised
from app.queues.models import Queue, QueueSkill
from app.queues.opening import lock_queue
from app.queues.wake import wake_router

#: Skill id -> (least level, relaxes after seconds, level then).
Demands = Mapping[int, tuple[int, int | None, int | None]]


def change_demands(
    queue_id: int,
    rows: Sequence[Mapping[str, str]],
    *,
    seen: str | None,
    confirmed: str = "",
    actor: Actor,
) -> None:
    """Put what a queue asks of its agents in place of what it asked.

    Raises:
        NotFound: there is no such queue.
        Invalid: a row is refused; fields are named "<field>-<row>".
        EditConflict: somebody else saved since the form was opened.
        ConfirmFirst: agents fall out of the queue by it.
    """
    with transaction() as session:
        queue = lock_queue(session, queue_id)
        before = demands_of(session, queue_id)
        demand_unchanged(demand_values(before), seen)
        after = _demand_entries(session, rows)
        demand_consent(_demand_consequences(session, queue, before, after), confirmed)
        if before == after:
            return
        for row in session.scalars(select(QueueSkill).where(QueueSkill.queue_id == queue_id)):
            session.delete(row)
        session.flush()
        for skill_id, (least, after_s, relaxed) in after.items():
            session.add(
                QueueSkill(
                    queue_id=queue_id, skill_id=skill_id, min_level=least, relax_after_s=after_s, relaxed_level=relaxed
                )
            )
        session.flush()
        record_event(
            session,
            "queue.demands_changed",
            "queue",
            queue_id,
            actor=actor,
            before=demand_values(before),
            after=demand_values(after),
        )
        wake_router(session, queue.pool)


def demand_values(demands: Demands) -> dict[str, Any]:
    """Demands as the log and the fingerprint keep them: skill id -> [level, seconds, level then]."""
    return {str(skill): list(demand) for skill, demand in sorted(demands.items())}


def _demand_entries(
    session: Session, rows: Sequence[Mapping[str, str]]
) -> dict[int, tuple[int, int | None, int | None]]:
    refusals = Refusals()
    known = set(session.scalars(select(Skill.id)))
    found: dict[int, tuple[int, int | None, int | None]] = {}
    for place, row in enumerate(rows):
        skill = row.get("skill", "")
        if not skill:
            continue
        gathered = Refusals()
        least = whole_entry(row, "level", gathered, 1, 5)
        after_s = whole_entry(row, "relax_after_s", gathered, 1, 86_400, optional=True)
        relaxed = whole_entry(row, "relaxed_level", gathered, 1, 5, optional=True)
        if not skill.isdecimal() or int(skill) not in known:
            gathered.add("skill", _("Please choose one of the listed ones."))
        elif int(skill) in found:
            gathered.add("skill", _("This skill is in the list twice."))
        if relaxed is not None and after_s is None:
            gathered.add("relax_after_s", _("After how many seconds should the lower level do?"))
        if relaxed is not None and least is not None and relaxed >= least:
            gathered.add("relaxed_level", _("It must be lower than the level asked for at first."))
        for name, message in gathered.fields.items():
            refusals.add(f"{name}-{place}", message)
        if not gathered.fields and least is not None:
            found[int(skill)] = (least, after_s, relaxed)
    refusals.raise_any()
    return found


def _demand_consequences(session: Session, queue: Queue, before: Demands, after: Demands) -> list[Consequence]:
    agents = certified_for(session, queue.id, clock.now().date())
    levels = levels_of(session, agents)
    old = {skill: demand[0] for skill, demand in before.items()}
    new = {skill: demand[0] for skill, demand in after.items()}
    lost = [agent for agent in agents if meets(levels[agent], old) and not meets(levels[agent], new)]
    if not lost:
        return []
    left = sum(meets(levels[agent], new) for agent in agents)
    waiting = waiting_in(session, queue.id)
    if not left:
        text = ngettext(
            "No certified agent of “%(queue)s” meets this: %(num)s waiting contact and all new ones would wait "
            "until the demand falls.",
            "No certified agent of “%(queue)s” meets this: %(num)s waiting contacts and all new ones would wait "
            "until the demand falls.",
            waiting,
            queue=localised(queue.names),
        )
        return [Consequence("nobody_meets", text, "bad")]
    text = ngettext(
        "%(num)s certified agent no longer meets what the queue asks, and is offered its contacts only once the "
        "demand has fallen. %(left)s still do.",
        "%(num)s certified agents no longer meet what the queue asks, and are offered its contacts only once the "
        "demand has fallen. %(left)s still do.",
        len(lost),
        left=left,
    )
    return [Consequence("agents_fall_out", text, "warn")]
