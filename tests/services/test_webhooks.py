"""Webhooks: fed with the change, signed, in order, at least once; never a way into the house."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app import clock, outbox
from app.administration.services import webhooks as services
from app.administration.services.webhooks import Rules
from app.db import reading, transaction
from app.effects import EFFECTS
from app.errors import Invalid
from app.eventlog import CLI, Event, record_event
from app.outbox import OutboxRow
from app.webhooks import posting
from app.webhooks.catalogue import CATALOGUE, told
from app.webhooks.delivery import drop_old
from app.webhooks.models import TOPIC, Webhook, WebhookDelivery
from app.webhooks.signing import secret_of
from config import load_settings

pytestmark = pytest.mark.usefixtures("database")

OPEN = Rules(https_only=False, private=True)
STRICT = Rules(https_only=True, private=False)


@dataclass
class Receiver:
    """A program that listens and answers as it is told."""

    address: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(body) for _headers, body in self.got]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("WEBHOOKS_PRIVATE", "1")
    told_to = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told_to.got.append((dict(self.headers), body))
            self.send_response(told_to.status)
            for name, value in told_to.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told_to.address = f"http://127.0.0.1:{server.server_port}/hook?token=1"
    yield told_to
    server.shutdown()
    server.server_close()


def make_hook(url: str, *events: str) -> int:
    return services.create_webhook(
        {"name": "Warehouse", "url": url}, events or ("queue.opened", "queue.closed"), OPEN, actor=CLI
    ).id


def happen(*numbers: int, name: str = "queue.opened") -> None:
    for number in numbers:
        with transaction() as session:
            record_event(session, name, "queue", number, actor=CLI, reason="by +4915112345", after={"active": True})


def run_all(worker: str = "w") -> None:
    while outbox.run_next(EFFECTS, worker):
        pass


def deliveries() -> list[WebhookDelivery]:
    with reading() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def hook(webhook_id: int) -> Webhook:
    return services.get_webhook(webhook_id)


def test_an_event_is_told_signed_and_without_what_people_typed(receiver: Receiver) -> None:
    webhook_id = make_hook(receiver.address)
    happen(7)
    happen(8, name="queue.changed")  # not asked for
    run_all()
    ((headers, body),) = receiver.got
    message = json.loads(body)
    assert message["event"] == headers["Hearback-Event"] == "queue.opened"
    assert message["subject"] == {"kind": "queue", "id": 7} and message["data"] == {"active": True}
    assert b"4915112345" not in body
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["Hearback-Signature"])
    assert found
    secret = secret_of(hook(webhook_id).salt, load_settings().secret_key)
    assert hmac.new(secret.encode(), found[1].encode() + b"." + body, hashlib.sha256).hexdigest() == found[2]
    (delivery,) = deliveries()
    assert (delivery.state, delivery.status, delivery.attempts) == ("delivered", 200, 1)
    assert delivery.took_ms is not None and headers["Hearback-Delivery"] == delivery.token == message["id"]
    assert hook(webhook_id).last_success_at is not None


def test_the_feed_stands_and_falls_with_the_change(receiver: Receiver) -> None:
    make_hook(receiver.address)
    with pytest.raises(RuntimeError), transaction() as session:
        record_event(session, "queue.opened", "queue", 1, actor=CLI, after={"active": True})
        session.flush()
        raise RuntimeError
    assert deliveries() == []
    with transaction() as session:  # written past the functions, as the router does
        session.execute(
            text(
                "INSERT INTO events (name, subject, subject_id, actor)"
                " SELECT 'queue.closed', 'queue', n, 'x' FROM generate_series(1, 3) n"
            )
        )
    run_all()
    assert [message["subject"] for message in receiver.bodies()] == [{"kind": "queue", "id": n} for n in (1, 2, 3)]


def test_a_receiver_that_is_down_is_tried_later_and_keeps_its_order(receiver: Receiver) -> None:
    webhook_id = make_hook(receiver.address)
    receiver.status = 503
    happen(1, 2)
    run_all()
    assert len(receiver.got) == 1  # the second waits behind the first
    first, second = deliveries()
    assert (first.state, first.status, first.error) == ("waiting", 503, "server_error")
    assert second.attempts == 0 and hook(webhook_id).failing_since is not None
    receiver.status = 204
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        run_all()
    assert [message["subject"]["id"] for message in receiver.bodies()] == [1, 1, 2]  # type: ignore[index]
    assert [each.state for each in deliveries()] == ["delivered"] * 2
    assert hook(webhook_id).failing_since is None


def test_after_ten_tries_it_is_given_up_and_may_be_sent_again_by_hand(receiver: Receiver) -> None:
    webhook_id = make_hook(receiver.address)
    receiver.status = 500
    happen(1)
    start = clock.now()
    for hour in range(11):
        with clock.frozen(start + timedelta(hours=2 * hour)):
            run_all()
    (delivery,) = deliveries()
    assert (delivery.state, delivery.attempts) == ("failed", 10)
    receiver.status = 200
    services.redeliver(webhook_id, delivery.id, actor=CLI)
    run_all()
    assert deliveries()[0].state == "delivered"
    assert len({headers["Hearback-Delivery"] for headers, _body in receiver.got}) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_a_message_that_is_refused_is_not_repeated_by_itself(receiver: Receiver, status: int) -> None:
    make_hook(receiver.address)
    receiver.status = status
    happen(1)
    run_all()
    (delivery,) = deliveries()
    assert (delivery.state, delivery.error, len(receiver.got)) == ("failed", "refused", 1)


def test_days_of_failures_turn_it_off_with_a_trace(receiver: Receiver) -> None:
    webhook_id = make_hook(receiver.address)
    receiver.status = 500
    start = clock.now()
    for day in range(4):
        happen(day + 1)
        with clock.frozen(start + timedelta(days=day, minutes=1)):
            run_all()
    row = hook(webhook_id)
    assert (row.active, row.off_reason) == (False, "failing")
    assert {each.state for each in deliveries()} == {"failed"}
    with reading() as session:
        assert session.scalars(select(Event.name).where(Event.name == "webhook.turned_off")).all()
        assert (
            session.scalars(select(OutboxRow).where(OutboxRow.topic == TOPIC, OutboxRow.state == "waiting")).all() == []
        )
    happen(9)
    assert len(deliveries()) == 4  # a webhook that is off is fed no more
    receiver.status = 200
    services.turn(webhook_id, on=True, actor=CLI)
    happen(10)
    run_all()
    assert deliveries()[-1].state == "delivered"


def test_gone_turns_it_off_at_once(receiver: Receiver) -> None:
    webhook_id = make_hook(receiver.address)
    receiver.status = 410
    happen(1)
    run_all()
    assert (hook(webhook_id).active, hook(webhook_id).off_reason) == (False, "gone")


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    make_hook(receiver.address)
    receiver.status, receiver.headers = 307, {"Location": receiver.address.replace("hook", "inside")}
    happen(1)
    run_all()
    assert len(receiver.got) == 1 and deliveries()[0].error == "redirected"


def test_a_name_that_leads_inside_gets_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    make_hook(receiver.address.replace("127.0.0.1", "localhost"))
    monkeypatch.setenv("WEBHOOKS_PRIVATE", "0")
    happen(1)
    run_all()
    assert receiver.got == []
    assert (deliveries()[0].state, deliveries()[0].error) == ("failed", "private_address")


def test_the_address_that_was_judged_is_the_one_that_is_called(receiver: Receiver) -> None:
    """A name that means something public at first and the house afterwards (DNS rebinding) is looked up only once."""
    answers = [[(2, 1, 6, "", ("93.184.215.14", 80))], [(2, 1, 6, "", ("127.0.0.1", 80))]]
    asked: list[str] = []

    def lookup(host: str, port: int, **_more: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append(host)
        return answers[min(len(asked), 2) - 1]

    mixed = [*answers[0], *answers[1]]
    answer = posting.post("http://x.example/", b"{}", {}, allow_private=False, lookup=lambda *_a, **_k: mixed)
    assert answer.error == "private_address"
    port = int(receiver.address.split(":")[2].split("/")[0])
    answers[0] = [(2, 1, 6, "", ("127.0.0.1", 80))]
    url = f"http://x.example:{port}/rebound"
    assert posting.post(url, b"{}", {}, allow_private=True, lookup=lookup).status == 200
    assert asked == ["x.example"] and receiver.got[0][0]["Host"] == f"x.example:{port}"


def test_a_worker_that_died_in_between_tells_once_more(receiver: Receiver) -> None:
    make_hook(receiver.address)
    happen(1)
    assert outbox.claim_next("killed") is not None
    with clock.frozen(clock.now() + timedelta(seconds=outbox.CLAIM_S + 1)):
        run_all()
    assert len(receiver.got) == 1 and deliveries()[0].state == "delivered"


def test_a_test_goes_out_even_when_the_webhook_is_off(receiver: Receiver) -> None:
    webhook_id = make_hook(receiver.address)
    services.turn(webhook_id, on=False, actor=CLI)
    services.send_test(webhook_id, actor=CLI)
    run_all()
    assert [message["event"] for message in receiver.bodies()] == ["webhook.test"]


def test_another_secret_signs_differently(receiver: Receiver) -> None:
    webhook_id = make_hook(receiver.address)
    before = hook(webhook_id).salt
    assert services.renew_secret(webhook_id, confirmed="old_secret_void", actor=CLI).salt != before


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "https://localhost/x",
        "https://10.1.2.3/",
        "https://[::1]/",
        "https://[::ffff:192.168.1.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://intranet/x",
        "https://db.internal/x",
        "https://me:secret@example.com/",
        "https://example.com/#part",
        "ftp://example.com/",
        "example.com",
        "https://exa mple.com/",
        "https://[64:ff9b::a00:1]/",
    ],
)
def test_addresses_that_may_not_be_told(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.create_webhook({"name": "x", "url": url}, ("call.ended",), STRICT, actor=CLI)
    assert set(refused.value.fields) == {"url"}


def test_an_honest_address_is_taken_and_others_names_are_spelt_for_machines() -> None:
    made = services.create_webhook(
        {"name": "x", "url": "https://bücher.example/a"}, ("call.ended", "no.such"), STRICT, actor=CLI
    )
    assert made.url == "https://xn--bcher-kva.example/a" and made.events == ["call.ended"]


def test_old_deliveries_are_forgotten(receiver: Receiver) -> None:
    make_hook(receiver.address)
    happen(1)
    run_all()
    with transaction() as session:
        drop_old(session, clock.now() + timedelta(days=29))
    assert len(deliveries()) == 1
    with transaction() as session:
        drop_old(session, clock.now() + timedelta(days=31))
    assert deliveries() == []


def test_only_ids_states_and_codes_leave() -> None:
    assert told("customer.changed", {"name": "Amelia", "phone": "+44"}) == {}
    assert told("queue.opened", {"active": True, "reason": "flood"}) == {"active": True}
    assert told("interaction.recorded", {"outcome": "x" * 81, "agent": 3, "note": "n"}) == {"agent": 3}


def test_the_document_lists_what_there_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*?) \|$", page, re.MULTILINE)
    assert [(name, tuple(re.findall(r"`(\w+)`", fields))) for name, fields in rows] == list(CATALOGUE.items())
