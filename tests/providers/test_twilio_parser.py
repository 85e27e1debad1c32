"""The emulator's parser takes what Twilio's library builds and refuses what Twilio's schema would not have."""

from __future__ import annotations

import pytest
from twilio.twiml.voice_response import VoiceResponse

from tests.twilio_emulator.engine.grammar import GRAMMAR
from tests.twilio_emulator.engine.parser import NOT_TWIML, NOT_XML, WRONG_TYPE, TwimlError, parse, read
from tests.twilio_emulator.hooks import Document

REFUSED: list[tuple[str, str, int]] = [
    ("call", "<Response><Say>half", NOT_XML),
    ("call", "", NOT_XML),
    ("call", "<Response><Say>you & me</Say></Response>", NOT_XML),
    ("call", "<Answer><Say>hello</Say></Answer>", NOT_TWIML),
    ("call", "<Response lang='en'/>", NOT_TWIML),
    ("call", "<Response>hello</Response>", NOT_TWIML),
    ("call", "<Response><say>hello</say></Response>", NOT_TWIML),
    ("call", "<Response><Shout>hello</Shout></Response>", NOT_TWIML),
    ("call", "<Response><Say accent='x'>hello</Say></Response>", NOT_TWIML),
    ("call", "<Response><Say></Say></Response>", NOT_TWIML),
    ("call", f"<Response><Say>{'a' * 4097}</Say></Response>", NOT_TWIML),
    ("call", "<Response><Say language='zh-Hans'>您好</Say></Response>", NOT_TWIML),
    ("call", "<Response><Play/></Response>", NOT_TWIML),
    ("call", "<Response><Say>a<Play>b</Play></Say></Response>", NOT_TWIML),
    ("call", "<Response><Leave/></Response>", NOT_TWIML),
    ("call", "<Response><Conference>a</Conference></Response>", NOT_TWIML),
    ("call", "<Response><Gather><Dial>+1</Dial></Gather></Response>", NOT_TWIML),
    ("call", "<Response><Gather>press one</Gather></Response>", NOT_TWIML),
    ("call", "<Response><Gather timeout='soon'/></Response>", NOT_TWIML),
    ("call", "<Response><Gather input='keys'/></Response>", NOT_TWIML),
    ("call", "<Response><Gather input='speech' language='cmn-CN'/></Response>", NOT_TWIML),
    ("call", "<Response><Gather method='PUT'/></Response>", NOT_TWIML),
    ("call", "<Response><Dial/></Response>", NOT_TWIML),
    ("call", "<Response><Dial><Conference/></Dial></Response>", NOT_TWIML),
    ("call", "<Response><Dial><Conference>a</Conference><Client>b</Client></Dial></Response>", NOT_TWIML),
    ("call", "<Response><Dial><Conference endConferenceOnExit='yes'>a</Conference></Dial></Response>", NOT_TWIML),
    ("call", "<Response><Dial><Conference statusCallbackEvent='answered'>a</Conference></Dial></Response>", NOT_TWIML),
    (
        "call",
        "<Response><Dial><Conference statusCallbackEvent=\"['join']\">a</Conference></Dial></Response>",
        NOT_TWIML,
    ),
    ("call", f"<Response><Dial><Conference participantLabel='{'a' * 129}'>a</Conference></Dial></Response>", NOT_TWIML),
    ("call", "<Response><Dial><Client statusCallbackEvent='join'>a</Client></Dial></Response>", NOT_TWIML),
    ("call", "<Response><Dial><Client/></Dial></Response>", NOT_TWIML),
    ("call", f"<Response><Enqueue>{'q' * 65}</Enqueue></Response>", NOT_TWIML),
    ("call", "<Response><Enqueue></Enqueue></Response>", NOT_TWIML),
    ("call", "<Response><Reject reason='bored'/></Response>", NOT_TWIML),
    ("wait", "<Response><Dial>+1</Dial></Response>", NOT_TWIML),
    ("wait", "<Response><Enqueue>again</Enqueue></Response>", NOT_TWIML),
    ("wait", "<Response><Record/></Response>", NOT_TWIML),
    ("hold", "<Response><Gather/></Response>", NOT_TWIML),
    ("hold", "<Response><Leave/></Response>", NOT_TWIML),
    ("hold", "<Response><Hangup/></Response>", NOT_TWIML),
]


@pytest.mark.parametrize(
    ("place", "text", "code"), REFUSED, ids=[f"{place} {text[10:60]}" for place, text, _ in REFUSED]
)
def test_what_twilio_would_not_run(place: str, text: str, code: int) -> None:
    with pytest.raises(TwimlError) as refused:
        parse(text, place)
    assert refused.value.code == code


def test_what_the_library_builds() -> None:
    made = VoiceResponse()
    keys = made.gather(num_digits=1, action="/language", action_on_empty_result=True, input="dtmf speech")
    keys.say("Press one & wait <please>", language="en-US", voice="Polly.Joanna-Neural")
    keys.say("请按二", language="cmn-CN", loop=2)
    made.record(max_length=90, finish_on_key="#", recording_status_callback="/recorded")
    made.dial(action="/done", record="record-from-answer-dual").conference(
        "a7", participant_label="customer", wait_url="", status_callback="/room", status_callback_event="join leave"
    )
    gather, record, dial = parse(str(made))
    assert [verb.name for verb in (gather, record, dial)] == ["Gather", "Record", "Dial"]
    assert gather.on("actionOnEmptyResult")
    assert gather.children[0].text == "Press one & wait <please>"
    assert dial.children[0].attributes["waitUrl"] == ""
    assert dial.children[0].get("participantLabel") == "customer"


def test_the_grammar_is_the_librarys() -> None:
    assert {"actionOnEmptyResult", "finishOnKey", "numDigits"} <= GRAMMAR["Gather"].attributes
    assert GRAMMAR["Gather"].children == {"Say", "Play", "Pause"}
    assert GRAMMAR["Leave"].attributes == frozenset()
    assert {"Conference", "Client", "Number", "Queue"} <= GRAMMAR["Dial"].children
    assert "url" in GRAMMAR["Client"].attributes


def test_the_content_type_says_what_it_is() -> None:
    def answer(kind: str, text: str) -> Document:
        return Document("http://product.test/a", 200, kind, text)

    for kind in ("text/xml; charset=utf-8", "application/xml", "text/html", "text/plain"):
        assert read(answer(kind, "<Response><Hangup/></Response>"), "call")[0].name == "Hangup"
    assert read(answer("text/plain", "We are closed."), "call")[0].text == "We are closed."
    played = read(answer("audio/mpeg", ""), "call")[0]
    assert (played.name, played.text) == ("Play", "http://product.test/a")
    with pytest.raises(TwimlError) as refused:
        read(answer("application/json", "{}"), "call")
    assert refused.value.code == WRONG_TYPE
