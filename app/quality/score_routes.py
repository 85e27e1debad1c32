"""The page of scores: what the callbacks of some months allow to say, and what they don't."""

from __future__ import annotations

import re

from flask import Blueprint, current_app, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import now
from app.db import reading
from app.domain.quality_call import RATINGS
from app.domain.scoring.nonresponse import FEWEST_IN_CELL
from app.domain.scoring.verdict import ENOUGH_PROBABILITY, ENOUGH_RELIABILITY
from app.domain.scoring.watch import WEIGHT, WIDTH
from app.errors import NotFound
from app.i18n import localised
from app.quality import score_charts, score_words, words
from app.quality.answered import WhoAnswered, who_answered
from app.quality.counted import running_month
from app.quality.modes import by_mode
from app.quality.months import SHOWN, by_months
from app.quality.questionnaire import words as question_words
from app.quality.questionnaire.reported import report
from app.quality.score_details import details
from app.quality.scores import SATISFIED, TARGET, WINDOWS, latest_month, months_before, scores, voices
from app.queues.models import Disposition, Topic

scores_bp = Blueprint("scores", __name__)

PERIOD = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@scores_bp.get("/quality/scores")
def show() -> str:
    """Scores of a window: `?month=2026-10&months=6`. Without a month, the newest that somebody was asked about."""
    zone = current_app.config["SETTINGS"].time_zone
    with reading() as session:
        month, count = _window(session, zone)
        found = scores(session, month, count, zone)
        said = voices(session, found.months, zone, most=8)
        questions = report(session, found.months, zone)
        modes = by_mode(session, found.months, zone)
        more = details(session, found, zone)
        months = by_months(session, month, zone)
    return render_template(
        "quality/scores.html",
        found=found,
        month=month,
        choices=_choices(zone),
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
        months=months,
        watch_weight=WEIGHT,
        watch_width=WIDTH,
        share_charts=[(each, score_charts.share_chart(each)) for each in months.shares],
        watch=score_charts.watch_chart(months.house.watch, most=SHOWN) if months.house.watch else None,
    )


@scores_bp.get("/quality/scores/answered")
def answered() -> str:
    """Who answered and who did not: `?month=2026-10&months=6`, and `&team=3` for one team that is large enough."""
    zone = current_app.config["SETTINGS"].time_zone
    team = request.args.get("team", type=int)
    with reading() as session:
        month, count = _window(session, zone)
        found = who_answered(session, months_before(month, count), zone, team_id=team)
        names = _level_names(session, found)
    if team is not None and team not in {each.id for each in found.teams}:
        raise NotFound
    return render_template(
        "quality/answered.html",
        found=found,
        month=month,
        choices=_choices(zone),
        count=count,
        windows=WINDOWS,
        team=team,
        names=names,
        fewest=FEWEST_IN_CELL,
        score_words=score_words,
    )


def _window(session: Session, zone: str) -> tuple[str, int]:
    """The month and the number of months that were asked for."""
    count = request.args.get("months", WINDOWS[0], type=int)
    month = request.args.get("month", "") or latest_month(session, zone) or running_month(now(), zone)
    if count not in WINDOWS or not PERIOD.fullmatch(month):
        raise NotFound
    return month, count


def _choices(zone: str) -> tuple[str, ...]:
    return months_before(running_month(now(), zone), 12)[::-1]


def _level_names(session: Session, found: WhoAnswered) -> dict[tuple[str, str], str]:
    """Names that the house itself gave to reasons and to how contacts end."""
    names: dict[tuple[str, str], str] = {}
    for fact, table in (("topic", Topic), ("ended_as", Disposition)):
        ids = [int(each.name) for each in found.facts[fact].levels if each.name] if fact in found.facts else []
        for row in session.execute(select(table.id, table.names).where(table.id.in_(ids))):
            names[fact, str(row.id)] = localised(row.names)
    return names
