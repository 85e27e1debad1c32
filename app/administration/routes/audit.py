"""Pages of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.administration import audit_words
from app.administration.blueprint import blueprint
from app.administration.entries import Refusals, day_entry
from app.administration.services import audit as services
from app.db import reading
from app.i18n.web import time_zone
from app.security.guard import actor, needs
from app.security.models import User


@blueprint.get("/audit")
@needs("audit.view")
def audit() -> str:
    """What happened, newest first; ?before= goes on from there."""
    refusals = Refusals()
    filters = _filters(refusals)
    before = request.args.get("before", type=int)
    with reading() as session:
        page = services.read_page(session, filters, zone=time_zone(), before=before)
        names = services.names_for(session, page.events)
        shown: dict[str, Any] = {
            "page": page,
            "names": names,
            "audit_words": audit_words,
            "asked": {key: value for key, value in _asked().items() if value},
        }
        if "HX-Request" in request.headers and before is not None:
            return render_template("administration/_events.html", **shown)
        people = session.execute(select(User.id, User.display_name).order_by(User.display_name)).all()
        return render_template(
            "administration/audit.html",
            typed=_asked(),
            errors=refusals.fields,
            before=before,
            people=people,
            machines=services.MACHINES,
            subjects=services.subjects(session),
            longest=services.LONGEST_EXPORT,
            **shown,
        )


@blueprint.get("/audit.csv")
@needs("audit.view")
def audit_csv() -> Response:
    """The same, as a file for a spreadsheet."""
    content = services.export(_filters(Refusals()), zone=time_zone(), actor=actor())
    name = f"audit-{clock.now():%Y-%m-%d}.csv"
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    return Response(
        "\ufeff" + content,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _asked() -> dict[str, str]:
    names = ("actor", "subject", "name", "contact", "since", "until")
    return {name: request.args.get(name, "").replace("\0", "").strip()[:80] for name in names}


def _filters(refusals: Refusals) -> services.Filters:
    asked = _asked()
    days: dict[str, date | None] = {
        name: day_entry(asked, name, refusals, optional=True) for name in ("since", "until")
    }
    if days["since"] and days["until"] and days["since"] > days["until"]:
        refusals.add("until", _("The last day can't come before the first."))
    filters = services.Filters(actor=asked["actor"], subject=asked["subject"], name=asked["name"])
    return replace(filters, contact=asked["contact"], since=days["since"], until=days["until"])
