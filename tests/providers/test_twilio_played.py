"""The living demo by telephone: its people ring, press, talk, are called back; played seats answer, people never."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from app.calls import answering
from app.calls.models import Call
from app.db import transaction
from app.demo.living.caller import SimulatedCaller
from app.demo.living.customers import Wish
from app.demo.living.telephones import Exchange as Telephones
from app.demo.living.telephones import exchange_of
from app.demo.living.tempo import NEVER_HOLD, Tempo
from app.effects import WORK_KINDS
from app.phones.callers import PLAYED, is_played
from app.queues.presence import SIMULATED_PAGE
from app.queues.router import run_pass
from app.queues.work import SIMULATED_POOL
from app.security.models import User
from config import Settings
from tests.fixtures.desk import Desk, create_agent, offer_of, sit_down
from tests.fixtures.telephones import Centre, Exchange, exchange, telephone_centre
from tests.twilio_emulator.browsers import Browsers
from tests.twilio_emulator.emulator import LINE
from tests.twilio_emulator.engine import Readings
from tests.twilio_emulator.played import add_played
from tests.twilio_emulator.telephone import OWNER, add_telephone

ANN = "+447700900771"
#: Somebody of this seed asks to be called back rather than to hold the line.
NEVER_HOLDS = next(seed for seed in map(str, range(50)) if Random(seed).random() < NEVER_HOLD)
HOLDS = next(seed for seed in map(str, range(50)) if Random(seed).random() >= NEVER_HOLD)


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as (made, connect):
        made.settings = replace(made.settings, demo=True)
        made.app = made.make_app()
        yield made, connect


@pytest.fixture
def centre(database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product, readings=Readings()) as made:
        book = add_telephone(made.emulator.front, made.emulator.world, LINE, Browsers(made.emulator.world))
        add_played(made.emulator.front, made.emulator.world, LINE, book)
        made.emulator.number.voice_caller_id_lookup = True
        yield made


class Hasty(Tempo):
    """Nobody takes a moment, but for an agent all who hold the line wait."""

    def listen(self, chance: Any) -> float:
        return 0.0

    def patience(self, chance: Any) -> float:
        return 3600.0

    def few_moments(self, chance: Any) -> float:
        return 0.0

    def talk(self, chance: Any) -> float:
        return 0.0


class House:
    """What callers ask of the whole play."""

    def __init__(self) -> None:
        self.tempo = Hasty()
        self.closing = threading.Event()


def seat(centre: Centre, telephones: Telephones, *, played: bool) -> Desk:
    """Somebody at a desk: the demo, or a person, at a seat of the demo's."""
    with centre.now():
        agent = create_agent(centre.queue)
        with transaction() as session:
            session.get_one(User, agent).demo = True
        if played:
            telephones.seat(agent, there=True)
        return sit_down(agent, page=f"{SIMULATED_PAGE}one" if played else "", tab=f"tab-{agent}")


def caller_of(centre: Centre, seed: str = HOLDS) -> tuple[SimulatedCaller, Telephones]:
    telephones = exchange_of(centre.product.settings)
    assert telephones is not None
    return SimulatedCaller(House(), telephones, Wish("parcel", "zh_Hans", "Ann", "", ANN), seed), telephones


def goes_on(centre: Centre, caller: SimulatedCaller, seconds: int = 8) -> bool:
    """Whether the caller is still on the line after so much time, or was meanwhile done with it."""
    on = True
    for _ in range(seconds):
        with centre.now():
            on = on and caller.look()
            run_pass(SIMULATED_POOL, WORK_KINDS)
        centre.clock.advance(1)
        centre.turn()
    return on


def newest(centre: Centre) -> Call:
    return centre.calls()[-1]


def accepts(centre: Centre, desk: Desk) -> None:
    offer = offer_of(desk.agent_id)
    assert offer is not None
    with centre.now():
        answering.confirm_ringing(offer.id, desk.agent_id)
        answering.accept_offer(offer.id, desk.agent_id, desk.epoch)


def test_the_demo_rings_and_a_played_seat_answers_never_a_person(centre: Centre) -> None:
    caller, telephones = caller_of(centre)
    person, machine = seat(centre, telephones, played=False), seat(centre, telephones, played=True)
    with centre.now():
        assert caller.dial()
    assert goes_on(centre, caller)
    (item,) = centre.items()
    assert (item.pool, item.language, newest(centre).provider) == (SIMULATED_POOL, "zh_Hans", "twilio")
    assert offer_of(person.agent_id) is None
    accepts(centre, machine)
    assert not goes_on(centre, caller), "the talk is over when the caller has said it all"
    caller.put_down()
    centre.sleep_on_it(2)
    assert newest(centre).answered_at is not None
    assert newest(centre).end_reason == "customer_hangup"


def test_who_has_no_patience_is_called_back_by_telephone(centre: Centre) -> None:
    caller, telephones = caller_of(centre, NEVER_HOLDS)
    with centre.now():
        assert caller.dial()
    assert goes_on(centre, caller)
    first, back = centre.calls()
    assert (first.end_reason, back.direction, back.provider) == ("callback", "outbound", "twilio")
    assert [item.pool for item in centre.items()] == [SIMULATED_POOL] * 2
    machine = seat(centre, telephones, played=True)
    goes_on(centre, caller, 2)
    accepts(centre, machine)
    assert not goes_on(centre, caller, 15)
    caller.put_down()
    centre.sleep_on_it(2)
    assert newest(centre).answered_at is not None
    assert newest(centre).state == "ended"


def test_a_telephone_that_a_person_has_is_not_played(centre: Centre) -> None:
    _, telephones = caller_of(centre)
    assert telephones.dial(OWNER) == ""
    web = centre.emulator.front.test_client()
    body = {"number": ANN, "name": PLAYED}
    assert web.post("/played/dial", json=body, headers={"Origin": "http://127.0.0.1:5000"}).status_code == 403
    assert centre.calls() == []


def test_a_browser_without_a_page_is_not_there_unless_it_is_played(centre: Centre) -> None:
    _, telephones = caller_of(centre)
    book, manners = centre.emulator.engine.phones, []
    for there in (None, True, False):
        if there is not None:
            telephones.seat(7, there=there)
        manners.append(type(book.get("client:agent-7")).__name__)
    assert manners == ["Offline", "Answers", "Offline"]


@pytest.mark.parametrize(
    ("changed", "name", "played"),
    [
        ({}, PLAYED, True),
        ({}, "Ann Lee", False),
        ({"live": False}, PLAYED, False),
        ({"demo": False}, PLAYED, False),
        ({"environment": "production"}, PLAYED, False),
        ({"twilio_api_base": ""}, PLAYED, False),
    ],
)
def test_only_the_living_demo_at_a_simulated_carrier_is_played(
    changed: dict[str, Any], name: str, played: bool
) -> None:
    settings = Settings(demo=True, voice_provider="twilio", twilio_api_base="http://127.0.0.1:9101")
    assert is_played(replace(settings, **changed), {"CallerName": name}) is played
    if name == PLAYED:
        assert (exchange_of(replace(settings, **changed)) is not None) is played
    assert exchange_of(replace(settings, voice_provider="browser")) is None
