"""Every refusal and mishap as an answer: a page for people, JSON for scripts; words in their language."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.errors import DeskError, as_ack
from app.refusals import localise
from app.security.guard import wants_json

log = logging.getLogger(__name__)

#: Statuses with a page of their own; any other shows the nearest of them.
PAGES = frozenset({400, 403, 404, 409, 422, 429, 500})
CODES = {400: "bad_request", 404: "not_found", 405: "not_allowed", 413: "too_large", 429: "too_many"}


def init_failures(app: Flask) -> None:
    """Answer every error kindly."""
    app.register_error_handler(DeskError, refused)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, http_failure)
    app.register_error_handler(Exception, mishap)


def refused(error: DeskError) -> tuple[Response | str, int] | Response:
    """The answer to a refusal of our own: its own words where it has some."""
    if error.code != type(error).code:
        localise(error)
    # An error page has words of its own for its status; only a refusal that says more is added to them.
    note = localise(error).message if error.message or error.code != type(error).code else ""
    if wants_json():
        return jsonify(as_ack(localise(error))), error.status
    if error.status == 401:
        here = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(url_for("security.sign_in") + ("?" + urlencode({"next": here}) if here else ""))
    return _page(error.status, message=note), error.status


def stale_form(error: CSRFError) -> tuple[Response | str, int] | Response:
    """The answer to a form whose token is missing or of another session."""
    message = _("This form was open for too long. Reload the page and send it again.")
    return _answer(400, "stale_form", message)


def http_failure(error: HTTPException) -> tuple[Response | str, int] | Response:
    """The answer to what the framework refused; redirects pass as they are."""
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    message = _("That is too large for us to take.") if error.code == 413 else ""
    return _answer(error.code, CODES.get(error.code, "error"), message)


def mishap(error: Exception) -> tuple[Response | str, int] | Response:
    """The answer to a mistake of ours: a reference that support finds in the log, never the details."""
    reference = secrets.token_hex(4)
    log.error("unhandled error, reference %s: %s %s", reference, request.method, request.path, exc_info=error)
    return _answer(500, "internal", "", reference)


def words(status: int) -> str:
    """What happened, in one line, for an answer that carries no words of its own."""
    return {
        404: _("This is not here any more."),
        429: _("That was a lot of tries in a short time. Please wait a minute and try again."),
    }.get(status, _("That did not work. Please try again in a minute."))


def _answer(status: int, code: str, message: str, reference: str = "") -> tuple[Response | str, int]:
    if wants_json():
        error = {"code": code, "message": message or words(status), "fields": {}, "reference": reference}
        return jsonify(ok=False, error=error), status
    return _page(status, message=message, reference=reference), status


def _page(status: int, *, message: str = "", reference: str = "") -> str:
    nearest = status if status in PAGES else (500 if status >= 500 else 404 if status in (405, 410) else 400)
    return render_template(f"errors/{nearest}.html", message=message, reference=reference)
