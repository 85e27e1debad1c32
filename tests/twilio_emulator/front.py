"""The REST front on this machine: who asks, what is asked, and whether Twilio's file allows both it and the answer.

What Twilio's file has and the emulator does not answers 501, and the journal keeps that as a breach: a new call of the
product is noticed.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.datastructures import MultiDict
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.twilio_emulator import openapi, recorded, rest_messages, rest_setup, rest_voice
from tests.twilio_emulator.asking import HANDLERS, Asked, Reply, World
from tests.twilio_emulator.errors import NotEmulated, RestError, not_found
from tests.twilio_emulator.journal import Entry
from tests.twilio_emulator.openapi import Form
from tests.twilio_emulator.state import Account

#: The modules whose handlers are registered by importing them.
RESOURCES = (recorded, rest_messages, rest_setup, rest_voice)
#: All that test credentials may use.
TEST_CREDENTIALS = ("/Messages.json", "/Calls.json", "/IncomingPhoneNumbers.json")


def create_front(world: World) -> Flask:
    """The WSGI application of the front."""
    front = Flask("twilio_emulator", static_folder=None)

    @front.route("/<path:path>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    def rest(path: str) -> Response:
        began, form = time.monotonic(), _lists(request.form)
        with world.clock.lock:
            name, reply, code, raw = f"{request.method} {request.path}", None, 0, None
            try:
                _authenticate(world.account, request.headers.get("Authorization", ""))
                raw = recorded.media(world, request.path) if request.method == "GET" else None
                if raw is None:
                    name, reply = _answer(world, form)
            except RestError as refusal:
                code, reply = refusal.code, (refusal.status, refusal.body())
            except NotEmulated as gap:
                reply = (501, RestError(501, 501, str(gap)).body())
            response = raw or _response(reply)
            made = (reply[1] or {}).get("sid") if reply and reply[0] == 201 else ""
            fields = {k: " ".join(v) for k, v in form.items()} | {"_path": request.path}
            took = time.monotonic() - began
            entry = Entry("asked", world.clock.now(), name, fields, response.status_code, code, took, made or "")
            world.journal.add(entry)
        return response

    return front


def _lists(fields: MultiDict[str, str]) -> Form:
    return {name: fields.getlist(name) for name in fields}


def _response(reply: Reply | None) -> Response:
    status, body = reply or (204, None)
    response = Response(status=status) if body is None else jsonify(body)
    response.status_code = status
    response.headers["Twilio-Concurrent-Requests"] = "1"
    response.headers["X-Twilio-Emulator"] = "1"
    return response


def _authenticate(account: Account, header: str) -> None:
    """Raises: RestError 20003, unless these are the account's token or a key's secret."""
    kind, _, coded = header.partition(" ")
    name, _, secret = base64.b64decode(coded or "").decode("utf-8", "replace").partition(":")
    right = account.auth_token if name == account.sid else account.keys.get(name, "")
    if kind != "Basic" or not right or not hmac.compare_digest(secret.encode(), right.encode()):
        raise RestError(401, 20003, "Authenticate")


def _answer(world: World, form: Form) -> tuple[str, Reply]:
    """The operation's name and what it answers, both checked against Twilio's file."""
    found = openapi.find(request.method, request.path)
    if found is None:
        raise not_found(request.path)
    operation, names = found
    asked = Asked(names, form, _lists(request.args), request.path)
    account_sid = names.get("AccountSid") or (names["Sid"] if operation.path.endswith("/Accounts/{Sid}.json") else "")
    if account_sid and account_sid != world.account.sid:
        raise not_found(request.path)
    if operation.path_problems(names):
        raise not_found(request.path)
    problems = operation.query_problems(asked.query) + operation.form_problems(form)
    if problems:
        raise RestError(400, 20001, "; ".join(problems))
    handler = HANDLERS.get(operation.name)
    if handler is None:
        raise NotEmulated(f"{operation.name} is not emulated")
    if world.account.test_credentials and not operation.path.endswith(TEST_CREDENTIALS):
        raise RestError(403, 20008, "Resource not accessible with Test Account Credentials")
    world.trouble(operation.name, before=True)
    status, body = handler(world, asked)
    operation.check_answer(status, body)
    world.trouble(operation.name, before=False)
    return operation.name, (status, body)


class _Quiet(WSGIRequestHandler):
    """Keeps connections, and writes no log: addresses hold telephone numbers, and the journal has everything."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """The address at which `app` answers on this machine, and nowhere else, inside the block."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="emulator-front", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
