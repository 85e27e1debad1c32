"""Whom the draw found is called: five per agent, reserves strictly in order, nobody twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.db import reading, transaction
from app.draws import services
from app.draws.models import DrawMember
from app.quality.drawn import CALLING_DAYS, call_the_drawn
from app.quality.models import QualityCallback
from tests.fixtures.desk import create_agent, create_queue
from tests.services.test_draws import BLUE, FREEZE, MIDDLE, RED, SECRET, ZONE, bind, customer, number, serve, the_draw

NOW = FREEZE + timedelta(hours=9)


def draw_of(*agents: int, customers: int = 9, without_number: int = 0) -> None:
    """A finished draw in which each of `agents` served `customers` of their own."""
    for agent in agents:
        for place in range(customers):
            serve(agent, customer(number(agent * 100 + place)))
    mei, quinn = bind(the_draw().id)
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    services.reveal_secret(the_draw().id, role="supervisor", user_id=mei, secret=RED)
    services.reveal_secret(the_draw().id, role="quality", user_id=quinn, secret=BLUE)
    services.advance(NOW, zone=ZONE, secret=SECRET)


def places(agent: int) -> list[str]:
    """Places of the draw that were called so far, in the order of planning: "p1", "r2", ..."""
    with reading() as session:
        rows = session.execute(
            select(DrawMember.part, DrawMember.place)
            .join(QualityCallback, QualityCallback.interaction_id == DrawMember.interaction_id)
            .where(DrawMember.agent_id == agent)
            .order_by(QualityCallback.id)
        )
        return [f"{part[0]}{place}" for part, place in rows]


def end(agent: int, place: int, outcome: str, part: str = "primary") -> None:
    """The callback of that place is over."""
    chosen = select(DrawMember.interaction_id).where(
        DrawMember.agent_id == agent, DrawMember.part == part, DrawMember.place == place
    )
    with transaction() as session:
        session.execute(
            update(QualityCallback)
            .where(QualityCallback.interaction_id.in_(chosen))
            .values(state="done", outcome=outcome, ended_at=NOW)
        )


@pytest.fixture
def agent(database: str) -> int:
    services.advance(MIDDLE, zone=ZONE, secret=SECRET)
    create_queue("quality", quality_calls=True)
    return create_agent(create_queue())


def test_the_five_are_planned_once_and_spread_over_the_weeks(agent: int) -> None:
    other = create_agent()
    draw_of(agent, other)
    assert call_the_drawn(NOW) == 10
    assert call_the_drawn(NOW + timedelta(minutes=10)) == 0
    assert places(agent) == places(other) == ["p1", "p2", "p3", "p4", "p5"]
    with reading() as session:
        rows = session.scalars(select(QualityCallback).where(QualityCallback.rated_agent_id == agent)).all()
    assert {(row.source, row.state) for row in rows} == {("draw", "scheduled")}
    days = sorted((row.due_at - NOW).days for row in rows if row.due_at)
    assert days[0] <= 1 and days[-1] >= 11


def test_a_reserve_stands_in_only_for_who_is_finally_lost(agent: int) -> None:
    draw_of(agent)
    call_the_drawn(NOW)
    end(agent, 1, "interviewed")
    assert call_the_drawn(NOW) == 0
    end(agent, 2, "refused")
    assert call_the_drawn(NOW) == 1
    end(agent, 1, "wrong_number", "reserve")
    end(agent, 3, "no_answer")
    assert call_the_drawn(NOW) == 2
    assert places(agent)[5:] == ["r1", "r2", "r3"]


def test_the_list_ends_and_so_do_the_weeks(agent: int) -> None:
    draw_of(agent, customers=6)
    call_the_drawn(NOW)
    for place in (1, 2, 3):
        end(agent, place, "refused")
    assert call_the_drawn(NOW) == 1  # one reserve, and then nobody is left
    assert call_the_drawn(NOW + timedelta(days=1)) == 0
    end(agent, 4, "refused")
    assert call_the_drawn(NOW + timedelta(days=CALLING_DAYS + 1)) == 0


def test_without_a_queue_for_it_nobody_is_called(database: str) -> None:
    services.advance(MIDDLE, zone=ZONE, secret=SECRET)
    draw_of(create_agent(create_queue()))
    assert call_the_drawn(NOW) == 0


def test_who_was_asked_by_hand_meanwhile_is_replaced(agent: int) -> None:
    draw_of(agent)
    with reading() as session:
        first = session.scalars(select(DrawMember).where(DrawMember.part == "primary", DrawMember.place == 1)).one()
    colleague = create_agent()
    other = serve(colleague, first.customer_id, MIDDLE + timedelta(days=2))
    with transaction() as session:
        session.add(
            QualityCallback(
                interaction_id=other,
                rated_agent_id=colleague,
                customer_id=first.customer_id,
                queue_id=1,
                number="",
                language="en",
                state="scheduled",
                due_at=NOW,
                created_at=datetime(2031, 4, 1, tzinfo=NOW.tzinfo),
            )
        )
    assert call_the_drawn(NOW) == 6
    assert places(agent) == ["p1", "p2", "p3", "p4", "p5", "r1"]
    with reading() as session:
        row = session.scalars(
            select(QualityCallback).where(QualityCallback.interaction_id == first.interaction_id)
        ).one()
    assert (row.state, row.outcome) == ("canceled", "canceled")
