"""Pages of skills and languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from app.administration.blueprint import Answer, answer_form, blueprint, seen, typed
from app.administration.changes import fingerprint
from app.administration.services import skills as services
from app.db import reading
from app.i18n import localised
from app.security.guard import actor, needs


@blueprint.get("/skills")
def skills() -> str:
    """Every skill and language, with who has it and who asks for it."""
    with reading() as session:
        return render_template("administration/skills.html", rows=services.list_skills(session))


@blueprint.get("/skills/new")
@needs("organisation.manage")
def new_skill() -> str:
    """The form of a new skill or language."""
    kind = request.args.get("kind", "skill")
    return _form({"kind": kind if kind in services.KINDS else "skill"}, {})


@blueprint.post("/skills/new")
@needs("organisation.manage")
def create_skill() -> Answer:
    """Make a skill or a language."""
    return answer_form(
        lambda confirmed: services.create_skill(typed(), confirmed=confirmed, actor=actor()),
        again=lambda errors, _theirs: _form(typed(), errors),
        done=url_for("administration.skills"),
        title=_("New skill"),
    )


@blueprint.get("/skills/<int:skill_id>")
def skill(skill_id: int) -> str:
    """One skill."""
    values = services.skill_values(services.get_skill(skill_id))
    return _form({**values, "seen": fingerprint(values)}, {}, skill_id=skill_id)


@blueprint.post("/skills/<int:skill_id>")
@needs("organisation.manage")
def save_skill(skill_id: int) -> Answer:
    """Save the names of a skill, or (do=delete) take it away."""
    row = services.get_skill(skill_id)

    def save(confirmed: str) -> None:
        if request.form.get("do") == "delete":
            services.delete_skill(skill_id, confirmed=confirmed, actor=actor())
        else:
            services.change_skill(skill_id, typed(), seen=seen(), actor=actor())

    def again(errors: Mapping[str, str], theirs: Mapping[str, Any]) -> str:
        now = services.skill_values(row)
        values = now if request.form.get("do") == "delete" else {**now, **typed()}
        return _form({**values, "seen": fingerprint(theirs or now)}, errors, skill_id=skill_id, theirs=theirs)

    return answer_form(save, again=again, done=url_for("administration.skills"), title=localised(row.names))


def _form(
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    skill_id: int | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> str:
    with reading() as session:
        free = services.free_languages(session)
    return render_template(
        "administration/skill.html", values=values, errors=errors, skill_id=skill_id, theirs=theirs or {}, free=free
    )
