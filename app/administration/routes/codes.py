"""Pages of topics, results and breaks: three lists of one shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select

from app.administration import words
from app.administration.blueprint import Answer, answer_form, blueprint, seen, typed
from app.administration.changes import fingerprint
from app.administration.services import codes as services
from app.db import reading
from app.i18n import localised
from app.queues.models import Queue
from app.security.guard import actor, needs


@blueprint.get("/codes/<kind>")
def codes(kind: str) -> str:
    """Every code of a kind: topics, dispositions or breaks."""
    services.kind_of(kind)
    with reading() as session:
        return render_template("administration/codes.html", kind=kind, rows=services.list_codes(session, kind))


@blueprint.get("/codes/<kind>/new")
@needs("organisation.manage")
def new_code(kind: str) -> str:
    """The form of a new code; ?queue= chooses its queue."""
    services.kind_of(kind)
    return _form(kind, {"public": True, "active": True, "queue": request.args.get("queue", "")}, {})


@blueprint.post("/codes/<kind>/new")
@needs("organisation.manage")
def create_code(kind: str) -> Answer:
    """Make a code."""
    services.kind_of(kind)
    return answer_form(
        lambda _confirmed: services.create_code(kind, typed(), actor=actor()),
        again=lambda errors, _theirs: _form(kind, typed(), errors),
        done=url_for("administration.codes", kind=kind),
        title=words.kind_words(kind)["new"],
    )


@blueprint.get("/codes/<kind>/<int:code_id>")
def code(kind: str, code_id: int) -> str:
    """One code."""
    values = _values(kind, code_id)
    return _form(kind, {**values, "seen": fingerprint(values)}, {}, code_id=code_id)


@blueprint.post("/codes/<kind>/<int:code_id>")
@needs("organisation.manage")
def save_code(kind: str, code_id: int) -> Answer:
    """Save a code."""
    stands = _values(kind, code_id)

    def again(errors: Mapping[str, str], theirs: Mapping[str, Any]) -> str:
        token = fingerprint(theirs) if theirs else seen()
        values = {"code": stands["code"], **typed(), "seen": token}
        return _form(kind, values, errors, code_id=code_id, theirs=theirs)

    return answer_form(
        lambda confirmed: services.change_code(kind, code_id, typed(), seen=seen(), confirmed=confirmed, actor=actor()),
        again=again,
        done=url_for("administration.codes", kind=kind),
        title=localised({key[5:]: text for key, text in stands.items() if key.startswith("name_")}),
    )


def _values(kind: str, code_id: int) -> dict[str, Any]:
    with reading() as session:
        return services.code_values(services.get_code(session, kind, code_id))


def _form(
    kind: str,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    code_id: int | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> str:
    with reading() as session:
        queues = session.scalars(select(Queue).order_by(Queue.active.desc(), Queue.position, Queue.id)).all()
        return render_template(
            "administration/code.html",
            kind=kind,
            values=values,
            errors=errors,
            code_id=code_id,
            theirs=theirs or {},
            queues=queues,
        )
