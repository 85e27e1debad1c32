"""The rules of scores and rewards, for everybody; and the tiers of a year, for who may see scores."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.clock import now
from app.db import reading
from app.domain.coaching import APPEAL_TIME
from app.domain.quality_call import LINK_LASTS
from app.domain.rewards import HIGHER, SCOPES
from app.domain.scoring.verdict import ENOUGH_PROBABILITY, ENOUGH_RELIABILITY, FEWEST_RELEASED
from app.quality.counted import running_month
from app.quality.links.switch import answers_by_link
from app.quality.questionnaire import words as question_words
from app.quality.questionnaire.reported import report
from app.quality.rewards import services, words
from app.quality.scores import TARGET, months_before
from app.security.guard import actor, may, needs

rules_bp = Blueprint("rules", __name__, url_prefix="/quality/rules")


@rules_bp.get("")
def show() -> str:
    """The rules; with the year for who may see it."""
    zone = str(current_app.config["SETTINGS"].time_zone)
    closed = months_before(running_month(now(), zone), 2)[0]
    with reading() as session:
        year = services.year_up_to(session, closed, zone) if may("scores.view") else None
        return render_template(
            "quality/rules.html",
            rules=services.rules(session),
            scopes=SCOPES,
            year=year,
            mixed=report(session, year.months, zone).mixed if year is not None else None,
            question_words=question_words,
            words=words,
            target=TARGET,
            higher=TARGET + HIGHER,
            enough=ENOUGH_RELIABILITY,
            sure=ENOUGH_PROBABILITY,
            fewest=FEWEST_RELEASED,
            appeal_days=APPEAL_TIME.days,
            links_on=answers_by_link(session),
            link_days=LINK_LASTS.days,
        )


@rules_bp.post("")
@needs("rewards.manage")
def choose() -> Response:
    """Choose what the reward of a role hangs on."""
    services.choose(request.form.get("role", ""), request.form.get("scope", ""), actor=actor())
    flash(_("Saved. It holds for every interview from now on, and stands in the log."), "success")
    return redirect(url_for("rules.show"), 303)
