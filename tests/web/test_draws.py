"""Pages of the monthly draw: bind, reveal, proof for everybody, replay from published files."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.draws import services
from tests.fixtures.desk import create_agent, create_queue
from tests.services.test_draws import BLUE, FREEZE, MIDDLE, RED, SALT, SECRET, ZONE, customer, number, serve
from tests.web.signing_in import browser_of, person


@pytest.fixture
def site(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # the form token is another test's business
    services.advance(MIDDLE, zone=ZONE, secret=SECRET)
    agent = create_agent(create_queue())
    for place in range(8):
        serve(agent, customer(number(place)))
    return app


def committed(secret: str) -> dict[str, str]:
    return {"salt": SALT, "commitment": hashlib.sha256(f"{SALT}|{secret}".encode()).hexdigest()}


def test_from_two_secrets_to_files_that_anybody_can_replay(site: Flask, tmp_path: Path) -> None:
    mei, quinn = browser_of(site, person("mei", "supervisor")), browser_of(site, person("quinn", "quality"))
    everybody = site.test_client()
    assert "2031-03" in mei.get("/draws").text
    assert "No month is frozen yet" in everybody.get("/draw").text
    assert everybody.get("/draw/2031-03/1/proof.json").status_code == 404
    for browser, secret in ((mei, RED), (quinn, BLUE)):
        assert "Bind your role" in browser.get("/draws/1").text
        assert browser.post("/draws/1/commit", data=committed(secret)).status_code == 302
    again = mei.post("/draws/1/commit", data=committed(RED))
    assert (again.status_code, "bound already" in again.text) == (409, True)
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    wrong = mei.post("/draws/1/reveal", data={"secret": "not what I committed to"})
    assert wrong.status_code == 422 and "not what I committed to" in wrong.text and "saved file" in wrong.text
    for browser, secret in ((mei, RED), (quinn, BLUE)):
        assert browser.post("/draws/1/reveal", data={"secret": f" {secret} "}).status_code == 302
    services.advance(FREEZE + timedelta(hours=1), zone=ZONE, secret=SECRET)
    page = everybody.get("/draw").text
    assert page.count("<code>") == 8 and RED in page and "Agent 1" not in page
    for name in ("frame.txt", "result.txt", "proof.json"):
        (tmp_path / name).write_text(everybody.get(f"/draw/2031-03/1/{name}").text, encoding="utf-8")
    assert everybody.get("/draw/2031-03/1/members").status_code == 404
    proof = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert proof["frame_sha256"] == hashlib.sha256((tmp_path / "frame.txt").read_bytes()).hexdigest()
    verify = site.test_cli_runner().invoke
    files = ["draw", "verify", "2031-03", "--files", str(tmp_path)]
    assert verify(args=["draw", "verify", "2031-03"]).output == "identical\n"
    assert verify(args=files).output == "identical\n"
    (tmp_path / "result.txt").write_text((tmp_path / "result.txt").read_text().replace("|P1|", "|P6|"))
    touched = verify(args=files)
    assert touched.exit_code == 1 and "only in the replay" in touched.output
    (tmp_path / "proof.json").write_text(json.dumps(proof | {"beacon": "0" * 64}))
    assert "beacon is not the one" in verify(args=files).output
    assert verify(args=["draw", "verify", "2031-02"]).exit_code == 1


def test_an_administrator_names_a_public_value(site: Flask) -> None:
    sam = browser_of(site, person("sam", "administrator"))
    assert "Use a public value" in sam.get("/draws/1").text
    bad = sam.post("/draws/1/beacon", data={"source": "a lottery far away", "due_at": "soon"})
    assert bad.status_code == 422 and "a lottery far away" in bad.text
    due = datetime(2031, 4, 2, 12, tzinfo=UTC)
    good = {"source": "a lottery far away", "due_at": f"{due:%Y-%m-%dT%H:%M}"}
    assert sam.post("/draws/1/beacon", data=good).status_code == 302
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    early = sam.post("/draws/1/beacon", data={"value": "4 8 15 16 23 42"})
    assert early.status_code == 409 and "not published yet" in early.text and "4 8 15 16 23 42" in early.text
    assert sam.post("/draws/1/another-round", data={"reason": "short"}).status_code == 422
    assert sam.post("/draws/1/another-round", data={"reason": "The lottery was abolished."}).status_code == 302
    assert "The lottery was abolished." in site.test_client().get("/draw").text
    assert sam.get("/draws/99").status_code == 404


def test_a_long_step_is_seen_paused_and_let_go_on(site: Flask) -> None:
    sam, mei = browser_of(site, person("sam", "administrator")), browser_of(site, person("mei", "supervisor"))
    due = datetime(2031, 4, 2, 12, tzinfo=UTC)
    sam.post("/draws/1/beacon", data={"source": "a lottery far away", "due_at": f"{due:%Y-%m-%dT%H:%M}"})
    assert sam.post("/draws/1/pause").status_code == 409
    services.advance(FREEZE, zone=ZONE, secret=SECRET, going_on=lambda: False)
    assert mei.get("/draws/1/progress").json == {
        "state": "freezing",
        "done": 0,
        "agents": 1,
        "paused": False,
        "said": "0 of 1 agents done",
    }
    shown = mei.get("/draws/1").text
    assert "0 of 1 agents done" in shown and "/draws/1/pause" not in shown
    assert "No month is frozen yet" in site.test_client().get("/draw").text
    assert site.test_client().get("/draw/2031-03/1/proof.json").status_code == 404
    assert mei.post("/draws/1/pause").status_code == 403
    assert sam.post("/draws/1/pause").status_code == 302
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    assert "Paused" in sam.get("/draws/1").text and mei.get("/draws/1/progress").json["paused"] is True
    assert sam.post("/draws/1/resume").status_code == 302
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    assert mei.get("/draws/1/progress").json["state"] == "frozen"
    assert site.test_client().get("/draw/2031-03/1/frame.txt").text.count("\n") == 8
    assert mei.get("/draws/99/progress").status_code == 404
