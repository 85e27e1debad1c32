"""The edge of HTTP: what would go to Twilio is kept, what comes back is written down. Nothing leaves this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

MESSAGE = {
    "sid": "SM" + "a" * 32,
    "account_sid": "AC" + "0" * 32,
    "status": "queued",
    "direction": "outbound-api",
    "error_code": None,
    "body": "",
    "date_created": "Mon, 23 Nov 2026 09:00:00 +0000",
}

Answer = tuple[int, Any] | Exception


@dataclass
class Edge:
    """Requests that were sent, and the answers that wait for them, first in first out."""

    answers: list[Answer | Callable[[dict[str, str]], Answer]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    timeouts: list[Any] = field(default_factory=list)

    def send(self, _session: requests.Session, prepared: requests.PreparedRequest, **named: Any) -> requests.Response:
        """Stands for requests.Session.send."""
        parts = urlsplit(prepared.url or "")
        told = parse_qs(str(prepared.body or parts.query), keep_blank_values=True)
        fields = {name: values[-1] for name, values in told.items()}
        self.asked.append((prepared.method or "", f"{parts.scheme}://{parts.netloc}{parts.path}", fields))
        self.timeouts.append(named.get("timeout"))
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer(fields)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        response = requests.Response()
        response.status_code = status
        response._content = json.dumps(body).encode() if not isinstance(body, bytes) else body
        return response


def refusal(code: int, status: int = 400) -> Answer:
    """Twilio's body of an error."""
    return status, {"code": code, "message": "No.", "more_info": "", "status": status}


def created(**changed: Any) -> Answer:
    """Twilio's answer to a message that it took."""
    return 201, {**MESSAGE, **changed}


def listed(*messages: dict[str, Any]) -> Answer:
    """One page of Twilio's list of messages."""
    return 200, {"messages": [{**MESSAGE, **each} for each in messages], "next_page_uri": None}
