"""Listening: the list of recordings, and their sound by ranges of bytes."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, current_app, render_template, request
from sqlalchemy import select
from werkzeug.datastructures import ContentRange

from app.db import reading
from app.domain.recording import container_of
from app.queues.models import Queue
from app.recordings import listening
from app.recordings.listening import Sound
from app.recordings.store import sound as read_sound
from app.security.guard import current_user, may, needs

blueprint = Blueprint("recordings", __name__, url_prefix="/recordings")

ENDINGS = {"audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a", "audio/wav": "wav"}


def _agents_own() -> bool:
    return bool(current_app.config["SETTINGS"].agents_hear_own_calls)


@blueprint.app_template_global("shows_player")
def shows_player(agent_id: int | None) -> bool:
    """Whether a page offers the player of a recording that `agent_id` made; the server decides again when it plays."""
    if not may("recordings.listen"):
        return False
    return may("recordings.all") or (_agents_own() and agent_id in (None, current_user().id))


@blueprint.app_template_filter("as_moment")
def as_moment(value: datetime | str | None) -> datetime | None:
    """The moment in what came as a moment or, out of JSON, as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


@blueprint.get("", endpoint="listing")
def show_list() -> str:
    """What was recorded, newest first: all of it for supervisors and quality, their own for agents."""
    queue_id = request.args.get("queue", type=int)
    before = request.args.get("before", type=int)
    rows = listening.listing(current_user(), agents_own=_agents_own(), queue_id=queue_id, before=before)
    with reading() as session:
        queues = session.scalars(select(Queue).order_by(Queue.position, Queue.id)).all()
    more = len(rows) > listening.PAGE_SIZE
    rows = rows[: listening.PAGE_SIZE]
    return render_template(
        "recordings/list.html",
        rows=rows,
        older=rows[-1]["id"] if more else None,
        queues=queues,
        queue_id=queue_id,
        records=any(queue.recording != "off" for queue in queues),
    )


@blueprint.get("/<public_id>", endpoint="sound")
def hear(public_id: str) -> Response:
    """The sound, whole or the range asked for. Each listening is in the log."""
    return _answer(listening.listen(public_id, current_user(), agents_own=_agents_own()))


@blueprint.get("/<public_id>/file")
@needs("recordings.download")
def download(public_id: str) -> Response:
    """The sound as a file to keep."""
    sound = listening.listen(public_id, current_user(), agents_own=_agents_own(), download=True)
    response = _answer(sound)
    ending = ENDINGS[container_of(sound.media_type) or "audio/webm"]
    name = f"recording-{sound.started_at:%Y%m%d-%H%M}-{sound.public_id[:6]}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _answer(sound: Sound) -> Response:
    first, last, status = 0, sound.bytes - 1, 200
    asked = request.range
    if asked is not None:
        bounds = asked.range_for_length(sound.bytes)
        if bounds is None:
            refused = Response(status=416)
            refused.headers["Content-Range"] = f"bytes */{sound.bytes}"
            return refused
        first, last, status = bounds[0], bounds[1] - 1, 206
    response = Response(read_sound(sound.id, first, last), status=status, mimetype=container_of(sound.media_type))
    response.content_length = last - first + 1
    if status == 206:
        response.content_range = ContentRange("bytes", first, last + 1, sound.bytes)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "no-store"
    return response
