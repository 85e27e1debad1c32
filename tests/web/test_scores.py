"""The page of scores: says how sure it is, names nobody too early, and teaches when it is empty."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.services.test_quality_scores import WORKED, answered, team
from tests.web.signing_in import browser_of, person

__all__ = ["team"]


@pytest.fixture
def site(app: Flask) -> Flask:
    return app


def test_an_empty_month_teaches(site: Flask) -> None:
    page = browser_of(site, person("mei", "supervisor")).get("/quality/scores")
    assert page.status_code == 200 and "Once customers of this month are called back" in page.text


def test_the_worked_month_prints_its_verdict(site: Flask, team: list[int]) -> None:
    for agent, ratings in zip(team, WORKED, strict=True):
        for rating in ratings:
            answered(agent, rating, suggestion="Ring <twice>" if rating == 2 else "")
    mei = browser_of(site, person("mei", "supervisor"))
    page = mei.get("/quality/scores?month=2030-10").text
    assert "No agent may be ranked or rewarded on these answers" in page
    assert "3.93" in page and "Ring &lt;twice&gt;" in page and "0.58" in page
    assert page.count("<circle") == 6 and "Agents of whom something may be said" not in page
    assert "(95 % and three standard errors" in page
    for language in ("zh_Hans", "zh_Hant"):
        mei.set_cookie("lang", language)
        assert "95 % " in mei.get("/quality/scores?month=2030-10&months=12").text
    assert mei.get("/quality/scores?month=2030-10&months=7").status_code == 404
    assert mei.get("/quality/scores?month=x").status_code == 404


def test_real_differences_are_named_with_their_intervals(site: Flask, team: list[int]) -> None:
    for place, agent in enumerate(team[:4]):
        for turn in range(24):
            answered(agent, (2 if place == 0 else 5) - (turn % 2 if place else -(turn % 2)))
    page = browser_of(site, person("mei", "supervisor")).get("/quality/scores?month=2030-10").text
    assert "Agents of whom something may be said" in page and "Look closer" in page and "Above the target" in page
