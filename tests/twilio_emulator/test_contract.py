"""The emulator against Twilio's own texts: examples of the OpenAPI files, and Twilio's Python library as the client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.twilio_emulator import openapi
from tests.twilio_emulator.asking import HANDLERS
from tests.twilio_emulator.clock import Virtual
from tests.twilio_emulator.delivery import Answer, Outgoing
from tests.twilio_emulator.emulator import LINE, Emulator
from tests.twilio_emulator.engine import Answers
from tests.twilio_emulator.front import serving

CUSTOMER = "+12025550177"
TALK = "<Response><Dial><Conference participantLabel='customer'>c-1</Conference></Dial></Response>"
WAIT = "<Response><Enqueue waitUrl='/wait'>desk</Enqueue></Response>"
PAUSE = "<Response><Pause length='600'/></Response>"


class Product:
    """Answers TwiML by path; everything that it was told is kept."""

    waits = False

    def __init__(self) -> None:
        self.documents = {"/twilio/voice/inbound": WAIT, "/wait": PAUSE}
        self.told: list[Outgoing] = []

    def send(self, request: Outgoing) -> Answer:
        self.told.append(request)
        document = self.documents.get(urlsplit(request.url).path, "<Response/>")
        return Answer(200, {"content-type": "text/xml"}, document, 0.0)


class ToFront(TwilioHttpClient):
    """Twilio's client, aimed at the emulator."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5)
        self.base = urlsplit(base)

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        aimed = urlunsplit(urlsplit(url)._replace(scheme=self.base.scheme, netloc=self.base.netloc))
        return super().request(method, aimed, *rest, **named)


@pytest.fixture(scope="module")
def base() -> Iterator[tuple[str, SimpleNamespace]]:
    """One front for the module; the emulator behind it is exchanged by each test."""
    holder = SimpleNamespace(front=None)
    with serving(lambda environ, start: holder.front(environ, start)) as url:
        yield url, holder


@pytest.fixture
def emulator(base: tuple[str, SimpleNamespace]) -> Iterator[Emulator]:
    made = Emulator(Virtual(), Product())
    made.point_at("http://127.0.0.1:5000")
    made.engine.phones["client:agent-7"] = Answers(after=2)
    base[1].front = made.front
    yield made
    made.close()


@pytest.fixture
def client(base: tuple[str, SimpleNamespace], emulator: Emulator) -> Client:
    return Client(emulator.account.sid, emulator.account.auth_token, http_client=ToFront(base[0]))


def advance(emulator: Emulator, seconds: float) -> None:
    assert isinstance(emulator.clock, Virtual)
    emulator.clock.advance(seconds)


def refused(code: int, request: Callable[[], object]) -> None:
    with pytest.raises(TwilioRestException) as caught:
        request()
    assert caught.value.code == code


# Twilio's file -----------------------------------------------------------------------------------------------


def handled() -> list[openapi.Operation]:
    operations = {operation.name: operation for spec in openapi.specs() for operation in spec.operations.values()}
    return [operations[name] for name in sorted(HANDLERS)]


def test_every_handler_is_an_operation_of_twilio() -> None:
    assert len(handled()) == len(HANDLERS) >= 50


def test_twilios_own_examples_pass() -> None:
    examples = [(operation, *example) for operation in handled() for example in operation.examples()]
    for operation, _, status, body in examples:
        operation.check_answer(status, body)
    assert len(examples) >= 80


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"From": ["+1"]}, "To: is required"),
        ({"To": ["a"], "From": ["b"], "Timeout": ["soon"]}, "Timeout"),
        ({"To": ["a"], "From": ["b"], "Url": ["/relative"]}, "Url"),
        ({"To": ["a"], "From": ["b"], "Method": ["PUT"]}, "Method"),
        ({"To": ["a"], "From": ["b"], "ApplicationSid": ["AP1"]}, "ApplicationSid"),
        ({"To": ["a"], "From": ["b"], "Colour": ["red"]}, "Colour: is not a field"),
        ({"To": ["a", "c"], "From": ["b"]}, "To: comes 2 times"),
    ],
)
def test_a_wrong_form_is_told_in_words(form: openapi.Form, words: str) -> None:
    found = openapi.find("POST", f"/2010-04-01/Accounts/AC{'0' * 32}/Calls.json")
    assert found is not None
    assert [problem for problem in found[0].form_problems(form) if problem.startswith(words)]


