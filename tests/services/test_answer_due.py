"""By when a written request is answered: promised in open hours, watched by the board, kept by the first answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app import clock
from app.board.images import board_image
from app.board.watching import watch_board
from app.db import reading, transaction
from app.domain.sms_text import measure
from app.domain.ticket import TicketEvent
from app.eventlog import CUSTOMER
from app.messages.models import Message
from app.queues.calendars import CalendarInterval, OpeningCalendar
from app.queues.models import Queue
from app.tickets import answering, conversation
from app.tickets.intake import Request, open_ticket
from app.tickets.links import configure, seal
from tests.fixtures.desk import create_agent, create_queue
from tests.fixtures.tickets import answer, hand, ticket, written

FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


@pytest.fixture
def queue(database: str) -> int:
    return create_queue()


def promise(queue_id: int, minutes: int | None, *, office: bool = False) -> None:
    """The queue's promise; with `office` it counts on weekdays from 9 to 17 in London only."""
    with transaction() as session:
        queue = session.get_one(Queue, queue_id)
        queue.answer_within_min = minutes
        if office:
            calendar = OpeningCalendar(name="Office", zone="Europe/London", region="")
            session.add(calendar)
            session.flush()
            days = range(5)
            session.add_all(CalendarInterval(calendar_id=calendar.id, weekday=d, opens=540, closes=1020) for d in days)
            queue.calendar_id = calendar.id


@pytest.mark.parametrize(
    ("minutes", "office", "due"),
    [
        pytest.param(30, False, "2026-11-20T17:00+00:00", id="round the clock"),
        pytest.param(30, True, "2026-11-20T17:00+00:00", id="just before the close"),
        pytest.param(90, True, "2026-11-23T10:00+00:00", id="goes on after the week-end"),
        pytest.param(None, True, None, id="nothing promised"),
    ],
)
def test_due_after_so_many_open_minutes(queue: int, minutes: int | None, office: bool, due: str | None) -> None:
    promise(queue, minutes, office=office)
    with clock.frozen(FRIDAY):
        opened = written(queue)
    assert ticket(opened).due_at == (datetime.fromisoformat(due) if due else None)


def board() -> dict[str, object]:
    with reading() as session:
        image = board_image(session, "all")
    tones = {row["measure"]: row["tone"] for row in image["breaches"] if row["scope"] == "queue"}
    return {"at_risk": image["house"]["at_risk"], "late": image["house"]["late"], "tone": tones.get("answers")}


def test_the_board_warns_an_hour_before_and_until_somebody_answers(queue: int) -> None:
    promise(queue, 120)
    with clock.frozen(FRIDAY):
        agent = create_agent(queue)
        opened = written(queue)
    seen = []
    for minutes in (59, 61, 121):
        with clock.frozen(FRIDAY + timedelta(minutes=minutes)):
            watch_board()
            seen.append(board())
    assert seen == [
        {"at_risk": 0, "late": 0, "tone": None},
        {"at_risk": 1, "late": 0, "tone": 1},
        {"at_risk": 1, "late": 1, "tone": 2},
    ]
    with clock.frozen(FRIDAY + timedelta(minutes=125)):
        answering.assign(opened, agent, hand=hand(agent))
        answering.set_aside(opened, TicketEvent.HOLD, hand=hand(agent))
        assert board()["late"] == 1, "setting it aside answers nobody"
        answering.assign(opened, agent, hand=hand(agent))
        conversation.reply(opened, answer(via="phone"), hand=hand(agent))
        assert board()["at_risk"] == 0


def test_the_confirmation_tells_where_to_look(queue: int) -> None:
    configure("https://desk.example", "a secret of thirty-two characters")
    asked = Request(channel="web", body="Where is it?", queue_id=queue, language="en", number="+447700900318")
    opened = open_ticket(asked, actor=CUSTOMER, confirm=True)
    with reading() as session:
        body = session.query(Message).one().body
    assert f"https://desk.example/ticket/status/{seal(opened.reference)}" in body
    assert opened.reference in body
    assert measure(body).segments == 2
