"""The page behind the link of a quality callback: the same questions as on the telephone, answered once, no sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.clock import now
from app.customers.clocks import zone_of
from app.customers.models import Customer, Interaction
from app.db import reading
from app.errors import Conflict, Invalid
from app.i18n import language, prefer
from app.quality.links import answering
from app.quality.queries import about_contact
from app.quality.texts import FIXED, day_in, language_of
from app.refusals import localise
from app.security.limits import limiter

answers_bp = Blueprint("answers", __name__)


@answers_bp.get("/answer/<token>")
@limiter.limit("60 per minute")
def show(token: str) -> Response:
    """The questions, or what came of them. Opening changes nothing: programs that preview links open them too."""
    return _page(token)


@answers_bp.post("/answer/<token>")
@limiter.limit("20 per 10 minutes")
def send(token: str) -> Response:
    """Keep the answers; the page again, with what was chosen and typed, while something is missing."""
    _speak(token)
    try:
        answering.answer(token, request.form, language=language(), partly=request.form.get("partly") == "1")
    except Invalid as refused:
        return _page(token, typed=request.form, errors=localise(refused).fields, code=refused.status)
    except Conflict:  # answered or over meanwhile: the page says which
        return _page(token, code=409)
    return redirect(url_for("answers.show", token=token), 303)


@answers_bp.post("/answer/<token>/refuse")
@limiter.limit("20 per 10 minutes")
def refuse(token: str) -> Response:
    """The customer does not want to be asked, now or later."""
    try:
        answering.refuse(token)
    except Conflict:
        return _page(token, code=409)
    return redirect(url_for("answers.show", token=token), 303)


def _speak(token: str) -> None:
    """In the language that the text was written in, unless they chose another on our pages."""
    with reading() as session:
        prefer(language_of(answering.find(session, token, now()).callback.language))


def _page(
    token: str, *, typed: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None, code: int = 200
) -> Response:
    with reading() as session:
        found = answering.find(session, token, now())
        prefer(language_of(found.callback.language))
        spoken = language_of(language())
        contact = session.get_one(Interaction, found.callback.interaction_id)
        until = found.link.expires_at.astimezone(zone_of(session.get_one(Customer, found.callback.customer_id)))
        page = render_template(
            "portal/answer.html",
            found=found,
            token=token,
            about=about_contact(session, contact, spoken),
            until=day_in(spoken, until.month, until.day),
            spoken=spoken,
            fixed=FIXED[spoken],
            typed=typed or {},
            errors=errors or {},
        )
    response = make_response(page, code)
    response.headers["Cache-Control"] = "no-store"  # on a shared telephone, too
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
