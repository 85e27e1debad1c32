"""Agents' browsers at the emulator: whose token is taken, what a page is told, and what it can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest

from app.providers.twilio.tokens import voice_token
from config import Settings
from tests.twilio_emulator.browsers import BadToken, Browsers, add_browsers, identity_in
from tests.twilio_emulator.clock import Virtual
from tests.twilio_emulator.delivery import InProcess
from tests.twilio_emulator.emulator import LINE, Emulator
from tests.twilio_emulator.telephone import Phonebook, add_telephone

PRODUCT = "http://127.0.0.1:5000"


class Bench:
    """An emulator with browsers and a telephone page, and nobody's product behind it."""

    def __init__(self) -> None:
        self.clock = Virtual()
        self.emulator = Emulator(self.clock, InProcess(lambda environ, start: [], "http://127.0.0.1:1"))
        self.browsers = Browsers(self.emulator.world)
        add_browsers(self.emulator.front, self.browsers, PRODUCT)
        add_telephone(self.emulator.front, self.emulator.world, LINE, self.browsers)
        self.web = self.emulator.front.test_client()

    def token(self, **changed: str) -> str:
        settings = replace(Settings(), **{**self.emulator.settings("http://127.0.0.1:9101"), **changed})
        return voice_token(settings, "agent-7").jwt

    def page(self, what: str, **body: str) -> tuple[int, dict[str, Any]]:
        answer = self.web.post(f"/browser/{what}", data=json.dumps(body), headers={"Origin": PRODUCT})
        return answer.status_code, answer.get_json() or {}


def test_a_page_is_rung_and_takes_its_call() -> None:
    bench = Bench()
    session = bench.page("register", token=bench.token())[1]["session"]
    form = {"From": [LINE], "To": ["client:agent-7?leg=12"], "Label": ["leg-12"]}
    call = bench.emulator.engine.add_participant("room", form)
    bench.clock.advance(2)
    events = bench.page("news", session=session)[1]["events"]
    assert [(e["type"], e["sid"], e["parameters"]) for e in events] == [("incoming", call.call_sid, {"leg": "12"})]
    assert bench.page("accept", session=session, sid=call.call_sid)[0] == 200
    bench.clock.advance(1)
    assert [e["type"] for e in bench.page("news", session=session)[1]["events"]] == ["accept"]
    bench.page("disconnect", session=session, sid=call.call_sid)
    assert [e["type"] for e in bench.page("news", session=session)[1]["events"]] == ["disconnect"]
    assert bench.emulator.account.legs[call.call_sid].status == "completed"


def test_a_page_that_left_is_not_there() -> None:
    bench = Bench()
    session = bench.page("register", token=bench.token())[1]["session"]
    bench.page("unregister", session=session)
    call = bench.emulator.engine.add_participant("room", {"From": [LINE], "To": ["client:agent-7"]})
    bench.clock.advance(2)
    assert bench.emulator.account.legs[call.call_sid].status == "no-answer"
    assert bench.page("news", session=session)[0] == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"twilio_api_key_secret": "f" * 32}, 20101),
        ({"twilio_api_key_sid": f"SK{'0' * 32}"}, 20101),
        ({"twilio_account_sid": f"AC{'0' * 32}"}, 20101),
    ],
)
def test_only_a_token_of_this_account_registers(changed: dict[str, str], code: int) -> None:
    bench = Bench()
    assert bench.page("register", token=bench.token(**changed)) == (403, {"code": code})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda claims: claims | {"exp": 1}, 20104),
        (lambda claims: claims | {"grants": {"identity": "agent-7", "voice": {}}}, 20101),
        (lambda claims: claims | {"grants": {"voice": {"incoming": {"allow": True}}}}, 20101),
    ],
)
def test_a_token_must_be_alive_and_allow_to_be_rung(
    change: Callable[[dict[str, Any]], dict[str, Any]], code: int
) -> None:
    account = Bench().emulator.account
    key, secret = next(iter(account.keys.items()))
    grants = {"identity": "agent-7", "voice": {"incoming": {"allow": True}}}
    claims = change({"iss": key, "sub": account.sid, "exp": 4_000_000_000, "grants": grants})
    with pytest.raises(BadToken) as caught:
        identity_in(account, jwt.encode(claims, secret, "HS256", {"cty": "twilio-fpa;v=1"}))
    assert caught.value.code == code


def test_pages_of_others_are_refused() -> None:
    bench = Bench()
    for path in ("/browser/news", "/telephone/call"):
        assert bench.web.post(path, data="{}", headers={"Origin": "http://evil.example"}).status_code == 403
    assert bench.web.get("/telephone", headers={"Host": "evil.example"}).status_code == 403


def test_the_telephone_page_rings_the_desk_and_writes_to_it() -> None:
    bench = Bench()
    number = "+447700900318"
    bench.web.post("/telephone/call", data={"number": number})
    leg = next(iter(bench.emulator.account.legs.values()))
    assert (leg.from_, leg.to) == (number, LINE)
    bench.web.post("/telephone/end", data={"number": number})
    assert leg.over
    bench.web.post("/telephone/text", data={"number": number, "body": "Hello <b>"})
    assert "Hello &lt;b&gt;" in bench.web.get(f"/telephone/now?number={number}").text
    assert bench.web.get(f"/telephone?number={number}").status_code == 200


def test_a_telephone_that_is_open_on_a_page_rings_until_it_is_answered_there() -> None:
    bench = Bench()
    assert isinstance(bench.emulator.engine.phones, Phonebook)
    bench.web.get("/telephone?number=%2B447700900955")
    bench.emulator.engine.create_call(
        {"From": [LINE], "To": ["+447700900955"], "Twiml": ["<Response><Pause length='60'/></Response>"]}
    )
    leg = next(iter(bench.emulator.account.legs.values()))
    bench.clock.advance(20)
    assert leg.status == "ringing"
    assert "is ringing" in bench.web.get("/telephone/now?number=%2B447700900955").text
    bench.web.post("/telephone/answer", data={"number": "+447700900955"})
    assert leg.status == "in-progress"
