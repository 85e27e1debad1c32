"""Dial: into a room, to telephones and browsers, to the head of a queue."""

from __future__ import annotations

from tests.twilio_emulator.clock import Timer
from tests.twilio_emulator.engine.fields import told
from tests.twilio_emulator.engine.line import Activity, Frame, Line
from tests.twilio_emulator.engine.parser import Verb
from tests.twilio_emulator.engine.ringing import Call, place
from tests.twilio_emulator.engine.rooms import Joining, Refused
from tests.twilio_emulator.engine.waiting import Waiting, queue_of
from tests.twilio_emulator.state import Subscription, seconds_between

LONGEST = 14400


class Dialling(Activity):
    """What all dials have: the action, the star, the limit of time, the recording."""

    def __init__(self, frame: Frame, verb: Verb) -> None:
        self.frame = frame
        self.verb = verb
        self.line = frame.line
        self.engine = frame.line.engine
        self.began = self.engine.clock.now()
        self.recording_sid = ""
        record = verb.get("record", "do-not-record")
        if record not in {"do-not-record", "false"}:
            made = self.engine.recorder.of_call(
                self.line.leg.sid,
                "DialVerb",
                _subscription(frame, verb, "recordingStatusCallback", "completed"),
                channels=2 if record.endswith("dual") else 1,
            )
            self.recording_sid = made.sid
        frame.later(verb.seconds("timeLimit", LONGEST), self.over)

    def key(self, digit: str) -> None:
        if digit == "*" and self.verb.on("hangupOnStar"):
            self.over()

    def over(self) -> None:
        """End what was dialled; the leg itself goes on."""

    def done(self, fields: dict[str, str]) -> None:
        """Go on: with the action's reply in place of the rest, or with the verb below."""
        self._stop_recording()
        if not self.frame.alive:
            return
        if self.verb.get("action"):
            self.frame.load(self.verb.get("action"), self.verb.get("method", "POST"), fields)
        else:
            self.frame.next()

    def left(self, why: str, fields: dict[str, str]) -> None:
        """The leg is gone: its action may be told, and nothing is run."""
        self._stop_recording()
        if why == "hangup" and self.verb.get("action") and self.engine.readings.dial_action_after_hangup:
            url = self.frame.whole(self.verb.get("action"))
            self.engine.hooks.callback(url, self.verb.get("method", "POST"), self.line.fields() | fields)

    def _stop_recording(self) -> None:
        if self.recording_sid:
            self.engine.recorder.stop(self.recording_sid)
            self.recording_sid = ""


class DialRoom(Dialling):
    """<Conference>: until the leg leaves the room, or the room leaves it."""

    def join(self) -> None:
        noun = self.verb.children[0]
        try:
            self.seat = self.engine.rooms.join(self.line, noun.text, self._joining(noun), self._out)
        except Refused as error:
            self.engine.warn(error.code, str(error))
            self._stop_recording()
            self.frame.next()

    def over(self) -> None:
        self.engine.rooms.leave(self.seat, "participant_updated_via_api", left_by="left")
        self.done(self._fields())

    def gone(self, why: str) -> None:
        self.engine.rooms.leave(
            self.seat, "participant_hung_up" if why == "hangup" else "participant_updated_via_api", left_by=why
        )
        self.left(why, self._fields())

    def _out(self) -> None:
        self.done(self._fields())

    def _fields(self) -> dict[str, str]:
        return {"DialCallStatus": self.engine.readings.dial_status_of_room, "DialBridged": "true"}

    def _joining(self, noun: Verb) -> Joining:
        wait = noun.attributes.get("waitUrl")
        return Joining(
            label=noun.get("participantLabel"),
            muted=noun.on("muted"),
            starts=noun.on("startConferenceOnEnter", True),
            ends=noun.on("endConferenceOnExit"),
            beep=noun.get("beep", "true"),
            wait_url=self.frame.whole(wait) if wait else wait,
            wait_method=noun.get("waitMethod", "POST"),
            coach=noun.get("coach"),
            most=noun.seconds("maxParticipants", 250),
            subscription=_subscription(self.frame, noun, "statusCallback", "start end"),
            record=noun.get("record") in {"record-from-start", "true"},
            recording=_subscription(self.frame, noun, "recordingStatusCallback", "completed"),
        )


