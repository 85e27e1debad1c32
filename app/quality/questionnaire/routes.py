"""Pages of the questions: the versions, one as the customer hears it, and the editor of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.db import reading
from app.domain.questionnaire import ADDABLE, DIMENSIONS, LANGUAGES, PARTS, REQUIRABLE, Questionnaire
from app.domain.questionnaire_editing import (
    LONGEST_PART,
    LONGEST_QUESTION,
    MOST_ITEMS,
    item_field,
    lacking,
    may_move,
    part_field,
    typed,
)
from app.errors import Conflict, Invalid
from app.i18n import language
from app.quality.questionnaire import queries, services, words
from app.quality.texts import FIXED, day_in
from app.refusals import localise
from app.security.guard import actor, needs

questionnaire_bp = Blueprint("questionnaire", __name__, url_prefix="/quality/questionnaire")

LANGUAGE_NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
#: What stands in the holes of the introduction in a preview.
EXAMPLE = {"en": "Where is my parcel", "zh_Hans": "包裹查询", "zh_Hant": "包裹查詢"}

Answer = Response | tuple[str, int]


@questionnaire_bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "words": words,
        "language_names": LANGUAGE_NAMES,
        "part_field": part_field,
        "item_field": item_field,
        "may_move": may_move,
        "limits": LONGEST_PART,
        "longest_question": LONGEST_QUESTION,
        "most_items": MOST_ITEMS,
    }


@questionnaire_bp.get("")
def listing() -> str:
    """All versions, newest first."""
    return _listing()


@questionnaire_bp.post("")
@needs("questionnaire.manage")
def draft() -> Answer:
    """A new draft of what is asked now."""
    try:
        version = services.begin_draft(actor=actor())
    except Conflict as refused:
        return _listing(localise(refused).message), refused.status
    flash(_("The draft is a copy of what is asked now. Nobody is asked with it before it is published."), "success")
    return redirect(url_for("questionnaire.edit", version=version), 303)


@questionnaire_bp.get("/<int:version>")
def show(version: int) -> str:
    """One version as the customer hears it: `?language=`; of a draft, what publishing does."""
    return _page(version)


@questionnaire_bp.get("/<int:version>/edit")
@needs("questionnaire.manage")
def edit(version: int) -> str | Response:
    """The editor; of a version that was published, its page."""
    with reading() as session:
        found = queries.version(session, version)
    if found.row.state != "draft":
        return redirect(url_for("questionnaire.show", version=version))
    return _editor(found.asked, found.row.revision, {})


@questionnaire_bp.post("/<int:version>/edit")
@needs("questionnaire.manage")
def change(version: int) -> Answer:
    """Save what was typed, and what the button asks for."""
    form = request.form.to_dict()
    try:
        services.change(version, form, revision=request.form.get("revision", 0, type=int), actor=actor())
    except (Invalid, Conflict) as refused:
        return _again(version, form, refused)
    verb, _colon, what = form.get("do", "save").partition(":")
    if verb == "preview":
        return redirect(url_for("questionnaire.show", version=version), 303)
    if verb == "save":
        flash(_("Saved. Nobody is asked with it before it is published."), "success")
    anchor = {"up": what, "down": what, "add": "add", "put_back": "add", "remove": "add"}.get(verb)
    return redirect(url_for("questionnaire.edit", version=version, _anchor=anchor and f"question-{anchor}"), 303)


@questionnaire_bp.post("/<int:version>/publish")
@needs("questionnaire.manage")
def publish(version: int) -> Answer:
    """From now on everybody is asked with it."""
    try:
        services.publish(version, revision=request.form.get("revision", 0, type=int), actor=actor())
    except Invalid as refused:
        if not refused.fields:
            return _page(version, localise(refused).message), refused.status
        return _again(version, {}, refused)
    except Conflict as refused:
        return _page(version, localise(refused).message), refused.status
    flash(_("Published. Whoever is asked from now on is asked with it."), "success")
    return redirect(url_for("questionnaire.show", version=version), 303)


@questionnaire_bp.post("/<int:version>/discard")
@needs("questionnaire.manage")
def discard(version: int) -> Answer:
    """Throw the draft away."""
    try:
        services.discard(version, actor=actor())
    except Conflict as refused:
        return _page(version, localise(refused).message), refused.status
    flash(_("The draft is thrown away."), "success")
    return redirect(url_for("questionnaire.listing"), 303)


def _listing(refused: str = "") -> str:
    with reading() as session:
        known = queries.versions(session)
    return render_template("quality/questionnaires.html", versions=known, refused=refused)


def _page(version: int, refused: str = "") -> str:
    with reading() as session:
        known = queries.versions(session)
    found = queries.one_of(known, version)
    asked_now = next(each for each in known if each.row.state == "published")
    chosen = request.args.get("language", language())
    chosen = chosen if chosen in LANGUAGES else LANGUAGES[0]
    return render_template(
        "quality/questionnaire.html",
        found=found,
        asked_now=asked_now,
        chosen=chosen,
        fixed=FIXED[chosen],
        opening=found.asked.opening(chosen, day=day_in(chosen, 11, 20), topic=EXAMPLE[chosen]),
        lacks=len(lacking(found.asked)) if found.row.state == "draft" else 0,
        refused=refused,
    )


def _again(version: int, form: Mapping[str, str], refused: Invalid | Conflict) -> tuple[str, int]:
    """The editor once more, with what was typed and why not."""
    with reading() as session:
        found = queries.version(session, version)
    told = localise(refused)
    if found.row.state != "draft":
        return _page(version, told.message), refused.status
    shown = typed(found.asked, form)
    theirs = _differing(found.asked, shown) if isinstance(refused, Conflict) else {}
    return _editor(shown, found.row.revision, told.fields, told.message, theirs), refused.status


def _differing(saved: Questionnaire, mine: Questionnaire) -> dict[str, str]:
    """Field -> what somebody else saved there, where something else was typed."""
    found = {
        part_field(name, code): (saved.part(name, code), mine.part(name, code)) for name in PARTS for code in LANGUAGES
    }
    for old, new in zip(saved.items, mine.items, strict=True):
        found |= {item_field(old.key, code): (old.text(code), new.text(code)) for code in LANGUAGES}
    return {field: theirs for field, (theirs, own) in found.items() if theirs != own}


def _editor(
    asked: Questionnaire,
    revision: int,
    errors: dict[str, str],
    refused: str = "",
    theirs: Mapping[str, str] | None = None,
) -> str:
    return render_template(
        "quality/questionnaire_edit.html",
        asked=asked,
        revision=revision,
        errors=errors,
        refused=refused,
        theirs=theirs or {},
        lacks=len(lacking(asked)),
        parts=PARTS,
        addable=[kind.value for kind in ADDABLE],
        dimensions=[(code, words.dimension_name(code)) for code in DIMENSIONS],
        requirable=REQUIRABLE,
    )
