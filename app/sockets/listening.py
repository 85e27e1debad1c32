"""Events of the page on which somebody listens in, and of the agent who wants no listener now."""

from __future__ import annotations

from typing import Any

from app.calls import listening
from app.calls.listening_course import VIEW
from app.security.sessions import SignedIn
from app.sockets import PROCESS_ID, join, number, on, own_sid, snapshot, words
from app.training import shadowing


@on("listen.sync", permission="call.shadow")
def sync(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """The page is here (again): what it hears, and the calls it may hear, as of now."""
    listening.page_is_here(user.id, sid=own_sid(), process_id=PROCESS_ID, page=words(data, "page", 40))
    join(VIEW, user.id)
    door = shadowing.door(user.id)
    calls = [
        {
            "id": call.call_id,
            "agent": call.agent,
            "queue": call.queue,
            "state": call.state,
            "since": call.since.isoformat(),
            "taken": call.taken,
        }
        for call in door.calls
    ]
    return {"image": snapshot(VIEW, user.id), "calls": calls, "closed": door.closed}


@on("listen.start", permission="call.shadow")
def start(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """Listen to a call."""
    page = words(data, "page", 40)
    shadowing.listen(user.id, number(data, "call"), sid=own_sid(), process_id=PROCESS_ID, page=page)
    return {"image": snapshot(VIEW, user.id)}


@on("listen.stop", permission="call.shadow")
def stop(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """Heard enough."""
    listening.stop(user.id)
    return {"image": snapshot(VIEW, user.id)}


@on("listen.not_now", permission="call.handle")
def not_now(user: SignedIn, data: dict[str, Any]) -> None:
    """The agent ends the listening to the own call."""
    listening.not_now(number(data, "call"), user.id, number(data, "epoch"))
