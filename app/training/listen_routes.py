"""The page on which somebody in practice listens to a live call. Everything live comes by socket."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template

from app.clock import now
from app.db import reading
from app.domain.listening import LEAST_HEARD_S
from app.domain.road import Stage
from app.security.guard import current_user
from app.training import queries, shadowing

listen_bp = Blueprint("listen", __name__, url_prefix="/training/listen")


@listen_bp.app_context_processor
def _for_sign_in() -> dict[str, Any]:
    # The list of the demo's people says who can try it; no other page asks
    return {"logins_in_practice": shadowing.logins_in_practice}


@listen_bp.get("")
def show() -> str:
    """The calls in talk of the queues one is in practice for."""
    with reading() as session:
        rows = queries.roads(session, now().date(), agent_id=current_user().id)
    return render_template(
        "training/listen.html",
        practice=[row for row in rows if row.road.state == Stage.PRACTICE.value],
        least_s=LEAST_HEARD_S,
        demo=bool(current_app.config["DEMO"]),
    )
