"""Events of the customer's call page. The cookie says which call; nothing is taken from the page."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from flask_socketio import ConnectionRefusedError

from app import clock
from app.calls import callback_page, cookie, ending, media, presence
from app.errors import DeskError
from app.live import CALLER
from app.sockets import (
    PROCESS_ID,
    calls_by_sid,
    gone,
    join,
    leaves,
    number,
    on_caller,
    own_sid,
    snapshot,
    socketio,
    words,
)

#: Socket -> the public id its room is named after.
_public_ids: dict[str, str] = {}


@socketio.on("connect", namespace=CALLER)
def caller_connects(auth: Any = None) -> None:
    """Only a page that holds the cookie of a call."""
    try:
        call_id, public_id = cookie.open_sealed(current_app.config["SECRET_KEY"], request.cookies.get(cookie.NAME))
    except DeskError as error:
        raise ConnectionRefusedError({"code": error.code}) from error
    calls_by_sid[own_sid()], _public_ids[own_sid()] = call_id, public_id


@on_caller("call.sync")
def sync(call_id: int, data: dict[str, Any]) -> dict[str, Any]:
    """The page is here (again): it carries the customer's leg, and gets the call as of now."""
    presence.caller_says_hello(call_id, sid=own_sid(), process_id=PROCESS_ID, page=words(data, "page", 40))
    public_id = _public_ids.get(own_sid())
    if public_id is None:  # it left meanwhile
        return {}
    join("call", public_id)
    return {"image": snapshot("call", public_id)}


@on_caller("live.ping")
def ping(call_id: int, data: dict[str, Any]) -> dict[str, Any]:
    """A sign of life, with the server's clock."""
    return {"now": clock.now().isoformat()}


@on_caller("call.hangup")
def hang_up(call_id: int, data: dict[str, Any]) -> None:
    """The customer ends the call, or leaves the line."""
    ending.customer_hangs_up(call_id)


@on_caller("callback.answer")
def answer(call_id: int, data: dict[str, Any]) -> None:
    """The customer takes the call that rings on the page."""
    callback_page.answer(call_id)


@on_caller("callback.not_now")
def not_now(call_id: int, data: dict[str, Any]) -> None:
    """The customer does not want it any more."""
    callback_page.not_now(call_id)


@on_caller("callback.here")
def here(call_id: int, data: dict[str, Any]) -> None:
    """The customer, who did not answer, is here now."""
    callback_page.here_again(call_id)


@on_caller("rtc.signal")
def signal(call_id: int, data: dict[str, Any]) -> dict[str, Any]:
    """Pass a session description or candidates to the agent's page."""
    passed = media.relay_signal(
        media.Speaker(call_id=call_id),
        number(data, "link"),
        number(data, "epoch"),
        words(data, "type", 10),
        data.get("payload"),
    )
    return {"passed": passed}


@on_caller("link.state")
def link_state(call_id: int, data: dict[str, Any]) -> None:
    """Sound arrives, or stopped."""
    media.report_link(
        media.Speaker(call_id=call_id), number(data, "link"), number(data, "epoch"), words(data, "state", 10)
    )


@socketio.on("disconnect", namespace=CALLER)
def caller_leaves(reason: Any = None) -> None:
    """The customer's page is gone; it may come back within the grace."""
    calls_by_sid.pop(own_sid(), None)
    _public_ids.pop(own_sid(), None)
    leaves(CALLER)


gone[CALLER] = presence.caller_is_gone
