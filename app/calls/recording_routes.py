"""What the desk page that records sends: chunks of sound, pauses, the end."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from app.calls import recording
from app.domain.recording import LARGEST_CHUNK
from app.errors import Invalid
from app.security.guard import current_user

desk_recordings_bp = Blueprint("desk_recordings", __name__, url_prefix="/desk/recordings")


@desk_recordings_bp.post("")
def begin() -> Response:
    """A new recording of the call in hand."""
    form = _form()
    begun = recording.begin_recording(
        _whole(form, "reservation"),
        current_user().id,
        _whole(form, "epoch"),
        media_type=str(form.get("media_type", ""))[:61],
        asked_for=form.get("asked_for") is True,
    )
    return jsonify(begun)


@desk_recordings_bp.put("/<public_id>/chunks/<int:seq>")
def chunk(public_id: str, seq: int) -> Response:
    """One chunk, in its order."""
    if (request.content_length or 0) > LARGEST_CHUNK:
        raise Invalid(code="recording_chunk_size")
    running = request.args.get("running") == "1"
    kept = recording.add_chunk(public_id, current_user().id, seq, request.get_data(cache=False), running=running)
    return jsonify({"chunks": kept})


@desk_recordings_bp.post("/<public_id>/pause")
def pause(public_id: str) -> Response:
    """Silence from now on ({"paused": true, "reason": "card"}), or sound again."""
    form = _form()
    paused = form.get("paused") is True
    recording.set_paused(public_id, current_user().id, paused=paused, reason=str(form.get("reason", "")))
    return jsonify({"paused": paused})


@desk_recordings_bp.post("/<public_id>/finish")
def finish(public_id: str) -> Response:
    """Everything is sent."""
    form = _form()
    length = form.get("duration_s")
    if isinstance(length, bool) or not isinstance(length, int | float):
        raise Invalid(code="signal_invalid")
    recording.finish(public_id, current_user().id, duration_s=float(length), chunks=_whole(form, "chunks"))
    return jsonify({"ok": True})


def _form() -> dict[str, Any]:
    form = request.get_json(silent=True)
    if not isinstance(form, dict):
        raise Invalid(code="signal_invalid")
    return form


def _whole(form: dict[str, Any], name: str) -> int:
    value = form.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Invalid(code="signal_invalid")
    return value
