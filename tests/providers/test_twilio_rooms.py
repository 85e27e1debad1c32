"""Rooms of the emulator: who hears whom, what is told in which order, and how rooms and recordings end."""

from __future__ import annotations

import pytest

from tests.twilio_emulator.engine import Answers, Ignores, Readings
from tests.twilio_emulator.errors import RestError
from tests.twilio_emulator.fixed import HOST, LINE, Stage
from tests.twilio_emulator.state import Conference, Leg, Participant

ROOM = "7f3a9c"
EVENTS = ["start", "end", "join", "leave", "mute", "hold", "modify"]
CUSTOMER = (
    f'<Dial action="/done"><Conference participantLabel="customer" beep="false" endConferenceOnExit="true"'
    f' statusCallback="/room" statusCallbackEvent="{" ".join(EVENTS)}">{ROOM}</Conference></Dial>'
)


class Talk:
    """A caller in a room with as many agents as a test wants."""

    def __init__(self, readings: Readings | None = None, **answers: str) -> None:
        answered = {"/voice": CUSTOMER, **{f"/{name}": text for name, text in answers.items()}}
        self.stage = Stage(dict(answered), readings)
        self.engine = self.stage.engine
        self.customer = self.engine.dial_in("+447700900123", LINE)
        self.stage.wait(1)

    @property
    def room(self) -> Conference:
        return list(self.stage.account.conferences.values())[-1]

    def add(self, name: str, *, after: float = 0.1, **more: str) -> Leg:
        self.engine.phones.setdefault(f"client:{name}", Answers(after))
        form = {"From": [LINE], "To": [f"client:{name}"], "Label": [name], "Timeout": ["15"], "WaitUrl": [""]}
        form |= {"StatusCallback": [f"{HOST}/leg"], "ConferenceStatusCallback": [f"{HOST}/ignored"]}
        person = self.engine.add_participant(ROOM, form | {key: [value] for key, value in more.items()})
        self.stage.wait(1)
        return self.stage.account.legs[person.call_sid]

    def change(self, who: str, **form: str) -> Participant:
        person = self.engine.update_participant(self.room.sid, who, {name: [value] for name, value in form.items()})
        self.stage.wait(0.5)
        return person

    def heard_by(self, leg: Leg) -> set[str]:
        labels = {p.call_sid: p.label for p in self.room.participants.values()}
        return {labels[other.sid] for other in self.engine.hears(leg)}

    def events(self) -> list[str]:
        told = sorted(self.stage.product.told("/room"), key=lambda fields: int(fields["SequenceNumber"]))
        assert [fields["SequenceNumber"] for fields in told] == [str(n) for n in range(len(told))]
        return [f"{fields['StatusCallbackEvent']} {fields.get('ParticipantLabel', '')}".strip() for fields in told]


def test_a_room_starts_with_two_and_the_first_fixes_who_is_told() -> None:
    talk = Talk()
    assert talk.room.status == "init"
    assert talk.heard_by(talk.customer) == set()
    agent = talk.add("anna")
    assert (talk.heard_by(talk.customer), talk.heard_by(agent)) == ({"anna"}, {"customer"})
    assert talk.events() == ["participant-join customer", "participant-join anna", "conference-start"]
    assert talk.stage.product.told("/ignored") == []


def test_two_who_may_not_start_wait_for_one_who_may() -> None:
    talk = Talk()
    talk.engine.hang_up(talk.customer)
    talk.stage.product.answers["/voice"] = CUSTOMER.replace("endConf", 'startConferenceOnEnter="false" endConf')
    talk.customer = talk.engine.dial_in("+447700900123", LINE)
    talk.stage.wait(1)
    talk.add("anna", StartConferenceOnEnter="false")
    assert talk.room.status == "init"
    assert talk.heard_by(talk.customer) == set()
    talk.add("bo")
    assert talk.heard_by(talk.customer) == {"anna", "bo"}


def test_who_is_held_hears_nobody_and_who_is_muted_is_not_heard() -> None:
    talk = Talk(hold="<Play>/music.mp3</Play>")
    agent = talk.add("anna")
    talk.change("customer", Hold="true", HoldUrl=f"{HOST}/hold")
    assert (talk.heard_by(talk.customer), talk.heard_by(agent)) == (set(), set())
    assert talk.engine.heard(talk.customer) == [f"{HOST}/music.mp3"]
    talk.change("customer", Hold="false")
    talk.change("anna", Muted="true")
    assert (talk.heard_by(talk.customer), talk.heard_by(agent)) == (set(), {"customer"})
    assert talk.events()[3:] == [
        "participant-hold customer",
        "participant-unhold customer",
        "participant-mute anna",
    ]


def test_a_coach_is_heard_by_one_until_they_barge_in() -> None:
    talk = Talk()
    agent = talk.add("anna")
    coach = talk.add("kim", CallSidToCoach=agent.sid, Coaching="true", Muted="true")
    assert talk.heard_by(agent) == {"customer"}, "listening"
    talk.change("kim", Muted="false")
    assert (talk.heard_by(agent), talk.heard_by(talk.customer)) == ({"customer", "kim"}, {"anna"}), "whispering"
    assert talk.heard_by(coach) == {"customer", "anna"}
    talk.change("kim", Coaching="false")
    assert talk.heard_by(talk.customer) == {"anna", "kim"}, "barged in"


