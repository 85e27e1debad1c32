"""Pages of the road to the headset: everybody's, one person's, the rules, and one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.administration import words as certificate_words
from app.administration.services import membership
from app.clock import now
from app.db import reading
from app.domain.exams import PARTS
from app.errors import Conflict, Invalid, NotFound
from app.i18n import localised
from app.refusals import localise
from app.security.guard import actor, current_user, may, needs
from app.training import exams, leave, queries, services, shadowing, words

training_bp = Blueprint("training", __name__, url_prefix="/training")
road_bp = Blueprint("road", __name__, url_prefix="/training/mine")

Answer = Response | tuple[str, int]


@training_bp.context_processor
@road_bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "standing_words": certificate_words.standing_words, "parts": PARTS}


@training_bp.get("")
def listing() -> str:
    """All roads, and the certificates that need a look."""
    return _listing()


@training_bp.post("")
@needs("training.manage")
def start() -> Answer:
    """Somebody sets out for a queue."""
    form = request.form
    return _done(
        lambda: services.start(form.get("agent", 0, type=int), form.get("queue", 0, type=int), actor=actor()),
        lambda made: (_("The road has begun."), url_for("training.show", road_id=made)),
        lambda told: _listing("start", told),
    )


@training_bp.post("/retest")
@needs("training.retest")
def retest() -> Answer:
    """Order a re-test after failed quality."""
    form = request.form
    agent_id, queue_id = form.get("agent", 0, type=int), form.get("queue", 0, type=int)
    return _done(
        lambda: leave.order_retest(
            agent_id, queue_id, reason=form.get("reason", ""), last_day=_day("last_day", whole=True), actor=actor()
        ),
        lambda made: (_("The re-test is ordered."), url_for("training.show", road_id=made)),
        lambda told: _listing("retest", told),
    )


@training_bp.post("/override")
@needs("training.override")
def override() -> Answer:
    """A certificate without an exam, for a few days."""
    form = request.form
    agent_id, queue_id = form.get("override_agent", 0, type=int), form.get("override_queue", 0, type=int)
    return _done(
        lambda: membership.override(
            agent_id, queue_id, reason=form.get("reason", ""), last_day=_day("last_day"), actor=actor()
        ),
        lambda _made: (_("The override is in force, and in the log."), url_for("training.listing")),
        lambda told: _listing("override", told),
    )


@training_bp.post("/hosts")
@needs("training.manage")
def choose_hosts() -> Answer:
    """Whose calls people in practice may listen to."""
    form = request.form
    chosen, seen = form.getlist("host", type=int), form.getlist("seen", type=int)
    return _done(
        lambda: shadowing.choose_hosts(chosen, seen, actor=actor()),
        lambda _number: (_("Saved."), url_for("training.listing") + "#hosts"),
        lambda told: _listing("hosts", told),
    )


@training_bp.get("/rules")
def rules() -> str:
    """The rules of the road."""
    return _rules()


@training_bp.post("/rules")
@needs("training.override")
def save_rules() -> Answer:
    """Set the rules from now on."""
    return _done(
        lambda: services.set_rules(request.form.to_dict(), actor=actor()),
        lambda _none: (_("Saved."), url_for("training.rules")),
        _rules,
    )


@training_bp.get("/<int:road_id>")
def show(road_id: int) -> str:
    """One road."""
    return _road(road_id)


@training_bp.post("/<int:road_id>/entries")
@needs("training.manage")
def enter(road_id: int) -> Answer:
    """Write down what was done."""
    form = request.form
    return _done(
        lambda: services.enter(
            road_id,
            kind=form.get("kind", ""),
            day=_day("day"),
            amount=form.get("amount", 0, type=int),
            note=form.get("note", ""),
            supervisor_id=form.get("supervisor", None, type=int),
            actor=actor(),
        ),
        lambda _none: (_("Written down."), url_for("training.show", road_id=road_id)),
        lambda told: _road(road_id, "enter", told),
    )


@training_bp.post("/<int:road_id>/move")
@needs("training.manage")
def move(road_id: int) -> Answer:
    """On to the next stage."""
    form = request.form
    hurry = may("training.override")
    return _done(
        lambda: services.move_on(
            road_id, form.get("seen", ""), early=form.get("early", ""), may_hurry=hurry, actor=actor()
        ),
        lambda _state: (_("On to the next stage."), url_for("training.show", road_id=road_id)),
        lambda told: _road(road_id, "move", told),
    )


@training_bp.post("/<int:road_id>/exams")
@needs("training.manage")
def set_exam(road_id: int) -> Answer:
    """Set an exam."""
    return _done(
        lambda: exams.set_exam(road_id, _day("held_on"), actor=actor()),
        lambda _made: (_("The exam is set."), url_for("training.show", road_id=road_id)),
        lambda told: _road(road_id, "exam", told),
    )


@training_bp.post("/<int:road_id>/exams/<int:exam_id>/marks")
@needs("training.rate")
def mark(road_id: int, exam_id: int) -> Answer:
    """Score the parts as a rater."""
    scores = {part: _score(part) for part in PARTS}
    return _done(
        lambda: exams.mark(exam_id, scores, actor=actor()),
        lambda _none: (_("Your marks are saved."), url_for("training.show", road_id=road_id)),
        lambda told: _road(road_id, "mark", told),
    )


@training_bp.post("/<int:road_id>/exams/<int:exam_id>/close")
@needs("training.manage")
def close_exam(road_id: int, exam_id: int) -> Answer:
    """The result stands."""
    return _done(
        lambda: exams.close(exam_id, actor=actor()),
        lambda result: (
            _("Passed: the certificate is granted.")
            if result.passed
            else _("Not passed. The road says when to try again."),
            url_for("training.show", road_id=road_id),
        ),
        lambda told: _road(road_id, "close", told),
    )


@road_bp.get("")
def mine() -> str:
    """One's own roads."""
    with reading() as session:
        rows = queries.roads(session, now().date(), agent_id=current_user().id)
        return render_template(
            "training/mine.html",
            rows=rows,
            exams={row.road.id: queries.exams(session, row.road.id) for row in rows},
            entries={row.road.id: queries.entries(session, row.road.id)[:10] for row in rows},
            listened=shadowing.listened_to(session, agent_id=current_user().id),
        )


