"""Conferences: who is in which room, who hears whom, and what the room tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.twilio_emulator.engine.fields import rfc2822
from tests.twilio_emulator.engine.line import Frame, Line
from tests.twilio_emulator.errors import RestError
from tests.twilio_emulator.state import Conference, Participant, Subscription

if TYPE_CHECKING:
    from tests.twilio_emulator.engine.engine import Engine

LABEL_TAKEN = 16025
NOBODY_TO_COACH = 13240
COACHED_IS_HELD = 16027
ROOM_IS_FULL = 16020

#: The word that one subscribes with, by event.
WORD = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "announcement-end": "announcement",
    "announcement-fail": "announcement",
}


class Refused(Exception):
    """Somebody may not come into a room. `code` as in Twilio's debugger."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class Joining:
    """How somebody comes into a room: of <Conference> or of a REST request."""

    label: str = ""
    muted: bool = False
    starts: bool = True
    ends: bool = False
    beep: str = "true"
    wait_url: str | None = None
    wait_method: str = "POST"
    coach: str = ""
    coaching: bool = False
    most: int = 250
    subscription: Subscription = field(default_factory=Subscription)
    record: bool = False
    recording: Subscription = field(default_factory=Subscription)


@dataclass(eq=False)
class Seat:
    """A leg in a room, or on its way (`inside` is false until it is answered)."""

    line: Line
    conference: Conference
    participant: Participant
    joining: Joining
    out: Callable[[], None]
    inside: bool = False

    def gone(self, why: str) -> None:
        """The leg was taken away and has no document that would know of the room."""
        reason = "participant_hung_up" if why == "hangup" else "participant_updated_via_api"
        self.line.engine.rooms.leave(self, reason, left_by=why)


