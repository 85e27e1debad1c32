"""Webhooks of telephone calls: signed by the carrier, answered at once, slow work left to the outbox."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from app.phones import callers, hanging_up, outward, reports
from app.phones.addresses import PREFIX
from app.phones.callers import Asked
from app.phones.music import hold_music
from app.security.receipts import token_of
from config import Settings

phones_bp = Blueprint("phones", __name__, url_prefix=PREFIX)
#: Sound that anybody may hear: the carrier fetches it once and keeps it.
music_bp = Blueprint("phone_music", __name__, url_prefix=PREFIX)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _fields() -> dict[str, str]:
    return {name: value[:500] for name, value in request.form.items()}


def _asked(public_id: str) -> Asked:
    return Asked(public_id, _fields(), token_of(request.headers))


def _document(twiml: str) -> Response:
    answer = Response(twiml, mimetype="text/xml")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _again() -> int:
    return min(9, max(0, request.args.get("again", 0, type=int)))


@phones_bp.post("/inbound")
def inbound() -> Response:
    """A telephone rings in."""
    return _document(callers.answer_call(_settings(), _fields()))


@phones_bp.post("/fallback")
def fallback() -> Response:
    """What is said when the desk cannot answer: needs no database, in every language."""
    return _document(callers.broken())


@phones_bp.post("/status")
def status() -> Response:
    """A caller's telephone is down."""
    form = request.form
    hanging_up.report_over(form.get("CallSid", "")[:34], form.get("CallStatus", ""), token_of(request.headers))
    return Response(status=204)


@phones_bp.post("/call/<public_id>/language")
def language(public_id: str) -> Response:
    """The key for a language."""
    return _document(callers.choose_language(_settings(), _asked(public_id), again=_again()))


@phones_bp.post("/call/<public_id>/topic")
def topic(public_id: str) -> Response:
    """The key for a topic."""
    return _document(callers.choose_by_key(_settings(), _asked(public_id), again=_again()))


@phones_bp.post("/call/<public_id>/recording")
def recording(public_id: str) -> Response:
    """The key that refuses a recording, or silence."""
    topic_id = request.args.get("topic", 0, type=int)
    return _document(callers.choose_recording(_settings(), _asked(public_id), topic_id=topic_id))


@phones_bp.post("/call/<public_id>/wait")
def wait(public_id: str) -> Response:
    """What a waiting caller hears next."""
    return _document(callers.while_waiting(_settings(), _asked(public_id)))


@phones_bp.post("/call/<public_id>/key")
def key(public_id: str) -> Response:
    """A key of a waiting caller."""
    return _document(callers.press_while_waiting(_settings(), _asked(public_id)))


@phones_bp.post("/call/<public_id>/left")
def left(public_id: str) -> Response:
    """The caller is out of the carrier's queue."""
    return _document(callers.left_queue(_settings(), _asked(public_id)))


@phones_bp.post("/call/<public_id>/after")
def after(public_id: str) -> Response:
    """The caller is out of the room."""
    return _document(callers.left_room(_settings(), _asked(public_id)))


@phones_bp.post("/call/<public_id>/message")
def message(public_id: str) -> Response:
    """A message was spoken."""
    return _document(callers.message_taken(_settings(), _asked(public_id)))


@phones_bp.post("/call/<public_id>/recorded")
def recorded(public_id: str) -> Response:
    """The sound of a message can be fetched."""
    callers.message_recorded(_asked(public_id))
    return Response(status=204)


@phones_bp.post("/recording/<name>")
def recorded_call(name: str) -> Response:
    """A recording of a talk is complete, or has no sound."""
    reports.recording_ready(name, _fields(), token_of(request.headers))
    return Response(status=204)


@phones_bp.post("/leg/<int:leg_id>")
def leg(leg_id: int) -> Response:
    """Progress of a leg that we had made."""
    reports.leg_moved(leg_id, _fields(), token_of(request.headers))
    return Response(status=204)


@phones_bp.post("/answer/<int:leg_id>")
def answer(leg_id: int) -> Response:
    """Somebody whom we rang picked up."""
    return _document(outward.picked_up(_settings(), leg_id, _fields()))


@phones_bp.post("/room/<public_id>")
def room(public_id: str) -> Response:
    """Somebody joined or left."""
    reports.room_changed(public_id, _fields(), token_of(request.headers))
    return Response(status=204)


@music_bp.get("/music.wav")
def music() -> Response:
    """The music of who waits."""
    sound = Response(hold_music(), mimetype="audio/wav")
    sound.headers["Cache-Control"] = "public, max-age=86400"
    return sound
