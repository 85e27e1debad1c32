"""An agent's own page: released notes, what may be said of them, and the appeal of one interview. No ranks, ever."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.clock import now
from app.db import reading
from app.domain.coaching import APPEAL_TIME, GROUNDS
from app.domain.scoring.verdict import ENOUGH_RELIABILITY, FEWEST_RELEASED
from app.errors import Conflict, Invalid
from app.quality import score_words
from app.quality.appeals import services as appeals
from app.quality.coaching import queries, services, words
from app.quality.counted import running_month
from app.quality.questionnaire import words as question_words
from app.quality.questionnaire.reported import report
from app.quality.scores import TARGET, months_before, scores
from app.refusals import localise
from app.security.guard import actor, current_user

mine_bp = Blueprint("mine", __name__, url_prefix="/quality/mine")

#: Months that a word about one agent rests on.
WINDOW = 12


@mine_bp.get("")
def show() -> str:
    """One's own page."""
    return _page()


@mine_bp.post("/<int:note_id>/read")
def read(note_id: int) -> Response:
    """The note is read."""
    services.mark_read(note_id, agent_id=current_user().id, actor=actor())
    return redirect(url_for("mine.show"), 303)


@mine_bp.post("/<int:note_id>/appeal")
def appeal(note_id: int) -> Response | tuple[str, int]:
    """Appeal one interview behind a note."""
    form = request.form
    try:
        appeals.make(
            note_id,
            form.get("interview", 0, type=int),
            grounds=form.get("grounds", ""),
            words=form.get("words", ""),
            agent_id=current_user().id,
            zone=_zone(),
            actor=actor(),
        )
    except (Invalid, Conflict) as refused:
        told = localise(refused)
        return _page(note_id, typed=form.to_dict(), errors=told.fields, refused=told.message), refused.status
    flash(_("Your appeal is made. Somebody who had no part in it decides, without your name."), "success")
    return redirect(url_for("mine.show"), 303)


def _zone() -> str:
    return str(current_app.config["SETTINGS"].time_zone)


def _page(
    appealing: int = 0, *, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, refused: str = ""
) -> str:
    moment, me, zone = now(), current_user().id, _zone()
    closed = months_before(running_month(moment, zone), 2)[0]
    with reading() as session:
        found = scores(session, closed, WINDOW, zone)
        mixed = report(session, found.months, zone).mixed
        notes: list[dict[str, Any]] = []
        for own in queries.own_notes(session, me):
            made = appeals.appeal_of_note(session, own.note.id)
            in_time = own.note.released_at is not None and moment - own.note.released_at <= APPEAL_TIME
            open_to = queries.appealable(session, own.note, zone) if made is None and in_time else []
            notes.append({"own": own, "appeal": made, "appealable": open_to})
    return render_template(
        "quality/mine.html",
        notes=notes,
        # Only who may be named at all is in `agents`: enough reliability, enough answers
        score=next((each for each in found.agents if each.agent_id == me), None),
        found=found,
        mixed=mixed,
        question_words=question_words,
        last=closed,
        target=TARGET,
        enough=ENOUGH_RELIABILITY,
        fewest=FEWEST_RELEASED,
        words=words,
        score_words=score_words,
        grounds=GROUNDS,
        appealing=appealing,
        typed=typed or {},
        errors=errors or {},
        refused=refused,
    )
