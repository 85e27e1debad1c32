"""The page behind a link: no sign-in and no names, nothing typed is lost, and nothing is told to those who guess."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.services.test_quality import house  # noqa: F401  (a fixture)
from tests.services.test_quality_links import ANSWERS, interview, linked
from tests.web.test_tickets import site  # noqa: F401  (a fixture)

CHINESE = {"Accept-Language": "zh-TW"}


@pytest.fixture
def token(site: Flask, house: dict[str, int]) -> str:  # noqa: F811
    return linked(house)[1]


def test_it_shows_the_questions_and_nobodys_name(site: Flask, token: str) -> None:  # noqa: F811
    answer = site.test_client().get(f"/answer/{token}", headers=CHINESE)
    assert answer.status_code == 200
    assert "All in all, how was it?" in answer.text, "in the language that the text was written in"
    for kept_back in ("Amelia", "Ana Rated", "7700 900123", "+447700900123"):
        assert kept_back not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")


def test_another_language_is_a_choice(site: Flask, token: str) -> None:  # noqa: F811
    client = site.test_client()
    client.post("/language", data={"language": "zh_Hant", "next": f"/answer/{token}"})
    assert "整體來說，這次服務怎麼樣？" in client.get(f"/answer/{token}").text


def test_what_was_typed_comes_back_while_something_is_missing(site: Flask, token: str) -> None:  # noqa: F811
    client = site.test_client()
    asked = client.post(f"/answer/{token}", data={**ANSWERS, "q-speed": "", "q-suggestion": "Ring <twice>"})
    assert asked.status_code == 422 and "Some questions have no answer yet" in asked.text
    assert (
        "Ring &lt;twice&gt;" in asked.text and 'href="#q-speed"' in asked.text and 'href="#q-overall"' not in asked.text
    )
    sent = client.post(f"/answer/{token}", data={**ANSWERS, "q-speed": "", "partly": "1"})
    assert (sent.status_code, sent.location) == (303, f"/answer/{token}")
    assert "We have your answers" in client.get(sent.location).text
    again = client.post(f"/answer/{token}", data=ANSWERS)
    assert again.status_code == 409 and "We have your answers" in again.text


def test_who_is_not_content_reads_that_somebody_takes_care(site: Flask, token: str) -> None:  # noqa: F811
    client = site.test_client()
    client.post(f"/answer/{token}", data={**ANSWERS, "q-settled": "no"})
    assert "has it on the desk now" in client.get(f"/answer/{token}").text


def test_a_no_is_heard(site: Flask, house: dict[str, int]) -> None:  # noqa: F811
    asked, own = linked(house)
    client = site.test_client()
    assert client.post(f"/answer/{own}/refuse").status_code == 303
    assert "We will not ask you again" in client.get(f"/answer/{own}").text
    assert client.post(f"/answer/{own}/refuse").status_code == 409
    assert interview(asked) is None


def test_a_guess_opens_nothing(site: Flask, database: str) -> None:  # noqa: F811
    client = site.test_client()
    for wrong in ("x", "AAAAAAAAAAAAAAAAAAAAAA", "x" * 300):
        assert client.get(f"/answer/{wrong}").status_code == 404
        assert client.post(f"/answer/{wrong}", data=ANSWERS).status_code == 404
        assert client.post(f"/answer/{wrong}/refuse").status_code == 404
