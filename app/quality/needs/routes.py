"""Pages of the register: the list with blind spots and months, one entry, and what people do with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.clock import now
from app.db import reading
from app.domain.needs import CHOICES, KINDS, LEVELS, TYPES
from app.errors import Conflict, Invalid, NotFound
from app.quality.needs import answering, queries, services, words
from app.quality.needs.models import Need
from app.quality.scores import months_before
from app.quality.texts import LANGUAGES
from app.refusals import localise
from app.security.guard import actor, current_user, needs

needs_bp = Blueprint("needs", __name__, url_prefix="/quality/needs")

LANGUAGE_NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
TABS = ("open", queries.BLIND, "planned", "decided")
MONTHS = 12


@needs_bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "language_names": LANGUAGE_NAMES, "kinds": KINDS, "levels": LEVELS, "types": TYPES}


@needs_bp.get("")
def listing() -> str:
    """The register: `?show=` open, blind, planned or decided; `kind` and `level` narrow it."""
    shown, kind, level = (request.args.get(name, "") for name in ("show", "kind", "level"))
    shown = shown if shown in TABS else "open"
    kind, level = kind if kind in KINDS else "", level if level in LEVELS else ""
    moment = now()
    with reading() as session:
        return render_template(
            "quality/needs.html",
            shown=shown,
            kind=kind,
            level=level,
            rows=queries.entries(session, shown, kind=kind, level=level, now=moment),
            blind=len(queries.entries(session, queries.BLIND, kind="", level="", now=moment)),
            months=_months(session, 0),
        )


@needs_bp.get("/<int:need_id>")
def show(need_id: int) -> str | Response:
    """One entry; of one that was joined with another, that other."""
    with reading() as session:
        into = queries.joined_into(session, need_id)
    return redirect(url_for("needs.show", need_id=into)) if into is not None else _page(need_id)


@needs_bp.post("/<int:need_id>")
@needs("needs.manage")
def change(need_id: int) -> Response | tuple[str, int]:
    """Title, level, type, owner and state."""
    form = request.form
    entry = services.Entry(
        form.get("title", ""),
        form.get("level", ""),
        form.get("type", ""),
        form.get("state", ""),
        form.get("owner", type=int),
    )
    try:
        services.change(need_id, entry, version=form.get("version", 0, type=int), actor=actor())
    except (Invalid, Conflict) as refused:
        return _again(need_id, refused)
    flash(_("Saved."), "success")
    return redirect(url_for("needs.show", need_id=need_id), 303)


@needs_bp.post("/<int:need_id>/join")
@needs("needs.manage")
def join(need_id: int) -> Response | tuple[str, int]:
    """This entry is the same as another."""
    into = request.form.get("into", 0, type=int)
    try:
        services.join(need_id, into, actor=actor())
    except Conflict as refused:
        return _again(need_id, refused)
    flash(_("Joined. All voices stand here now."), "success")
    return redirect(url_for("needs.show", need_id=into), 303)


@needs_bp.post("/<int:need_id>/split")
@needs("needs.manage")
def split(need_id: int) -> Response | tuple[str, int]:
    """One voice becomes an entry of its own."""
    try:
        new = services.split(request.form.get("voice", 0, type=int), actor=actor())
    except Conflict as refused:
        return _again(need_id, refused)
    flash(_("This voice is an entry of its own now."), "success")
    return redirect(url_for("needs.show", need_id=new), 303)


@needs_bp.post("/<int:need_id>/answer")
@needs("needs.manage")
def answer(need_id: int) -> Response | tuple[str, int]:
    """Tell the customers what came of it."""
    form = request.form
    texts = {code: form.get(f"answer_{code}", "") for code in LANGUAGES}
    try:
        sent = answering.answer(need_id, texts, version=form.get("version", 0, type=int), actor=actor())
    except (Invalid, Conflict) as refused:
        return _again(need_id, refused)
    flash(ngettext("%(num)s customer is told by SMS.", "%(num)s customers are told by SMS.", sent), "success")
    return redirect(url_for("needs.show", need_id=need_id), 303)


def _again(need_id: int, refused: Invalid | Conflict) -> tuple[str, int]:
    """The page with what was typed and why it was refused."""
    told = localise(refused)
    return _page(need_id, typed=request.form.to_dict(), errors=told.fields, refused=told.message), refused.status


def _page(
    need_id: int, *, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, refused: str = ""
) -> str:
    moment = now()
    with reading() as session:
        row = queries.one(session, need_id, moment)
        if row is None:
            raise NotFound(code="need_unknown")
        entry = session.get_one(Need, need_id)
        found = answering.recipients(session, need_id)
        return render_template(
            "quality/need.html",
            row=row.entry,
            blind=row.blind,
            entry=entry,
            values={"title": entry.title, "level": entry.level, "type": entry.type, "state": entry.state}
            | {"owner": entry.owner_id or ""}
            | {f"answer_{code}": said for code, said in entry.answer.items()}
            | (typed or {}),
            errors=errors or {},
            refused=refused,
            voices=queries.voices_of(session, need_id, reader_id=current_user().id),
            others=queries.others(session, need_id),
            owners=queries.owners(session),
            states=CHOICES,
            counts=answering.counts(found),
            spoken=answering.languages_of(found),
            months=_months(session, need_id),
        )


def _months(session: Any, need_id: int) -> dict[str, Any]:
    """The voices of the last twelve months as bars: (month, needs, suggestions) and the tallest."""
    zone = current_app.config["SETTINGS"].time_zone
    rows = queries.by_month(session, months_before(f"{now():%Y-%m}", MONTHS), zone, need_id)
    return {"rows": rows, "most": max(1, *(first + second for _month, first, second in rows))}
