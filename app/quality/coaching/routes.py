"""Pages of coaching: the agents of a closed month, and one note until it is released."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.clock import now
from app.db import reading
from app.domain.coaching import MEANS
from app.domain.scoring.verdict import FEWEST_RELEASED
from app.errors import Conflict, Invalid, NotFound
from app.quality.coaching import queries, services, words
from app.quality.counted import running_month
from app.quality.questionnaire import words as question_words
from app.quality.questionnaire.reported import report
from app.quality.scores import months_before
from app.refusals import localise
from app.security.guard import actor, current_user

coaching_bp = Blueprint("coaching", __name__, url_prefix="/quality/coaching")

PERIOD = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@coaching_bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "means": MEANS, "fewest": FEWEST_RELEASED}


@coaching_bp.get("")
def listing() -> str:
    """Agents of a closed month: `?month=2026-10`; without one, the latest."""
    return _list()


@coaching_bp.post("/<int:agent_id>")
def open_note(agent_id: int) -> Response | tuple[str, int]:
    """Open the agent's note on the month `month`."""
    period = request.form.get("month", "")
    if not PERIOD.fullmatch(period):
        raise NotFound
    try:
        note_id = services.open_note(agent_id, period, zone=_zone(), actor=actor())
    except Conflict as refused:
        return _list(period, refused=localise(refused).message), refused.status
    return redirect(url_for("coaching.show", note_id=note_id), 303)


@coaching_bp.get("/notes/<int:note_id>")
def show(note_id: int) -> str:
    """One note."""
    return _page(note_id)


@coaching_bp.post("/notes/<int:note_id>")
def save(note_id: int) -> Response | tuple[str, int]:
    """Save the draft; with `do=release` the agent may read it."""
    form, release = request.form, request.form.get("do") == "release"
    edited = {
        int(name.removeprefix("text-")): services.Edited(form.get(f"decision-{name.removeprefix('text-')}", ""), value)
        for name, value in form.items()
        if re.fullmatch(r"text-[0-9]{1,18}", name)
    }
    try:
        services.save(
            note_id,
            body=form.get("body", ""),
            comments=edited,
            version=form.get("version", 0, type=int),
            release=release,
            actor=actor(),
        )
    except (Invalid, Conflict) as refused:
        return _again(note_id, refused)
    flash(_("Released: the agent can read it now.") if release else _("Saved."), "success")
    return redirect(url_for("coaching.show", note_id=note_id), 303)


@coaching_bp.post("/notes/<int:note_id>/steps")
def add_step(note_id: int) -> Response | tuple[str, int]:
    """Add a step to the plan."""
    form = request.form
    try:
        due_on: date | None = date.fromisoformat(form.get("due_on", ""))
    except ValueError:
        due_on = None
    try:
        services.add_step(note_id, means=form.get("means", ""), text=form.get("text", ""), due_on=due_on, actor=actor())
    except (Invalid, Conflict) as refused:
        return _again(note_id, refused)
    return redirect(url_for("coaching.show", note_id=note_id, _anchor="plan"), 303)


@coaching_bp.post("/steps/<int:step_id>/done")
def finish_step(step_id: int) -> Response:
    """A step is done."""
    note_id = services.finish_step(step_id, actor=actor())
    return redirect(url_for("coaching.show", note_id=note_id, _anchor="plan"), 303)


def _zone() -> str:
    return str(current_app.config["SETTINGS"].time_zone)


def _list(period: str = "", *, refused: str = "") -> str:
    closed = months_before(running_month(now(), _zone()), 13)[:-1][::-1]
    asked = period or request.args.get("month", "") or closed[0]
    if asked not in closed:
        raise NotFound
    with reading() as session:
        rows = queries.agents_of(session, asked, _zone(), reader_id=current_user().id)
    return render_template("quality/coaching.html", rows=rows, month=asked, choices=closed, refused=refused)


def _again(note_id: int, refused: Invalid | Conflict) -> tuple[str, int]:
    told = localise(refused)
    return _page(note_id, typed=request.form.to_dict(), errors=told.fields, refused=told.message), refused.status


def _page(
    note_id: int, *, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, refused: str = ""
) -> str:
    with reading() as session:
        view = queries.note_of(session, note_id, reader_id=current_user().id)
        if view is None:
            raise NotFound(code="coaching_unknown")
        mixed = report(session, months_before(view.note.period, view.note.months), _zone()).mixed
        return render_template(
            "quality/note.html",
            view=view,
            note=view.note,
            mixed=mixed,
            question_words=question_words,
            typed=typed or {},
            errors=errors or {},
            refused=refused,
            today=now().date(),
        )
