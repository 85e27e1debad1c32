"""The first page of administration: what there is, and what is missing."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.administration.blueprint import blueprint
from app.administration.services import overview as services
from app.db import reading
from app.security.guard import actor, needs


@blueprint.get("")
def overview() -> str:
    """What stands, what is missing before a call can be taken, and which certificates end soon."""
    with reading() as session:
        return render_template("administration/overview.html", overview=services.read_overview(session))


@blueprint.post("/usual-codes")
@needs("organisation.manage")
def usual_codes() -> Response:
    """Add the results and breaks that most organisations begin with."""
    added = services.add_usual_codes(actor=actor())
    text = ngettext("%(num)s code added.", "%(num)s codes added.", added) if added else _("There was nothing to add.")
    flash(text, "success" if added else "info")
    return redirect(url_for("administration.overview"), 303)
