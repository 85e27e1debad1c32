"""The board on a television: its links, and the page and figures that a link opens without a sign-in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.board import walls
from app.board.figures import limits_as_json
from app.board.images import KEY, board_image, day_image
from app.board.limits import NAMES
from app.clock import now
from app.db import reading
from app.domain.thresholds import DEFAULTS
from app.errors import Conflict, Invalid
from app.security.guard import actor, needs
from app.security.limits import limiter

#: The links, for supervisors.
walls_bp = Blueprint("walls", __name__, url_prefix="/board/walls")
#: What a link opens, for whoever has it.
wall_bp = Blueprint("wall", __name__, url_prefix="/wall")

#: Seconds that figures are kept for further screens. The page calls them late after five.
FRESH_S = {"image": 1.0, "day": 5.0}
_kept: dict[str, tuple[float, dict[str, Any]]] = {}
_making = threading.Lock()


def _this_link() -> str:
    return request.path


@walls_bp.get("")
@needs("board.control")
def listing() -> str:
    """Every link, and the form of a new one."""
    return _page({}, {})


@walls_bp.post("")
@needs("board.control")
def make() -> Response | tuple[str, int]:
    """Make a link and show its address, this once."""
    try:
        link, token = walls.make_link(request.form, actor=actor())
    except Invalid as refused:
        return _page(request.form, refused.fields), refused.status
    except Conflict as refused:
        return _page(request.form, {"name": refused.message}), refused.status
    address = url_for("wall.show", token=token, _external=True)
    page = render_template("board/wall_address.html", link=link, address=address)
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})


@walls_bp.post("/<int:link_id>/end")
@needs("board.control")
def end(link_id: int) -> Response:
    """End a link."""
    walls.end_link(link_id, actor=actor())
    flash(_("The link has ended. Its screens turn dark within seconds."), "success")
    return redirect(url_for("walls.listing"), 303)


@wall_bp.get("/<token>")
@limiter.limit("60 per minute")
def show(token: str) -> Response:
    """The board of a television."""
    wall = walls.find_link(token)
    g.language = wall.language
    data = {
        "tv": True,
        "may_control": False,
        "wall": url_for("wall.figures", token=token),
        "people": wall.people,
        "break_codes": [],
        "limits": list(NAMES),
        "defaults": limits_as_json(DEFAULTS),
    }
    page = render_template("board/tv.html", data=data)
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"})


@wall_bp.get("/<token>/figures")
@limiter.limit("1200 per minute")
@limiter.limit("120 per minute", key_func=_this_link)
def figures(token: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The figures as of now; the page asks every other second."""
    wall = walls.find_link(token)
    image = _fresh("image", board_image)
    with reading() as session:
        shown = walls.without_people(session, image, wall.people)
    return {"ok": True, "image": shown, "day": _fresh("day", day_image)}, {"Cache-Control": "no-store"}


def _fresh(name: str, make_anew: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """An image at most FRESH_S old, made once for all screens of this process."""
    with _making:
        made_at, image = _kept.get(name, (0.0, {}))
        if not image or time.monotonic() - made_at > FRESH_S[name]:
            with reading() as session:
                image = make_anew(session, KEY)
            _kept[name] = (time.monotonic(), image)
        return image


def _page(typed: Any, errors: dict[str, str]) -> str:
    with reading() as session:
        return render_template(
            "board/walls.html", links=walls.list_links(session), now=now(), typed=typed, errors=errors, days=walls.DAYS
        )
