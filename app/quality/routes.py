"""Pages of quality callbacks: the list, asking about a contact, one with its answers; and the caller's panel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import get_timezone
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.clock import now
from app.customers.models import Customer, Interaction
from app.db import reading
from app.domain.phone_numbers import pretty
from app.domain.quality_call import MOST_ATTEMPTS, RATINGS, REST_DAYS
from app.errors import Conflict, Invalid, NotFound
from app.quality import asking, queries, words
from app.quality.links.models import QualityLink
from app.quality.links.switch import answers_by_link
from app.quality.questionnaire.asked import of_version
from app.quality.rules import rated_contact
from app.quality.texts import LANGUAGES
from app.refusals import localise
from app.security.guard import actor, current_user, needs
from app.security.models import User

quality = Blueprint("quality", __name__, url_prefix="/quality")
quality_desk = Blueprint("quality_desk", __name__, url_prefix="/desk/quality")

LANGUAGE_NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
TABS = ("open", "done", "recent")


@quality.context_processor
def _words() -> dict[str, Any]:
    return {
        "words": words,
        "pretty": pretty,
        "language_names": LANGUAGE_NAMES,
        "rating_codes": RATINGS,
        "most_attempts": MOST_ATTEMPTS,
    }


@quality.get("")
def listing() -> str:
    """The list: ?show= open, done, or recent (contacts to ask about)."""
    shown = request.args.get("show", "open")
    shown = shown if shown in TABS else "open"
    user = current_user()
    with reading() as session:
        if shown == "recent":
            moment = now()
            rows = queries.contacts_to_ask_about(session, moment, moment - timedelta(days=REST_DAYS), reader_id=user.id)
            return render_template("quality/list.html", shown=shown, contacts=rows, blind=_blind())
        page = queries.listing(session, shown, request.args.get("page", 1, type=int), reader_id=user.id)
        return render_template("quality/list.html", shown=shown, page=page, blind=_blind())


@quality.get("/ask/<int:interaction_id>")
@needs("quality.ask")
def ask(interaction_id: int) -> str | Response:
    """The form: language, note and when."""
    return _ask_form(interaction_id, {}, {})


@quality.post("/ask/<int:interaction_id>")
@needs("quality.ask")
def plan(interaction_id: int) -> Response | tuple[str | Response, int]:
    """Plan the callback, or show the form again with what was typed and why not."""
    form = request.form
    try:
        when = _when(form.get("when", ""), form.get("at", ""))
        callback_id = asking.ask_how_it_was(
            interaction_id,
            language=form.get("language", ""),
            note=form.get("note", ""),
            when=when,
            number=form.get("number", ""),
            by_link=form.get("when") == "link",
            actor=actor(),
        )
    except Invalid as refused:
        return _ask_form(interaction_id, form.to_dict(), localise(refused).fields), 422
    except Conflict as refused:
        return _ask_form(interaction_id, form.to_dict(), {}, refused=localise(refused).message), 409
    flash(_("Planned. The customer gets an SMS when it is time, and a quality caller the call."), "success")
    return redirect(url_for("quality.show", callback_id=callback_id), 303)


@quality.get("/<int:callback_id>")
def show(callback_id: int) -> str:
    """One callback: where it stands, its attempts, the answers once there are any."""
    return _page(callback_id)


@quality.post("/<int:callback_id>/withdraw")
@needs("quality.ask")
def withdraw(callback_id: int) -> Response | tuple[str, int]:
    """Nobody rings for it any more; with a reason."""
    with reading() as session:
        if queries.find_callback(session, callback_id, reader_id=current_user().id) is None:
            raise NotFound(code="quality_unknown")
    try:
        asking.withdraw(callback_id, reason=request.form.get("reason", ""), actor=actor())
    except (Invalid, Conflict) as refused:
        return _page(callback_id, refused=localise(refused).message), refused.status
    flash(_("Withdrawn."), "success")
    return redirect(url_for("quality.show", callback_id=callback_id), 303)


@quality_desk.get("/<int:reservation_id>.json")
def panel(reservation_id: int) -> Response:
    """Script and questions for the quality call that this person has in hand."""
    with reading() as session:
        shown = queries.panel(session, reservation_id, current_user().id)
    if shown is None:
        raise NotFound(code="quality_unknown")
    return jsonify(shown)


def _blind() -> bool:
    """Callers do not learn who was rated before the ratings are in."""
    return current_user().role == "quality"


def _when(choice: str, at: str) -> datetime | None:
    """The chosen moment (UTC) of a local time in the reader's zone; None for now."""
    if choice != "later":
        return None
    try:
        local = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid(code="quality_form", fields={"at": "required"}) from None
    zone = get_timezone()
    return local.replace(tzinfo=ZoneInfo(str(zone))).astimezone(UTC)


def _ask_form(interaction_id: int, values: dict[str, str], errors: dict[str, str], *, refused: str = "") -> str:
    with reading() as session:
        contact, customer, against = None, None, refused
        try:
            contact, customer = rated_contact(session, interaction_id)
        except Conflict as error:
            against = against or localise(error).message
            contact = session.get_one(Interaction, interaction_id)
            customer = session.get(Customer, contact.customer_id) if contact.customer_id is not None else None
        about = queries.about_contact(session, contact, "en")
        agent = session.get(User, contact.agent_id) if contact.agent_id is not None else None
        return render_template(
            "quality/ask.html",
            contact=contact,
            customer=customer,
            about=about,
            agent="" if _blind() or agent is None else agent.display_name,
            values=values,
            errors=errors,
            refused=against,
            links_on=answers_by_link(session),
            languages_spoken=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
            numbers=[(phone.e164, pretty(phone.e164)) for phone in customer.phones] if customer is not None else [],
        )


def _page(callback_id: int, *, refused: str = "") -> str:
    with reading() as session:
        callback = queries.find_callback(session, callback_id, reader_id=current_user().id)
        if callback is None:
            raise NotFound(code="quality_unknown")
        contact = session.get_one(Interaction, callback.interaction_id)
        interview = queries.interview_of(session, callback.id)
        over = callback.state in ("done", "canceled")
        asked_by = interview.interviewer_id if interview is not None else None
        interviewer = session.get(User, asked_by) if asked_by is not None else None
        link = session.scalar(select(QualityLink).where(QualityLink.callback_id == callback.id))
        asker = session.get(User, callback.asked_by) if callback.asked_by is not None else None
        rated = session.get_one(User, callback.rated_agent_id)
        return render_template(
            "quality/show.html",
            callback=callback,
            customer=session.get_one(Customer, callback.customer_id),
            about=queries.about_contact(session, contact, "en"),
            contact=contact,
            attempts=queries.attempts_of(session, callback.id),
            interview=interview,
            own_items=of_version(session, interview.version).added if interview is not None else (),
            link=link,
            interviewer=interviewer.display_name if interviewer is not None else "",
            asker=asker.display_name if asker is not None else "",
            rated=rated.display_name if over or not _blind() else "",
            refused=refused,
        )
