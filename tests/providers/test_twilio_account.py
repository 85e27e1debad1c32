"""`flask twilio check` and `setup` against the loopback Twilio, which checks every request by Twilio's own file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.administration.twilio_commands import SENTENCES, sentence, twilio_commands
from app.providers.twilio import account
from config import Settings
from tests.twilio_emulator.emulator import Emulator
from tests.twilio_emulator.front import serving

BASE = Settings(voice_provider="twilio", sms_provider="twilio", public_url="https://desk.example.com")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    emulator = Emulator()
    yield emulator
    emulator.close()


@pytest.fixture
def settings(emulator: Emulator) -> Iterator[Settings]:
    with serving(emulator.front) as address:
        yield replace(BASE, **emulator.settings(address))  # type: ignore[arg-type]


def run(settings: Settings, *arguments: str, typed: str = "") -> tuple[int, str]:
    """(exit status, what was printed) of `flask twilio …`."""
    app = Flask(__name__)
    app.config["SETTINGS"] = settings
    app.cli.add_command(twilio_commands)
    result = app.test_cli_runner().invoke(args=["twilio", *arguments], input=typed)
    return result.exit_code, result.output


def test_setup_shows_what_it_will_change_and_then_all_is_well(emulator: Emulator, settings: Settings) -> None:
    status, told = run(settings, "check")
    assert status == 1
    assert "The number's voice_url is –; it must be https://desk.example.com/twilio/voice/inbound" in told
    status, told = run(settings, "setup", typed="n\n")
    assert (status, emulator.number.voice_url) == (1, "")
    assert "-> https://desk.example.com/twilio/sms/inbound#rc=3&rp=all" in told
    assert run(settings, "setup", "--yes")[0] == 0
    assert emulator.number.voice_url == "https://desk.example.com/twilio/voice/inbound"
    assert emulator.number.voice_fallback_url == "https://desk.example.com/twilio/voice/fallback"
    assert emulator.service.inbound_request_url == "https://desk.example.com/twilio/sms/inbound#rc=3&rp=all"
    status, told = run(settings, "check")
    assert (status, "WRONG" in told, "All is well" in told) == (0, False, True), told
    assert "Nothing to change" in run(settings, "setup")[1]


def test_each_thing_that_is_wrong_is_said(emulator: Emulator, settings: Settings) -> None:
    run(settings, "setup", "--yes")
    wrong = {
        "credentials_wrong": {"twilio_auth_token": "x" * 32},
        "number_missing": {"twilio_number": "+12025550199"},
        "service_missing": {"twilio_messaging_service_sid": "MG" + "9" * 32},
        "key_missing": {"twilio_api_key_sid": "SK" + "9" * 32},
        "key_secret_wrong": {"twilio_api_key_secret": "y" * 32},
        "app_missing": {"twilio_twiml_app_sid": "AP" + "9" * 32},
        "number_address_off": {"public_url": "https://elsewhere.example.com"},
    }
    for code, changed in wrong.items():
        found = {finding.code for finding in account.look(replace(settings, **changed)) if finding.grade == "wrong"}
        assert code in found, code
    emulator.service.number_sids.clear()
    emulator.number.voice_capable = False
    found = {finding.code for finding in account.look(settings)}
    assert {"service_empty", "number_no_voice"} <= found


def test_a_desk_on_this_machine_alone_is_no_place_for_twilio() -> None:
    for url, code in (("http://localhost:5000", "address_local"), ("http://desk.example.com", "address_plain")):
        [found] = account._look_at_address(replace(BASE, public_url=url))
        assert (found.code, found.grade) == (code, "wrong")


def test_turn_is_looked_at_without_twilio_too() -> None:
    assert account.look_at_turn(Settings())[0].code == "no_turn"
    assert account.look_at_turn(Settings(turn_secret="s", turn_urls=("turn:t.example.com",)))[0].code == "turn"
    assert account.look_at_turn(Settings(ice_servers=({"urls": ["stun:s", "turns:t"]},)))[0].code == "turn"
    status, told = run(Settings(), "check")
    assert (status, "No TURN server" in told, "does not use Twilio" in told) == (1, True, True)


def test_every_sentence_can_be_said() -> None:
    values = dict.fromkeys(("url", "reason", "state", "number", "field", "is", "wanted", "name", "sid"), "…")
    assert all(sentence(account.Finding(code, values=values)) for code in SENTENCES)
