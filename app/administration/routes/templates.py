"""Pages of SMS templates; the number of parts comes from the server while somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from app.administration.blueprint import Answer, answer_form, blueprint, seen, typed
from app.administration.changes import fingerprint
from app.administration.entries import clean
from app.administration.services import templates as services
from app.db import reading
from app.i18n import LANGUAGES
from app.security.guard import actor, needs


@blueprint.get("/templates")
def templates() -> str:
    """Every template with its texts and what they cost."""
    with reading() as session:
        rows = services.list_templates(session)
    return render_template("administration/templates.html", rows=rows, measure=services.measure_body)


@blueprint.get("/templates/new")
@needs("organisation.manage")
def new_template() -> str:
    """The form of a new template."""
    return _form({"active": True}, {})


@blueprint.post("/templates/new")
@needs("organisation.manage")
def create_template() -> Answer:
    """Make a template."""
    return answer_form(
        lambda _confirmed: services.create_template(typed(), actor=actor()),
        again=lambda errors, _theirs: _form(typed(), errors),
        done=url_for("administration.templates"),
        title=_("New template"),
    )


@blueprint.post("/templates/measure")
def measure() -> str:
    """Parts, example and problems of the text in ?language=, for the form while somebody types."""
    language = request.args.get("language", "en")
    language = language if language in LANGUAGES else "en"
    body = clean(request.form.get(f"body_{language}"), long=True)
    return render_template("administration/_measure.html", language=language, measured=services.measure_body(body))


@blueprint.get("/templates/<code>")
def template(code: str) -> str:
    """One template."""
    with reading() as session:
        values = services.template_values(services.texts_of(session, code))
    return _form({**values, "seen": fingerprint(values)}, {}, code=code)


@blueprint.post("/templates/<code>")
@needs("organisation.manage")
def save_template(code: str) -> Answer:
    """Save the texts of a template."""
    with reading() as session:
        rows = services.texts_of(session, code)
    return answer_form(
        lambda confirmed: services.change_template(code, typed(), seen=seen(), confirmed=confirmed, actor=actor()),
        again=lambda errors, theirs: _form(
            {**typed(), "seen": fingerprint(theirs) if theirs else seen()}, errors, code=code, theirs=theirs
        ),
        done=url_for("administration.templates"),
        title=rows[0].name,
    )


def _form(
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    code: str | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> str:
    measured = {
        language: services.measure_body(clean(values.get(f"body_{language}"), long=True)) for language in LANGUAGES
    }
    return render_template(
        "administration/template.html",
        values=values,
        errors=errors,
        code=code,
        theirs=theirs or {},
        measured=measured,
        placeholders=list(services.PLACEHOLDERS),
        limit=services.LONGEST_BODY,
    )
