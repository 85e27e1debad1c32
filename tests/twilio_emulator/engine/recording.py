"""Recordings of calls, of rooms and of the Record verb: synthetic sound, true lengths and callbacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tests.twilio_emulator.engine.fields import API, API_VERSION, rfc2822, told
from tests.twilio_emulator.engine.line import Activity, Frame
from tests.twilio_emulator.engine.parser import Verb
from tests.twilio_emulator.errors import RestError
from tests.twilio_emulator.state import Recording, Subscription

if TYPE_CHECKING:
    from tests.twilio_emulator.engine.engine import Engine

#: How long Twilio takes until the sound can be fetched, in seconds.
PROCESSING = 2.0


@dataclass
class Tape:
    """What is recorded so far: `seconds`, and since when it runs (None while paused)."""

    recording: Recording
    since: datetime | None
    seconds: float = 0.0
    keeps_silence: bool = False


class Recorder:
    """All recordings of the account."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tapes: dict[str, Tape] = {}

    def of_call(self, call_sid: str, source: str, told_to: Subscription, channels: int = 1) -> Recording:
        return self._start(call_sid, "", source, told_to, channels)

    def of_room(self, conference_sid: str, source: str, told_to: Subscription) -> Recording:
        return self._start("", conference_sid, source, told_to, 1)

    def find(self, owner_sid: str, sid: str) -> Recording:
        """One of an owner's recordings; `Twilio.CURRENT` is the one that runs.

        Raises: RestError 20404.
        """
        for recording in reversed(self.engine.account.recordings_of(owner_sid)):
            if sid == recording.sid or (sid == "Twilio.CURRENT" and recording.sid in self.tapes):
                return recording
        raise RestError(404, 20404, f"The requested resource {owner_sid}/Recordings/{sid} was not found")

    def pause(self, sid: str, *, keeps_silence: bool) -> None:
        tape = self._tape(sid)
        if tape.since is not None:
            self._stand(tape)
            tape.since = None
            tape.keeps_silence = keeps_silence
            if keeps_silence:
                tape.since = self.engine.clock.now()
            self._is(tape.recording, "paused")

    def resume(self, sid: str) -> None:
        tape = self._tape(sid)
        self._stand(tape)
        tape.since = self.engine.clock.now()
        self._is(tape.recording, "in-progress")

    def stop(self, sid: str, duration: int | None = None) -> None:
        """Twice does no harm. `duration` in seconds where the verb knows better than the tape."""
        tape = self.tapes.pop(sid, None)
        if tape is None:
            return
        self._stand(tape)
        self._is(tape.recording, "processing")
        seconds = int(tape.seconds) if duration is None else duration
        self.engine.clock.after(PROCESSING, lambda: self._ready(tape.recording, seconds))

    def owner_left(self, owner_sid: str) -> None:
        """The call or the room is over: so are its recordings."""
        for sid, tape in list(self.tapes.items()):
            if owner_sid in (tape.recording.call_sid, tape.recording.conference_sid):
                self.stop(sid)

    def url(self, recording: Recording) -> str:
        return f"{API}/{API_VERSION}/Accounts/{self.engine.account.sid}/Recordings/{recording.sid}"

    def _start(self, call: str, room: str, source: str, told_to: Subscription, channels: int) -> Recording:
        now = self.engine.clock.now()
        sid = self.engine.account.new_sid("RE")
        recording = Recording(
            sid, call, room, now, now, source, channels=channels, started_at=now, subscription=told_to
        )
        self.engine.account.recordings[sid] = recording
        self.tapes[sid] = Tape(recording, now)
        self._tell(recording)
        return recording

    def _tape(self, sid: str) -> Tape:
        if sid not in self.tapes:
            raise RestError(400, 21220, f"Recording {sid} is not in progress")
        return self.tapes[sid]

    def _stand(self, tape: Tape) -> None:
        now = self.engine.clock.now()
        if tape.since is not None:
            tape.seconds += (now - tape.since).total_seconds()
            tape.since = now

    def _ready(self, recording: Recording, seconds: int) -> None:
        recording.duration = seconds
        self._is(recording, "completed" if seconds > 0 else "absent")
        self._tell(recording)

    def _is(self, recording: Recording, status: str) -> None:
        recording.status = status  # type: ignore[assignment]
        recording.updated_at = self.engine.clock.now()

    def _tell(self, recording: Recording) -> None:
        to = recording.subscription
        if recording.status not in to.events:
            return
        fields = {
            "AccountSid": self.engine.account.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.url(recording),
            "RecordingStatus": recording.status,
            "RecordingChannels": str(recording.channels),
            "RecordingStartTime": rfc2822(recording.started_at or recording.created_at),
            "RecordingSource": recording.source,
            "RecordingTrack": recording.track,
        }
        if recording.duration >= 0:
            fields["RecordingDuration"] = str(recording.duration)
        owner = {"CallSid": recording.call_sid, "ConferenceSid": recording.conference_sid}
        self.engine.hooks.callback(to.url, to.method, fields | {name: sid for name, sid in owner.items() if sid})


