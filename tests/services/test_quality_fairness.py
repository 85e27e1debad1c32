"""Months, mix and who answered, from rows in the database: what was known before, and never of one person."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from app.agents.models import Agent, Team
from app.customers.models import Customer, Interaction
from app.db import reading, transaction
from app.quality.answered import WhoAnswered, who_answered
from app.quality.models import QualityCallback
from app.quality.months import Months, by_months
from app.quality.scores import scores
from tests.services.test_quality_scores import ZONE, answered, team  # noqa: F401  (a fixture)

OCTOBER = datetime(2030, 10, 10, 4, tzinfo=UTC)


def october() -> Months:
    with reading() as session:
        return by_months(session, "2030-10", ZONE)


def drawn_and_asked(team_id: int | None = None) -> WhoAnswered:
    with reading() as session:
        return who_answered(session, ("2030-10",), ZONE, team_id=team_id)


def as_drawn(**facts: object) -> None:
    """Whoever was asked is of the draw, and what was known of them is as said."""
    with transaction() as session:
        session.execute(text("ALTER TABLE quality_callbacks DISABLE TRIGGER quality_callbacks_facts_once"))
        known = QualityCallback.facts.concat(facts) if facts else QualityCallback.facts
        session.execute(
            update(QualityCallback).where(QualityCallback.source == "hand").values(source="draw", facts=known)
        )
        session.execute(text("ALTER TABLE quality_callbacks ENABLE TRIGGER quality_callbacks_facts_once"))


def test_what_was_known_before_is_written_once(team: list[int]) -> None:  # noqa: F811
    answered(team[0], 4)
    with transaction() as session:
        callback = session.query(QualityCallback).one()
        contact = session.get_one(Interaction, callback.interaction_id)
        assert callback.facts == {
            "topic": None,
            "wait_s": contact.wait_s,
            "ended_as": None,
            "tier": "standard",
            "channel": contact.channel,
            "complaint": False,
        }
        session.get_one(Customer, callback.customer_id).tier = "key"
    with pytest.raises(DatabaseError, match="written once"), transaction() as session:
        session.execute(update(QualityCallback).values(facts={"tier": "key"}))
    with reading() as session:
        assert session.query(QualityCallback).one().facts["tier"] == "standard"


def test_shares_and_the_watch_go_month_by_month(team: list[int]) -> None:  # noqa: F811
    with transaction() as session:
        house = Team(name=uuid.uuid4().hex[:8])
        session.add(house)
        session.flush()
        session.execute(update(Agent).where(Agent.id.in_(team[:3])).values(team_id=house.id))
    for back in range(4):
        for place in range(12):
            # The newest month is bad: 2 and "no" where it was 4 and 5 and "yes"
            rating = 2 if back == 0 else 4 + place % 2
            answered(team[place % 4], rating, at=OCTOBER - timedelta(days=30 * back), settled="yes" if back else "no")
    found = october()
    settled, satisfied = found.shares
    assert (settled.code, [(each.name, each.n, each.share.value) for each in settled.months]) == (
        "settled",
        [("2030-07", 12, 1), ("2030-08", 12, 1), ("2030-09", 12, 1), ("2030-10", 12, 0)],
    )
    assert settled.trend is not None and settled.trend.z < -4 and satisfied.trend == settled.trend
    assert found.house.watch is not None
    assert (found.house.agents, found.house.n, found.house.typical) == (4, 48, 12)
    assert (found.house.watch.now, found.house.watch.since) == (-1, "2030-10")
    (watched,) = found.teams
    assert (watched.agents, watched.n, watched.watch) == (3, 36, None), "nine answers a month are too few"
    assert round(found.false_alarm) == 124


def test_who_did_not_answer_is_compared_by_what_was_known(team: list[int]) -> None:  # noqa: F811
    for _customer in range(12):
        answered(team[0], 5)
        answered(team[1], None, outcome="refused")
    as_drawn(tier="gold", wait_s=10)
    for _customer in range(20):
        answered(team[0], 3)
    answered(team[2], None, outcome="canceled")
    as_drawn()
    answered(team[2], 1)  # asked by hand: of no draw
    found = drawn_and_asked()
    assert (found.asked, found.answered, found.never_rung, found.teams) == (44, 32, 1, ())
    tier = found.facts["tier"]
    assert [(each.name, each.asked, each.answered) for each in tier.levels] == [("gold", 24, 12), ("standard", 20, 20)]
    assert tier.differs and tier.weighted is None and tier.fewest == 12
    assert "complaint" not in found.facts, "nobody complained: nothing to compare"
    assert drawn_and_asked(team_id=1).asked == 0, "a team that is too small is not looked at"


def test_nobody_is_blamed_for_the_contacts_that_they_get(team: list[int]) -> None:  # noqa: F811
    keys = {agent: 16 if agent == team[0] else 4 for agent in team[:4]}
    for agent, number in keys.items():
        for place in range(number):
            answered(agent, 2 + place % 2)
    as_drawn(tier="key")
    for agent, number in keys.items():
        for place in range(20 - number):
            answered(agent, 4 if place % 6 == 0 else 5)
    with reading() as session:
        words = {each.agent_id: each for each in scores(session, "2030-10", 1, ZONE).agents}
    assert words[team[0]].word == "mix"
    mix = words[team[0]].mix
    assert mix is not None and mix.compared == 20 and mix.expected == pytest.approx(2.9625)
    assert {words[agent].word for agent in team[1:4]} <= {"in_line", "above_target"}
