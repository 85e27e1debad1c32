"""The frame: who sees which rail, what a person's own settings do, what strangers get."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clock import now
from app.db import reading, transaction
from app.eventlog import CLI
from app.security import sessions
from app.security.models import User
from app.security.people import add_person


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def _sign_in(client: FlaskClient, *, name: str = "Priya Nair", role: str = "agent") -> int:
    with transaction() as session:
        user = add_person(
            session, login=role, display_name=name, role=role, password_hash="$never$", actor=CLI
        )
        session.flush()
        user.must_change_password = False
        token = sessions.open_session(session, user.id, address="127.0.0.1", browser="test", at=now())
        number = user.id
    client.set_cookie("hearback", token)
    return number


def _kept(number: int) -> tuple[str, str]:
    with reading() as session:
        row = session.execute(select(User.language, User.theme).where(User.id == number)).one()
        return row.language, row.theme


def test_the_theme_follows_the_person_to_another_browser(app: Flask, client: FlaskClient) -> None:
    number = _sign_in(client)
    answer = client.post("/theme", data={"theme": "dark", "next": "/styleguide"})
    assert (answer.status_code, answer.location) == (303, "/styleguide")
    assert _kept(number) == ("", "dark")
    client.delete_cookie("theme")
    assert 'data-theme="dark"' in client.get("/styleguide").text


def test_a_persons_language_comes_before_cookie_and_header(client: FlaskClient) -> None:
    number = _sign_in(client)
    client.post("/language", data={"language": "zh_Hant"})
    assert _kept(number) == ("zh_Hant", "auto")
    client.set_cookie("lang", "zh_Hans")
    assert '<html lang="zh-Hant"' in client.get("/styleguide", headers={"Accept-Language": "en"}).text


def test_strangers_keep_their_theme_in_a_cookie(client: FlaskClient) -> None:
    client.post("/theme", data={"theme": "light"})
    assert 'data-theme="light"' in client.get("/styleguide").text
    client.post("/theme", data={"theme": "auto"})
    assert "data-theme=" not in client.get("/styleguide").text


@pytest.mark.parametrize("theme", ["", "pink", '"><script>'])
def test_unknown_themes_change_nothing(client: FlaskClient, theme: str) -> None:
    assert "Set-Cookie" not in client.post("/theme", data={"theme": theme}).headers


def test_a_strange_name_is_printed_and_never_run(client: FlaskClient) -> None:
    _sign_in(client, name="<script>alert(1)</script> 📦")
    page = client.get("/styleguide").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(("role", "shown"), [("administrator", True), ("agent", False)])
def test_the_rail_shows_only_what_the_guard_lets_in(
    app: Flask, client: FlaskClient, role: str, shown: bool
) -> None:
    _sign_in(client, role=role)
    assert ('href="/administration' in client.get("/styleguide").text) is shown


def test_kept_parts_of_the_frame_are_never_another_roles_or_languages(app: Flask, client: FlaskClient) -> None:
    pages: dict[str, str] = {}
    for role in ("agent", "administrator"):
        _sign_in(client, name=f"Known as {role}", role=role)
        pages[role] = client.get("/me").text
    assert 'href="/administration' in pages["administrator"] and 'href="/administration' not in pages["agent"]
    assert 'value="administrator"' in pages["administrator"] and "Known as administrator" not in pages["agent"]
    client.post("/language", data={"language": "zh_Hans"})
    assert "键盘快捷键" in client.get("/me").text and "键盘快捷键" not in pages["administrator"]


def test_the_style_page_is_not_there_in_earnest(app: Flask, client: FlaskClient) -> None:
    app.testing = False
    app.config["DEMO"] = False
    assert client.get("/styleguide").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_error_pages_speak_kindly_in_every_language(client: FlaskClient, language: str) -> None:
    answer = client.get("/no/such/page", headers={"Accept-Language": language, "Accept": "text/html"})
    kind = {
        "en": "Nothing you saved is lost",
        "zh-CN": "您保存过的内容都还在",
        "zh-TW": "您儲存過的內容都還在",
    }
    assert answer.status_code == 404
    assert kind[language] in answer.text
