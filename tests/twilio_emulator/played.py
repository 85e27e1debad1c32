"""Telephones and desks that the living demo plays: it dials, presses keys and hangs up, and says whom it seats.

The demo (app/demo/living/telephones.py) decides who rings, and when; here is only what their telephones can do.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from tests.twilio_emulator.asking import World
from tests.twilio_emulator.delivery import is_loopback
from tests.twilio_emulator.state import Leg
from tests.twilio_emulator.telephone import Phonebook


def add_played(front: Flask, world: World, line: str, book: Phonebook) -> None:
    """Put the telephones of the demo's people on the front. For programs on this machine: no page may use them."""
    routes = Blueprint("played", __name__, url_prefix="/played")

    @routes.before_request
    def only_here() -> tuple[Response, int] | None:
        if not is_loopback(f"http://{request.host}") or "Origin" in request.headers:
            return jsonify(error="only for this machine"), 403
        return None

    def live(asked: dict[str, Any]) -> Leg | None:
        leg = world.account.legs.get(asked["sid"])
        return None if leg is None or leg.over else leg

    @routes.post("/dial")
    def dial() -> tuple[Response, int]:
        asked = request.get_json()
        with world.clock.lock:
            if asked["number"] in book.held:
                return jsonify(error="a page has this telephone"), 409
            leg = world.engine.dial_in(asked["number"], line, caller_name=asked["name"])
            return jsonify(sid=leg.sid), 200

    @routes.post("/press")
    def press() -> Response:
        asked = request.get_json()
        with world.clock.lock:
            leg = live(asked)
            if leg is not None:
                world.engine.press(leg, asked["digits"])
            return jsonify(done=leg is not None)

    @routes.post("/hang-up")
    def hang_up() -> Response:
        with world.clock.lock:
            leg = live(request.get_json())
            if leg is not None:
                world.engine.hang_up(leg)
            return jsonify(done=leg is not None)

    @routes.post("/desk")
    def desk() -> Response:
        """Whether the demo sits at a desk: its browser then takes every call that rings it."""
        asked = request.get_json()
        with world.clock.lock:
            (book.played.add if asked["there"] else book.played.discard)(f"client:{asked['identity']}")
            return jsonify(done=True)

    front.register_blueprint(routes)
