"""Pages that show a long image: who joins gets the whole, then what changed goes to all, and all show the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import clock
from app.db import reading, transaction
from app.queues.images import team_image
from app.queues.presence import choose_intent
from app.security.sessions import open_session
from benchmarks.crowd import Client
from tests.browser.running import RunningDesk
from tests.domain.test_image_changes import applied
from tests.fixtures.desk import create_agent, create_queue, create_user, sit_down

PEOPLE = 30


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[RunningDesk]:
    running = RunningDesk(database, tmp_path)
    running.start_web()
    yield running
    running.stop()


def page(desk: RunningDesk) -> Client:
    lead = create_user("supervisor")
    with transaction() as session:
        cookie = open_session(session, lead, address="127.0.0.1", browser="test", at=clock.now())
    return Client(desk.port, cookie)


def next_team(client: Client) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(client.expect('42["team.image"')[2:])[1]
    return message


def until(client: Client, image: dict[str, Any], agent: int, state: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The image once it shows the agent so, and the messages that led there."""
    came = []
    while {row["id"]: row["display"] for row in image["agents"]}[agent] != state:
        came.append(next_team(client))
        after = applied(image, came[-1])
        assert after is not None, "no page that hears everything misses anything"
        image = after
    return image, came


def test_what_changed_goes_to_every_page_and_all_show_the_same(desk: RunningDesk) -> None:
    queue = create_queue()
    agents = [create_agent(queue, name=f"Agent {n}") for n in range(PEOPLE)]
    first, second = page(desk), page(desk)
    seen_first = first.ask("team.sync")["image"]
    assert len(seen_first["agents"]) == PEOPLE
    seated = sit_down(agents[3])
    seen_first, came = until(first, seen_first, agents[3], "available")
    assert all(len(message["rows"]["agents"]["changed"]) == 1 for message in came), "one row, not thirty"

    seen_second = second.ask("team.sync")["image"]
    choose_intent(agents[3], "training", epoch=seated.epoch)
    seen_first, _ = until(first, seen_first, agents[3], "training")
    seen_second, _ = until(second, seen_second, agents[3], "training")
    with reading() as session:
        now = json.loads(json.dumps(team_image(session, "all")["agents"]))
    assert seen_first["agents"] == seen_second["agents"] == now
    for client in (first, second):
        client.socket.close()


def test_a_room_that_was_empty_starts_from_what_is_true_then(desk: RunningDesk) -> None:
    agent = create_agent(create_queue(), name="Ada")
    early = page(desk)
    image = early.ask("team.sync")["image"]
    sit_down(agent)
    until(early, image, agent, "available")
    early.socket.close()
    late = page(desk)
    seated = sit_down(agent, tab="tab", page="another load")
    choose_intent(agent, "training", epoch=seated.epoch)
    image = late.ask("team.sync")["image"]
    image, _ = until(late, image, agent, "training")
    late.socket.close()
