"""The call page outside the hours: what callers read, in their language and on the queue's clock."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.db import transaction
from app.queues.calendars import Announcement, CalendarInterval, OpeningCalendar
from tests.fixtures.desk import create_queue

NIGHT = datetime(2026, 11, 22, 18, tzinfo=UTC)  # Sunday evening in London, Monday 02:00 in Hong Kong
START = {"topic": "parcel", "language": "en", "notice": True, "key": "key-0001-0001-0001"}


@pytest.fixture
def closed_queue(app: Flask) -> int:
    with transaction() as session:
        calendar = OpeningCalendar(name="Hong Kong office", zone="Asia/Hong_Kong")
        session.add(calendar)
        session.flush()
        calendar_id = calendar.id
        session.add_all(
            CalendarInterval(calendar_id=calendar_id, weekday=day, opens=540, closes=1080) for day in range(5)
        )
    return create_queue(calendar_id=calendar_id, closed_texts={"en": "Write to us meanwhile.", "zh_Hant": "請先留言。"})


def page_data(app: Flask, language: str = "en") -> dict[str, Any]:
    client = app.test_client()
    client.set_cookie("lang", language)
    page = client.get("/call").get_data(as_text=True)
    found = re.search(r'id="call-data">(.*?)</script>', page, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.parametrize(
    ("moment", "line"),
    [
        (NIGHT, "We open again today at 09:00 (Hong Kong time)."),
        (datetime(2026, 11, 24, 12, tzinfo=UTC), "We open again tomorrow at 09:00 (Hong Kong time)."),
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "We open again on Monday 30 November at 09:00 (Hong Kong time)."),
    ],
)
def test_topics_of_closed_queues_say_until_when(app: Flask, closed_queue: int, moment: datetime, line: str) -> None:
    with clock.frozen(moment):
        [topic] = page_data(app)["topics"]
    assert topic["closed"] == ["We are closed at the moment.", line, "Write to us meanwhile."]


def test_the_words_are_in_the_caller_s_language(app: Flask, closed_queue: int) -> None:
    with clock.frozen(NIGHT):
        [topic] = page_data(app, "zh_Hant")["topics"]
    assert "09:00" in topic["closed"][1]
    assert "香港" in topic["closed"][1]
    assert topic["closed"][2] == "請先留言。"


def test_an_open_topic_says_nothing(app: Flask, closed_queue: int) -> None:
    with clock.frozen(datetime(2026, 11, 23, 2, tzinfo=UTC)):
        assert page_data(app)["topics"][0]["closed"] is None


def test_a_call_to_a_closed_queue_is_refused_in_the_same_words(app: Flask, closed_queue: int) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with clock.frozen(NIGHT):
        answer = app.test_client().post("/call/start", json=START)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "queue_closed")
    assert answer.json["error"]["message"] == (
        "We are closed at the moment. We open again today at 09:00 (Hong Kong time). Write to us meanwhile."
    )
    assert "call_token" in answer.headers["Set-Cookie"]  # the caller may leave a message


def test_a_full_line_is_refused_in_words(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    create_queue(max_waiting=1)
    client = app.test_client()
    assert client.post("/call/start", json=START).status_code == 200
    answer = app.test_client().post("/call/start", json={**START, "key": "key-0002-0002-0002"})
    assert (answer.status_code, answer.json["error"]["code"]) == (429, "queue_full")
    assert "Many people are waiting" in answer.json["error"]["message"]


def test_announcements_stand_on_the_page(app: Flask) -> None:
    queue, _other = create_queue(), create_queue("orders")
    with transaction() as session:
        session.add(Announcement(texts={"en": "Storm", "zh_Hans": "暴风"}, active=True))
        session.add(Announcement(queue_id=queue, texts={"en": "Belt is down"}, active=True))
    data = page_data(app)
    assert data["announcement"] == "Storm"
    assert {topic["code"]: topic["announcement"] for topic in data["topics"]} == {
        "parcel": "Belt is down",
        "orders": None,
    }
    assert page_data(app, "zh_Hans")["announcement"] == "暴风"