def test_what_rest_refuses_in_a_room() -> None:
    talk = Talk()
    agent = talk.add("anna")
    with pytest.raises(RestError) as taken:
        talk.add("other", Label="anna")
    talk.change("anna", Hold="true")
    with pytest.raises(RestError) as held:
        talk.add("kim", CallSidToCoach=agent.sid, Coaching="true")
    with pytest.raises(RestError) as absent:
        talk.change("customer", Coaching="true", CallSidToCoach="CA" + "0" * 32)
    with pytest.raises(RestError) as unknown:
        talk.change("nobody", Muted="true")
    codes = [refused.value.code for refused in (taken, held, absent, unknown)]
    assert codes == [16025, 16027, 13240, 20404]
    talk.engine.hang_up(talk.customer)
    with pytest.raises(RestError) as ended:
        talk.change("anna", Muted="true")
    assert ended.value.code == 20404


def test_the_customer_takes_the_room_along() -> None:
    talk = Talk()
    agent = talk.add("anna")
    talk.engine.hang_up(talk.customer)
    talk.stage.wait(2)
    assert agent.status == "completed"
    left = {
        fields["ParticipantLabel"]: fields
        for fields in talk.stage.product.told("/room")
        if "ReasonParticipantLeft" in fields
    }
    assert left["customer"]["ReasonParticipantLeft"] == "participant_hung_up"
    assert left["anna"]["ReasonParticipantLeft"] == "moderator_ended_conference"
    end = next(f for f in talk.stage.product.told("/room") if f["StatusCallbackEvent"] == "conference-end")
    assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert end["CallSidEndingConference"] == talk.customer.sid


def test_a_transfer_leaves_the_room_alive_with_one_leg() -> None:
    talk = Talk()
    first = talk.add("anna")
    talk.change("customer", Hold="true")
    second = talk.add("bo")
    assert (talk.heard_by(first), talk.heard_by(second)) == ({"bo"}, {"anna"})
    talk.change("customer", Hold="false")
    talk.engine.remove_participant(talk.room.sid, "anna")
    talk.stage.wait(1)
    assert first.status == "completed"
    assert (talk.heard_by(talk.customer), talk.heard_by(second)) == ({"bo"}, {"customer"})
    assert talk.room.status == "in-progress"


@pytest.mark.parametrize("ends", [True, False])
def test_a_customer_redirected_to_a_queue(ends: bool) -> None:
    talk = Talk(Readings(redirect_out_ends_room=ends), wait="<Pause length='60'/>")
    agent = talk.add("anna")
    talk.engine.update_call(
        talk.customer.sid, {"Twiml": [f'<Response><Enqueue waitUrl="{HOST}/wait">claims</Enqueue></Response>']}
    )
    talk.stage.wait(2)
    assert agent.over == ends
    assert (talk.room.status == "completed") == ends
    assert talk.stage.account.queue_named("claims").members[0].call_sid == talk.customer.sid
    assert talk.stage.product.told("/done") == []


@pytest.mark.parametrize("told", [True, False])
def test_a_leg_that_nobody_answers(told: bool) -> None:
    talk = Talk(Readings(failed_join_is_told=told))
    talk.engine.phones["client:anna"] = Ignores()
    leg = talk.add("anna")
    assert talk.room.participants[leg.sid].status == "ringing"
    talk.stage.wait(25)
    assert leg.status == "no-answer"
    assert [fields["CallStatus"] for fields in talk.stage.product.told("/leg")] == ["no-answer"]
    reasons = [f.get("ReasonParticipantLeft") for f in talk.stage.product.told("/room")]
    assert reasons == ([None, "participant_add_failed"] if told else [None])


def test_a_room_that_rest_ends() -> None:
    talk = Talk(done="<Say>good bye</Say>")
    agent = talk.add("anna")
    talk.engine.update_conference(talk.room.sid, {"Status": ["completed"]})
    talk.stage.wait(3)
    assert (agent.status, talk.customer.status) == ("completed", "completed")
    assert talk.engine.heard(talk.customer) == ["good bye"]
    assert [fields["DialCallStatus"] for fields in talk.stage.product.told("/done")] == ["answered"]
    reasons = {f.get("ReasonParticipantLeft") for f in talk.stage.product.told("/room")} - {None}
    assert reasons == {"conference_ended_via_api"}


@pytest.mark.parametrize(("behaviour", "seconds"), [("skip", 30), ("silence", 50)])
def test_a_recording_pauses_for_card_numbers(behaviour: str, seconds: int) -> None:
    talk = Talk()
    talk.add("anna")
    told = {
        "RecordingStatusCallback": [f"{HOST}/recorded"],
        "RecordingStatusCallbackEvent": ["in-progress", "completed"],
    }
    recording = talk.engine.start_recording(talk.room.sid, told)
    talk.stage.wait(20)
    talk.engine.update_recording(talk.room.sid, "Twilio.CURRENT", {"Status": ["paused"], "PauseBehavior": [behaviour]})
    assert recording.status == "paused"
    talk.stage.wait(20)
    talk.engine.update_recording(talk.room.sid, recording.sid, {"Status": ["in-progress"]})
    talk.stage.wait(10)
    talk.engine.hang_up(talk.customer)
    talk.stage.wait(5)
    assert (recording.status, recording.duration) == ("completed", seconds)
    assert [f["RecordingStatus"] for f in talk.stage.product.told("/recorded")] == ["in-progress", "completed"]
    assert {f["ConferenceSid"] for f in talk.stage.product.told("/recorded")} == {talk.room.sid}
    talk.engine.delete_recording(recording.sid)
    with pytest.raises(RestError):
        talk.engine.update_recording(talk.room.sid, recording.sid, {"Status": ["stopped"]})


def test_the_same_seed_makes_the_same_day() -> None:
    def day() -> list[tuple[str, str]]:
        talk = Talk()
        talk.add("anna")
        talk.engine.hang_up(talk.customer)
        talk.stage.wait(5)
        return [(path, fields.get("CallSid", "")) for path, fields in talk.stage.product.asked]

    assert day() == day()
