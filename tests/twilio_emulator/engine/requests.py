"""What REST asks of the engine. Fields are checked against Twilio's specification before they come here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from tests.twilio_emulator.engine import ringing
from tests.twilio_emulator.engine.fields import Form, flag, one, subscription, whole
from tests.twilio_emulator.engine.line import Line
from tests.twilio_emulator.engine.phones import Machine
from tests.twilio_emulator.engine.rooms import Joining, Refused, Seat
from tests.twilio_emulator.engine.waiting import member_of
from tests.twilio_emulator.errors import RestError, not_found
from tests.twilio_emulator.state import Conference, Leg, Member, Participant, Recording, Subscription

if TYPE_CHECKING:
    from tests.twilio_emulator.engine.engine import Engine

NOT_IN_PROGRESS = 21220
#: How long a detection takes to know a person, and a machine, in seconds.
KNOWS_PERSON, KNOWS_MACHINE = 2.0, 3.5


class Requests:
    """The REST side of the engine; `self` is the Engine."""

    def create_call(self, p: Form) -> Leg:
        engine = cast("Engine", self)
        app: Any = engine.account.applications.get(one(p, "ApplicationSid"))
        if one(p, "ApplicationSid") and app is None:
            raise RestError(400, 21218, f"Invalid ApplicationSid: {one(p, 'ApplicationSid')}")
        told = subscription(p, "StatusCallback", "completed")
        if app and not told.url:
            told = Subscription(app.status_callback, app.status_callback_method, frozenset({"completed"}))
        call = ringing.place(
            engine,
            from_=one(p, "From"),
            to=one(p, "To"),
            direction="outbound-api",
            timeout=whole(p, "Timeout", 60),
            subscription=told,
            answered=lambda line: _detected(engine, line, p, begin),
            failed=lambda line: None,
        )
        line = call.line
        if app:
            line.fallback = (app.voice_fallback_url, app.voice_fallback_method)
        else:
            line.fallback = (one(p, "FallbackUrl"), one(p, "FallbackMethod", "POST"))

        def begin() -> None:
            if line.leg.over:
                return
            if flag(p, "Record"):
                engine.recorder.of_call(
                    line.leg.sid,
                    "OutboundAPI",
                    subscription(p, "RecordingStatusCallback", "completed"),
                    channels=2 if one(p, "RecordingChannels") == "dual" else 1,
                )
            if one(p, "Twiml"):
                line.run_given(one(p, "Twiml"))
            elif app:
                line.run(app.voice_url, app.voice_method)
            else:
                line.run(one(p, "Url"), one(p, "Method", "POST"))

        return line.leg

    def update_call(self, sid: str, p: Form) -> Leg:
        line = self._line(sid)
        leg, status = line.leg, one(p, "Status")
        if leg.over:
            raise RestError(400, NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")
        if status == "canceled":
            if leg.answered_at is None and leg.direction != "inbound":
                line.end("canceled", 487 if leg.started_at else 0)
        elif status == "completed":
            line.end("completed" if leg.answered_at else "canceled", 0 if leg.answered_at else 487)
        elif leg.status != "in-progress":
            raise RestError(400, NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")
        elif one(p, "Twiml"):
            line.run_given(one(p, "Twiml"))
        elif one(p, "Url"):
            line.run(one(p, "Url"), one(p, "Method", "POST"))
        return leg

    def add_participant(self, room: str, p: Form) -> Participant:
        """`room` is the SID of a live conference, or a name."""
        engine = cast("Engine", self)
        name = self._conference(room).friendly_name if room.startswith("CF") and len(room) == 34 else room
        joining = Joining(
            label=one(p, "Label"),
            muted=flag(p, "Muted"),
            starts=flag(p, "StartConferenceOnEnter", True),
            ends=flag(p, "EndConferenceOnExit"),
            beep=one(p, "Beep", "true"),
            wait_url=one(p, "WaitUrl") if "WaitUrl" in p else None,
            wait_method=one(p, "WaitMethod", "POST"),
            coach=one(p, "CallSidToCoach"),
            coaching=flag(p, "Coaching"),
            most=whole(p, "MaxParticipants", 250),
            subscription=subscription(p, "ConferenceStatusCallback", "start end"),
            record=one(p, "ConferenceRecord") in {"true", "record-from-start"},
            recording=subscription(p, "ConferenceRecordingStatusCallback", "completed"),
        )
        seat: Seat | None = None

        def answered(line: Line) -> None:
            if flag(p, "Record"):
                told = subscription(p, "RecordingStatusCallback", "completed")
                dual = 2 if one(p, "RecordingChannels") == "dual" else 1
                engine.recorder.of_call(line.leg.sid, "OutboundAPI", told, channels=dual)
            if line.seat is not None:
                engine.rooms.enter(line.seat)
            _detected(engine, line, p, lambda: None)

        def failed(line: Line) -> None:
            if seat is not None:
                engine.rooms.leave(seat, "participant_add_failed", left_by="not-taken")

        call = ringing.place(
            engine,
            from_=one(p, "From"),
            to=one(p, "To"),
            direction="outbound-api",
            timeout=whole(p, "Timeout", 60),
            subscription=subscription(p, "StatusCallback", "completed"),
            answered=answered,
            failed=failed,
            paced=engine.readings.participants_are_paced,
        )
        try:
            seat = engine.rooms.expect(call.line, name, joining, out=lambda: call.line.end(ringing.ended_as(call.line)))
        except Refused as error:
            del engine.account.legs[call.line.leg.sid], engine.ringing[call.line.leg.sid]
            call.line.leg.status = "failed"  # what was planned for it finds it over
            raise RestError(400, error.code, str(error)) from error
        return seat.participant

    def update_participant(self, room_sid: str, who: str, p: Form) -> Participant:
        engine, seat = cast("Engine", self), self._seat(room_sid, who)
        person = seat.participant
        if "Coaching" in p or "CallSidToCoach" in p:
            coaching = flag(p, "Coaching", person.coaching)
            engine.rooms.coach(seat, coaching, one(p, "CallSidToCoach", person.call_sid_to_coach))
        if "HoldUrl" in p:
            person.hold_url, person.hold_method = one(p, "HoldUrl"), one(p, "HoldMethod", "GET")
        if "Hold" in p:
            engine.rooms.hold(seat, flag(p, "Hold"))
        if "Muted" in p:
            engine.rooms.mute(seat, flag(p, "Muted"))
        if "EndConferenceOnExit" in p:
            person.end_on_exit = flag(p, "EndConferenceOnExit")
            engine.rooms.tell(seat.conference, "participant-modify", person)
        if one(p, "AnnounceUrl"):
            engine.rooms.announce(seat, one(p, "AnnounceUrl"), one(p, "AnnounceMethod", "POST"))
        person.updated_at = engine.clock.now()
        return person

    def remove_participant(self, room_sid: str, who: str) -> None:
        engine, seat = cast("Engine", self), self._seat(room_sid, who)
        engine.rooms.leave(seat, "participant_updated_via_api", left_by="kicked")
        seat.out()

    def update_conference(self, sid: str, p: Form) -> Conference:
        engine, room = cast("Engine", self), self._conference(sid)
        if one(p, "Status") == "completed":
            engine.rooms.end(room, "conference-ended-via-api")
        if one(p, "AnnounceUrl"):
            for seat in engine.rooms.inside(room):
                engine.rooms.announce(seat, one(p, "AnnounceUrl"), one(p, "AnnounceMethod", "POST"))
        return room

    def start_recording(self, owner_sid: str, p: Form) -> Recording:
        """Of a call or of a conference in progress."""
        engine, told = cast("Engine", self), subscription(p, "RecordingStatusCallback", "completed")
        if owner_sid.startswith("CF"):
            room = self._conference(owner_sid)
            if room.status != "in-progress":
                raise RestError(400, NOT_IN_PROGRESS, "Requested resource is not eligible for recording")
            return engine.recorder.of_room(owner_sid, "StartConferenceRecordingAPI", told)
        if self._line(owner_sid).leg.status != "in-progress":
            raise RestError(400, NOT_IN_PROGRESS, "Requested resource is not eligible for recording")
        channels = 2 if one(p, "RecordingChannels") == "dual" else 1
        return engine.recorder.of_call(owner_sid, "StartCallRecordingAPI", told, channels)

    def update_recording(self, owner_sid: str, sid: str, p: Form) -> Recording:
        engine = cast("Engine", self)
        recording = engine.recorder.find(owner_sid, sid)
        acts: dict[str, Callable[[], None]] = {
            "paused": lambda: engine.recorder.pause(
                recording.sid, keeps_silence=one(p, "PauseBehavior", "silence") == "silence"
            ),
            "in-progress": lambda: engine.recorder.resume(recording.sid),
            "stopped": lambda: engine.recorder.stop(recording.sid),
        }
        acts[one(p, "Status")]()
        return recording

    def delete_recording(self, sid: str) -> None:
        """The sound is gone at once; what was known of it stays for whoever asks for deleted ones."""
        engine = cast("Engine", self)
        recording = engine.account.recordings.get(sid)
        if recording is None or recording.deleted:
            raise not_found(f"/Recordings/{sid}")
        recording.deleted = True

    def update_member(self, queue_sid: str, call_sid: str, p: Form) -> Member:
        """Take a caller out of a queue to the document at `Url`."""
        engine = cast("Engine", self)
        member, line = member_of(engine, queue_sid, call_sid)
        line.run(one(p, "Url"), one(p, "Method", "POST"))
        return member

    def _line(self, sid: str) -> Line:
        engine = cast("Engine", self)
        if sid not in engine.account.legs:
            raise not_found(f"/Calls/{sid}")
        return engine.lines[sid]

    def _conference(self, sid: str) -> Conference:
        room = cast("Engine", self).account.conferences.get(sid)
        if room is None:
            raise not_found(f"/Conferences/{sid}")
        if room.status == "completed":
            raise RestError(404, 20404, f"The conference {sid} has ended")
        return room

    def _seat(self, room_sid: str, who: str) -> Seat:
        """By the SID of the call or by the label."""
        engine, room = cast("Engine", self), self._conference(room_sid)
        for person in room.participants.values():
            if who in (person.call_sid, person.label):
                seat = engine.lines[person.call_sid].seat
                if seat is not None:
                    return seat
        raise not_found(f"/Conferences/{room_sid}/Participants/{who}")


def _detected(engine: Engine, line: Line, p: Form, begin: Callable[[], None]) -> None:
    """Begin at once, or when a detection knows who answered; an asynchronous one is told beside the call."""
    wanted = one(p, "MachineDetection")
    if wanted not in {"Enable", "DetectMessageEnd"}:
        begin()
        return
    manner = engine.phones.get(line.leg.to)
    machine = isinstance(manner, Machine)
    takes = KNOWS_MACHINE if machine else KNOWS_PERSON
    if isinstance(manner, Machine) and wanted == "DetectMessageEnd":
        takes = manner.greeting
    result = ("machine_end_beep" if wanted == "DetectMessageEnd" else "machine_start") if machine else "human"
    callback = one(p, "AsyncAmdStatusCallback") or one(p, "AmdStatusCallback")
    method = one(p, "AsyncAmdStatusCallbackMethod") or one(p, "AmdStatusCallbackMethod", "POST")
    aside = flag(p, "AsyncAmd") or "AmdStatusCallback" in p

    def known() -> None:
        if line.leg.over:
            return
        line.leg.answered_by = result
        if aside:
            about = {
                "CallSid": line.leg.sid,
                "AccountSid": engine.account.sid,
                "AnsweredBy": result,
                "MachineDetectionDuration": str(int(takes * 1000)),
            }
            engine.hooks.callback(callback, method, about)
        else:
            begin()

    engine.clock.after(takes, known)
    if aside:
        begin()
