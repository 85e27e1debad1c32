"""Every request that the desk can make to Twilio, made once: each must be allowed by Twilio's own file.

Who adds a function that asks Twilio adds it here too; the first test says so.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.providers import twilio
from app.providers.base import SmsNotTaken, Text
from app.providers.twilio import account, dialling, recordings, supervising, twiml, voice
from app.providers.twilio.sms import TwilioSms
from config import Settings
from tests.twilio_emulator.clock import Virtual
from tests.twilio_emulator.delivery import Answer, Outgoing
from tests.twilio_emulator.emulator import LINE, Emulator
from tests.twilio_emulator.engine import Answers
from tests.twilio_emulator.front import serving

CUSTOMER = "+12025550177"
DESK = "http://127.0.0.1:5000"
PAUSE = "<Response><Pause length='600'/></Response>"
WAIT = f"<Response><Enqueue waitUrl='{DESK}/wait'>desk</Enqueue></Response>"
#: They take settings and ask nobody.
ASK_NOBODY = {
    ("signature", "valid"),
    ("client", "client"),
    ("client", "key_client"),
    ("tokens", "voice_token"),
    ("account", "wanted_of_number"),
    ("account", "wanted_of_service"),
    ("account", "look_at_turn"),
}
DRIVEN = {
    *(("voice", name) for name in ("add_participant", "find_participant", "set_hold", "redirect_call", "end_call")),
    *(("recordings", name) for name in ("start", "set_paused", "stop", "of_call", "delete", "media")),
    *(("supervising", name) for name in ("join", "listen", "whisper", "barge_in")),
    *(("account", name) for name in ("look", "changes", "apply")),
    ("voice", "fetch_status"),
    ("dialling", "create_call"),
}


class Product:
    waits = False

    def send(self, request: Outgoing) -> Answer:
        return Answer(200, {"content-type": "text/xml"}, WAIT if "inbound" in request.url else PAUSE, 0.0)


@pytest.fixture(scope="module")
def line() -> Iterator[SimpleNamespace]:
    """An account, and the settings of a desk that uses it."""
    emulator = Emulator(Virtual(), Product())
    emulator.point_at(DESK)
    for who in ("client:agent-7", "client:agent-9", CUSTOMER):
        emulator.engine.phones[who] = Answers(1)
    with serving(emulator.front) as base:
        settings = Settings(voice_provider="twilio", sms_provider="twilio", public_url=DESK)
        settings = replace(settings, **emulator.settings(base))
        yield SimpleNamespace(emulator=emulator, settings=settings, advance=emulator.clock.advance)
    emulator.close()


def test_every_function_that_asks_twilio_is_driven_here() -> None:
    found = set()
    for module in pkgutil.iter_modules(twilio.__path__):
        for name, function in inspect.getmembers(importlib.import_module(f"{twilio.__name__}.{module.name}")):
            own = inspect.isfunction(function) and function.__module__.endswith(f".{module.name}")
            if own and not name.startswith("_") and "settings" in inspect.signature(function).parameters:
                found.add((module.name, name))
    assert found == DRIVEN | ASK_NOBODY


def test_calls_rooms_and_recordings(line: SimpleNamespace) -> None:
    settings, emulator = line.settings, line.emulator
    room = twiml.Room("c-1", f"{DESK}/room", f"{DESK}/after")
    caller = emulator.engine.dial_in(CUSTOMER, LINE)
    line.advance(3)
    ring = voice.Ring(
        room="c-1",
        to="client:agent-7?leg=1",
        label="leg-1",
        ring_s=15,
        leg_url=f"{DESK}/leg#rc=3&rp=all",
        room_url=f"{DESK}/room#rc=3&rp=all",
        ends_room=False,
    )
    agent = voice.add_participant(settings, ring)
    line.advance(4)
    voice.redirect_call(settings, caller.sid, twiml.join_room(room, label="customer"))
    line.advance(3)
    assert voice.find_participant(settings, room="c-1", label="leg-1") == agent
    tape = recordings.start(settings, call_sid=caller.sid, told_url=f"{DESK}/recorded")
    voice.set_hold(
        settings, conference_sid=agent.conference_sid, call_sid=caller.sid, held=True, music_url=f"{DESK}/music.wav"
    )
    voice.set_hold(settings, conference_sid=agent.conference_sid, call_sid=caller.sid, held=False, music_url="")
    seat = supervising.join(
        settings,
        conference_sid=agent.conference_sid,
        to="client:agent-9",
        label="leg-2",
        agent_sid=agent.call_sid,
        ring_s=15,
    )
    line.advance(4)
    where = {"conference_sid": agent.conference_sid, "call_sid": seat.call_sid}
    supervising.whisper(settings, **where, agent_sid=agent.call_sid)
    supervising.listen(settings, **where, agent_sid=agent.call_sid)
    supervising.barge_in(settings, **where)
    recordings.set_paused(settings, call_sid=caller.sid, sid=tape, paused=True)
    recordings.set_paused(settings, call_sid=caller.sid, sid=tape, paused=False)
    line.advance(5)
    assert voice.fetch_status(settings, caller.sid) == "in-progress"
    recordings.stop(settings, call_sid=caller.sid, sid=tape)
    line.advance(10)
    assert recordings.of_call(settings, caller.sid) == [tape]
    assert recordings.media(settings, tape)[:2] == b"\xff\xfb"
    recordings.delete(settings, tape)
    assert recordings.of_call(settings, caller.sid) == []
    voice.end_call(settings, caller.sid)
    line.advance(3)
    assert caller.over
    emulator.journal.check()


def test_a_telephone_is_rung(line: SimpleNamespace) -> None:
    where = {"answered_url": f"{DESK}/answered", "leg_url": f"{DESK}/leg#rc=3&rp=all"}
    sid = dialling.create_call(line.settings, to=CUSTOMER, **where, ring_s=30, detect_machine=True)
    line.advance(5)
    assert line.emulator.account.legs[sid].status == "in-progress"
    line.emulator.journal.check()


def test_sms(line: SimpleNamespace) -> None:
    sms = TwilioSms(line.settings)
    begun = datetime(2031, 3, 4, 12, 0, tzinfo=UTC)
    text = Text(number=CUSTOMER, body="您好 🙂", key="1", message_id=1, begun_at=begun, valid_s=3600)
    receipt = sms.send(text)
    with pytest.raises(SmsNotTaken, match="not_final"):
        sms.erase(receipt.provider_id)
    line.advance(10)
    assert sms.find(text) is not None
    assert sms.look(receipt.provider_id) is not None
    for _again in range(2):
        sms.erase(receipt.provider_id)
    assert sms.look(receipt.provider_id) is None
    line.emulator.journal.check()


def test_an_owner_looks_at_the_account_and_sets_its_addresses(line: SimpleNamespace) -> None:
    assert {finding.grade for finding in account.look(line.settings)} <= {"ok", "note"}
    assert account.changes(line.settings) == []
    line.emulator.number.voice_url = line.emulator.service.inbound_request_url = "https://elsewhere.example/"
    assert {finding.grade for finding in account.look(line.settings)} >= {"wrong"}
    for change in account.changes(line.settings):
        account.apply(line.settings, change)
    assert account.changes(line.settings) == []
    line.emulator.journal.check()
