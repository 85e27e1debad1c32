"""Chromium, and the running program on a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from app.db import transaction
from app.demo.seed import seed_demo
from app.security.models import User
from app.security.passwords import hash_password
from tests.browser.chrome import chromium_path
from tests.browser.people import PASSWORD, AgentAtDesk, CustomerOnPage
from tests.browser.running import RunningDesk
from tests.fixtures.desk import create_agent, create_break, create_queue

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
    # A machine with nothing but a loopback interface would gather no candidates at all
    "--allow-loopback-in-peer-connection",
]


HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sound between real browsers needs a machine that keeps up: who fails is looked at once more, and named.

    What is broken fails twice. The summary lists who needed the second look (-rR): a test that is listed often
    is mended, not excused.
    """
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one driver of this process: Playwright allows no second."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=chromium_path(), args=ARGUMENTS, ignore_default_args=["--mute-audio"]
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def shared_server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """Web and worker that the tests of one file share; each test finds the database empty.

    They stop with the file: a worker that routes and sweeps on would meddle with the next file's rows.
    """
    desk = RunningDesk(database_url, tmp_path_factory.mktemp("desk"))
    desk.start()
    yield desk
    desk.stop()


@pytest.fixture
def running(database: str, shared_server: RunningDesk) -> RunningDesk:
    """The running program on an empty database."""
    return shared_server


@pytest.fixture
def demo(running: RunningDesk) -> RunningDesk:
    """The running program with the invented carrier in it."""
    seed_demo()
    return running


@pytest.fixture
def own_server(database: str, shared_server: RunningDesk) -> Iterator[RunningDesk]:
    """The same program for a test that kills it: it stands again afterwards."""
    yield shared_server
    shared_server.start_missing()


@pytest.fixture
def queue(database: str) -> int:
    """A queue "parcel" and a lunch break."""
    create_break()
    return create_queue()


@pytest.fixture
def seat_agent(running: RunningDesk, chromium: Browser) -> Iterator[Callable[..., AgentAtDesk]]:
    """`seat_agent(queue, ..., name=, tone=)` -> an agent in the browser, signed in, not yet available."""
    seated: list[AgentAtDesk] = []

    def seat(*queues: int, name: str = "Ana Silva", tone: int = 440, **options: Any) -> AgentAtDesk:
        agent_id = create_agent(*queues, name=name)
        with transaction() as session:
            user = session.get_one(User, agent_id)
            user.password_hash = hash_password(PASSWORD)
            login = user.login
        agent = AgentAtDesk(chromium, running.address, login, tone, **options)
        agent.agent_id = agent_id
        seated.append(agent)
        return agent

    yield seat
    for agent in seated:
        assert agent.complaints == []
        agent.close()


@pytest.fixture
def bring_customer(running: RunningDesk, chromium: Browser) -> Iterator[Callable[..., CustomerOnPage]]:
    """`bring_customer(tone=)` -> a customer on the call page."""
    brought: list[CustomerOnPage] = []

    def bring(tone: int = 880, **options: Any) -> CustomerOnPage:
        customer = CustomerOnPage(chromium, running.address, tone, **options)
        brought.append(customer)
        return customer

    yield bring
    for customer in brought:
        assert customer.complaints == []
        customer.close()
