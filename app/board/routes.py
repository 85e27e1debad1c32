"""The board's page: for a supervisor's screen, and for the wall."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select

from app.agents.models import BreakCode
from app.board.figures import limits_as_json
from app.board.limits import NAMES
from app.db import reading
from app.domain.thresholds import DEFAULTS
from app.security.guard import may

board_bp = Blueprint("board", __name__)


@board_bp.get("/board")
def show() -> str:
    """The board; `?tv=1` for a wall: nothing to click, larger type."""
    template = "board/tv.html" if request.args.get("tv") == "1" else "board/show.html"
    return render_template(template, data=_board_data(tv=template == "board/tv.html"))


def _board_data(*, tv: bool) -> dict[str, Any]:
    with reading() as session:
        breaks = session.scalars(select(BreakCode).where(BreakCode.active).order_by(BreakCode.position)).all()
    return {
        "tv": tv,
        "may_control": not tv and may("board.control"),
        "break_codes": [{"code": code.code, "names": code.names} for code in breaks],
        "limits": list(NAMES),
        "defaults": limits_as_json(DEFAULTS),
    }