class DialLegs(Dialling):
    """<Client>, <Number>: rings all at once, or one after the other; the first to answer is bridged."""

    def ring(self) -> None:
        nouns = [Verb("Number", text=self.verb.text)] if self.verb.text else list(self.verb.children)
        self.calls: list[Call] = []
        self.bridged: Line | None = None
        self._last = "failed"
        self._waiting = nouns
        for _ in range(1 if self.verb.on("sequential") else len(nouns)):
            self._ring_next()

    def over(self) -> None:
        self._end_children("completed")
        self.done(self._fields("completed"))

    def key(self, digit: str) -> None:
        super().key(digit)

    def gone(self, why: str) -> None:
        status = "completed" if self.bridged else "canceled"
        fields = self._fields(status)
        self._end_children("completed")
        self.left(why, fields)

    def _ring_next(self) -> None:
        noun = self._waiting.pop(0)
        identity = next((child.text for child in noun.children if child.name == "Identity"), noun.text)
        call = place(
            self.engine,
            from_=self.verb.get("callerId") or self.line.leg.from_,
            to=f"client:{identity}" if noun.name == "Client" else identity,
            direction="outbound-dial",
            parent=self.line,
            timeout=self.verb.seconds("timeout", 30),
            subscription=_subscription(self.frame, noun, "statusCallback", "completed"),
            answered=lambda line: self._answered(line, noun),
            failed=self._failed,
            paced=False,
        )
        call.line.parameters = {c.get("name"): c.get("value") for c in noun.children if c.name == "Parameter"}
        self.calls.append(call)

    def _answered(self, line: Line, noun: Verb) -> None:
        if self.bridged is not None:
            line.end("completed")
            return
        if not noun.get("url"):
            self._bridge(line)
            return
        line.side = Frame(line, "screen", ended=lambda: self._bridge(line), broken=lambda code, words: line.end())
        line.side.load(self.frame.whole(noun.get("url")), noun.get("method", "POST"))

    def _bridge(self, line: Line) -> None:
        line.quiet()
        if self.bridged is not None:
            line.end("completed")
            return
        self.bridged = line
        self.began = self.engine.clock.now()
        self.line.answer()
        self.line.peer, line.peer = line, self.line
        self._end_children("canceled", keep=line)
        line.on_end.append(self._child_ended)

    def _child_ended(self) -> None:
        if self.frame.alive and self.bridged is not None and self.frame.activity is self:
            self._part()
            self.done(self._fields("completed"))

    def _failed(self, line: Line) -> None:
        self._last = line.leg.status
        if self.bridged is not None or self.frame.activity is not self:
            return
        if self._waiting:
            self._ring_next()
        elif all(call.line.leg.over for call in self.calls):
            self.done(self._fields(self._last))

    def _part(self) -> None:
        if self.bridged is not None:
            self.line.peer = None
            self.bridged.peer = None

    def _end_children(self, status: str, keep: Line | None = None) -> None:
        self._part_unless(keep)
        for call in self.calls:
            if call.line is not keep and not call.line.leg.over:
                call.line.end("completed" if call.line.leg.answered_at else "canceled", 487)

    def _part_unless(self, keep: Line | None) -> None:
        if keep is None:
            self._part()

    def _fields(self, status: str) -> dict[str, str]:
        fields = {"DialCallStatus": status, "DialBridged": str(self.bridged is not None).lower()}
        if self.calls:
            fields["DialCallSid"] = (self.bridged or self.calls[-1].line).leg.sid
        if self.bridged is not None:
            fields["DialCallDuration"] = str(seconds_between(self.began, self.engine.clock.now()))
        return fields


class DialQueue(Dialling):
    """<Queue>: takes whoever stands first, and waits `timeout` seconds for somebody to come."""

    #: How often an empty queue is looked at, in seconds.
    LOOK = 1.0

    def take(self) -> None:
        noun = self.verb.children[0]
        self.queue = queue_of(self.engine, noun.text)
        self.taken: Waiting | None = None
        self._until: Timer = self.frame.later(self.verb.seconds("timeout", 30), self._nobody)
        self._look()

    def over(self) -> None:
        self._part()
        self.done({"DialCallStatus": "completed" if self.taken else "no-answer"})

    def gone(self, why: str) -> None:
        self._part()
        self.left(why, {"DialCallStatus": "completed" if self.taken else "no-answer"})

    def _nobody(self) -> None:
        self.done({"DialCallStatus": "no-answer", "DialBridged": "false"})

    def _look(self) -> None:
        if not self.queue.members:
            self.frame.later(self.LOOK, self._look)
            return
        self._until.cancel()
        self.taken = self.engine.waiting[self.queue.members[0].call_sid]
        other = self.taken.line
        self.taken.bridged()
        noun = self.verb.children[0]
        if noun.get("url"):
            about = {
                "QueueSid": self.queue.sid,
                "QueueTime": str(self.taken.waited()),
                "DequeingCallSid": self.line.leg.sid,
            }
            other.side = Frame(other, "hold", ended=lambda: self._bridge(other), broken=lambda code, words: other.end())
            other.side.load(self.frame.whole(noun.get("url")), noun.get("method", "POST"), about)
        else:
            self._bridge(other)

    def _bridge(self, other: Line) -> None:
        other.quiet()
        self.line.peer, other.peer = other, self.line
        other.on_end.append(self._other_ended)

    def _other_ended(self) -> None:
        if self.frame.alive and self.frame.activity is self:
            self.over()

    def _part(self) -> None:
        if self.taken is None or self.taken.line.peer is not self.line:
            return
        other = self.taken.line
        self.line.peer = other.peer = None
        if not other.leg.over:
            self.taken.bridge_ended()


def dial(frame: Frame, verb: Verb) -> None:
    """Begin a Dial by what is inside it."""
    noun = verb.children[0].name if verb.children else "Number"
    if noun == "Conference":
        frame.activity = room = DialRoom(frame, verb)
        room.join()
    elif noun == "Queue":
        frame.activity = queue = DialQueue(frame, verb)
        queue.take()
    else:
        frame.activity = legs = DialLegs(frame, verb)
        legs.ring()


def _subscription(frame: Frame, verb: Verb, name: str, default: str) -> Subscription:
    address = verb.get(name)
    return told(verb.attributes, frame.whole(address) if address else "", name, default)