def test_an_answer_beyond_twilios_is_a_breach() -> None:
    found = openapi.find("GET", f"/2010-04-01/Accounts/AC{'0' * 32}/Calls/CA{'1' * 32}.json")
    assert found is not None
    with pytest.raises(openapi.SpecBreach):
        found[0].check_answer(200, {"sid": f"CA{'1' * 32}", "colour": "red"})
    with pytest.raises(openapi.SpecBreach):
        found[0].check_answer(200, {"status": "initiated"})


# Twilio's library --------------------------------------------------------------------------------------------


def test_calls(client: Client, emulator: Emulator) -> None:
    emulator.engine.phones[CUSTOMER] = Answers(after=3)
    call = client.calls.create(
        to=CUSTOMER,
        from_=LINE,
        twiml=PAUSE,
        timeout=20,
        status_callback="http://127.0.0.1:5000/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        machine_detection="Enable",
    )
    assert (call.status, call.direction) == ("queued", "outbound-api")
    advance(emulator, 10)
    assert client.calls(call.sid).fetch().status == "in-progress"
    client.calls(call.sid).update(twiml=TALK)
    assert [c.sid for c in client.calls.list(to=CUSTOMER, status="in-progress")] == [call.sid]
    assert client.calls.list(start_time_before=emulator.clock.now() - timedelta(days=2)) == []
    client.calls(call.sid).update(status="completed")
    advance(emulator, 2)
    assert client.calls(call.sid).fetch().end_time is not None
    refused(21220, lambda: client.calls(call.sid).update(twiml=TALK))
    refused(20404, lambda: client.calls(f"CA{'0' * 32}").fetch())


def test_a_room_with_everything_that_is_done_in_it(client: Client, emulator: Emulator) -> None:
    leg = emulator.engine.dial_in(CUSTOMER, LINE)
    advance(emulator, 5)
    queue = next(q for q in client.queues.list() if q.friendly_name == "desk")
    assert [m.position for m in client.queues(queue.sid).members.list()] == [1]
    assert client.queues(queue.sid).members("Front").fetch().call_sid == leg.sid
    agent = client.conferences("c-1").participants.create(
        from_=LINE,
        to="client:agent-7",
        label="agent-7",
        timeout=15,
        beep="false",
        wait_url="",
        end_conference_on_exit=False,
        status_callback="http://127.0.0.1:5000/leg",
        status_callback_event=["answered", "completed"],
        conference_status_callback="http://127.0.0.1:5000/room",
        conference_status_callback_event=["start", "end", "join", "leave", "hold"],
        conference_record="record-from-start",
        conference_recording_status_callback="http://127.0.0.1:5000/recording",
    )
    advance(emulator, 6)
    client.calls(leg.sid).update(twiml=TALK)
    advance(emulator, 3)
    room = client.conferences.list(friendly_name="c-1", status="in-progress")[0]
    assert client.conferences(room.sid).fetch().friendly_name == "c-1"
    people = client.conferences(room.sid).participants
    assert {p.label for p in people.list()} == {"agent-7", "customer"}
    assert people("customer").update(hold=True, hold_url="http://127.0.0.1:5000/music").hold
    advance(emulator, 1)
    assert [p.label for p in people.list(hold=True)] == ["customer"]
    assert people("agent-7").update(muted=True).muted
    assert people(agent.call_sid).fetch().call_sid == agent.call_sid
    people("customer").update(hold=False)
    tape = client.conferences(room.sid).recordings.list()[0]
    paused = client.conferences(room.sid).recordings("Twilio.CURRENT").update(status="paused", pause_behavior="skip")
    assert (paused.sid, paused.status) == (tape.sid, "paused")
    client.conferences(room.sid).recordings(tape.sid).update(status="in-progress")
    advance(emulator, 7)
    assert people("agent-7").delete()
    client.conferences(room.sid).update(status="completed")
    advance(emulator, 20)
    assert people.list() == []
    assert client.recordings(tape.sid).fetch().status == "completed"
    assert client.recordings.list(conference_sid=room.sid)[0].sid == tape.sid


