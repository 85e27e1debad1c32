"""What the call page asks for a message: begin, sound in chunks, end, throw away, send. The call cookie says whose."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, request
from werkzeug.wrappers import Response

from app.calls import cookie
from app.domain.recording import LARGEST_CHUNK
from app.errors import Invalid
from app.security.limits import limiter
from app.tickets.forms import read_address
from app.voicemail import services
from app.voicemail.records import Address
from app.voicemail.services import Sent

blueprint = Blueprint("voicemail", __name__, url_prefix="/call/voicemail")


def _call_id() -> int:
    return cookie.open_sealed(current_app.config["SECRET_KEY"], request.cookies.get(cookie.NAME))[0]


def _form() -> dict[str, Any]:
    form = request.get_json(silent=True)
    if not isinstance(form, dict):
        raise Invalid(code="signal_invalid")
    return form


@blueprint.post("")
@limiter.limit("30 per 10 minutes")
def start() -> Response:
    """Begin a message: its name, its limit in seconds, and how long its sound is kept in days."""
    call_id = _call_id()
    started = services.start_message(call_id, media_type=str(_form().get("media_type", "")))
    return jsonify(ok=True, message=started.public_id, longest_s=started.longest_s, days=started.days)


@blueprint.post("/<public_id>/<int:seq>")
def chunk(public_id: str, seq: int) -> Response:
    """A few seconds of sound, as the body."""
    call_id = _call_id()
    if request.content_length is None or request.content_length > LARGEST_CHUNK:
        raise Invalid(code="recording_chunk_size")
    return jsonify(ok=True, new=services.keep_chunk(call_id, public_id, seq, request.get_data(cache=False)))


@blueprint.post("/<public_id>/finish")
def finish(public_id: str) -> Response:
    """Everything is here: `chunks` of them, `duration_s` seconds."""
    call_id, form = _call_id(), _form()
    duration_s, chunks = form.get("duration_s"), form.get("chunks")
    if isinstance(duration_s, bool) or not isinstance(duration_s, int | float) or not isinstance(chunks, int):
        raise Invalid(code="signal_invalid")
    services.finish_message(call_id, public_id, duration_s=duration_s, chunks=chunks)
    return jsonify(ok=True)


@blueprint.post("/<public_id>/discard")
def discard(public_id: str) -> Response:
    """Delete what was recorded."""
    services.discard_message(_call_id(), public_id)
    return jsonify(ok=True)


@blueprint.post("/<public_id>/send")
def send(public_id: str) -> Response:
    """Deliver what was recorded; the answer carries the reference."""
    call_id = _call_id()
    return _sent(services.send_message(call_id, public_id, _address(_form())))


@blueprint.post("/written")
@limiter.limit("30 per 10 minutes")
def write() -> Response:
    """Deliver what was typed instead."""
    call_id, form = _call_id(), _form()
    return _sent(services.write_message(call_id, str(form.get("text", "")), _address(form)))


def _address(form: dict[str, Any]) -> Address:
    """How to answer; `leaving` is a page that is being closed: it can ask for nothing any more.

    Raises:
        Invalid: neither a number nor an address that can be read.
    """
    errors: dict[str, str] = {}
    typed = {name: str(form.get(name, ""))[:300] for name in ("number", "email")}
    region = current_app.config["SETTINGS"].default_region
    leaving = form.get("leaving") is True
    number, email = read_address(typed, region=region, reachable=not leaving, errors=errors)
    if errors and not leaving:
        raise Invalid(" ".join(errors.values()), fields=errors)
    return Address(number=number, email="" if "email" in errors else email)


def _sent(sent: Sent) -> Response:
    return jsonify(ok=True, reference=sent.reference, by_sms=sent.by_sms)
