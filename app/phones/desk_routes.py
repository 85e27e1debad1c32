"""The desk page as a telephone at the carrier: its token. And ringing a customer from the profile."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.calls import dialling
from app.calls.carrier import rings_telephones
from app.errors import Conflict, NotFound
from app.phones.addresses import identity_of
from app.providers.twilio.tokens import voice_token
from app.refusals import localise
from app.security.guard import current_user
from config import Settings

desk_telephone_bp = Blueprint("desk_telephone", __name__, url_prefix="/desk/telephone")

#: Refusals that the profile page explains; anything else is an error page.
NIGHT = "dial_at_night"


@desk_telephone_bp.post("/token")
def token() -> Response:
    """A short-lived token for this agent's own browser, never kept anywhere.

    Raises:
        NotFound: this desk rings no telephones.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if not rings_telephones():
        raise NotFound()
    made = voice_token(settings, identity_of(current_user().id))
    answer = jsonify({"token": made.jwt, "identity": made.identity, "lives_s": made.lives_s})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@desk_telephone_bp.post("/dial/<int:customer_id>")
def dial(customer_id: int) -> BaseResponse:
    """Ring this customer for me; back to the profile, which says how it went."""
    number = request.form.get("number", "")
    profile = url_for("customers.show", customer_id=customer_id)
    try:
        dialling.dial_customer(customer_id, number, current_user().id, anyway=request.form.get("anyway") == "1")
    except Conflict as refused:
        if refused.code == NIGHT:
            return redirect(url_for("customers.show", customer_id=customer_id, night=number))
        flash(localise(refused).message, "error")
        return redirect(profile)
    flash(_("We are ringing the customer. The call is on your desk."), "success")
    return redirect(profile)