class RecordingVerb(Activity):
    """<Record>: until a key, a silence of `timeout` seconds, `maxLength`, or the end of the call."""

    BEEP = 0.5

    def __init__(self, frame: Frame, verb: Verb) -> None:
        self.frame = frame
        self.verb = verb
        self.engine = frame.line.engine
        self.spoken = 0.0
        self._began = self.engine.clock.now()
        address = verb.get("recordingStatusCallback")
        to = told(verb.attributes, frame.whole(address) if address else "", "recordingStatusCallback", "completed")
        self.recording = self.engine.recorder.of_call(frame.line.leg.sid, "RecordVerb", to)
        frame.later(verb.seconds("maxLength", 3600), lambda: self._finish(""))
        self._silence = frame.later(verb.seconds("timeout", 5), lambda: self._finish(""))

    def key(self, digit: str) -> None:
        if digit in self.verb.get("finishOnKey", "1234567890*#"):
            self._finish(digit)

    def speaks(self, seconds: float) -> None:
        self._silence.cancel()
        self.spoken = (self.engine.clock.now() - self._began).total_seconds() + seconds
        pause = self.verb.seconds("timeout", 5)
        self._silence = self.frame.later(seconds + pause, lambda: self._finish(""))

    def gone(self, why: str) -> None:
        fields = self._stop("hangup")
        if why == "hangup" and int(fields["RecordingDuration"]):
            url = self.frame.whole(self.verb.get("action"))
            self.engine.hooks.callback(url, self.verb.get("method", "POST"), self.frame.line.fields() | fields)

    def _finish(self, digits: str) -> None:
        fields = self._stop(digits)
        if int(fields["RecordingDuration"]):
            self.frame.load(self.verb.get("action"), self.verb.get("method", "POST"), fields)
        else:
            self.frame.next()  # nobody said anything: no request

    def _stop(self, digits: str) -> dict[str, str]:
        """Silence at the end is trimmed unless told otherwise; nothing said is no recording."""
        passed = (self.engine.clock.now() - self._began).total_seconds()
        trims = self.verb.get("trim", "trim-silence") == "trim-silence"
        length = min(self.spoken, passed) if trims or not self.spoken else passed
        self.engine.recorder.stop(self.recording.sid, int(length))
        return {
            "RecordingUrl": self.engine.recorder.url(self.recording),
            "RecordingSid": self.recording.sid,
            "RecordingDuration": str(int(length)),
            "Digits": digits,
        }


def record(frame: Frame, verb: Verb) -> None:
    def begin() -> None:
        frame.activity = RecordingVerb(frame, verb)

    frame.later(RecordingVerb.BEEP if verb.on("playBeep", True) else 0.0, begin)
