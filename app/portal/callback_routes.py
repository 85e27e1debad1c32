"""The customer's callback: asked for on the call page, and a page of its own that keeps the place in line."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from app.calls import callback_page, cookie
from app.db import reading
from app.errors import Invalid
from app.portal.routes import claimed_number, page_data, with_proof
from app.quality.links import in_writing
from app.security.limits import limiter

callback_bp = Blueprint("callback", __name__)


@callback_bp.post("/call/callback")
@limiter.limit("20 per 10 minutes")
def ask() -> Response:
    """Leave the line and keep the place; the cookie proves from now on that this browser is who is called back."""
    form = request.get_json(silent=True)
    if not isinstance(form, dict):
        raise Invalid(code="signal_invalid")
    settings = current_app.config["SETTINGS"]
    secret = current_app.config["SECRET_KEY"]
    number = claimed_number(str(form.get("number", "")), settings.default_region)
    call_id, _public_id = cookie.open_sealed(secret, request.cookies.get(cookie.NAME))
    promise = callback_page.request_callback(call_id, number=number)
    url = url_for("callback.show", token=promise.token)
    return with_proof(make_response(jsonify({"ok": True, "url": url})), promise.started)


@callback_bp.get("/callback/<token>")
def show(token: str) -> Response:
    """The page that rings. Its address is the proof: whoever has it is the customer."""
    promise = callback_page.find_promise(token[:32])
    with reading() as session:
        may_write = in_writing.may_write(session, promise.token)
    data = {**page_data(), "live": True, "callback": True, "in_writing": may_write}
    page = render_template("portal/call.html", data=data, callback=True)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"  # the address is a secret
    return with_proof(response, promise.started)


@callback_bp.post("/callback/<token>/in-writing")
@limiter.limit("20 per 10 minutes")
def write_instead(token: str) -> Response:
    """No talk: the same questions on a page, at once and by SMS. The address is the proof, as for the page itself."""
    return jsonify(ok=True, url=url_for("answers.show", token=in_writing.answer_in_writing(token[:32])))
