"""The verbs that are over in a moment or in the time of their sound, and Gather."""

from __future__ import annotations

from collections.abc import Callable

from tests.twilio_emulator.engine.dialing import dial
from tests.twilio_emulator.engine.line import Activity, Frame
from tests.twilio_emulator.engine.parser import Verb
from tests.twilio_emulator.engine.recording import record
from tests.twilio_emulator.engine.sounds import length_of
from tests.twilio_emulator.engine.waiting import enqueue, leave
from tests.twilio_emulator.errors import NotEmulated


def run_verb(frame: Frame, verb: Verb) -> None:
    """Begin a verb. It calls `frame.next()` or `frame.load()` when it is done.

    Raises: NotEmulated for verbs that no product of ours uses.
    """
    if verb.name not in VERBS:
        raise NotEmulated(f"<{verb.name}> is not emulated")
    if not _leaves_unanswered(frame, verb):
        frame.line.answer()
    VERBS[verb.name](frame, verb)


def _leaves_unanswered(frame: Frame, verb: Verb) -> bool:
    """Reject, Redirect and Pause take no call that nobody has taken; nor does a Dial that waits for its bridge."""
    if frame.place != "call":
        return True
    return verb.name in {"Reject", "Redirect", "Pause"} or (verb.name == "Dial" and verb.on("answerOnBridge"))


def sound(frame: Frame, verb: Verb) -> None:
    """Say, Play, Pause."""
    frame.later(_sounds(frame, verb), frame.next)


def _sounds(frame: Frame, verb: Verb) -> float:
    """Let it be heard; how long it takes, in seconds."""
    engine = frame.line.engine
    if verb.name != "Pause" and verb.text:
        said = verb.text if verb.name == "Say" else frame.whole(verb.text)
        frame.line.heard.append((engine.clock.now(), said))
        if verb.name == "Play":
            engine.played.add(said)
    return length_of(verb, engine.lengths, endless_zero=engine.readings.play_loop_zero_is_endless)


def redirect(frame: Frame, verb: Verb) -> None:
    frame.load(verb.text, verb.get("method", "POST"))


def hang_up(frame: Frame, verb: Verb) -> None:
    frame.line.end("completed")


def reject(frame: Frame, verb: Verb) -> None:
    """As the first verb the call was never taken."""
    if frame.line.leg.answered_at is None:
        frame.line.end("busy" if verb.get("reason") == "busy" else "no-answer")
    else:
        frame.line.end("completed")


class Gathering(Activity):
    """Keys and words while the texts inside play, and for `timeout` seconds after each key."""

    def __init__(self, frame: Frame, verb: Verb) -> None:
        self.frame = frame
        self.verb = verb
        self.digits = ""
        self.input = set(verb.get("input", "dtmf").split())
        self._parts = list(verb.children)
        self._timer = None if self._parts else frame.later(self._patience(), self._out_of_time)
        if self._parts:
            self._play()

    def key(self, digit: str) -> None:
        if "dtmf" not in self.input:
            return
        self._parts.clear()
        if digit == self.verb.get("finishOnKey", "#"):
            self._finish()
            return
        self.digits += digit
        if len(self.digits) >= self.verb.seconds("numDigits", 10**6):
            self._finish()
        else:
            self._wait()

    def hear(self, words: str, confidence: str) -> None:
        if "speech" in self.input and (not self._parts or self.verb.on("bargeIn", True)):
            more = {"SpeechResult": words} | ({"Confidence": confidence} if confidence else {})
            self._ask(more)

    def _patience(self) -> float:
        return float(self.verb.get("timeout", "5"))

    def _play(self) -> None:
        if self._parts:
            part = self._parts.pop(0)
            self._timer = self.frame.later(_sounds(self.frame, part), self._play)
        else:
            self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.frame.later(self._patience(), self._out_of_time)

    def _out_of_time(self) -> None:
        if self.digits:
            self._ask({"Digits": self.digits})
        else:
            self._nothing()

    def _finish(self) -> None:
        if self.digits or self.frame.line.engine.readings.finish_key_alone_is_result:
            self._ask({"Digits": self.digits, "FinishedOnKey": self.verb.get("finishOnKey", "#")})
        else:
            self._nothing()

    def _nothing(self) -> None:
        if self.verb.on("actionOnEmptyResult"):
            self._ask({"Digits": ""} if "dtmf" in self.input else {"SpeechResult": ""})
        else:
            self.frame.next()

    def _ask(self, more: dict[str, str]) -> None:
        self.frame.load(self.verb.get("action"), self.verb.get("method", "POST"), {"msg": "Gather End"} | more)


def gather(frame: Frame, verb: Verb) -> None:
    frame.activity = Gathering(frame, verb)


VERBS: dict[str, Callable[[Frame, Verb], None]] = {
    "Say": sound,
    "Play": sound,
    "Pause": sound,
    "Gather": gather,
    "Redirect": redirect,
    "Hangup": hang_up,
    "Reject": reject,
    "Record": record,
    "Enqueue": enqueue,
    "Leave": leave,
    "Dial": dial,
}
