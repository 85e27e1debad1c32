"""Sign-in through the pages: cookies, form tokens, ways back, limits, first set-up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, g

from app import create_app
from app.db import transaction
from app.errors import Forbidden, Unauthenticated
from app.security import guard, sessions
from app.security.services import DEMO_PASSWORD
from config import Settings
from tests.web.signing_in import PASSWORD, SCRIPT, browser_of, form_token, person, sign_in


def test_signing_in_leads_back_to_the_page_that_asked(app: Flask) -> None:
    person()
    client = app.test_client()
    refused = client.get("/me/password?x=1")
    assert (refused.status_code, refused.location) == (302, "/sign-in?next=%2Fme%2Fpassword%3Fx%3D1")
    answer = sign_in(client, next="/me/password?x=1")
    assert (answer.status_code, answer.location) == (303, "/me/password?x=1")
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example", "/\\evil.example", "me", "javascript:1"])
def test_a_forged_way_back_leads_home(app: Flask, goal: str) -> None:
    person()
    assert sign_in(app.test_client(), next=goal).location == "/"


def test_a_wrong_password_keeps_the_login_typed_and_says_why_kindly(app: Flask) -> None:
    person()
    answer = sign_in(app.test_client(), password="wrong password")
    assert answer.status_code == 422
    assert 'value="ana"' in answer.text and "Check both and try again" in answer.text
    assert PASSWORD not in answer.text and "wrong password" not in answer.text


def test_what_is_typed_is_shown_as_text(app: Flask) -> None:
    person()
    answer = sign_in(app.test_client(), login='"><script>alert(1)</script>', password="x")
    assert "<script>alert" not in answer.text and answer.status_code == 422


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    person()
    cookies = sign_in(app.test_client()).headers.getlist("Set-Cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"hearback", "hearback-form"}
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_production_cookies_are_bound_to_this_host_and_https(settings: Settings) -> None:
    production = replace(
        settings, environment="production", testing=False, demo=False, public_url="https://desk.example"
    )
    person()
    client = create_app(production).test_client()
    base = {"base_url": "https://desk.example", "headers": {"Referer": "https://desk.example/sign-in"}}
    token = client.get("/sign-in", base_url=base["base_url"], headers={"Accept": "application/json"}).get_json()["csrf"]
    answer = client.post("/sign-in", data={"login": "ana", "password": PASSWORD, "csrf_token": token}, **base)
    cookies = answer.headers.getlist("Set-Cookie")
    assert answer.status_code == 303
    assert all(cookie.startswith("__Host-") and "Secure" in cookie and "Path=/" in cookie for cookie in cookies)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "wss://desk.example" in answer.headers["Content-Security-Policy"]


def test_session_and_form_token_are_new_after_signing_in(app: Flask) -> None:
    person()
    client = app.test_client()
    before = form_token(client)
    sign_in(client)
    first = client.get_cookie("hearback")
    after = form_token(client)
    sign_in(client)
    second = client.get_cookie("hearback")
    assert first and second and first.value != second.value
    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400
    stale = app.test_client()
    stale.set_cookie("hearback", first.value)
    assert stale.get("/me").location == "/sign-in?next=%2Fme"
    assert after != before


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    person()
    client = app.test_client()
    answer = client.post("/sign-in", data={"login": "ana", "password": PASSWORD})
    assert answer.status_code == 400 and "Reload the page" in answer.text
    assert client.get_cookie("hearback") is None


def test_a_page_whose_session_ended_signs_in_again_in_place(app: Flask) -> None:
    client = browser_of(app, person())
    token = client.get_cookie("hearback")
    assert token is not None
    with transaction() as session:
        found = sessions.find(session, token.value, at=guard.now(), demo=True)
        assert found is not None
        sessions.revoke(session, found.id, at=guard.now())
    refused = client.get("/me", headers=SCRIPT)
    assert refused.status_code == 401 and refused.get_json()["error"]["code"] == "signed_out"
    entries = {"login": "ana", "password": PASSWORD}
    answer = client.post("/sign-in", json=entries, headers={"X-CSRFToken": form_token(client)})
    assert answer.get_json()["ok"] is True
    saved = client.post("/me/preferences", data={"theme": "dark"}, headers={"X-CSRFToken": answer.get_json()["csrf"]})
    assert saved.status_code == 303


@pytest.mark.parametrize("body", ["[]", '"x"', "{", '{"login": 7, "password": null}', "null"])
def test_odd_json_is_a_failed_sign_in_not_a_crash(app: Flask, body: str) -> None:
    client = app.test_client()
    headers = {"X-CSRFToken": form_token(client), "Content-Type": "application/json"}
    answer = client.post("/sign-in", data=body, headers=headers)
    assert answer.status_code == 422 and answer.get_json()["ok"] is False


def test_signing_out_ends_the_session_itself(app: Flask) -> None:
    client = browser_of(app, person())
    token = client.get_cookie("hearback")
    assert token is not None
    assert client.post("/sign-out", data={"csrf_token": form_token(client)}).location == "/sign-in"
    thief = app.test_client()
    thief.set_cookie("hearback", token.value)
    assert thief.get("/me").status_code == 302


def test_somebody_with_a_first_password_gets_no_further_than_choosing_one(app: Flask) -> None:
    client = browser_of(app, person(first=True))
    assert client.get("/me").location == "/me/password"
    assert client.get("/me", headers=SCRIPT).get_json()["error"]["code"] == "choose_password"
    new = "my very own words"
    form = {"current": PASSWORD, "new": new, "again": new, "csrf_token": form_token(client)}
    assert client.post("/me/password", data=form).location == "/"
    assert client.get("/me").status_code == 200


def test_one_ends_ones_own_sessions_and_nobody_elses(app: Flask) -> None:
    mine, theirs = person("ana"), person("ben")
    here, there, other = browser_of(app, mine), browser_of(app, mine), browser_of(app, theirs)

    def end(cookie_of) -> int:
        token = cookie_of.get_cookie("hearback")
        form = {"session": sessions.hash_of(token.value), "csrf_token": form_token(here)}
        return here.post("/me/sessions/end", data=form).status_code

    assert [end(there), end(there), end(other)] == [303, 404, 404]
    assert [client.get("/me").status_code for client in (here, there, other)] == [200, 302, 200]


def test_a_socket_event_looks_the_session_up_anew_and_counts_as_activity(app: Flask) -> None:
    user_id = person()
    client = browser_of(app, user_id)
    token = client.get_cookie("hearback")
    assert token is not None
    long_ago = guard.now() - sessions.SEEN_EVERY
    with transaction() as session:
        session.get_one(sessions.UserSession, sessions.hash_of(token.value)).last_seen_at = long_ago
    with app.test_request_context(headers={"Cookie": f"hearback={token.value}"}):
        assert guard.socket_user().id == user_id
        with pytest.raises(Forbidden):
            guard.demand("people.manage")
        with transaction() as session:
            assert session.get_one(sessions.UserSession, sessions.hash_of(token.value)).last_seen_at > long_ago
            sessions.revoke(session, user_id, at=guard.now())
        with pytest.raises(Unauthenticated):
            guard.socket_user()
        assert g.user is None


def test_the_first_administrator_is_set_up_once(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/sign-in").location == "/setup"
    entries = {"login": "Ada@Example.com ", "display_name": "陈 Ada", "password": "too short"}
    again = client.post("/setup", data={**entries, "csrf_token": form_token(client)})
    assert again.status_code == 422 and "陈 Ada" in again.text and "too short" not in again.text
    entries |= {"password": PASSWORD, "again": PASSWORD}
    done = client.post("/setup", data={**entries, "csrf_token": form_token(client)})
    assert done.location == "/people/"
    assert client.get("/people/").status_code == 200
    stranger = app.test_client()
    assert stranger.get("/setup").status_code == 404
    assert stranger.post("/setup", data={**entries, "csrf_token": form_token(stranger)}).status_code == 404


@pytest.mark.parametrize("demo", [True, False])
def test_demo_people_are_offered_only_in_the_demo(settings: Settings, demo: bool) -> None:
    person("real")
    person("priya", demo=True)
    page = create_app(replace(settings, demo=demo)).test_client().get("/sign-in").text
    assert ('data-login="priya"' in page) is demo
    assert (DEMO_PASSWORD in page) is demo
    assert "real" not in page


def test_an_administrator_adds_somebody_who_then_signs_in(app: Flask) -> None:
    client = browser_of(app, person("ada", "administrator"))
    entries = {"login": "Zoe", "display_name": "Zoë 周 <b>", "role": "quality", "csrf_token": form_token(client)}
    page = client.post("/people/", data=entries)
    first = page.text.split('id="first-password">')[1].split("<")[0]
    assert "Zoë 周 &lt;b&gt;" in page.text and page.headers["Cache-Control"] == "no-store"
    theirs = app.test_client()
    assert sign_in(theirs, "zoe", first).status_code == 303
    assert theirs.get("/me").location == "/me/password"
    taken = client.post("/people/", data=entries)
    assert taken.status_code == 422 and "has this login already" in taken.text


def test_administrators_do_not_lock_themselves_out(app: Flask) -> None:
    me = person("ada", "administrator")
    client = browser_of(app, me)
    form = {"display_name": "Ada", "role": "administrator", "csrf_token": form_token(client)}
    assert client.post(f"/people/{me}", data=form).status_code == 422
    form |= {"role": "agent", "active": "1"}
    assert "last administrator" in client.post(f"/people/{me}", data=form).text
    assert client.get("/people/").status_code == 200


def test_every_answer_carries_the_security_headers(app: Flask) -> None:
    for answer in (
        app.test_client().get("/sign-in"),
        app.test_client().get("/nope"),
        browser_of(app, person()).get("/me"),
    ):
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert "microphone=(self)" in answer.headers["Permissions-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_many_tries_on_one_account_are_told_to_wait(settings: Settings) -> None:
    client = create_app(replace(settings, testing=False)).test_client()
    token = form_token(client)
    statuses = [
        client.post("/sign-in", data={"login": "ana", "password": "x", "csrf_token": token}).status_code
        for _try in range(13)
    ]
    assert statuses == [422] * 12 + [429]
    other = client.post("/sign-in", json={"login": "ben"}, headers={"X-CSRFToken": token})
    assert other.status_code == 422


def test_health_asks_nobody_and_metrics_ask_for_the_token(app: Flask, settings: Settings) -> None:
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"ok": True}
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 404
    with_token = create_app(replace(settings, metrics_token="s3cret")).test_client()
    assert with_token.get("/metrics").status_code == 401
    text = with_token.get("/metrics", headers={"Authorization": "Bearer s3cret"}).text
    assert 'hearback_outbox{state="waiting"} 0.0' in text
    assert 'hearback_http_requests_total{endpoint="health.alive",method="GET",status="200"}' in text
