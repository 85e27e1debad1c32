"""The public form at /ticket and the page that follows a request: without an account and without scripts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.db import reading
from app.domain.ticket import TicketState
from app.errors import Conflict, Invalid
from app.eventlog import CUSTOMER
from app.i18n import localised
from app.queues.models import Queue, Topic
from app.refusals import localise
from app.security.limits import limiter
from app.tickets.following import add_to_ticket, followed
from app.tickets.forms import form_key, read_request
from app.tickets.intake import LONGEST_TEXT, open_ticket
from app.tickets.links import seal, unseal
from app.tickets.queries import has_number
from app.tickets.words import channel_words, state_for_customer

ticket_form_bp = Blueprint("ticket_form", __name__)

#: Languages of the answer, each by its own name.
WRITTEN = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}


def _limit() -> str:
    return f"{current_app.config['SETTINGS'].tickets_per_ten_minutes} per 10 minutes"


@ticket_form_bp.get("/ticket")
def form() -> str:
    """The empty form, in the language of the page."""
    return _form({"language": str(get_locale())}, {})


@ticket_form_bp.post("/ticket")
@limiter.limit(_limit)
def send() -> Response | tuple[str, int]:
    """Open the ticket and show its reference; the form again, with what was typed, when something is to mend."""
    asked, errors = read_request(
        request.form, region=current_app.config["SETTINGS"].default_region, channel="web", reachable=True
    )
    with reading() as session:
        topic = session.scalar(
            select(Topic.id)
            .join(Queue, Queue.id == Topic.queue_id)
            .where(Topic.code == request.form.get("topic", ""), Topic.active, Topic.public, Queue.active, Queue.public)
        )
    if topic is None:
        errors = {"topic": _("Please choose what it is about."), **errors}
    if errors:
        return _form(request.form, errors), 422
    try:
        opened = open_ticket(replace(asked, topic_id=topic), actor=CUSTOMER, key=form_key(request.form), confirm=True)
    except Invalid as refused:
        return _form(request.form, {"body": localise(refused).message}), 422
    return redirect(url_for("ticket_form.sent", token=seal(opened.reference)), 303)


@ticket_form_bp.get("/ticket/sent/<token>")
def sent(token: str) -> str:
    """The reference, and what happens next; the address proves that it was told to this person."""
    reference = unseal(token)
    with reading() as session:
        by_sms = has_number(session, reference)
    return render_template("portal/ticket_sent.html", reference=reference, by_sms=by_sms, token=token)


@ticket_form_bp.get("/ticket/status/<token>")
def status(token: str) -> Response:
    """How the request stands and what was said; the sealed address is the key to it."""
    return _status(token)


@ticket_form_bp.post("/ticket/status/<token>")
@limiter.limit(_limit)
def add(token: str) -> Response:
    """One more message from the customer; the page again, with what was typed, when it cannot be taken."""
    body = request.form.get("body", "")
    try:
        add_to_ticket(unseal(token), body, key=form_key(request.form))
    except (Invalid, Conflict) as refused:
        return _status(token, body=body, error=localise(refused).message, code=refused.status)
    return redirect(url_for("ticket_form.status", token=token, _anchor="latest"), 303)


def _status(token: str, *, body: str = "", error: str = "", code: int = 200) -> Response:
    with reading() as session:
        ticket = followed(session, unseal(token))
    page = render_template(
        "portal/ticket_status.html",
        ticket=ticket,
        token=token,
        state=state_for_customer(ticket.state),
        channel_words=channel_words,
        open=ticket.state != TicketState.CLOSED,
        body=body,
        error=error,
        key=secrets.token_urlsafe(12),
    )
    response = make_response(page, code)
    response.headers["Cache-Control"] = "no-store"  # on a shared computer, too
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _form(values: Mapping[str, Any], errors: dict[str, str]) -> str:
    with reading() as session:
        rows = session.scalars(
            select(Topic)
            .join(Queue, Queue.id == Topic.queue_id)
            .where(Topic.active, Topic.public, Queue.active, Queue.public)
            .order_by(Queue.position, Topic.position, Topic.id)
        ).all()
        topics = [(topic.code, localised(topic.names)) for topic in rows]
    return render_template(
        "portal/ticket.html",
        values=values,
        errors=errors,
        topics=topics,
        written=list(WRITTEN.items()),
        longest=LONGEST_TEXT,
        key=values.get("key") or secrets.token_urlsafe(12),
    )
