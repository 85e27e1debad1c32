"""Agents' browsers: a page registers with its access token, is rung, and takes or ends its call (see kit.js).

The stand-in for Twilio's own signalling: without sound, with the checks that Twilio makes of a token, and its codes.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from flask import Blueprint, Flask, Response, jsonify, request

from tests.twilio_emulator.asking import World
from tests.twilio_emulator.engine import Asks, Offline
from tests.twilio_emulator.engine.phones import Manner
from tests.twilio_emulator.state import TERMINAL_CALL, Account, Leg

KIT = Path(__file__).with_name("kit.js")
#: Seconds that a request for news waits at most; a page that has not asked for `GONE` is no longer registered.
WAIT, GONE, LOOK = 20.0, 30.0, 0.1


class BadToken(Exception):
    """The token is refused; `code` is Twilio's: 20101 invalid, 20104 expired."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass
class Page:
    """A registered page. `shown` is what it knows of its calls, by SID."""

    identity: str
    asked_at: float
    shown: dict[str, str] = field(default_factory=dict)


class Browsers:
    """All registered pages of an account."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pages: dict[str, Page] = {}
        self._pause = threading.Event()  # never set: a pause that needs no sleep

    def manner(self, address: str) -> Manner:
        """How the browser at "client:<identity>" takes a call: its page decides, or nobody is there."""
        identity, now = address.removeprefix("client:"), time.monotonic()
        there = any(page.identity == identity and now - page.asked_at < GONE for page in [*self.pages.values()])
        return Asks(lambda leg: None) if there else Offline()

    def anybody(self) -> bool:
        """Whether any page is registered."""
        now = time.monotonic()
        return any(now - page.asked_at < GONE for page in [*self.pages.values()])

    def register(self, token: str) -> str:
        """The name of a new page's session.

        Raises:
            BadToken: its token is not one of this account, or lets nobody ring it.
        """
        session, identity = secrets.token_urlsafe(16), identity_in(self.world.account, token)
        self.pages[session] = Page(identity, time.monotonic())
        return session

    def news(self, session: str, wait: float = WAIT) -> list[dict[str, Any]]:
        """What happened to the calls of a page since it asked last; waits until something did.

        Raises:
            KeyError: the page is not registered.
        """
        page, until = self.pages[session], time.monotonic() + wait
        while True:
            page.asked_at = time.monotonic()
            with self.world.clock.lock:
                found = [event for leg in self._legs(page) if (event := self._event(page, leg)) is not None]
            if found or time.monotonic() >= until or session not in self.pages:
                return found
            self._pause.wait(LOOK)

    def act(self, session: str, sid: str, what: str, digits: str = "") -> None:
        """The page takes, refuses or ends a call, or presses keys in it.

        Raises:
            KeyError: it is not registered, or has no such call.
        """
        engine = self.world.engine
        with self.world.clock.lock:
            leg = {leg.sid: leg for leg in self._legs(self.pages[session])}[sid]
            if leg.over:
                return
            if what == "accept":
                engine.answer(leg)
            elif what == "reject":
                engine.decline(leg)
            elif what == "disconnect":
                engine.hang_up(leg)
            elif what == "digits":
                engine.press(leg, digits)

    def _legs(self, page: Page) -> list[Leg]:
        return [leg for leg in self.world.account.legs.values() if leg.to == f"client:{page.identity}"]

    def _event(self, page: Page, leg: Leg) -> dict[str, Any] | None:
        before = page.shown.get(leg.sid, "")
        kind = ""
        if before == "" and leg.status == "ringing":
            kind = "incoming"
        elif before == "incoming" and leg.status == "in-progress":
            kind = "accept"
        elif before in ("incoming", "accept") and leg.status in TERMINAL_CALL:
            kind = "disconnect" if before == "accept" or leg.answered_at else "cancel"
        if not kind:
            return None
        page.shown[leg.sid] = kind
        return {
            "type": kind, "sid": leg.sid, "from": leg.from_,
            "parameters": self.world.engine.lines[leg.sid].parameters,
        }  # fmt: skip


def identity_in(account: Account, token: str) -> str:
    """Whose browser a token registers.

    Raises:
        BadToken: 20104 when it has ended, 20101 for all else.
    """
    try:
        header = jwt.get_unverified_header(token)
        named = jwt.decode(token, options={"verify_signature": False})
        secret = account.keys.get(named.get("iss", ""), "")
        claims = jwt.decode(token, secret or secrets.token_hex(), algorithms=["HS256"], leeway=5)
    except jwt.ExpiredSignatureError as error:
        raise BadToken(20104) from error
    except jwt.PyJWTError as error:
        raise BadToken(20101) from error
    grants = claims.get("grants", {})
    allowed = grants.get("voice", {}).get("incoming", {}).get("allow") is True
    right = header.get("cty") == "twilio-fpa;v=1" and claims.get("sub") == account.sid
    if not (right and allowed and grants.get("identity")):
        raise BadToken(20101)
    return str(grants["identity"])


def add_browsers(front: Flask, browsers: Browsers, product: str) -> None:
    """Let pages of the product, and no others, speak to it."""
    routes = Blueprint("browsers", "browsers", url_prefix="/browser")

    @routes.after_request
    def from_the_product(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = product
        return response

    @routes.get("/kit.js")
    def kit() -> Response:
        return Response(KIT.read_text(encoding="utf-8"), mimetype="text/javascript")

    @routes.post("/<what>")
    def speak(what: str) -> tuple[Response, int]:
        if request.headers.get("Origin", product) != product:
            return jsonify(error="another origin"), 403
        # Plain text, so that the browser asks for no leave first.
        body = json.loads(request.get_data(as_text=True))
        try:
            if what == "register":
                return jsonify(session=browsers.register(body["token"])), 200
            if what == "news":
                return jsonify(events=browsers.news(body["session"])), 200
            if what == "unregister":
                browsers.pages.pop(body["session"], None)
            else:
                browsers.act(body["session"], body["sid"], what, body.get("digits", ""))
            return jsonify(), 200
        except BadToken as refusal:
            return jsonify(code=refusal.code), 403
        except KeyError:
            return jsonify(error="not registered"), 404

    front.register_blueprint(routes)
