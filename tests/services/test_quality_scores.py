"""Scores from interviews in the database: the worked month, months by the house's midnight, and what stays unsaid."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.agents.models import Agent, Team
from app.db import reading, transaction
from app.quality.models import QualityCallback, QualityInterview
from app.quality.score_charts import forest_chart, funnel_chart, trend_chart
from app.quality.score_details import Details, details
from app.quality.scores import Scores, latest_month, months_before, scores, voices
from tests.fixtures.desk import create_agent, create_queue
from tests.services.test_draws import customer, serve

ZONE = "Asia/Taipei"
OCTOBER = datetime(2030, 10, 10, 4, tzinfo=UTC)
WORKED = ((5, 5, 4, 5, 4), (4, 3, 5, 4, 4), (2, 3, 4, 3, 3), (5, 4, 4, 3, 5), (4, 4, 5, 5, 3), (5, 3, 4, 4, 2))


def answered(
    agent: int, overall: int | None, at: datetime = OCTOBER, outcome: str = "interviewed", **said: Any
) -> None:
    """A callback about a contact of `agent` at `at` that ended with `outcome`."""
    who = customer()
    contact = serve(agent, who, at)
    with transaction() as session:
        callback = QualityCallback(
            interaction_id=contact,
            rated_agent_id=agent,
            customer_id=who,
            queue_id=1,
            number="",
            language="en",
            state="done",
            outcome=outcome,
            ended_at=at,
        )
        session.add(callback)
        session.flush()
        if overall is not None:
            session.add(
                QualityInterview(
                    callback_id=callback.id,
                    rated_agent_id=agent,
                    language="en",
                    attitude=5,
                    overall=overall,
                    outcome=outcome,
                    **{"version": 1, "settled": "yes", "interviewer_id": INTERVIEWER[0], **said},
                )
            )


INTERVIEWER: list[int] = [0]


@pytest.fixture
def team(database: str) -> list[int]:
    create_queue("quality", quality_calls=True)
    INTERVIEWER[0] = create_agent()
    return [create_agent(name=uuid.uuid4().hex[:6]) for _ in WORKED]


def october(count: int = 1) -> Scores:
    with reading() as session:
        return scores(session, "2030-10", count, ZONE)


def beside(found: Scores) -> Details:
    with reading() as session:
        return details(session, found, ZONE)


def test_the_worked_month_names_nobody(team: list[int]) -> None:
    for agent, ratings in zip(team, WORKED, strict=True):
        for rating in ratings:
            answered(agent, rating)
    for outcome in ("refused", "no_answer", "no_answer", "wrong_number"):
        answered(team[0], None, outcome=outcome)
    found = october()
    assert found.answers == 30 and found.overall is not None and found.between is not None
    assert round(found.overall.value, 4) == 3.9333
    assert (round(found.between.f, 2), round(found.reliability, 4)) == (2.36, 0.5763)
    assert found.satisfied is not None and round(found.satisfied.value, 2) == 0.7
    assert (found.outcomes.approached, found.response) == (34, 30 / 34)
    assert found.satisfied_bounds == (21 / 34, 25 / 34)
    assert not found.may_name and found.agents == ()
    assert found.answers_needed == 9
    # A against C is 6/252, 15 pairs; nothing is left of it after Holm
    assert found.pairs is not None and (found.pairs.compared, found.pairs.differing, found.pairs.exact) == (15, 0, True)
    assert (round(found.pairs.smallest, 4), round(found.pairs.adjusted, 3)) == (0.0238, 0.357)
    assert found.dimensions["attitude"].value == 5
    chart = funnel_chart(found)
    assert chart is not None and len(chart["dots"]) == 6
    more = beside(found)
    assert forest_chart(found.agents) is None and trend_chart(found, more.bands) is None
    settled, satisfied = more.shares
    assert (settled.code, settled.n, settled.house.value, settled.reliability) == ("settled", 30, 1, 0)
    # The worked shares 5, 4, 1, 4, 4, 3 of 5: too uncertain to name anybody
    assert satisfied.pooled is not None and (round(satisfied.pooled.rho, 5), satisfied.agents) == (0.20238, ())
    assert round(satisfied.reliability, 4) == 0.5592
    assert (more.teams, more.own_means, more.first_response) == ((), {}, None)
    assert more.gap is not None and (more.gap[0], round(more.gap[1], 2)) == (5, 1.65)


def test_real_differences_are_said_by_name_and_never_ranked(team: list[int]) -> None:
    for place, agent in enumerate(team[:4]):
        for turn in range(24):
            answered(agent, (2 if place == 0 else 5) - (turn % 2 if place else -(turn % 2)))
    found = october()
    assert found.may_name and found.reliability > 0.7
    words = {each.agent_id: each.word.value for each in found.agents}
    assert words[team[0]] == "look_closer" and set(words.values()) == {"look_closer", "above_target"}
    assert [each.name for each in found.agents] == sorted(each.name for each in found.agents)
    chart = forest_chart(found.agents)
    assert chart is not None and len(chart["rows"]) == 4
    more = beside(found)
    assert set(more.own_means) == set(words) and all(each.low < each.high for each in more.own_means.values())
    satisfied = more.shares[1]
    assert satisfied.reliability > 0.7
    assert [each.name for each in satisfied.agents] == [each.name for each in found.agents]
    assert all(each.pooled.low <= each.pooled.estimate <= each.pooled.high for each in satisfied.agents)


def test_a_team_is_shown_when_it_is_more_than_one_person_or_two(team: list[int]) -> None:
    with transaction() as session:
        for place, agent in enumerate(team):
            name = "North" if place < 4 else "South"
            known = session.scalar(select(Team).where(Team.name == name)) or Team(name=name)
            session.add(known)
            session.flush()
            session.get_one(Agent, agent).team_id = known.id
    for agent in team:
        for rating in (4, 5):
            answered(agent, rating)
    (north,) = beside(october()).teams
    assert (north.name, north.agents, north.n, north.mean.value) == ("North", 4, 8, 4.5)


def test_months_end_at_midnight_of_the_house(team: list[int]) -> None:
    answered(team[0], 1, datetime(2030, 10, 31, 15, 59, tzinfo=UTC))
    answered(team[0], 5, datetime(2030, 10, 31, 16, 0, tzinfo=UTC))
    assert (october().answers, october().overall) == (1, None)
    with reading() as session:
        assert latest_month(session, ZONE) == "2030-11"
        year = scores(session, "2030-11", 6, ZONE)
    assert [(month, n) for month, _mean, n in year.by_month] == [("2030-10", 1), ("2030-11", 1)]
    chart = trend_chart(year, beside(year).bands)
    assert chart is not None and not chart["band"]  # one answer a month has no spread
    answered(team[1], 3, datetime(2030, 10, 31, 15, 59, tzinfo=UTC))
    with reading() as session:
        year = scores(session, "2030-11", 6, ZONE)
    chart = trend_chart(year, beside(year).bands)
    assert chart is not None and len(chart["band"].split()) == 4


def test_needs_and_suggestions_are_listed_without_whom_they_were_said_about(team: list[int]) -> None:
    answered(team[0], 4, need="A locker near the station", need_level="beyond", suggestion="Answer faster")
    with reading() as session:
        said = [(voice.kind, voice.level, voice.text) for voice in voices(session, ("2030-10",), ZONE)]
        assert voices(session, ("2030-09",), ZONE) == []
    assert said == [("need", "beyond", "A locker near the station"), ("suggestion", "", "Answer faster")]


def test_a_window_without_answers_says_so(database: str) -> None:
    found = october(12)
    assert (found.answers, found.overall, found.response, found.reliability) == (0, None, None, 0)
    with reading() as session:
        assert latest_month(session, ZONE) is None
    assert (funnel_chart(found), trend_chart(found, beside(found).bands)) == (None, None)


def test_months_before() -> None:
    assert months_before("2031-02", 3) == ("2030-12", "2031-01", "2031-02")
