"""The blueprint of administration, and how its forms are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.administration import words
from app.administration.changes import ConfirmFirst, EditConflict, fingerprint
from app.errors import Conflict, Invalid

blueprint = Blueprint("administration", __name__, url_prefix="/administration")

#: Fields of the forms' machinery, which are no entries.
MACHINERY = frozenset({"csrf_token", "confirmed", "again"})

Answer = str | Response | tuple[str, int]


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "fingerprint": fingerprint}


def typed() -> dict[str, str]:
    """What stands in the form that was sent, by field."""
    return {name: value for name, value in request.form.items() if name not in MACHINERY}


def answer_form(
    save: Callable[[str], object],
    *,
    again: Callable[[Mapping[str, str], Mapping[str, Any]], str],
    done: str | Callable[[Any], str],
    title: str,
    said: str = "",
) -> Answer:
    """Save a form, or show what has to be seen first; nothing typed is lost on any way.

    `save(confirmed)` does it. `again(errors, theirs)` shows the form as it was typed. A change that reaches further
    is shown with its consequences, to be agreed to or taken back to the form.
    """
    if "again" in request.form:
        return again({}, {})
    try:
        saved = save(request.form.get("confirmed", ""))
    except Invalid as refused:
        return again(refused.fields or {"form": refused.message}, {}), refused.status
    except EditConflict as conflict:
        return again({}, conflict.theirs), conflict.status
    except ConfirmFirst as asked:
        entries = [(name, value) for name, value in request.form.items(multi=True) if name not in MACHINERY]
        page = render_template("administration/confirm.html", asked=asked, entries=entries, title=title)
        return page, asked.status
    except Conflict as conflict:
        return again({"form": conflict.message}, {}), conflict.status
    flash(said or _("Saved."), "success")
    return redirect(done if isinstance(done, str) else done(saved), 303)


def seen() -> str:
    """The fingerprint of what the form was opened on; a form without one was opened on nothing that stands."""
    return request.form.get("seen", "")
