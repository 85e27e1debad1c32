"""The page of learning: what teams lack, their courses, and the ledger."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.clock import now
from app.db import reading
from app.domain.coaching import MEANS, quarter_of, quarters_before
from app.domain.scoring.dimensions import TOPICS
from app.errors import Conflict, Invalid, NotFound
from app.quality.coaching import words
from app.quality.counted import running_month
from app.quality.learning import queries, services
from app.refusals import localise
from app.security.guard import actor, needs

learning_bp = Blueprint("learning", __name__, url_prefix="/quality/learning")


@learning_bp.get("")
def show() -> str:
    """One quarter: `?quarter=2026-Q4`; without one, the running one."""
    return _page(request.args.get("quarter", ""))


@learning_bp.post("/courses")
@needs("learning.manage")
def plan() -> Response | tuple[str, int]:
    """Plan a course."""
    form = request.form
    try:
        planned_on: date | None = date.fromisoformat(form.get("planned_on", ""))
    except ValueError:
        planned_on = None
    quarter = form.get("quarter", "")
    try:
        services.plan(
            team_id=form.get("team", 0, type=int),
            quarter=quarter,
            topic=form.get("topic", ""),
            means=form.get("means", ""),
            title=form.get("title", ""),
            planned_on=planned_on,
            actor=actor(),
        )
    except (Invalid, Conflict) as refused:
        return _again(refused)
    flash(_("The course is planned."), "success")
    return redirect(url_for("learning.show", quarter=quarter), 303)


@learning_bp.post("/courses/<int:training_id>")
@needs("learning.manage")
def settle(training_id: int) -> Response:
    """The course was held, or is canceled."""
    services.settle(training_id, state=request.form.get("state", ""), actor=actor())
    return redirect(url_for("learning.show", quarter=request.form.get("quarter") or None), 303)


@learning_bp.post("/entries")
@needs("learning.manage")
def enter() -> Response | tuple[str, int]:
    """Write a line into the ledger."""
    form = request.form
    try:
        services.enter(
            team_id=form.get("team", 0, type=int),
            year=form.get("year", 0, type=int),
            kind=form.get("kind", ""),
            amount=form.get("amount", ""),
            text=form.get("text", ""),
            actor=actor(),
        )
    except (Invalid, Conflict) as refused:
        return _again(refused)
    flash(_("Written into the ledger."), "success")
    return redirect(url_for("learning.show", quarter=form.get("quarter") or None), 303)


def _again(refused: Invalid | Conflict) -> tuple[str, int]:
    told = localise(refused)
    page = _page(request.form.get("quarter", ""), request.form.to_dict(), told.fields, told.message)
    return page, refused.status


def _page(
    quarter: str, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, refused: str = ""
) -> str:
    zone = str(current_app.config["SETTINGS"].time_zone)
    running = quarter_of(running_month(now(), zone))
    choices = quarters_before(running, 6)
    if quarter and quarter not in choices:
        raise NotFound
    chosen = quarter or running
    year = int(chosen[:4])
    with reading() as session:
        return render_template(
            "quality/learning.html",
            quarter=chosen,
            choices=choices,
            year=year,
            rows=queries.teams_of(session, chosen, zone),
            teams=queries.team_names(session),
            ledgers=queries.ledgers(session, year),
            lines=queries.lines(session, year),
            words=words,
            topics=TOPICS,
            means=MEANS,
            typed=typed or {},
            errors=errors or {},
            refused=refused,
        )
