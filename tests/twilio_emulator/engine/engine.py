"""The engine as the front and the tests see it: calls, rooms, queues and recordings of one account."""

from __future__ import annotations

from typing import Any

from tests.twilio_emulator.clock import Clock
from tests.twilio_emulator.engine import ringing
from tests.twilio_emulator.engine.fields import of_call, of_end, of_progress
from tests.twilio_emulator.engine.line import Frame, Line
from tests.twilio_emulator.engine.parser import Verb
from tests.twilio_emulator.engine.phones import Manner
from tests.twilio_emulator.engine.readings import Readings
from tests.twilio_emulator.engine.recording import Recorder
from tests.twilio_emulator.engine.requests import Requests
from tests.twilio_emulator.engine.rooms import Rooms
from tests.twilio_emulator.engine.verbs import run_verb
from tests.twilio_emulator.engine.waiting import Waiting
from tests.twilio_emulator.hooks import Hooks
from tests.twilio_emulator.state import Account, CallStatus, Leg, Subscription


class Engine(Requests):
    """What runs. All that happens later goes through `clock`; all that the product is told through `hooks`."""

    def __init__(self, account: Account, clock: Clock, hooks: Hooks, readings: Readings | None = None) -> None:
        self.account = account
        self.clock = clock
        self.hooks = hooks
        self.readings = readings or Readings()
        self.lines: dict[str, Line] = {}
        #: Who answers at `client:<identity>` or an E.164 number, and how. Nobody is at an address that is not here.
        self.phones: dict[str, Manner] = {}
        #: Lengths of sound files in seconds, by the end of their address.
        self.lengths: dict[str, float] = {}
        #: Addresses of sound files that somebody was to hear.
        self.played: set[str] = set()
        self.waiting: dict[str, Waiting] = {}
        self.ringing: dict[str, ringing.Call] = {}
        self.next_start = clock.now()
        self.rooms = Rooms(self)
        self.recorder = Recorder(self)

    # What people do.

    def dial_in(self, from_: str, to: str, *, forwarded_from: str = "", caller_name: str = "") -> Leg:
        """Somebody calls a number of the account. `from_` as Twilio tells it: E.164, `anonymous`, a raw number."""
        number = self.account.number(to)
        if number is None:
            raise LookupError(f"{to} is no number of this account")
        app = self.account.applications.get(number.voice_application_sid)
        place: Any = app or number
        line = self._arrives(Leg(self.account.new_sid("CA"), from_, to, "inbound", self.clock.now()), place)
        line.leg.phone_number_sid = number.sid
        line.leg.forwarded_from = forwarded_from
        line.leg.caller_name = caller_name if number.voice_caller_id_lookup else ""
        line.run(place.voice_url, place.voice_method)
        return line.leg

    def dial_from_client(self, identity: str, application_sid: str, parameters: dict[str, str] | None = None) -> Leg:
        """A browser calls: `Device.connect` with its parameters, which the application's address is told."""
        app = self.account.applications[application_sid]
        to = (parameters or {}).get("To", "")
        line = self._arrives(
            Leg(self.account.new_sid("CA"), f"client:{identity}", to, "inbound", self.clock.now()), app
        )
        line.parameters = dict(parameters or {})
        line.start().load(app.voice_url, app.voice_method, line.parameters)
        return line.leg

    def press(self, leg: Leg, digits: str) -> None:
        """The person presses keys."""
        for digit in digits:
            doing = self.lines[leg.sid].doing()
            if doing is not None:
                doing.key(digit)

    def say(self, leg: Leg, words: str, confidence: str = "0.9") -> None:
        """The person says something that a Gather may understand."""
        doing = self.lines[leg.sid].doing()
        if doing is not None:
            doing.hear(words, confidence)

    def speak(self, leg: Leg, seconds: float) -> None:
        """The person talks for so long: into a voice message, for example."""
        doing = self.lines[leg.sid].doing()
        if doing is not None:
            doing.speaks(seconds)

    def hang_up(self, leg: Leg) -> None:
        """The person hangs up. One who gives up before anybody answered leaves a `canceled` or unanswered call."""
        line = self.lines[leg.sid]
        if leg.direction == "inbound" and leg.answered_at is None:
            line.end("no-answer")
        else:
            line.end("completed")

    def answer(self, leg: Leg) -> None:
        """Whoever is rung takes the call."""
        ringing.pick_up(self, leg)

    def decline(self, leg: Leg) -> None:
        """Whoever is rung refuses."""
        ringing.refuse(self, leg)

    def hears(self, leg: Leg) -> set[Leg]:
        """Whose voice reaches this leg now."""
        line = self.lines[leg.sid]
        if leg.over:
            return set()
        if line.seat is not None:
            return {other.leg for other in self.rooms.hears(line.seat)}
        return {line.peer.leg} if line.peer is not None else set()

    def heard(self, leg: Leg) -> list[str]:
        """Texts and files that this leg was played, in order."""
        return [what for _, what in self.lines[leg.sid].heard]

    # What the parts of the engine need of one another.

    def run_verb(self, frame: Frame, verb: Verb) -> None:
        run_verb(frame, verb)

    def warn(self, code: int, words: str) -> None:
        """As Twilio's debugger would show it."""
        self.account.warnings.append((self.clock.now(), code, words))

    def move(self, line: Line, status: CallStatus) -> None:
        """Put a leg on another step of its ladder and tell who asked for it."""
        leg = line.leg
        leg.status = status
        leg.updated_at = self.clock.now()
        if line.seat is not None and not line.seat.inside and status in ("initiated", "ringing"):
            line.seat.participant.status = "ringing" if status == "ringing" else "connecting"
        event = "answered" if status == "in-progress" else status
        self._tell(line, event)

    def told_end(self, line: Line) -> None:
        """The last event of a leg; nothing is told of one that was cancelled in the line of calls to begin."""
        leg = line.leg
        leg.updated_at = leg.ended_at
        if not line.of_number:
            if leg.started_at is not None or leg.sip_code or leg.status != "canceled":
                self._tell(line, "completed")
            return
        to = leg.status_callback
        if self.readings.number_callback_is_numbered:
            fields = of_progress(leg, self.account.sid, self.clock.now())
        else:
            fields = of_call(leg, self.account.sid) | of_end(leg)
        self.hooks.callback(to.url, to.method, fields)

    def _tell(self, line: Line, event: str) -> None:
        to = line.leg.status_callback
        if not line.of_number and event in to.events:
            self.hooks.callback(to.url, to.method, of_progress(line.leg, self.account.sid, self.clock.now()))

    def _arrives(self, leg: Leg, place: Any) -> Line:
        """A leg that comes in: it rings until its document takes it."""
        leg.status = "ringing"
        leg.started_at = leg.updated_at = self.clock.now()
        leg.status_callback = Subscription(
            place.status_callback, place.status_callback_method, frozenset({"completed"})
        )
        self.account.legs[leg.sid] = leg
        line = self.lines[leg.sid] = Line(self, leg)
        line.of_number = True
        line.fallback = (place.voice_fallback_url, place.voice_fallback_method)
        return line
