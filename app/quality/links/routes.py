"""The administrator's switch for answers by link; what it does stands on the page of rules."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.quality.links import switch
from app.security.guard import actor

links_bp = Blueprint("links", __name__, url_prefix="/quality/links")


@links_bp.post("/switch")
def choose() -> Response:
    """Send links from now on, or none any more."""
    on = request.form.get("on") == "1"
    switch.choose(on, actor=actor())
    told = _("Links are sent from now on.") if on else _("No more links are sent. Those that were sent stay good.")
    flash(told, "success")
    return redirect(url_for("rules.show", _anchor="links"), 303)