def _done(
    do: Callable[[], Any], then: Callable[[Any], tuple[str, str]], again: Callable[[Invalid | Conflict], str]
) -> Answer:
    """Do it and go on; or the page again with what was typed, and why it was refused."""
    try:
        text, target = then(do())
    except (Invalid, Conflict) as refused:
        told = localise(refused)
        return again(told), told.status
    flash(text, "success")
    return redirect(target, 303)


def _day(name: str, *, whole: bool = False) -> date | None:
    """The day typed; with `whole`, nothing typed is None and nonsense is refused."""
    text = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        if whole and text:
            raise Invalid(fields={name: "unknown"}) from None
        return None


def _score(part: str) -> int | None:
    text = request.form.get(part, "").strip()
    return None if not text else int(text) if text.isdecimal() and len(text) < 4 else -1


def _refused(which: str, told: Any) -> dict[str, Any]:
    fields = told.fields if told is not None else {}
    return {
        "which": which,
        "typed": request.form.to_dict() if told is not None else {},
        "errors": fields,
        "refused": told.message if told is not None else "",
    }


def _listing(which: str = "", told: Any = None) -> str:
    today = now().date()
    with reading() as session:
        return render_template(
            "training/list.html",
            rows=queries.roads(session, today),
            certificates=queries.in_question(session, today),
            people=queries.takers(session),
            hosts=shadowing.hosts(session),
            queue_choices=[(queue.id, localised(queue.names)) for queue in queries.queues(session)],
            today=today,
            **_refused(which, told),
        )


def _road(road_id: int, which: str = "", told: Any = None) -> str:
    today = now().date()
    with reading() as session:
        found = queries.roads(session, today, road_id=road_id)
        if not found:
            raise NotFound(code="not_found")
        return render_template(
            "training/road.html",
            row=found[0],
            exams=queries.exams(session, road_id),
            entries=queries.entries(session, road_id),
            kinds=services.KINDS,
            supervisors=[each for each in queries.supervisors(session) if each[0] != found[0].road.agent_id],
            me=current_user().id,
            own=found[0].road.agent_id == current_user().id,
            today=today,
            **_refused(which, told),
        )


def _rules(told: Any = None) -> str:
    with reading() as session:
        return render_template(
            "training/rules.html", values=services.rules_of(session), limits=services.RULES, **_refused("rules", told)
        )
