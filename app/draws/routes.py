"""Pages of the draw: for those who take part in it, and for everybody who wants to check it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.db import reading
from app.draws import queries, services, words
from app.draws.models import SECRET_ROLES, QualityDraw
from app.errors import Conflict, Invalid, NotFound
from app.refusals import localise
from app.security.guard import actor, current_user, everyone, needs

draws_bp = Blueprint("draws", __name__)

FILES = {"frame.txt": "frame", "result.txt": "result"}


@draws_bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "secret_roles": SECRET_ROLES}


@draws_bp.get("/draws")
def listing() -> str:
    """All months."""
    with reading() as session:
        return render_template("draws/listing.html", rows=queries.draws(session))


@draws_bp.get("/draws/<int:draw_id>")
def show(draw_id: int) -> str:
    """One draw: where it stands, what is to do, what it found per agent."""
    return _page(draw_id)


def _page(draw_id: int, error: str = "", typed: dict[str, str] | None = None) -> str:
    with reading() as session:
        row = session.get(QualityDraw, draw_id)
        if row is None:
            raise NotFound(code="draw_unknown")
        secrets = queries.secrets_of(session, draw_id)
        newest = queries.draws(session)
        user = current_user()
        mine = secrets.get(user.role)
        return render_template(
            "draws/show.html",
            draw=row,
            secrets=secrets,
            lines=queries.lines(session, draw_id) if row.state != "open" else [],
            progress=queries.progress(session, row) if row.state in services.LONG_STEPS else None,
            mine=mine,
            may_commit=_may_commit(row, secrets, user.id, user.role),
            may_reveal=row.state == "frozen"
            and len(secrets) == len(SECRET_ROLES)
            and mine is not None
            and mine.user_id == user.id
            and mine.secret is None,
            newest=max(each.round for each in newest if each.period == row.period) == row.round,
            error=error,
            typed=typed or {},
        )


def _may_commit(row: QualityDraw, secrets: dict[str, Any], user_id: int, role: str) -> bool:
    timely = row.state == "open" or (row.state == "frozen" and row.round > 1)
    taken = role in secrets or any(each.user_id == user_id for each in secrets.values())
    return row.method == "commit_reveal" and timely and role in SECRET_ROLES and not taken


@draws_bp.get("/draws/<int:draw_id>/progress")
def progress(draw_id: int) -> dict[str, Any]:
    """How far the long step of a draw has come, for the page that shows it: state, agents done, of all, paused."""
    with reading() as session:
        row = session.get(QualityDraw, draw_id)
        if row is None:
            raise NotFound(code="draw_unknown")
        found = queries.progress(session, row)
        return {**asdict(found), "said": words.progress_words(found)}


@draws_bp.post("/draws/<int:draw_id>/pause")
@needs("draws.manage")
def pause(draw_id: int) -> Response | tuple[str, int]:
    """Let a long step rest."""
    return _answer(
        draw_id,
        lambda: services.pause(draw_id, actor=actor()),
        _("Paused. What is decided stays decided: it goes on to the same draw."),
    )


@draws_bp.post("/draws/<int:draw_id>/resume")
@needs("draws.manage")
def resume(draw_id: int) -> Response | tuple[str, int]:
    """Let it go on."""
    return _answer(draw_id, lambda: services.resume(draw_id, actor=actor()), _("It goes on in a few seconds."))


@draws_bp.post("/draws/<int:draw_id>/commit")
@needs("draws.join")
def commit(draw_id: int) -> Response | tuple[str, int]:
    """Bind one's role to the secret that the page made."""
    user = current_user()
    return _answer(
        draw_id,
        lambda: services.commit_secret(
            draw_id,
            role=user.role,
            user_id=user.id,
            salt=request.form.get("salt", ""),
            committed=request.form.get("commitment", ""),
        ),
        _("Committed. Keep the secret until the month is frozen: without it the draw can't be made."),
    )


