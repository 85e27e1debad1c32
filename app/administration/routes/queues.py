"""Pages of queues: list, form, demands, members, opening and closing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from app import clock
from app.administration.blueprint import Answer, answer_form, blueprint, seen, typed
from app.administration.changes import fingerprint
from app.administration.entries import clean
from app.administration.services import demands, membership, queues
from app.administration.services.counts import certified_for, demands_of, waiting_in
from app.administration.services.people_at_work import list_agents
from app.agents.models import Skill
from app.db import reading
from app.domain.certificates import Standing
from app.errors import Invalid, NotFound
from app.i18n import localised
from app.queues.models import Queue, QueueMember, Topic
from app.security.guard import actor, needs

#: Lines of the demand form: those there are, and so many more.
SPARE_DEMANDS = 2


@blueprint.get("/queues", endpoint="queues")
def listing() -> str:
    """Every queue with who serves it and who waits."""
    today = clock.now().date()
    with reading() as session:
        members: dict[int, int] = dict(
            session.execute(select(QueueMember.queue_id, func.count()).group_by(QueueMember.queue_id)).all()
        )
        rows = [
            {
                "queue": queue,
                "members": members.get(queue.id, 0),
                "certified": len(certified_for(session, queue.id, today)),
                "waiting": waiting_in(session, queue.id),
            }
            for queue in session.scalars(select(Queue).order_by(Queue.active.desc(), Queue.position, Queue.id))
        ]
        return render_template("administration/queues.html", rows=rows)


@blueprint.get("/queues/new")
@needs("organisation.manage")
def new_queue() -> str:
    """The form of a new queue."""
    return _form({**queues.standard_values(), "with_topic": "1"}, {})


@blueprint.post("/queues/new")
@needs("organisation.manage")
def create_queue() -> Answer:
    """Make a queue."""
    return answer_form(
        lambda _confirmed: queues.create_queue(typed(), actor=actor()),
        again=lambda errors, _theirs: _form(typed(), errors),
        done=lambda queue_id: url_for("administration.queue", queue_id=queue_id),
        title=_("New queue"),
        said=_("The queue is open. Now say who serves it."),
    )


@blueprint.get("/queues/<int:queue_id>")
def queue(queue_id: int) -> str:
    """One queue: rules, demands, members, topics."""
    row = queues.get_queue(queue_id)
    values = queues.queue_values(row)
    return _form({**values, "seen": fingerprint(values)}, {}, queue_id=queue_id)


@blueprint.post("/queues/<int:queue_id>")
@needs("organisation.manage")
def save_queue(queue_id: int) -> Answer:
    """Save names and rules."""
    row = queues.get_queue(queue_id)
    return answer_form(
        lambda confirmed: queues.change_queue(queue_id, typed(), seen=seen(), confirmed=confirmed, actor=actor()),
        again=lambda errors, theirs: _form(typed(), errors, queue_id=queue_id, theirs=theirs),
        done=url_for("administration.queue", queue_id=queue_id),
        title=localised(row.names),
    )


@blueprint.post("/queues/<int:queue_id>/open")
@needs("organisation.manage")
def open_queue(queue_id: int) -> Answer:
    """Open (open=1) or close a queue."""
    row = queues.get_queue(queue_id)
    is_open = request.form.get("open") == "1"
    return answer_form(
        lambda confirmed: queues.open_or_close(
            queue_id,
            is_open=is_open,
            reason=clean(request.form.get("reason")),
            confirmed=confirmed,
            actor=actor(),
        ),
        again=lambda _errors, _theirs: _page(queue_id),
        done=url_for("administration.queue", queue_id=queue_id),
        title=_("Close “%(queue)s”", queue=localised(row.names)),
        said=_("The queue is open.") if is_open else _("The queue is closed."),
    )


@blueprint.post("/queues/<int:queue_id>/demands")
@needs("organisation.manage")
def save_demands(queue_id: int) -> Answer:
    """Save what the queue asks of agents."""
    row = queues.get_queue(queue_id)
    return answer_form(
        lambda confirmed: demands.change_demands(
            queue_id, _demand_rows(typed()), seen=seen(), confirmed=confirmed, actor=actor()
        ),
        again=lambda errors, theirs: _page(queue_id, demand_errors=errors, demand_rows=typed(), demands_moved=theirs),
        done=url_for("administration.queue", queue_id=queue_id) + "#demands",
        title=localised(row.names),
    )


@blueprint.post("/queues/<int:queue_id>/members")
@needs("agents.manage")
def add_member(queue_id: int) -> Answer:
    """Let an agent serve the queue, once certified."""
    queues.get_queue(queue_id)

    def save(_confirmed: str) -> None:
        agent = request.form.get("agent", "")
        if not agent.isdecimal() or len(agent) > 18:
            raise Invalid(fields={"agent": _("Please choose one of the listed ones.")})
        try:
            membership.join(int(agent), queue_id, actor=actor())
        except NotFound as unknown:
            raise Invalid(fields={"agent": _("Please choose one of the listed ones.")}) from unknown

    return answer_form(
        save,
        again=lambda errors, _theirs: _page(queue_id, member_errors=errors, member_typed=typed()),
        done=url_for("administration.queue", queue_id=queue_id) + "#members",
        title="",
    )


def _demand_rows(form: Mapping[str, str]) -> list[dict[str, str]]:
    places = sorted(
        {int(name.rpartition("-")[2]) for name in form if name.startswith("skill-") and name[6:].isdecimal()}
    )
    fields = ("skill", "level", "relax_after_s", "relaxed_level")
    return [{name: form.get(f"{name}-{place}", "") for name in fields} for place in places[:50]]


def _page(queue_id: int, **more: Any) -> str:
    values = queues.queue_values(queues.get_queue(queue_id))
    return _form({**values, "seen": fingerprint(values)}, {}, queue_id=queue_id, **more)


def _form(
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    queue_id: int | None = None,
    theirs: Mapping[str, Any] | None = None,
    **more: Any,
) -> str:
    shown = {"values": values, "errors": errors, "theirs": theirs or {}, "queue": None, **more}
    if queue_id is None:
        return render_template("administration/queue.html", **shown)
    with reading() as session:
        row = session.get(Queue, queue_id)
        if row is None:
            raise NotFound()
        asked = demands_of(session, queue_id)
        if theirs:
            shown["values"] = {**values, "seen": fingerprint(theirs)}
        rows = _demand_rows(more["demand_rows"]) if "demand_rows" in more else _lines_of(asked)
        everybody = [each for each in list_agents(session) if each.user.active]
        members = [(each, standing) for each in everybody for served, standing in each.queues if served.id == queue_id]
        inside = {each.user.id for each, _standing in members}
        shown |= {
            "queue": row,
            "demands": rows,
            "demands_seen": fingerprint(demands.demand_values(asked)),
            "skills": session.scalars(select(Skill).where(Skill.kind == "skill").order_by(Skill.code)).all(),
            "members": sorted(members, key=lambda pair: list(Standing).index(pair[1])),
            "others": [each for each in everybody if each.user.id not in inside],
            "topics": session.scalars(
                select(Topic).where(Topic.queue_id == queue_id).order_by(Topic.active.desc(), Topic.position)
            ).all(),
            "waiting": waiting_in(session, queue_id),
            "certified": len(certified_for(session, queue_id, clock.now().date())),
        }
        return render_template("administration/queue.html", **shown)


def _lines_of(asked: Mapping[int, tuple[int, int | None, int | None]]) -> list[dict[str, str]]:
    lines = [
        {
            "skill": str(skill),
            "level": str(least),
            "relax_after_s": "" if after_s is None else str(after_s),
            "relaxed_level": "" if relaxed is None else str(relaxed),
        }
        for skill, (least, after_s, relaxed) in asked.items()
    ]
    empty = {"skill": "", "level": "1", "relax_after_s": "", "relaxed_level": ""}
    return lines + [dict(empty) for _line in range(SPARE_DEMANDS)]
