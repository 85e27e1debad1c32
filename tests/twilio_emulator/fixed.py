"""A product of fixed answers: a tiny Flask app that hands out TwiML from a table, and a port that asks it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, request

from tests.twilio_emulator.clock import Virtual
from tests.twilio_emulator.engine import Engine, Readings
from tests.twilio_emulator.hooks import Document, Failure, Fields, Then
from tests.twilio_emulator.state import Account, Number

LINE = "+15550100"
HOST = "http://product.test"
LATENCY = 0.05
Answer = str | int | Callable[[Fields], str]


class Product:
    """Answers by path: TwiML (without the root), a whole document, an HTTP status, or what a function makes of it."""

    def __init__(self, clock: Virtual, answers: dict[str, Answer]) -> None:
        self.clock = clock
        self.answers = answers
        #: (path, fields) of every request, in order.
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.failed: list[tuple[datetime, int, str]] = []
        app = Flask("fixed")
        app.add_url_rule("/<path:path>", "answer", self._answer, methods=["GET", "POST"])
        self.web = app.test_client()

    def twiml(
        self, url: str, method: str, fields: Fields, then: Then, *, fallback: str = "", fallback_method: str = "POST"
    ) -> None:
        def ask() -> None:
            status, kind, text = self._request(url, method, fields)
            if status < 400:
                then(Document(url, status, kind, text))
            elif fallback:
                self.twiml(fallback, fallback_method, {**fields, "ErrorCode": "11200", "ErrorUrl": url}, then)
            else:
                self.failed.append((self.clock.now(), 11200, url))
                then(Failure(url, 11200, f"HTTP {status}"))

        self.clock.after(LATENCY, ask)

    def callback(self, url: str, method: str, fields: Fields) -> None:
        if url:
            self.clock.after(LATENCY, lambda: self._request(url, method, fields) and None)

    def told(self, path: str) -> list[dict[str, str]]:
        """The fields of each request to a path, in order."""
        return [fields for asked, fields in self.asked if asked == path]

    def _request(self, url: str, method: str, fields: Fields) -> tuple[int, str, str]:
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == HOST, url
        if method == "GET":
            answer = self.web.get(f"{parts.path}?{parts.query}&{urlencode(fields)}")
        else:
            answer = self.web.post(f"{parts.path}?{parts.query}", data=dict(fields))
        return answer.status_code, answer.content_type, answer.get_data(as_text=True)

    def _answer(self, path: str) -> Response:
        fields = {name: values[-1] for name, values in request.values.lists()}
        self.asked.append((f"/{path}", fields))
        answer = self.answers.get(f"/{path}", "")
        if callable(answer):
            answer = answer(fields)
        if isinstance(answer, int):
            return Response(status=answer)
        whole = answer if answer.startswith(("<?", "<Response", "no ")) else f"<Response>{answer}</Response>"
        return Response(whole, mimetype="text/xml")


class Stage:
    """An account with one number, an engine, and a product of fixed answers."""

    def __init__(self, answers: dict[str, Answer], readings: Readings | None = None) -> None:
        self.clock = Virtual()
        self.account = Account(7)
        self.product = Product(self.clock, answers)
        self.account.warnings = self.product.failed
        self.engine = Engine(self.account, self.clock, self.product, readings)
        now = self.clock.now()
        self.number = Number(self.account.new_sid("PN"), LINE, now, now, voice_url=f"{HOST}/voice")
        self.number.status_callback = f"{HOST}/ended"
        self.account.numbers[self.number.sid] = self.number

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def codes(self) -> list[int]:
        """What Twilio's debugger shows, by code."""
        return [code for _, code, _ in self.account.warnings]