class Rooms:
    """All rooms of the account."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._recorded: set[str] = set()

    def open(self, name: str) -> Conference:
        """The live room of that name, made when there is none."""
        account, now = self.engine.account, self.engine.clock.now()
        room = account.open_conference(name)
        if room is None:
            room = Conference(account.new_sid("CF"), name, now, now)
            account.conferences[room.sid] = room
        return room

    def expect(self, line: Line, name: str, joining: Joining, out: Callable[[], None]) -> Seat:
        """A place for a leg that is still to be answered. Raises: Refused."""
        room = self.open(name)
        self._may_join(room, joining)
        now = self.engine.clock.now()
        person = Participant(line.leg.sid, room.sid, now, now, label=joining.label)
        person.muted, person.beep = joining.muted, joining.beep
        person.start_on_enter, person.end_on_exit = joining.starts, joining.ends
        person.coaching, person.call_sid_to_coach = joining.coaching or bool(joining.coach), joining.coach
        person.wait_url, person.wait_method, person.status = joining.wait_url, joining.wait_method, "queued"
        room.participants[line.leg.sid] = person
        line.seat = Seat(line, room, person, joining, out)
        if room.status_callback is None and joining.subscription.url:
            room.status_callback = joining.subscription  # fixed by the first, for all who follow
        return line.seat

    def join(self, line: Line, name: str, joining: Joining, out: Callable[[], None]) -> Seat:
        """Into the room at once; `out` is called when the room lets the leg go. Raises: Refused."""
        seat = self.expect(line, name, joining, out)
        self.enter(seat)
        return seat

    def enter(self, seat: Seat) -> None:
        """The leg is there: it hears music until the room has two people, one of whom may start it."""
        room, person = seat.conference, seat.participant
        if room.status == "completed":
            seat.line.end("completed")
            return
        seat.inside = True
        person.status = "connected"
        room.updated_at = self.engine.clock.now()
        self.tell(room, "participant-join", person)
        inside = self.inside(room)
        if room.status == "init" and len(inside) > 1 and any(s.participant.start_on_enter for s in inside):
            self._start(room)
        elif room.status == "init" and person.wait_url:
            self._play(seat, person.wait_url, person.wait_method)

    def leave(self, seat: Seat, reason: str, *, left_by: str) -> None:
        """Out of the room. `left_by`: hangup, redirected, left, kicked or not-taken. Once only."""
        room, person = seat.conference, seat.participant
        if room.participants.pop(person.call_sid, None) is None:
            return
        seat.line.seat = None
        seat.line.quiet()
        was_inside, seat.inside = seat.inside, False
        person.status = "complete" if was_inside else "failed"
        if was_inside or self.engine.readings.failed_join_is_told:
            told = reason if was_inside or left_by == "kicked" else "participant_add_failed"
            more = {"ReasonParticipantLeft": told, "ParticipantCallStatus": seat.line.leg.status}
            self.tell(room, "participant-leave", person, more)
        manner = "kicked" if left_by == "kicked" else "left"
        ends = left_by != "redirected" or self.engine.readings.redirect_out_ends_room
        if was_inside and person.end_on_exit and ends:
            self.end(room, f"participant-with-end-conference-on-exit-{manner}", person)
        elif not room.participants:
            self.end(room, f"last-participant-{manner}", person if was_inside else None)

    def end(self, room: Conference, reason: str, by: Participant | None = None) -> None:
        """The room is over; everybody in it goes on with their documents, or hangs up."""
        if room.status == "completed":
            return
        began = room.status == "in-progress" or bool(by)
        room.status = "completed"
        room.reason_ended = reason
        room.call_sid_ending = by.call_sid if by else ""
        room.updated_at = self.engine.clock.now()
        self.engine.recorder.owner_left(room.sid)
        why = "conference_ended_via_api" if reason == "conference-ended-via-api" else "moderator_ended_conference"
        for person in list(room.participants.values()):
            seat = self.engine.lines[person.call_sid].seat
            if seat is not None:
                self.leave(seat, why, left_by="left")
                seat.out()
        if began or reason == "conference-ended-via-api":
            more = {"Reason": reason, "ReasonConferenceEnded": reason}
            if by:
                more |= {"CallSidEndingConference": by.call_sid, "ParticipantLabelEndingConference": by.label}
            self.tell(room, "conference-end", None, more)

    def inside(self, room: Conference) -> list[Seat]:
        """Those who are there, in the order of coming."""
        seats = (self.engine.lines[sid].seat for sid in room.participants)
        return [seat for seat in seats if seat is not None and seat.inside and seat.conference is room]

    def hears(self, seat: Seat) -> set[Line]:
        """Whose voice reaches this seat: nobody's before the start or on hold, no coach's but their own."""
        if seat.conference.status != "in-progress" or seat.participant.hold or not seat.inside:
            return set()
        return {
            other.line
            for other in self.inside(seat.conference)
            if other is not seat
            and not other.participant.muted
            and not other.participant.hold
            and (not other.participant.coaching or other.participant.call_sid_to_coach == seat.participant.call_sid)
        }

    def hold(self, seat: Seat, held: bool) -> None:
        person = seat.participant
        if person.hold == held:
            return
        person.hold = held
        self.tell(seat.conference, "participant-hold" if held else "participant-unhold", person)
        seat.line.quiet()
        if held and person.hold_url:
            self._play(seat, person.hold_url, person.hold_method)

    def mute(self, seat: Seat, muted: bool) -> None:
        if seat.participant.muted != muted:
            seat.participant.muted = muted
            self.tell(seat.conference, "participant-mute" if muted else "participant-unmute", seat.participant)

    def coach(self, seat: Seat, coaching: bool, call_sid: str) -> None:
        """Let the seat be heard by one leg only, or by all again.

        Raises: RestError 13240 for somebody who is not in the room, 16027 for somebody on hold.
        """
        if coaching:
            coached = seat.conference.participants.get(call_sid)
            if coached is None or coached is seat.participant:
                raise RestError(400, NOBODY_TO_COACH, f"{call_sid} is not in the conference")
            if coached.hold:
                raise RestError(400, COACHED_IS_HELD, "Cannot coach a participant on hold")
        seat.participant.coaching = coaching
        seat.participant.call_sid_to_coach = call_sid if coaching else ""
        self.tell(seat.conference, "participant-modify", seat.participant)

    def announce(self, seat: Seat, url: str, method: str) -> None:
        """Play something to one seat; the room is told when it is over."""

        def over(event: str) -> None:
            seat.line.quiet()
            self.tell(seat.conference, event, seat.participant, {"AnnounceUrl": url})

        seat.line.quiet()
        ended, broken = (lambda: over("announcement-end")), (lambda code, words: over("announcement-fail"))
        seat.line.side = Frame(seat.line, "hold", ended=ended, broken=broken)
        seat.line.side.load(url, method)

    def tell(
        self, room: Conference, event: str, person: Participant | None, more: dict[str, str] | None = None
    ) -> None:
        """One event to whom the first participant named. Only what is sent takes a SequenceNumber."""
        to = room.status_callback
        if to is None or WORD[event] not in to.events:
            return
        fields = {
            "AccountSid": self.engine.account.sid,
            "ConferenceSid": room.sid,
            "FriendlyName": room.friendly_name,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(room.sequence),
            "Timestamp": rfc2822(self.engine.clock.now()),
        }
        room.sequence += 1
        if person is not None:
            fields |= {
                "CallSid": person.call_sid,
                "Muted": str(person.muted).lower(),
                "Hold": str(person.hold).lower(),
                "Coaching": str(person.coaching).lower(),
                "EndConferenceOnExit": str(person.end_on_exit).lower(),
                "StartConferenceOnEnter": str(person.start_on_enter).lower(),
            }
            if person.label:
                fields["ParticipantLabel"] = person.label
            if person.call_sid_to_coach:
                fields["CallSidToCoach"] = person.call_sid_to_coach
        self.engine.hooks.callback(to.url, to.method, fields | (more or {}))

    def _may_join(self, room: Conference, joining: Joining) -> None:
        people = room.participants
        if joining.label and any(p.label == joining.label for p in people.values()):
            raise Refused(LABEL_TAKEN, f"the label {joining.label} is taken in {room.friendly_name}")
        if len(people) >= joining.most:
            raise Refused(ROOM_IS_FULL, f"{room.friendly_name} is full")
        if joining.coach and joining.coach not in people:
            raise Refused(NOBODY_TO_COACH, f"{joining.coach} is not in {room.friendly_name}")
        if joining.coach and people[joining.coach].hold:
            raise Refused(COACHED_IS_HELD, "Cannot coach a participant on hold")

    def _start(self, room: Conference) -> None:
        room.status = "in-progress"
        for seat in self.inside(room):
            seat.line.quiet()
        self.tell(room, "conference-start", None)
        recorded = next((s for s in self.inside(room) if s.joining.record), None)
        if recorded is not None and room.sid not in self._recorded:
            self._recorded.add(room.sid)
            self.engine.recorder.of_room(room.sid, "Conference", recorded.joining.recording)

    def _play(self, seat: Seat, url: str, method: str) -> None:
        """A wait or hold document. When it runs out there is silence, as Twilio says."""
        side = Frame(seat.line, "hold", ended=lambda: None, broken=lambda code, words: None)
        seat.line.side = side
        side.load(url, method)
