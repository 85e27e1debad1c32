"""Pages of those who decide on appeals: what the customer said and what the agent says, without name and rating."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.db import reading
from app.errors import Conflict, Invalid, NotFound
from app.quality import words as quality_words
from app.quality.appeals import queries, services
from app.quality.coaching import words
from app.refusals import localise
from app.security.guard import actor, current_user

appeals_bp = Blueprint("appeals", __name__, url_prefix="/quality/appeals")


@appeals_bp.get("")
def listing() -> str:
    """Open appeals that the reader may decide."""
    with reading() as session:
        return render_template(
            "quality/appeals.html", rows=queries.open_appeals(session, current_user().id), words=words
        )


@appeals_bp.get("/<int:appeal_id>")
def show(appeal_id: int) -> str:
    """One appeal."""
    return _page(appeal_id)


@appeals_bp.post("/<int:appeal_id>")
def decide(appeal_id: int) -> Response | tuple[str, int]:
    """Uphold (`do=uphold`) or reject it, with words for the agent."""
    form = request.form
    try:
        services.decide(appeal_id, upheld=form.get("do") == "uphold", words=form.get("decision", ""), actor=actor())
    except (Invalid, Conflict) as refused:
        told = localise(refused)
        return _page(appeal_id, form.get("decision", ""), told.fields, told.message), refused.status
    flash(_("Decided. The agent reads your words."), "success")
    return redirect(url_for("appeals.listing"), 303)


def _page(appeal_id: int, typed: str = "", errors: dict[str, str] | None = None, refused: str = "") -> str:
    with reading() as session:
        row = queries.appeal(session, appeal_id, current_user().id)
    if row is None:
        raise NotFound(code="appeal_unknown")
    return render_template(
        "quality/appeal.html",
        row=row,
        words=words,
        quality_words=quality_words,
        typed=typed,
        errors=errors or {},
        refused=refused,
    )
