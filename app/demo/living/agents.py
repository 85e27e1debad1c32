"""A simulated agent: signs in, takes calls, wraps up, has a break; leaves the seat when a person wants it."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from app.clock import now
from app.db import transaction
from app.demo.living.browser import Browser
from app.demo.living.line import Line, LineLost, Refused
from app.demo.living.paperwork import fill_in
from app.demo.living.seats import Seat, is_free
from app.demo.living.tempo import AGENT_ENDS, ANSWERS, COURSES, Tempo, one_of, pick
from app.queues.presence import SIMULATED_PAGE
from app.security import sessions
from app.security.services import DEMO_PASSWORD

log = logging.getLogger(__name__)

#: Longest wait without looking whether the house closes, and the rests between two tries to sit down: the server
#: may be starting, or a person has the seat.
LOOK_S = 0.4
RETRY_S = 4.0
AWAY_S = 45.0
#: Longest wait for what is in hand to end, when an agent leaves.
TIDY_S = 9.0

#: A script tells how many seconds pass before its next step.
Script = Generator[float, None, None]


class House(Protocol):
    """What agents ask of the whole."""

    address: str
    origin: str
    tempo: Tempo
    closing: threading.Event

    def colleague(self, agent_id: int, queue_id: int) -> int | None:
        """A simulated colleague who is free and serves the queue."""

    def seat(self, agent_id: int, *, there: bool) -> None:
        """Let telephone calls to that agent be taken, or no longer."""

    def hang_up(self, public_id: str) -> None:
        """Let the simulated customer of that call put the receiver down."""


@dataclass(slots=True)
class _Scene:
    """What an agent is at, and how it goes on."""

    matter: tuple[Any, ...]
    script: Script
    due: float


class SimulatedAgent(threading.Thread):
    """One seat, from sitting down to the end of the house."""

    def __init__(self, house: House, seat: Seat, seed: str) -> None:
        super().__init__(name=f"agent-{seat.login}", daemon=True)
        self.seat = seat
        self._house, self._tempo = house, house.tempo
        self._chance = Random(f"{seed}:{seat.login}")  # noqa: S311 - a play, and the same one every time
        #: The page stays the same over a lost connection, as a real one does.
        self._page = SIMULATED_PAGE + secrets.token_hex(8)
        self._data: dict[str, Any] = {}
        self._line: Line | None = None
        self._reported: set[tuple[int, int]] = set()
        self.image: dict[str, Any] = {}

    def run(self) -> None:
        while not self._house.closing.is_set():
            try:
                rest = self._shift() if is_free(self.seat.agent_id) else AWAY_S
            except LineLost as error:
                log.info("%s lost the line: %s", self.name, error)
                rest = RETRY_S
            except SQLAlchemyError as error:  # the database starts again, as the server may
                log.info("%s lost the database: %s", self.name, type(error).__name__)
                rest = RETRY_S
            except Exception:  # the play goes on: one seat that fails must not end it
                log.exception("%s failed", self.name)
                rest = AWAY_S
            self._house.closing.wait(rest)

    @property
    def present(self) -> bool:
        """Whether the agent is at the desk."""
        return bool(self.image)

    def free_for(self, queue_id: int) -> bool:
        """Whether a colleague may ring this agent now."""
        me = self.image.get("me")
        return bool(me and me["routable"]) and queue_id in self.seat.queues

    # Sitting down and leaving ----------------------------------------------------------------------------------

    def _shift(self) -> float:
        """Work until the house closes, a person wants the seat, or the server ends it; seconds to stay away."""
        browser = Browser(self._house.address)
        browser.sign_in(self.seat.login, DEMO_PASSWORD)
        self._data = browser.desk_data()
        self._line = Line(self._house.address, "/", browser.cookie, origin=self._house.origin)
        try:
            if not self._sit_down():
                return AWAY_S
            if self._work():
                self._tidy_up()
                browser.sign_out()
                return RETRY_S
            return AWAY_S
        finally:
            self._house.seat(self.seat.agent_id, there=False)
            self._line.close()
            self._line, self.image = None, {}

    def _sit_down(self) -> bool:
        answer = self._ask("desk.hello", tab=self._page, page=self._page)
        if answer is None or answer["role"] != "device":
            return False
        self._see(answer["image"])
        self._reported.clear()
        self._house.seat(self.seat.agent_id, there=True)
        self._tell("agent.device", ready=True, label="simulated")
        if self._me["intent"] == "offline":
            self._intend("available")
        answer = self._ask("desk.sync")
        if answer is not None:
            self._see(answer["image"])
        return True

    def _work(self) -> bool:
        """Play until the house closes (True), or until the seat is a person's or the session ended (False)."""
        scene = self._scene()
        while not self._house.closing.is_set():
            event = self._require_line().hear(min(max(scene.due - time.monotonic(), 0.01), LOOK_S))
            if event is not None and event[0] == "session.ended":
                return False
            if event is not None and event[0] in ("desk.image", "live.resync"):
                self._see(event[1]) if event[0] == "desk.image" else self._look_again()
            if self._me["device"]["role_page"] not in (None, self._page):
                self._step_aside()
                return False
            self._report_sound()
            if self._matter() != scene.matter:
                scene = self._scene()
            if time.monotonic() >= scene.due:
                scene.due = time.monotonic() + next(scene.script, 3600.0)
        return True

    def _step_aside(self) -> None:
        """A person sits down here: what is in hand ends at once, and the desk is theirs, clean.

        They must not find a call without sound, nor be available before they say so.
        """
        log.info("%s steps aside", self.name)
        self._tidy_up()
        with transaction() as session:  # not signed out, which would end the person's shift as well
            mine = [s for s in sessions.live_sessions(session, self.seat.agent_id, at=now()) if self.seat.is_ours(s)]
            for each in mine:
                sessions.revoke(session, self.seat.agent_id, at=now(), only=each.token_hash)

    def _tidy_up(self) -> None:
        """Leave nothing behind: no ringing offer, no call, no open wrap-up, and nobody on duty."""
        self._intend("offline")
        until = time.monotonic() + TIDY_S
        while time.monotonic() < until:
            for offer in self.image["offers"]:
                self._tell("offer.decline", reservation=offer["reservation"], reason="busy")
            if self.image["call"]:
                self._house.hang_up(self.image["call"]["public_id"])
            for wrapup in self.image["wrapups"]:
                self._save(wrapup)
            self._require_line().hear(0.1)
            self._look_again()
            # The load, and not what is shown of it: a call may end between two looks at the database for one image
            if self._me["lights"]["load"]:
                return

    # What is going on ------------------------------------------------------------------------------------------

    def _see(self, image: dict[str, Any]) -> None:
        if image.get("v", 0) >= self.image.get("v", 0):
            self.image = image

    def _look_again(self) -> None:
        answer = self._ask("desk.sync")
        if answer is not None:
            self._see(answer["image"])

    @property
    def _me(self) -> dict[str, Any]:
        me: dict[str, Any] = self.image["me"]
        return me

    def _matter(self) -> tuple[Any, ...]:
        """What the agent is at; as long as it is the same, its script goes on."""
        call, offers, wrapups = self.image["call"], self.image["offers"], self.image["wrapups"]
        if call:
            calling = call["callback"]["state"] if call["callback"] else ""
            return ("call", call["id"], call["my_role"], call["reservation_state"], calling)
        if offers:
            return ("offer", offers[0]["reservation"])
        if wrapups:
            return ("wrapup", wrapups[0]["reservation"])
        return ("idle", self._me["intent"])

    def _scene(self) -> _Scene:
        matter = self._matter()
        match matter:
            case ("call", _, "owner", "accepted", "unanswered"):
                script = self._not_reached()
            case ("call", _, "owner", "active", _):
                script = self._talk()
            case ("offer", *_):
                script = self._ring()
            case ("wrapup", *_):
                script = self._wrap_up()
            case ("idle", intent):
                script = self._idle(str(intent))
            case _:
                script = self._wait()
        return _Scene(matter, script, time.monotonic() + next(script, 3600.0))

    def _report_sound(self) -> None:
        """What a browser would say of each link: sound arrives. Of telephones the carrier says it."""
        call = self.image["call"]
        for link in call["links"] if call and call["provider"] == "browser" else ():
            if (link["id"], link["epoch"]) not in self._reported:
                self._reported.add((link["id"], link["epoch"]))
                self._ask("link.state", link=link["id"], epoch=link["epoch"], state="up")

    # The scripts -----------------------------------------------------------------------------------------------

    def _wait(self) -> Script:
        """A call that is not there yet, or a colleague's: the others move."""
        yield 3600.0

    def _not_reached(self) -> Script:
        """Nobody answers the callback."""
        yield self._tempo.pick_up(self._chance)
        self._tell("call.callback", call=self.image["call"]["id"], command="not_reached")
        yield 3600.0

    def _ring(self) -> Script:
        offer = self.image["offers"][0]
        yield 0.2
        self._tell("offer.ringing", reservation=offer["reservation"])
        match pick(self._chance, ANSWERS):
            case "accept":
                yield self._tempo.pick_up(self._chance)
                self._tell("offer.accept", reservation=offer["reservation"])
            case "decline":
                yield self._tempo.pick_up(self._chance)
                self._tell("offer.decline", reservation=offer["reservation"], reason="busy")
            case _:
                yield 3600.0

    def _talk(self) -> Script:
        call, length = self.image["call"]["id"], self._tempo.talk(self._chance)
        yield length / 2
        match pick(self._chance, COURSES):
            case "hold":
                self._command(call, "hold")
                yield self._tempo.on_hold(self._chance)
                self._command(call, "resume")
            case "transfer":
                queue = one_of(self._chance, [q for q in self.seat.queues if q != self.image["call"]["queue"]["id"]])
                if queue is not None:
                    self._tell("call.transfer", call=call, queue=queue, note="Simulated.")
            case "consult":
                yield from self._consult(call)
        yield length / 2
        if self._chance.random() < AGENT_ENDS:
            self._command(call, "hangup")
        yield 3600.0

    def _consult(self, call: int) -> Script:
        colleague = self._house.colleague(self.seat.agent_id, self.image["call"]["queue"]["id"])
        if colleague is None or self._tell("call.consult", call=call, agent=colleague, note="Simulated.") is None:
            return
        for _ in range(40):
            yield 0.7
            with_colleague = self.image["call"] and self.image["call"]["consult"]
            if not with_colleague:
                return
            if with_colleague["state"] == "talking":
                yield self._tempo.on_hold(self._chance) / 2
                self._tell("call.consult_complete", call=call)
                return
        self._tell("call.consult_cancel", call=call)

    def _wrap_up(self) -> Script:
        yield self._tempo.wrap_up(self._chance)
        while True:  # what kept the server from saving it, as a database that starts again, is over some time
            self._save(self.image["wrapups"][0])
            yield 5.0
            self._look_again()
            yield 0.0

    def _idle(self, intent: str) -> Script:
        if intent == "available":
            yield self._tempo.until_break(self._chance)
            codes = [each["code"] for each in self._data["break_codes"]]
            if codes:
                self._intend("break", break_code=self._chance.choice(codes))
        elif intent == "break":
            yield self._tempo.on_break(self._chance)
            self._intend("available")
        else:
            yield self._tempo.until_back(self._chance)
            self._intend("available")

    # Saying it -------------------------------------------------------------------------------------------------

    def _save(self, wrapup: dict[str, Any]) -> None:
        form = fill_in(wrapup, self._data, self._chance)
        self._ask("wrapup.save", reservation=wrapup["reservation"], key=secrets.token_hex(8), **form)

    def _intend(self, intent: str, **more: str) -> None:
        self._tell("agent.intent", intent=intent, **more)

    def _command(self, call: int, command: str) -> None:
        self._tell("call.command", call=call, command=command, key=secrets.token_hex(8))

    def _tell(self, event: str, **data: Any) -> dict[str, Any] | None:
        """Ask under the epoch of this seat, as the page does for whatever moves work."""
        return self._ask(event, **data, epoch=self.image["epoch"])

    def _ask(self, event: str, **data: Any) -> dict[str, Any] | None:
        """The acknowledgement; None when the server said no, as it may: others move things as well."""
        try:
            return self._require_line().ask(event, data)
        except Refused as refused:
            log.debug("%s was refused: %s", self.name, refused)
            return None

    def _require_line(self) -> Line:
        if self._line is None:
            raise LineLost("not connected")
        return self._line
