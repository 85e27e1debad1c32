"""The demo's Phone page: any customer's handset, with texts arriving live and a box to reply."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.db import reading
from app.domain.phone_numbers import pretty
from app.errors import Invalid, NotFound
from app.messages.queries import handset_image, handsets, owners
from app.messages.receiving import receive_sms
from app.messages.services import LONGEST_BODY
from app.security.guard import may, permission_of, wants_json

blueprint = Blueprint("messages", __name__)

#: Longest search text that is read.
LONGEST_QUERY = 120
_E164 = re.compile(r"\+[0-9]{5,15}")
_KEY = re.compile(r"[\w-]{8,40}")


@blueprint.get("/phone")
def phone() -> str:
    """The list of handsets, none picked up yet."""
    return _page(None)


@blueprint.get("/phone/<number>")
def handset(number: str) -> str:
    """One handset with its thread."""
    return _page(_known(number))


@blueprint.post("/phone/<number>/reply")
def reply(number: str) -> Response | tuple[str, int]:
    """Take what the customer wrote, as a carrier's report would bring it; the same `key` again changes
    nothing."""
    number = _known(number)
    body, key = request.form.get("body", "").strip(), request.form.get("key", "")
    try:
        _check(body, key)
        receive_sms(number, body, "console", f"phone-{key}")
    except Invalid as error:
        if wants_json():
            raise
        return _page(number, body=body, error=error.message), error.status
    if wants_json():
        with reading() as session:
            return jsonify(ok=True, image=handset_image(session, number))
    return redirect(url_for(".handset", number=number, q=_query() or None), 303)  # type: ignore[return-value]


def _known(number: str) -> str:
    """The number of the address, which must be whole and international."""
    if not _E164.fullmatch(number):
        raise NotFound(_("This is not a complete international number."))
    return number


def _check(body: str, key: str) -> None:
    if not _KEY.fullmatch(key):
        message = _("This page is too old to send from. Please load it again.")
        raise Invalid(message, code="no_key", fields={"body": message})
    if not body:
        message = _("Please write something first.")
        raise Invalid(message, code="empty", fields={"body": message})
    if len(body) > LONGEST_BODY:
        message = _("A text message can have at most %(most)s characters.", most=LONGEST_BODY)
        raise Invalid(message, code="too_long", fields={"body": message})


def _query() -> str:
    return request.args.get("q", "")[:LONGEST_QUERY]


def _page(number: str | None, *, body: str = "", error: str = "") -> str:
    values: dict[str, Any] = {"number": number, "query": _query(), "body": body, "error": error}
    with reading() as session:
        values["handsets"] = handsets(session, values["query"], current_app.config["SETTINGS"].default_region)
        if number is not None:
            people = owners(session, number)
            values |= {
                "image": handset_image(session, number),
                "pretty": pretty(number),
                "people": [{"name": c.name, "url": _address("customers.show", customer_id=c.id)} for c in people],
                "call_url": _address("portal.call"),
                "key": secrets.token_urlsafe(12),
                "longest": LONGEST_BODY,
            }
    return render_template("messages/phone.html", **values)


def _address(endpoint: str, **values: Any) -> str:
    """The page's address, empty for a person who may not open it or where it is not served."""
    if endpoint not in current_app.view_functions:
        return ""
    needed = permission_of(current_app, endpoint)
    return url_for(endpoint, **values) if needed is None or may(needed) else ""