@draws_bp.post("/draws/<int:draw_id>/reveal")
@needs("draws.join")
def reveal(draw_id: int) -> Response | tuple[str, int]:
    """Tell the secret."""
    user, secret = current_user(), request.form.get("secret", "").strip()
    return _answer(
        draw_id,
        lambda: services.reveal_secret(draw_id, role=user.role, user_id=user.id, secret=secret),
        _("Thank you. This is the secret you committed to."),
        typed={"secret": secret},
    )


@draws_bp.post("/draws/<int:draw_id>/beacon")
@needs("draws.manage")
def beacon(draw_id: int) -> Response | tuple[str, int]:
    """Name the public value before the freeze, or enter it after."""
    typed = {name: request.form.get(name, "").strip() for name in ("source", "due_at", "value")}
    if typed["value"]:
        return _answer(
            draw_id,
            lambda: services.enter_beacon(draw_id, value=typed["value"], actor=actor()),
            _("The draw is being made."),
            typed=typed,
        )
    return _answer(
        draw_id,
        lambda: services.name_beacon(draw_id, source=typed["source"], due_at=_moment(typed["due_at"]), actor=actor()),
        _("The draw of this month rests on the public value you named."),
        typed=typed,
    )


@draws_bp.post("/draws/<int:draw_id>/another-round")
@needs("draws.manage")
def another_round(draw_id: int) -> Response | tuple[str, int]:
    """A further round, beside this one."""
    reason = request.form.get("reason", "").strip()
    made: list[int] = []
    return _answer(
        draw_id,
        lambda: made.append(services.open_another_round(draw_id, reason=reason, actor=actor())),
        _("A further round is open. This one stays visible."),
        typed={"reason": reason},
        to=made,
    )


def _moment(raw: str) -> datetime:
    try:
        return datetime.fromisoformat(raw).replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid(code="beacon_invalid") from error


def _answer(
    draw_id: int, do: Any, done: str, *, typed: dict[str, str] | None = None, to: list[int] | None = None
) -> Response | tuple[str, int]:
    try:
        do()
    except (Invalid, Conflict) as refused:
        return _page(draw_id, localise(refused).message, typed), refused.status
    flash(done, "success")
    return redirect(url_for("draws.show", draw_id=to[0] if to else draw_id))


@draws_bp.get("/draw")
@everyone
def public() -> str:
    """How the five are drawn, and the proof of each month."""
    with reading() as session:
        rows = [row for row in queries.draws(session) if row.frame_sha256]
        secrets = {row.id: queries.secrets_of(session, row.id) for row in rows}
        return render_template("draws/public.html", rows=rows, secrets=secrets)


@draws_bp.get("/draw/<period>/<int:number>/<name>")
@everyone
def file(period: str, number: int, name: str) -> Response:
    """A published file: frame.txt, result.txt, proof.json. Opaque names only."""
    with reading() as session:
        row = queries.draw_of(session, period, number, files=[FILES[name]] if name in FILES else [])
        secrets = queries.secrets_of(session, row.id)
        content = _proof(row, secrets) if name == "proof.json" else getattr(row, FILES.get(name, ""), None)
    if content is None or row.frame_sha256 is None:
        raise NotFound(code="draw_unknown")
    kind = "application/json" if name == "proof.json" else "text/plain; charset=utf-8"
    return Response(content, content_type=kind, headers={"Cache-Control": "no-cache"})


def _proof(row: QualityDraw, secrets: dict[str, Any]) -> str:
    proof = {
        "period": row.period,
        "round": row.round,
        "method": row.method,
        "frame_sha256": row.frame_sha256,
        "frozen_at": row.frozen_at.isoformat() if row.frozen_at else None,
        "commitments": {
            role: {"commitment": each.commitment, "salt": each.salt, "secret": each.secret}
            for role, each in sorted(secrets.items())
        },
        "beacon_source": row.beacon_source,
        "beacon": row.beacon,
        "seed": row.seed,
        "result_sha256": row.result_sha256,
        "drawn_at": row.drawn_at.isoformat() if row.drawn_at else None,
    }
    return json.dumps(proof, indent=2) + "\n"
