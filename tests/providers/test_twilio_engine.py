"""What each verb does with a call, seen by a product of fixed answers: no product of ours is asked here."""

from __future__ import annotations

import pytest

from tests.twilio_emulator.engine import Answers, Busy, Declines, Ignores, Machine, Offline, Readings
from tests.twilio_emulator.engine.phones import Manner
from tests.twilio_emulator.errors import RestError
from tests.twilio_emulator.fixed import HOST, LINE, Answer, Stage
from tests.twilio_emulator.state import Leg

CALLER = "+447700900123"
WAIT = '<Enqueue waitUrl="/wait" action="/left">parcel</Enqueue>'
MENU = '<Gather action="/key" numDigits="{digits}" timeout="4" {more}><Say>aaaaaaaaaa</Say></Gather><Say>bye</Say>'


def call(answers: dict[str, Answer], readings: Readings | None = None) -> tuple[Stage, Leg]:
    stage = Stage(answers, readings)
    return stage, stage.engine.dial_in(CALLER, LINE)


def digits_of(stage: Stage, path: str = "/key") -> list[str]:
    return [fields["Digits"] for fields in stage.product.told(path)]


def test_a_call_rings_until_its_first_sound() -> None:
    stage, leg = call({"/voice": "<Pause length='3'/><Say>hello</Say><Hangup/>"})
    stage.wait(2)
    assert leg.status == "ringing"
    stage.wait(3)
    assert leg.status == "completed"
    assert stage.engine.heard(leg) == ["hello"]
    told = stage.product.told("/voice")[0]
    assert (told["From"], told["To"], told["CallStatus"], told["Direction"]) == (CALLER, LINE, "ringing", "inbound")
    assert [fields["CallStatus"] for fields in stage.product.told("/ended")] == ["completed"]


@pytest.mark.parametrize(
    ("answer", "status", "taken"),
    [
        ("<Reject/>", "no-answer", False),
        ("<Reject reason='busy'/>", "busy", False),
        ("<Say>a</Say><Reject reason='busy'/>", "completed", True),
        ("<Hangup/>", "completed", True),
        ("", "completed", False),
        ("<Redirect>/again</Redirect>", "no-answer", False),
    ],
)
def test_how_a_call_ends(answer: str, status: str, taken: bool) -> None:
    stage, leg = call({"/voice": answer, "/again": "<Reject/>"})
    stage.wait(5)
    assert leg.status == status
    assert (leg.answered_at is not None) == taken


@pytest.mark.parametrize(
    ("more", "keys", "digits", "heard"),
    [
        ('finishOnKey="#"', "12", ["12"], []),
        ('finishOnKey="#"', "1", ["1"], []),
        ('finishOnKey="#"', "1#", ["1"], []),
        ('finishOnKey="*"', "1#", ["1#"], []),
        ("", "", [], ["bye"]),
        ("", "#", [], ["bye"]),
        ('actionOnEmptyResult="true"', "", [""], []),
    ],
)
def test_gather(more: str, keys: str, digits: list[str], heard: list[str]) -> None:
    stage, leg = call({"/voice": MENU.format(digits=2, more=more), "/key": "<Hangup/>"})
    stage.wait(0.3)
    stage.engine.press(leg, keys)
    stage.wait(8)
    assert digits_of(stage) == digits
    assert stage.engine.heard(leg)[1:] == heard


def test_keys_interrupt_what_is_said_and_time_counts_from_the_last() -> None:
    stage, leg = call({"/voice": MENU.format(digits=3, more=""), "/key": "<Hangup/>"})
    stage.wait(0.2)
    stage.engine.press(leg, "1")
    stage.wait(3.5)
    stage.engine.press(leg, "2")
    stage.wait(3.5)
    assert digits_of(stage) == []
    stage.wait(1)
    assert digits_of(stage) == ["12"]


def test_speech_is_heard_where_it_is_asked_for() -> None:
    stage, leg = call({"/voice": '<Gather input="dtmf speech" action="/key"/>', "/key": '<Gather action="/never"/>'})
    stage.wait(1)
    stage.engine.say(leg, "where is my parcel", "0.82")
    stage.wait(1)
    assert stage.product.told("/key")[0]["SpeechResult"] == "where is my parcel"
    assert stage.product.told("/key")[0]["Confidence"] == "0.82"
    stage.engine.say(leg, "hello?")
    stage.wait(10)
    assert stage.product.told("/never") == []


def test_a_gather_without_action_asks_its_own_document() -> None:
    stage, leg = call({"/voice": '<Gather numDigits="1" timeout="30"/>'})
    stage.wait(1)
    stage.engine.press(leg, "5")
    stage.wait(1)
    assert [fields.get("Digits") for fields in stage.product.told("/voice")] == [None, "5"]


