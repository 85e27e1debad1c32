"""The small language of scripted people, played against a product of fixed answers."""

from __future__ import annotations

import pytest

from tests.twilio_emulator.engine import Answers
from tests.twilio_emulator.fixed import HOST, LINE, Stage
from tests.twilio_emulator.people import Misread, People, read
from tests.twilio_emulator.state import Leg

ROOM = '<Dial><Conference endConferenceOnExit="true">a</Conference></Dial>'


class Agents:
    """A desk of one agent whose browser joins the room."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.done: list[tuple[str, ...]] = []
        self.leg: Leg | None = None

    def do(self, who: str, what: str, *details: str) -> None:
        self.done.append((who, what, *details))
        if what == "answers":
            self.stage.engine.phones[f"client:{who}"] = Answers(0.1)
            form = {"From": [LINE], "To": [f"client:{who}"], "WaitUrl": [""]}
            self.leg = self.stage.account.legs[self.stage.engine.add_participant("a", form).call_sid]

    def expect(self, words: str) -> None:
        assert words == "all is well", words

    def name_at(self, address: str) -> str:
        return address.removeprefix("client:")

    def leg_of(self, who: str) -> Leg | None:
        return self.leg if who == "bo" else None


def test_a_scenario_is_played() -> None:
    stage = Stage({"/voice": '<Gather action="/key" numDigits="1"><Say>Press one</Say></Gather>', "/key": ROOM})
    desk, grains = Agents(stage), []
    people = People(stage.engine, stage.clock, desk, each=lambda: grains.append(stage.clock.now()))
    people.play(f"""
        ann calls {LINE} from +447700900123
        ann presses 1 after 2 s
        then ann was told press one
        then ann hears nobody
        bo answers
        then ann hears bo                    -- as the room has two now
        then bo hears ann
        then all is well
        kim whispers to bo
        1 minute passes
        then ann never heard kim
        ann hangs up
        then ann's call is completed
        then bo's call is completed
    """)
    assert desk.done == [("bo", "answers"), ("kim", "whispers to", "bo")]
    assert len(grains) == 67
    assert stage.product.told("/key")[0]["From"] == "+447700900123"


def test_an_expectation_that_does_not_hold_names_its_sentence() -> None:
    stage = Stage({"/voice": ROOM})
    people = People(stage.engine, stage.clock, Agents(stage))
    with pytest.raises(AssertionError, match="line 2, 'then ann hears bo': ann hears nobody"):
        people.play(f"ann calls {LINE} withholding the number\nthen ann hears bo")
    assert stage.product.told("/voice")[0]["From"] == "anonymous"


def test_telephones_have_manners() -> None:
    stage = Stage({"/out": "<Pause length='9'/>"})
    people = People(stage.engine, stage.clock, Agents(stage))
    numbers = {"+15550101": "is busy", "+15550102": "is off", "+15550103": "is unanswered", "+15550104": "is a machine"}
    for number, manner in numbers.items():
        people.play(f"phone {number} {manner}")
        stage.engine.create_call({"From": [LINE], "To": [number], "Url": [f"{HOST}/out"], "Timeout": ["20"]})
    people.play("60 s pass")
    assert [leg.status for leg in stage.account.legs.values()] == ["busy", "failed", "no-answer", "completed"]


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(Misread, match="line 2: ann sings"):
        read("ann hangs up\nann sings")
