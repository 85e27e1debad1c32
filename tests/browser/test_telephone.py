"""A telephone call at a desk in the browser, from the ring to the wrap-up, on the loopback Twilio."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.calls.models import Call, Callback
from app.customers.services import add_customer
from app.db import reading, transaction
from app.eventlog import CLI
from tests.browser.looking import OVERFLOWING, bring_axe, settled_violations
from tests.browser.people import AgentAtDesk
from tests.browser.running import RunningDesk
from tests.fixtures.desk import create_queue
from tests.fixtures.waiting import until
from tests.fixtures.zones import where_it_is
from tests.twilio_emulator.browsers import Browsers, add_browsers
from tests.twilio_emulator.clock import Real
from tests.twilio_emulator.delivery import OverHttp
from tests.twilio_emulator.emulator import LINE, Emulator
from tests.twilio_emulator.engine.phones import Ignores
from tests.twilio_emulator.front import serving
from tests.twilio_emulator.state import Leg
from tests.twilio_emulator.telephone import Phonebook, add_telephone

ANN = "+447700900123"
#: What the kit's call was told, kept where the test can read it.
SPY = """() => { window.told = []; for (const name of ["accept", "mute", "sendDigits", "disconnect"]) {
    const own = Twilio.Call.prototype[name];
    Twilio.Call.prototype[name] = function (...values) {
        told.push([name, ...values]);
        return own.apply(this, values);
    };
} }"""


@pytest.fixture
def exchange(database: str, database_url: str, tmp_path: Path) -> Iterator[tuple[Emulator, RunningDesk]]:
    """The program with voice by the emulator, each an address of its own on this machine."""
    desk = RunningDesk(database_url, tmp_path)
    clock = Real(1.0)
    emulator = Emulator(clock, OverHttp())
    emulator.point_at(desk.address)
    browsers = Browsers(emulator.world)
    add_browsers(emulator.front, browsers, desk.address)
    add_telephone(emulator.front, emulator.world, LINE, browsers)
    try:
        with serving(emulator.front) as base:
            desk.environment |= {name.upper(): value for name, value in emulator.settings(base).items()}
            desk.environment |= {"VOICE_PROVIDER": "twilio", "PUBLIC_URL": desk.address}
            desk.start()
            yield emulator, desk
            desk.stop()
    finally:
        clock.stop()
        emulator.close()


@pytest.fixture
def running(exchange: tuple[Emulator, RunningDesk]) -> RunningDesk:
    return exchange[1]


@pytest.fixture
def emulator(exchange: tuple[Emulator, RunningDesk]) -> Emulator:
    return exchange[0]


def takes(agent: AgentAtDesk) -> None:
    """Accept, and be in the talk. On a slow machine the sound may come too late: then the same caller rings again."""
    for _ in range(3):
        agent.rings(60)
        agent.page.locator(".offer-accept").click()
        expect(agent.page.locator("section.offer")).to_be_hidden(timeout=20_000)
        try:
            return agent.talks(25)
        except AssertionError:
            continue
    raise AssertionError("the sound never stood")


def looks(page: Page, scheme: str = "light") -> None:
    """As people see it now: nothing for axe to find, nothing over the edge, on a desk and on a telephone's screen."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    if not page.evaluate("() => Boolean(window.axe)"):
        bring_axe(page)
    assert settled_violations(page, colours_only=scheme == "dark") == []
    wide = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(OVERFLOWING) == []
    page.set_viewport_size(wide or {"width": 1280, "height": 720})
    page.emulate_media(color_scheme="light")


def goes_through_the_menus(emulator: Emulator, leg: Leg) -> None:
    """The first choice each time; who presses it at the notice agrees to be recorded."""
    heard = 0
    for menu in ("languages", "topics", "recording"):
        until(lambda before=heard: len(emulator.engine.heard(leg)) > before, menu)  # type: ignore[misc]
        with emulator.clock.lock:
            emulator.engine.press(leg, "1")
            heard = len(emulator.engine.heard(leg))


def test_a_telephone_call_at_the_desk(emulator: Emulator, seat_agent: Callable[..., AgentAtDesk]) -> None:
    agent = seat_agent(create_queue(recording="on"))
    with transaction() as session:
        customer = add_customer(session, name="Ann Lee", phones=[ANN], time_zone=where_it_is(12), actor=CLI).id
    agent.go_available()
    agent.shows("Available")
    until(lambda: agent.page.evaluate("() => Boolean(window.Twilio)"), "the kit is there")
    agent.page.evaluate(SPY)

    with emulator.clock.lock:
        leg = emulator.engine.dial_in(ANN, LINE)
    goes_through_the_menus(emulator, leg)
    takes(agent)
    agent.page.wait_for_function("() => told.some(([name]) => name === 'accept')")
    expect(agent.page.locator(".callbar")).to_contain_text("Number from the network")

    agent.press("Mute")
    agent.page.wait_for_function("() => told.some(([name, value]) => name === 'mute' && value === true)")
    agent.press("Keypad")
    agent.page.locator(".keypad").get_by_role("button", name="5").click()
    agent.page.wait_for_function("() => told.some(([name, value]) => name === 'sendDigits' && value === '5')")
    agent.page.keyboard.press("Escape")
    expect(agent.page.locator(".callbar")).to_contain_text("Very good")

    expect(agent.page.locator("[data-recording=on]")).to_be_visible(timeout=20_000)
    looks(agent.page)
    agent.press("Pause for card data")
    expect(agent.page.locator("[data-recording=paused]")).to_be_visible(timeout=20_000)
    looks(agent.page, "dark")

    agent.press("End call")
    until(lambda: leg.over, "the caller's telephone is down")
    agent.wrap_up("done")
    agent.shows("Available")
    with reading() as session:
        assert session.scalars(select(Call.end_reason)).all() == ["agent_hangup"]
    rings_from_the_profile(emulator, agent, customer)
    loses_the_line(emulator, agent)


def rings_from_the_profile(emulator: Emulator, agent: AgentAtDesk, customer: int) -> None:
    """The button on the profile; the page that a callback has while the telephone rings; and nobody answers it."""
    emulator.engine.phones[ANN] = Ignores()
    profile, page = agent.context.new_page(), agent.context.new_page()
    profile.goto(f"{agent.address}/customers/{customer}")
    button = profile.locator(".page button").filter(has_text=re.compile(r"^\s*Call\s*$"))
    expect(button).to_be_visible()
    looks(profile)
    button.click()
    until(
        lambda: any(leg.to == ANN and leg.status == "ringing" for leg in [*emulator.account.legs.values()]), "it rings"
    )
    with reading() as session:
        token = session.scalars(select(Callback.token)).one()
    page.goto(f"{agent.address}/callback/{token}")
    expect(page.locator("[data-callback-state=ringing]")).to_be_visible(timeout=20_000)
    looks(page)
    expect(agent.page.locator(".callbar")).to_contain_text("We ring this number")
    agent.page.locator(".callbar").get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-callback-state=ringing]")).to_be_hidden(timeout=20_000)
    for each in (profile, page):
        each.close()


def loses_the_line(emulator: Emulator, agent: AgentAtDesk) -> None:
    """The carrier knows the page no more and takes none back: the desk says that nobody can ring it."""
    book = emulator.engine.phones
    assert isinstance(book, Phonebook)
    emulator.account.keys.clear()
    book.browsers.pages.clear()
    expect(agent.page.get_by_text("Your telephone line is not connected.")).to_be_visible(timeout=40_000)
    looks(agent.page)