@pytest.mark.parametrize(
    ("voice", "code", "error"),
    [(500, 11200, "11200"), ("no xml", 12100, "12100"), ("<Shout>hi</Shout>", 12200, "12200")],
)
def test_the_fallback_is_asked_once(voice: Answer, code: int, error: str) -> None:
    stage = Stage({"/voice": voice, "/fallback": "<Say>sorry</Say>"})
    stage.number.voice_fallback_url = f"{HOST}/fallback"
    leg = stage.engine.dial_in(CALLER, LINE)
    stage.wait(5)
    assert [fields["ErrorCode"] for fields in stage.product.told("/fallback")] == [error]
    assert stage.engine.heard(leg) == ["sorry"]
    stage.product.answers["/fallback"] = "no xml either"
    leg = stage.engine.dial_in(CALLER, LINE)
    stage.wait(5)
    assert leg.over
    assert stage.engine.heard(leg) == ["application error 12100"]
    assert stage.codes()[-1] == 12100
    assert code in (11200, *stage.codes())


def test_a_queue_is_asked_with_live_figures() -> None:
    stage, first = call({"/voice": WAIT, "/wait": "<Pause length='10'/>"})
    stage.wait(5)
    second = stage.engine.dial_in("+447700900456", LINE)
    stage.wait(8)
    stage.engine.hang_up(first)
    stage.wait(10)
    asked = [fields for fields in stage.product.told("/wait") if fields["CallSid"] == second.sid]
    assert [fields["QueuePosition"] for fields in asked] == ["2", "1"]
    assert [fields["CurrentQueueSize"] for fields in asked] == ["2", "1"]
    assert [fields["QueueTime"] for fields in asked] == ["0", "10"]
    assert [fields["QueueResult"] for fields in stage.product.told("/left")] == ["hangup"]
    assert stage.product.told("/left")[0]["CallStatus"] == "completed"


def test_leave_goes_on_with_the_action() -> None:
    answers: dict[str, Answer] = {
        "/voice": WAIT + "<Say>below</Say>",
        "/wait": '<Gather numDigits="1" action="/key"/>',
        "/key": "<Leave/>",
        "/left": lambda fields: f"<Say>{fields['QueueResult']}</Say>",
    }
    stage, leg = call(answers)
    stage.wait(2)
    stage.engine.press(leg, "1")
    stage.wait(5)
    assert stage.engine.heard(leg) == ["leave"]
    assert leg.over


def test_a_full_queue() -> None:
    stage, _ = call({"/voice": '<Enqueue maxQueueSize="1" action="/left">parcel</Enqueue>', "/left": "<Hangup/>"})
    stage.wait(1)
    second = stage.engine.dial_in(CALLER, LINE)
    stage.wait(1)
    assert second.over
    assert [fields["QueueResult"] for fields in stage.product.told("/left")] == ["queue-full"]


REDIRECTED = f'<Response><Dial action="{HOST}/done"><Conference>a</Conference></Dial></Response>'


@pytest.mark.parametrize(
    ("readings", "results", "heard"),
    [
        (Readings(), ["redirected"], []),
        (Readings(enqueue_action_after_redirect=False), [], []),
        (Readings(enqueue_reply_is_run=True), ["redirected"], ["taken away"]),
    ],
    ids=["asked", "not asked", "run"],
)
def test_a_redirect_out_of_a_queue(readings: Readings, results: list[str], heard: list[str]) -> None:
    stage, leg = call({"/voice": WAIT, "/left": "<Say>taken away</Say>"}, readings)
    stage.wait(2)
    stage.engine.update_call(leg.sid, {"Twiml": [REDIRECTED]})
    stage.wait(3)
    assert [fields["QueueResult"] for fields in stage.product.told("/left")] == results
    assert stage.engine.heard(leg) == heard


def test_an_empty_reply_leaves_a_redirected_call_where_it_is() -> None:
    stage, leg = call({"/voice": WAIT, "/left": ""}, Readings(enqueue_reply_is_run=True))
    stage.wait(2)
    stage.engine.update_call(leg.sid, {"Twiml": [REDIRECTED]})
    stage.wait(3)
    assert [p.call_sid for p in stage.account.conferences.popitem()[1].participants.values()] == [leg.sid]


def test_a_call_that_is_over_cannot_be_redirected() -> None:
    stage, leg = call({"/voice": WAIT})
    with pytest.raises(RestError) as ringing:
        stage.engine.update_call(leg.sid, {"Twiml": [REDIRECTED]})
    stage.wait(1)
    stage.engine.hang_up(leg)
    with pytest.raises(RestError) as over:
        stage.engine.update_call(leg.sid, {"Twiml": [REDIRECTED]})
    assert (ringing.value.code, over.value.code) == (21220, 21220)


