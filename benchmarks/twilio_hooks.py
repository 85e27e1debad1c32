"""How fast the webhooks of telephones are answered: signed requests over HTTP, beside a bare Flask route."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from benchmarks import organisation
from benchmarks.cluster import Server, execute
from benchmarks.figures import Figure, demand, percentile, ratio_figure
from benchmarks.web import WebProcess, at_once

ACCOUNT, TOKEN, PUBLIC = "AC" + "0" * 32, "0123456789abcdef0123456789abcdef", "https://desk.example.com"
NUMBER = "+12025550142"
ENVIRONMENT = {
    "PUBLIC_URL": PUBLIC,
    "VOICE_PROVIDER": "twilio",
    "SMS_PROVIDER": "twilio",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_API_KEY_SID": "SK" + "0" * 32,
    "TWILIO_API_KEY_SECRET": TOKEN,
    "TWILIO_TWIML_APP_SID": "AP" + "0" * 32,
    "TWILIO_NUMBER": NUMBER,
}
#: Requests at the same time when the rate is measured; the times are those of one after the other.
CLIENTS = 4
#: A lost hand-shake between Nagle's algorithm and delayed acknowledgements costs this many milliseconds on Linux.
STALL_MS = 40.0


@dataclass(slots=True)
class Hook:
    """One kind of request: where it goes here and at the reference, and what it brings."""

    name: str
    path: str
    bare: str
    goal: float
    expects: int
    call_status: str = "ringing"
    times_ms: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Ratio of requests a second, p50 and p99 of an inbound call, of an SMS report and of a call's end."""
    rounds, requests = (2, 40) if quick else (5, 400)
    hooks = [
        Hook("inbound call, its transaction, TwiML", "/twilio/voice/inbound", "/inbound", 0.3, 200),
        Hook("report of an SMS, its transaction", "/twilio/sms/status", "/status", 0.5, 204),
        Hook("end of a call, its transaction", "/twilio/voice/status", "/status", 0.5, 204, "completed"),
    ]
    url = server.migrated("twilio_hooks")
    organisation.fill_organisation(url, 50)
    execute(url, "UPDATE queues SET public = true", "UPDATE topics SET active = true")
    total = (rounds + 1) * 2 * requests
    _fill_messages(url, total)
    ours = WebProcess(url, extra=ENVIRONMENT)
    bare = WebProcess(url, app="benchmarks.bare:app")
    try:
        ours.wait()
        bare.wait()
        for hook in hooks:
            _rounds(hook, ours.port, bare.port, rounds, requests)
    finally:
        ours.end()
        bare.end()
    return [figure for hook in hooks for figure in _figures(hook)]


def _rounds(hook: Hook, ours: int, bare: int, rounds: int, requests: int) -> None:
    number = 0
    for turn in range(rounds + 1):
        alone = [_request(hook.path, number + n, hook.call_status) for n in range(requests)]
        number += requests
        times = _one_after_the_other(ours, alone, hook.expects)
        together = [_request(hook.path, number + n, hook.call_status) for n in range(requests)]
        number += requests
        mine = _rate(ours, together, hook.expects)
        theirs = _rate(bare, [_request(hook.bare, n) for n in range(requests)], hook.expects)
        if turn:  # the first round warms both up
            hook.times_ms += times
            hook.rates.append(mine)
            hook.ratios.append(mine / theirs)


def _figures(hook: Hook) -> list[Figure]:
    p50, p99 = statistics.median(hook.times_ms), percentile(hook.times_ms, 0.99)
    stalls = sum(STALL_MS <= took < STALL_MS + 8 for took in hook.times_ms)
    note = f"{statistics.median(hook.rates):.0f}/s with {CLIENTS} at a time"
    return [
        ratio_figure(f"{hook.name} / bare Flask", hook.ratios, f">= {hook.goal}", note),
        Figure(f"{hook.name}, answered in", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "p99 < 40 ms"),
        Figure(f"{hook.name}, stalls of 40 ms", f"{stalls} of {len(hook.times_ms)}", "0"),
    ]


def _request(path: str, number: int, call_status: str = "ringing") -> bytes:
    """One whole request as it goes over the line, signed as Twilio signs."""
    sid = f"{number:032x}"
    fields = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": f"CA{sid}",
        "MessageSid": f"SM{sid}",
        "MessageStatus": "delivered",
        "CallStatus": call_status,
        "Direction": "inbound",
        "From": f"+4477009{number % 100_000:05}",
        "To": NUMBER,
        "FromCity": "London",
    }
    body = urlencode(fields).encode()
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, fields)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: desk.example.com\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """A connection that is kept open; one request at a time."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes, expects: int) -> float:
        """Milliseconds until the last byte of the answer."""
        began = time.perf_counter()
        self._socket.sendall(request)
        answer = b""
        while not _whole(answer):
            piece = self._socket.recv(65_536)
            demand(bool(piece), "the server closed the line")
            answer += piece
        took = (time.perf_counter() - began) * 1000
        demand(answer.startswith(f"HTTP/1.1 {expects} ".encode()), f"answered {answer[:200]!r}")
        return took

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    return True  # 204 has no body


def _one_after_the_other(port: int, requests: Sequence[bytes], expects: int) -> list[float]:
    line = Line(port)
    try:
        return [line.ask(request, expects) for request in requests]
    finally:
        line.close()


def _rate(port: int, requests: Sequence[bytes], expects: int) -> float:
    """Requests a second with CLIENTS lines at a time."""
    shares = [requests[n::CLIENTS] for n in range(CLIENTS)]
    seconds = at_once([lambda share=share: _one_after_the_other(port, share, expects) for share in shares])  # type: ignore[misc]
    return len(requests) / seconds


def _fill_messages(url: str, total: int) -> None:
    """Messages that wait for their report."""
    execute(
        url,
        f"""INSERT INTO messages (direction, number, body, status, provider, provider_id, sent_at, carrier_status)
            SELECT 'out', '+4477009' || lpad((n % 100000)::text, 5, '0'), 'On its way.', 'sent', 'twilio',
                'SM' || lpad(to_hex(n), 32, '0'), now(), 'queued' FROM generate_series(0, {total}) n""",
        "VACUUM ANALYZE messages",
    )