def test_a_recording_of_a_call_has_a_sound_until_it_is_deleted(
    client: Client, emulator: Emulator, base: tuple[str, SimpleNamespace]
) -> None:
    emulator.engine.phones[CUSTOMER] = Answers(after=1)
    call = client.calls.create(to=CUSTOMER, from_=LINE, twiml=PAUSE)
    advance(emulator, 5)
    tape = client.calls(call.sid).recordings.create(recording_channels="dual")
    advance(emulator, 4)
    client.calls(call.sid).recordings(tape.sid).update(status="stopped")
    advance(emulator, 10)
    address = f"{base[0]}/2010-04-01/Accounts/{emulator.account.sid}/Recordings/{tape.sid}"
    auth = (emulator.account.sid, emulator.account.auth_token)
    assert requests.get(address, timeout=5).status_code == 401
    assert requests.get(f"{address}.wav", auth=auth, timeout=5).content[:4] == b"RIFF"
    assert requests.get(f"{address}.mp3", auth=auth, timeout=5).content[:2] == b"\xff\xfb"
    assert client.recordings(tape.sid).delete()
    assert requests.get(address, auth=auth, timeout=5).status_code == 404
    assert [t.sid for t in client.recordings.list(include_soft_deleted=True)] == [tape.sid]
    refused(20404, lambda: client.recordings(tape.sid).fetch())


def test_messages(client: Client, emulator: Emulator) -> None:
    first = client.messages.create(to=CUSTOMER, from_=LINE, body="您好", validity_period=3600)
    second = client.messages.create(to=CUSTOMER, messaging_service_sid=emulator.service.sid, body="Hello")
    assert (first.status, first.num_segments, second.status, second.num_segments) == ("queued", "1", "accepted", "0")
    advance(emulator, 10)
    assert client.messages(second.sid).fetch().status == "delivered"
    assert [m.sid for m in client.messages.list(to=CUSTOMER)] == [second.sid, first.sid]
    assert client.messages(first.sid).update(body="").body == ""
    assert client.messages(first.sid).delete()
    later = client.messages.create(
        to=CUSTOMER,
        messaging_service_sid=emulator.service.sid,
        body="Later",
        schedule_type="fixed",
        send_at=emulator.clock.now() + timedelta(hours=1),
    )
    assert (later.status, client.messages(later.sid).update(status="canceled").status) == ("scheduled", "canceled")


def test_what_an_owner_sets_up(client: Client, emulator: Emulator) -> None:
    number = client.incoming_phone_numbers.list(phone_number=LINE)[0]
    changed = client.incoming_phone_numbers(number.sid).update(voice_url="https://desk.example/v", voice_method="GET")
    assert (changed.voice_url, emulator.number.voice_method) == ("https://desk.example/v", "GET")
    app = client.applications.create(friendly_name="Other", voice_url="https://desk.example/c")
    assert client.applications(app.sid).update(friendly_name="Desk 2").friendly_name == "Desk 2"
    assert [a.sid for a in client.applications.list(friendly_name="Desk 2")] == [app.sid]
    pool = client.messaging.v1.services.create(friendly_name="Second")
    client.messaging.v1.services(pool.sid).update(inbound_request_url="https://desk.example/in")
    assert client.messaging.v1.services(pool.sid).fetch().inbound_request_url == "https://desk.example/in"
    senders = client.messaging.v1.services(emulator.service.sid).phone_numbers
    assert [n.phone_number for n in senders.list()] == [LINE]
    assert senders(number.sid).delete()
    assert senders.create(phone_number_sid=number.sid).phone_number == LINE
    assert client.api.accounts(emulator.account.sid).fetch().status == "active"
    assert client.keys(next(iter(emulator.account.keys))).fetch().sid in emulator.account.keys