@pytest.mark.parametrize(
    ("spoken", "key", "length", "digits"),
    [(4.0, "", "4", ""), (30.0, "", "10", ""), (3.0, "#", "2", "#"), (0.0, "", None, None)],
    ids=["silence ends it", "the longest", "a key", "nothing said"],
)
def test_record(spoken: float, key: str, length: str | None, digits: str | None) -> None:
    record = '<Record action="/key" timeout="5" maxLength="10" recordingStatusCallback="/recorded"/><Say>bye</Say>'
    stage, leg = call({"/voice": record, "/key": "<Hangup/>"})
    stage.wait(1)
    if spoken:
        stage.engine.speak(leg, spoken)
    stage.wait(2)
    stage.engine.press(leg, key)
    stage.wait(20)
    told = stage.product.told("/key")
    assert [fields["RecordingDuration"] for fields in told] == ([length] if length else [])
    assert [fields["Digits"] for fields in told] == ([digits] if length else [])
    assert [fields["RecordingStatus"] for fields in stage.product.told("/recorded")] == (
        ["completed"] if length else []
    )


def test_a_message_of_somebody_who_hangs_up_is_kept() -> None:
    stage, leg = call({"/voice": '<Record action="/key" recordingStatusCallback="/recorded"/>'})
    stage.wait(1)
    stage.engine.speak(leg, 30)
    stage.wait(6)
    stage.engine.hang_up(leg)
    stage.wait(5)
    assert digits_of(stage) == ["hangup"]
    told = stage.product.told("/recorded")
    assert [fields["RecordingSource"] for fields in told] == ["RecordVerb"]
    assert int(told[0]["RecordingDuration"]) in (5, 6)


@pytest.mark.parametrize(
    ("manner", "result", "sip"),
    [
        (Answers(2), "completed", 200),
        (Declines(1), "busy", 486),
        (Ignores(), "no-answer", 487),
        (Offline(), "no-answer", 404),
        (Busy(), "busy", 486),
    ],
)
def test_dial_of_a_browser(manner: Manner, result: str, sip: int) -> None:
    client = '<Client statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">anna</Client>'
    stage, leg = call({"/voice": f'<Dial action="/done" timeout="10">{client}</Dial>', "/done": "<Hangup/>"})
    stage.engine.phones["client:anna"] = manner
    stage.wait(8)
    other = list(stage.account.legs.values())[1]
    if isinstance(manner, Answers):
        assert stage.engine.hears(leg) == {other}
        assert stage.engine.hears(other) == {leg}
        stage.engine.hang_up(other)
    stage.wait(12)
    assert [fields["DialCallStatus"] for fields in stage.product.told("/done")] == [result]
    told = stage.product.told("/leg")
    assert [fields["SequenceNumber"] for fields in told] == [str(n) for n in range(len(told))]
    assert told[-1]["SipResponseCode"] == str(sip)
    assert told[-1]["ParentCallSid"] == leg.sid


@pytest.mark.parametrize(
    ("manner", "wanted", "by"),
    [
        (Answers(1), "Enable", "human"),
        (Machine(1), "Enable", "machine_start"),
        (Machine(1, greeting=8), "DetectMessageEnd", "machine_end_beep"),
    ],
)
def test_a_detection_says_who_answered(manner: Manner, wanted: str, by: str) -> None:
    stage = Stage({"/out": "<Say>hello</Say>"})
    stage.engine.phones[CALLER] = manner
    leg = stage.engine.create_call(
        {"From": [LINE], "To": [CALLER], "Url": [f"{HOST}/out"], "MachineDetection": [wanted]}
    )
    stage.wait(15)
    assert [fields["AnsweredBy"] for fields in stage.product.told("/out")] == [by]
    assert leg.status == "completed"


def test_calls_begin_one_a_second_and_those_that_wait_can_be_cancelled_unheard() -> None:
    stage = Stage({"/out": "<Pause length='60'/>"})
    stage.engine.phones[CALLER] = Answers(0.1)
    form = {"From": [LINE], "To": [CALLER], "Url": [f"{HOST}/out"], "StatusCallback": [f"{HOST}/leg"]}
    legs = [stage.engine.create_call(form) for _ in range(3)]
    stage.wait(0.9)
    assert [leg.status for leg in legs] == ["in-progress", "queued", "queued"]
    stage.engine.update_call(legs[2].sid, {"Status": ["canceled"]})
    stage.wait(5)
    assert [leg.status for leg in legs] == ["in-progress", "in-progress", "canceled"]
    assert stage.product.told("/leg") == []
