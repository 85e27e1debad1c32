"""Signed webhooks: what arrives, how often, after which failures; and what the journal makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator, get_signature_algorithm

from tests.twilio_emulator.clock import Virtual
from tests.twilio_emulator.delivery import InProcess, NoConnection, Outgoing, OverHttp, is_loopback
from tests.twilio_emulator.faults import KINDS, NEEDED, FaultPlan, Kind
from tests.twilio_emulator.hooks import Document, Failure
from tests.twilio_emulator.journal import Entry, Journal, redacted
from tests.twilio_emulator.state import Account
from tests.twilio_emulator.webhooks import Overrides, Webhooks

PUBLIC = "https://desk.example"
FIELDS = {"CallSid": f"CA{'1' * 32}", "CallStatus": "ringing", "From": "+12025550177", "Extra": "%2B a&b=值"}


class Desk:
    """A product that checks signatures and keeps what it believed."""

    def __init__(self) -> None:
        self.app = Flask("desk")
        self.token = ""
        self.believed: list[dict[str, str]] = []
        self.tokens: list[str] = []
        self.answers: list[Callable[[], Response]] = []
        self.app.add_url_rule("/<path:path>", "all", self.answer, methods=["GET", "POST"])

    def answer(self, path: str) -> Response:
        url = PUBLIC + request.environ["REQUEST_URI"]
        algorithm = get_signature_algorithm(request.headers.get("X-Twilio-Webhooks-Signature-Settings"))
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(self.token).validate(url, request.form, signature, algorithm):
            return Response(status=403)
        self.believed.append(dict(request.values) | {"_path": path, "_cookie": request.headers.get("Cookie", "")})
        self.tokens.append(request.headers["I-Twilio-Idempotency-Token"])
        return self.answers.pop(0)() if self.answers else Response("<Response/>", mimetype="text/xml")


class Line:
    """Webhooks to a desk, on virtual time."""

    def __init__(self, plan: FaultPlan | None = None, **named: Any) -> None:
        self.clock, self.journal, self.desk = Virtual(), Journal(), Desk()
        self.account = Account()
        self.desk.token = self.account.auth_token
        self.hooks = Webhooks(self.account, self.clock, InProcess(self.desk.app, PUBLIC), self.journal, plan, **named)
        self.results: list[Document | Failure] = []

    def ask(self, path: str = "/voice", method: str = "POST", **named: str) -> None:
        self.hooks.twiml(f"{PUBLIC}{path}", method, FIELDS, self.results.append, **named)

    def tell(self, path: str = "/status#rc=3&rp=all") -> None:
        self.hooks.callback(f"{PUBLIC}{path}", "POST", FIELDS)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("shared_key", ["", "webhooks_sharedkey_1"])
def test_the_product_can_check_every_signature(method: str, shared_key: str) -> None:
    line = Line(shared_key=shared_key)
    line.ask("/voice?contact=%2Bx%20y&b=1", method)
    line.clock.advance(1)
    assert FIELDS.items() <= line.desk.believed[0].items()
    assert line.desk.believed[0]["contact"] == "+x y"
    assert isinstance(line.results[0], Document)
    assert line.results[0].text == "<Response/>"


def test_nothing_happens_before_time_goes_on() -> None:
    line = Line()
    line.ask()
    assert line.desk.believed == []
    line.clock.advance(1)
    assert len(line.desk.believed) == 1


@pytest.mark.parametrize(
    ("kind", "path", "times"),
    [
        ("drop", "/status#rc=3&rp=all", 0),
        ("duplicate", "/status", 2),
        ("refused", "/status", 1),
        ("error_before", "/status", 0),
        ("error_before", "/status#rc=3&rp=all", 1),
        ("error_before", "/status#rc=1&rp=4xx", 0),
        ("error_after", "/status#rc=3&rp=5xx", 2),
        ("slow", "/status", 1),
        ("slow", "/status#rc=1&rp=rt&rt=2000", 2),
        ("slow", "/status#rc=1&rp=rt", 1),  # nothing is left of the fifteen seconds
        ("wrong_signature", "/status", 1),
        ("old_token", "/status", 1),
        ("extra_field", "/status", 1),
        ("missing_field", "/status", 1),
        ("delay", "/status", 1),
    ],
)
def test_each_fault_reaches_the_product_so_often(kind: Kind, path: str, times: int) -> None:
    plan = FaultPlan()
    plan.once(kind, "/status", CallStatus="ringing")
    line = Line(plan)
    line.tell(path)
    line.clock.advance(60)
    assert len(line.desk.believed) == times
    assert len(set(line.desk.tokens)) == min(1, times), "one event has one token, however often it comes"
    forged = [entry.status for entry in line.journal.entries if entry.forged]
    assert forged == ([403] if kind in {"wrong_signature", "old_token"} else [])
    line.journal.check()


def test_a_replay_comes_after_an_hour() -> None:
    plan = FaultPlan()
    plan.once("replay")
    line = Line(plan)
    line.tell()
    line.clock.advance(3590)
    assert len(line.desk.believed) == 1
    line.clock.advance(20)
    assert len(line.desk.believed) == 2


def test_a_restart_comes_before_the_webhook() -> None:
    order: list[str] = []
    plan = FaultPlan()
    plan.once("restart")
    line = Line(plan, on_restart=lambda: order.append("restart"))
    line.desk.answers.append(lambda: order.append("told") or Response())  # type: ignore[func-returns-value]
    line.tell()
    line.clock.advance(1)
    assert order == ["restart", "told"]


def test_a_document_that_fails_comes_from_the_fallback() -> None:
    line = Line()
    line.desk.answers.append(lambda: Response(status=500))
    line.ask("/voice#rc=0", fallback=f"{PUBLIC}/fallback")
    line.clock.advance(1)
    assert [told["_path"] for told in line.desk.believed] == ["voice", "fallback"]
    assert line.desk.believed[1]["ErrorCode"] == "11200"
    assert line.desk.believed[1]["ErrorUrl"] == f"{PUBLIC}/voice"
    assert [type(result) for result in line.results] == [Document]
    with pytest.raises(AssertionError, match="answered 500"):
        line.journal.check()


def test_a_failure_without_fallback_is_told_and_warned_of() -> None:
    line = Line()
    line.desk.answers += [lambda: Response(status=404)]
    line.ask()
    line.hooks.twiml("https://elsewhere.example/x", "POST", FIELDS, line.results.append)
    line.clock.advance(5)
    assert [result.code for result in line.results if isinstance(result, Failure)] == [11200, 11205]
    assert [code for _, code, _ in line.account.warnings] == [11200, 11205]


def test_redirects_are_followed_with_a_limit_and_cookies_kept_per_call() -> None:
    line = Line()
    line.desk.answers.append(
        lambda: Response(status=302, headers={"Location": "/second?x=1", "Set-Cookie": "place=3; Path=/"})
    )
    line.ask()
    line.clock.advance(1)
    assert [told["_path"] for told in line.desk.believed] == ["voice", "second"]
    assert line.desk.believed[1]["_cookie"] == "place=3"
    assert isinstance(line.results[0], Document)
    assert urlsplit(line.results[0].url).path == "/second"
    line.desk.answers += [lambda: Response(status=307, headers={"Location": "/again"})] * 12
    line.ask()
    line.clock.advance(1)
    assert isinstance(line.results[1], Failure)
    assert line.results[1].code == 11215


def test_overrides_are_read_and_kept_in_their_limits() -> None:
    assert Overrides.of("") == Overrides(5.0, 15.0, 15.0, 1, frozenset({"ct"}))
    odd = Overrides.of("ct=1&rt=99999&rc=9&rp=5xx,ct")
    assert (odd.connect, odd.read, odd.retries, odd.policy) == (0.1, 15.0, 5, frozenset({"5xx", "ct"}))


def test_the_same_seed_has_the_same_bad_luck() -> None:
    def drawn(seed: int) -> list[frozenset[Kind]]:
        plan = FaultPlan.everything(seed, 0.2)
        return [plan.draw("/status", FIELDS, False) for _ in range(50)]

    assert drawn(4) == drawn(4) != drawn(5)
    assert frozenset().union(*drawn(4)) == frozenset(KINDS)


def test_what_a_webhook_needs_is_never_left_out() -> None:
    plan = FaultPlan(1)
    for _ in range(20):
        assert plan.changed(FIELDS, frozenset({"missing_field"})).keys() == FIELDS.keys() - {"Extra"}
    assert "CallSid" in NEEDED


def test_nothing_leaves_this_machine() -> None:
    assert [is_loopback(url) for url in ("http://127.0.0.1:1/", "http://localhost/", "http://[::1]:80/")] == [True] * 3
    assert [is_loopback(url) for url in ("https://api.twilio.com/", "http://127.0.0.1.example/")] == [False] * 2
    with pytest.raises(NoConnection, match="beyond this machine"):
        OverHttp().send(Outgoing("POST", "http://192.0.2.1/", {}, b""))
    with pytest.raises(NoConnection, match="is not the product"):
        InProcess(Flask("desk"), PUBLIC).send(Outgoing("POST", "https://desk.example.org/", {}, b""))


def test_the_journal_sees_breaches() -> None:
    journal, at = Journal(), Virtual().now()
    room = {"_path": "/2010-04-01/Accounts/AC1/Conferences/+12025550177/Participants.json"}
    journal.add(Entry("asked", at, "POST …/Participants.json", room, 201))
    journal.add(Entry("asked", at, "POST …/Messages.json", {"To": "+12025550177", "Body": "a"}, 201))
    journal.add(Entry("asked", at, "POST …/Messages.json", {"To": "+12025550177", "Body": "a"}, 201))
    journal.add(Entry("told", at, "POST /status", FIELDS, 204, took=2.5))
    journal.add(Entry("told", at, "POST /status", FIELDS, 204, forged=True))
    with pytest.raises(AssertionError) as caught:
        journal.check()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "a telephone number names a room",
        "answered after 2.5 s",
        "a forged webhook was answered 204",
    ]
    with pytest.raises(AssertionError, match="more than 1 times"):
        journal.at_most(1, "/Messages.json", "To", "Body")


def test_what_is_printed_hides_numbers_and_texts() -> None:
    shown = redacted({"From": "+12025550177", "Body": "Where is my parcel?", "CallSid": FIELDS["CallSid"]})
    assert shown == f"From=+…77 Body=<19 characters> CallSid={FIELDS['CallSid']}"


def test_time_of_webhooks_is_the_emulators() -> None:
    line = Line()
    line.tell()
    began = line.clock.now()
    line.clock.advance(60)
    assert timedelta(0) < line.journal.entries[0].at - began < timedelta(seconds=1)
