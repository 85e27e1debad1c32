"""The customer's pages: start a call, and the call itself."""

from __future__ import annotations

import re
from typing import Any

from flask import (
    Blueprint,
    after_this_request,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask import Response as FlaskResponse
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import clock
from app.calls import cookie, inbound
from app.calls.models import Call
from app.calls.refusing import QueueClosed, QueueFull
from app.db import reading
from app.domain.phone_numbers import is_withheld, normalise
from app.errors import Conflict, Invalid, NotFound
from app.i18n import localised
from app.queues.hours import announcements, hours_of
from app.queues.models import Queue, Topic
from app.queues.opening_words import closed_lines
from app.security.limits import limiter

portal_bp = Blueprint("portal", __name__)

#: Language of the conversation -> its own name, as the caller reads it.
SPOKEN = {"en": "English", "zh_Hans": "中文 (普通话)", "zh_Hant": "中文 (國語)"}
LONGEST_NAME = 200
START_KEY = re.compile(r"^[A-Za-z0-9-]{16,40}$")


@portal_bp.get("/call")
def call() -> str:
    """The call page: choose, read the notice, call; then the same page is the telephone."""
    return render_template("portal/call.html", data=page_data())


@portal_bp.get("/call/news")
@limiter.limit("60 per minute")
def news() -> Response:
    """What may change while somebody has the call page open: which lines are closed, and what is announced."""
    data = page_data()
    topics = {each["code"]: {"closed": each["closed"], "announcement": each["announcement"]} for each in data["topics"]}
    answer = jsonify(announcement=data["announcement"], topics=topics)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _call_going_on() -> Call | None:
    """The call this browser is in already, so that a reloaded page finds it again."""
    try:
        call_id, _public_id = cookie.open_sealed(current_app.config["SECRET_KEY"], request.cookies.get(cookie.NAME))
    except NotFound:
        return None
    with reading() as session:
        known = session.get_one(Call, call_id)
        return known if known.state != "ended" else None


def page_data() -> dict[str, Any]:
    """What the call page needs to begin, in the language of the page."""
    going_on, now = _call_going_on(), clock.now()
    with reading() as session:
        rows = session.execute(
            select(Topic, Queue)
            .join(Queue, Queue.id == Topic.queue_id)
            .where(Topic.active, Topic.public, Queue.public)
            .order_by(Queue.position, Topic.position, Topic.id)
        ).all()
        queues = list({row.Queue.id: row.Queue for row in rows}.values())
        hours = hours_of(session, queues, now)
        announced = announcements(session, hours)
    closed = {queue.id: closed_lines(queue, hours[queue.id], now) for queue in queues if not hours[queue.id].open}
    of_queue = {each.queue_id: localised(each.texts) for each in announced}
    return {
        "topics": [
            {
                "code": row.Topic.code,
                "name": localised(row.Topic.names),
                "closed": closed.get(row.Queue.id),
                "announcement": of_queue.get(row.Queue.id),
                "recording": row.Queue.recording,
                "recording_days": row.Queue.recording_days,
            }
            for row in rows
        ],
        "announcement": of_queue.get(None),
        "languages": [{"code": code, "name": name} for code, name in SPOKEN.items()],
        "urls": {
            "start": url_for("portal.start_call"),
            "call": url_for("portal.call"),
            "news": url_for("portal.news"),
            "callback": url_for("callback.ask"),
        },
        "notice": inbound.NOTICE_VERSION,
        "live": going_on is not None,
        "callback": going_on is not None and going_on.direction == "outbound",
    }


def _starts_limit() -> str:
    return f"{current_app.config['SETTINGS'].call_starts_per_ten_minutes} per 10 minutes"


@portal_bp.post("/call/start")
@limiter.limit(_starts_limit)
def start_call() -> Response:
    """Put the caller in line; the cookie proves from now on that this browser is the caller.

    The answer carries nothing the page could use to be somebody else.
    """
    form = request.get_json(silent=True)
    if not isinstance(form, dict):
        raise Invalid(code="signal_invalid")
    language = str(form.get("language", ""))
    key = str(form.get("key", ""))
    if language not in SPOKEN:
        raise Invalid(_("Please choose a language."), fields={"language": _("Please choose a language.")})
    if not START_KEY.match(key):
        raise Conflict(code="signal_invalid")
    if form.get("notice") is not True:
        text = _("Please read the notice and agree to it first.")
        raise Invalid(text, fields={"notice": text})
    settings = current_app.config["SETTINGS"]
    try:
        started = inbound.start_call(
            topic_code=str(form.get("topic", "")),
            language=language,
            number=claimed_number(str(form.get("number", "")), settings.default_region),
            name=_claimed_name(str(form.get("name", ""))),
            start_key=key,
            max_waiting=settings.max_waiting_web_calls,
            recording_consent=_recording_consent(form),
        )
    except (QueueClosed, QueueFull) as refused:
        if isinstance(refused, QueueClosed):
            refused.message = " ".join(closed_lines(refused.queue, refused.hours, clock.now()))
        # Who is turned away may leave a message: the page proves by the same cookie that it is theirs.
        turned_away = inbound.StartedCall(refused.public_id, refused.leg_id)
        after_this_request(lambda response: with_proof(response, turned_away))
        raise
    return with_proof(make_response(jsonify({"ok": True, "call": started.public_id})), started)


def with_proof(response: FlaskResponse, started: inbound.StartedCall) -> FlaskResponse:
    """The answer with the cookie that proves that this browser is the customer of the call."""
    settings = current_app.config["SETTINGS"]
    response.set_cookie(
        cookie.NAME,
        cookie.seal(current_app.config["SECRET_KEY"], started),
        max_age=cookie.MAX_AGE_S,
        httponly=True,
        samesite="Lax",
        secure=settings.production,
    )
    return response


def _recording_consent(form: dict[str, Any]) -> str:
    """What the notice on this page said of recording, and what the caller chose.

    The page says which words it showed: a queue that began to record since then does not record this caller.
    """
    if form.get("recording_notice") is not True:
        return "not_told"
    return "refused" if form.get("refuse_recording") is True else "told"


def claimed_number(raw: str, region: str) -> str:
    """E.164 of what the caller typed; empty when nothing was given: no number is no identity."""
    if not raw.strip() or is_withheld(raw):
        return ""
    number = normalise(raw[:60], region)
    if number is None or not number.possible:
        text = _("We can't read this as a phone number. Please write it with its country code, like +44 20 7946 0018.")
        raise Invalid(text, fields={"number": text})
    return number.e164


def _claimed_name(raw: str) -> str:
    name = raw.strip()
    if len(name) > LONGEST_NAME:
        text = _("A name of up to 200 characters fits here.")
        raise Invalid(text, fields={"name": text})
    return name
