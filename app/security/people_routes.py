"""Administration of people: list, add, edit, reset a password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.clock import now
from app.errors import Invalid
from app.security import people
from app.security.guard import actor, current_user
from app.security.models import ROLES

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("/")
def listing() -> str:
    """Everybody who may sign in, or might once."""
    query, role = request.args.get("q", "")[:120].strip(), request.args.get("role", "")
    page = people.listing(query=query, role=role, page=request.args.get("page", 1, type=int))
    return render_template("security/people.html", page=page, query=query, role=role, roles=ROLES, now=now())


@blueprint.get("/new")
def new() -> str:
    """The form for a new person."""
    return _form({"role": "agent"}, {})


@blueprint.post("/")
def create() -> str | tuple[str, int]:
    """Add a person and show their first password, once."""
    form = request.form
    try:
        user_id, first = people.create(
            login=form.get("login", ""),
            display_name=form.get("display_name", ""),
            role=form.get("role", ""),
            actor=actor(),
        )
    except Invalid as error:
        return _form(form.to_dict(), error.fields), error.status
    return _hand_over(user_id, first, created=True)


@blueprint.get("/<int:user_id>")
def edit(user_id: int) -> str:
    """One person's form."""
    user = people.read(user_id)
    entries = {"display_name": user.display_name, "role": user.role, "active": "1" if user.active else ""}
    return _form(entries, {}, user_id)


@blueprint.post("/<int:user_id>")
def save(user_id: int) -> Response | tuple[str, int]:
    """Change name, role, or whether the person may sign in."""
    form, active = request.form, request.form.get("active") == "1"
    people.read(user_id)
    try:
        if user_id == current_user().id and not active:
            raise Invalid(fields={"active": _("You can't close your own account.")})
        people.edit(
            user_id,
            display_name=form.get("display_name", ""),
            role=form.get("role", ""),
            active=active,
            actor=actor(),
        )
    except Invalid as error:
        return _form(form.to_dict(), error.fields, user_id), error.status
    flash(_("Saved."), "success")
    return redirect(url_for("people.listing"), 303)


@blueprint.post("/<int:user_id>/password")
def reset_password(user_id: int) -> str:
    """Give somebody a new first password and show it, once."""
    return _hand_over(user_id, people.reset_password(user_id, actor=actor()), created=False)


def _form(entries: dict[str, str], errors: dict[str, str], user_id: int | None = None) -> str:
    user = people.read(user_id) if user_id is not None else None
    return render_template("security/person.html", entries=entries, errors=errors, user=user, roles=ROLES, now=now())


def _hand_over(user_id: int, first: str, *, created: bool) -> str:
    return render_template("security/first_password.html", user=people.read(user_id), first=first, created=created)