def test_lists_come_in_pages(client: Client, emulator: Emulator) -> None:
    made = [client.queues.create(friendly_name=f"q{number}").sid for number in range(5)]
    assert [queue.sid for queue in client.queues.list(page_size=2)] == made
    assert [queue.sid for queue in client.queues.list(limit=3, page_size=2)] == made[:3]


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (21211, {"to": "12025550177", "from_": LINE, "twiml": PAUSE}),
        (21210, {"to": CUSTOMER, "from_": "+12025550100", "twiml": PAUSE}),
        (21205, {"to": CUSTOMER, "from_": LINE}),
        (21216, {"to": "+15005550004", "from_": LINE, "twiml": PAUSE}),
        (20001, {"to": CUSTOMER, "from_": LINE, "url": "desk"}),
        (21624, {"to": CUSTOMER, "from_": LINE, "twiml": "x" * 4001}),
    ],
)
def test_calls_that_twilio_refuses(client: Client, code: int, form: dict[str, Any]) -> None:
    refused(code, lambda: client.calls.create(**form))


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (21603, {"to": CUSTOMER, "body": "a"}),
        (21602, {"to": CUSTOMER, "from_": LINE}),
        (21606, {"to": CUSTOMER, "from_": "+12025550100", "body": "a"}),
        (21212, {"to": CUSTOMER, "from_": "Desk", "body": "a"}),
        (21211, {"to": "anonymous", "from_": LINE, "body": "a"}),
        (21408, {"to": "+15005550003", "from_": LINE, "body": "a"}),
        (21610, {"to": "+15005550004", "from_": LINE, "body": "a"}),
        (21614, {"to": "+15005550009", "from_": LINE, "body": "a"}),
        (21611, {"to": CUSTOMER, "from_": "+15005550008", "body": "a"}),
        (21617, {"to": CUSTOMER, "from_": LINE, "body": "a" * 1601}),
    ],
)
def test_messages_that_twilio_refuses(client: Client, code: int, form: dict[str, Any]) -> None:
    refused(code, lambda: client.messages.create(**form))


def test_who_does_not_know_the_secret_is_refused(base: tuple[str, SimpleNamespace], emulator: Emulator) -> None:
    sid, (key, secret) = emulator.account.sid, next(iter(emulator.account.keys.items()))
    refused(20003, lambda: Client(sid, "wrong", http_client=ToFront(base[0])).api.accounts(sid).fetch())
    assert Client(key, secret, sid, http_client=ToFront(base[0])).calls.list() == []
    other = f"AC{'0' * 32}"
    refused(20404, lambda: Client(key, secret, other, http_client=ToFront(base[0])).keys(key).fetch())


def test_what_is_not_emulated_is_loud(client: Client, emulator: Emulator) -> None:
    refused(501, lambda: client.balance.fetch())
    with pytest.raises(AssertionError, match="does not know"):
        emulator.journal.check()


def test_planned_trouble(client: Client, emulator: Emulator) -> None:
    emulator.world.refuse_next("/Messages.json")
    refused(20429, lambda: client.messages.create(to=CUSTOMER, from_=LINE, body="a"))
    emulator.world.lose_answer("/Messages.json")
    refused(20503, lambda: client.messages.create(to=CUSTOMER, from_=LINE, body="a"))
    assert len(client.messages.list(to=CUSTOMER)) == 1


def test_test_credentials_reach_three_resources_only(client: Client, emulator: Emulator) -> None:
    emulator.account.test_credentials = True
    assert client.messages.create(to=CUSTOMER, from_="+15005550006", body="a").status == "queued"
    refused(21210, lambda: client.calls.create(to=CUSTOMER, from_=LINE, twiml=PAUSE))
    refused(20008, lambda: client.queues(f"QU{'0' * 32}").fetch())
