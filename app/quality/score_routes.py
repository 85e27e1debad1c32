"""The page of scores: what the callbacks of some months allow to say, and what they don't."""

from __future__ import annotations

import re

from flask import Blueprint, current_app, render_template, request

from app.clock import now
from app.db import reading
from app.domain.quality_call import RATINGS
from app.domain.scoring.verdict import ENOUGH_PROBABILITY, ENOUGH_RELIABILITY
from app.errors import NotFound
from app.quality import score_charts, score_words, words
from app.quality.counted import running_month
from app.quality.modes import by_mode
from app.quality.questionnaire import words as question_words
from app.quality.questionnaire.reported import report
from app.quality.score_details import details
from app.quality.scores import SATISFIED, TARGET, WINDOWS, latest_month, months_before, scores, voices

scores_bp = Blueprint("scores", __name__)

PERIOD = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@scores_bp.get("/quality/scores")
def show() -> str:
    """Scores of a window: `?month=2026-10&months=6`. Without a month, the newest that somebody was asked about."""
    zone = current_app.config["SETTINGS"].time_zone
    count = request.args.get("months", WINDOWS[0], type=int)
    asked = request.args.get("month", "")
    with reading() as session:
        running = running_month(now(), zone)
        month = asked or latest_month(session, zone) or running
        if count not in WINDOWS or not PERIOD.fullmatch(month):
            raise NotFound
        found = scores(session, month, count, zone)
        said = voices(session, found.months, zone, most=8)
        questions = report(session, found.months, zone)
        modes = by_mode(session, found.months, zone)
        more = details(session, found, zone)
    return render_template(
        "quality/scores.html",
        found=found,
        month=month,
        choices=months_before(running, 12)[::-1],
        count=count,
        windows=WINDOWS,
        target=TARGET,
        satisfied_from=SATISFIED,
        enough=ENOUGH_RELIABILITY,
        sure=ENOUGH_PROBABILITY,
        ratings=RATINGS,
        words=words,
        score_words=score_words,
        voices=said,
        questions=questions,
        question_words=question_words,
        modes=modes,
        more=more,
        funnel=score_charts.funnel_chart(found),
        forest=score_charts.forest_chart(found.agents),
        trend=score_charts.trend_chart(found, more.bands),
    )
