"""Events of the agent's desk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import clock
from app.calls import answering, control, ending, inbound, media, outbound, presence, transfer, wrapup
from app.db import reading
from app.errors import Invalid
from app.live import STAFF
from app.queues import presence as seats
from app.queues.models import Queue, QueueMember
from app.security.sessions import SignedIn
from app.sockets import PROCESS_ID, gone, join, leaves, number, on, own_sid, snapshot, socketio, words

#: Roles that see every queue.
SEES_ALL = ("supervisor", "administrator")


@on("desk.hello", permission="desk.use")
def hello(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """A desk page is open: it becomes the agent's telephone, or watches if another tab is."""
    seat = presence.desk_says_hello(
        user.id,
        sid=own_sid(),
        process_id=PROCESS_ID,
        tab=words(data, "tab", 40),
        page=words(data, "page", 40),
        take_over=data.get("takeover") is True,
    )
    join("agent", user.id)
    return {"role": seat.role, "epoch": seat.epoch, "image": snapshot("agent", user.id)}


@on("live.ping", permission="profile.own")
def ping(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """A sign of life, with the server's clock."""
    return {"now": clock.now().isoformat()}


@on("desk.sync", permission="desk.use")
def sync(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """The desk as of now."""
    return {"image": snapshot("agent", user.id)}


@on("queue.sync", permission="desk.use")
def sync_queues(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """The lines this person sees, and from now on each change of them."""
    with reading() as session:
        query = select(Queue.id).where(Queue.active).order_by(Queue.position, Queue.id)
        if user.role not in SEES_ALL:
            query = query.join(QueueMember, QueueMember.queue_id == Queue.id).where(QueueMember.agent_id == user.id)
        ids = session.scalars(query).all()
    for queue_id in ids:
        join("queue", queue_id)
    return {"images": [snapshot("queue", queue_id) for queue_id in ids]}


@on("team.sync", permission="desk.use")
def sync_team(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """The colleagues, and from now on each change."""
    join("team", "all")
    return {"image": snapshot("team", "all")}


@on("agent.intent", permission="call.handle")
def choose_intent(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """Available, break and so on: now, or after the work in hand."""
    code = words(data, "break_code", 30) if data.get("break_code") else None
    intent = seats.choose_intent(user.id, words(data, "intent", 20), break_code=code, epoch=number(data, "epoch"))
    return {"intent": intent}


@on("agent.device", permission="call.handle")
def set_device(user: SignedIn, data: dict[str, Any]) -> None:
    """The microphone check passed, or the microphone is gone."""
    ready = data.get("ready") is True
    seats.set_device(user.id, number(data, "epoch"), ready=ready)
    if ready:
        presence.line_is_ready(user.id)


@on("offer.ringing", permission="call.handle")
def ringing(user: SignedIn, data: dict[str, Any]) -> None:
    """The device rings: from now on a miss counts."""
    answering.confirm_ringing(number(data, "reservation"), user.id, number(data, "epoch"))


@on("offer.accept", permission="call.handle")
def accept(user: SignedIn, data: dict[str, Any]) -> None:
    """Take the offer."""
    answering.accept_offer(number(data, "reservation"), user.id, number(data, "epoch"))


@on("offer.decline", permission="call.handle")
def decline(user: SignedIn, data: dict[str, Any]) -> None:
    """Refuse the offer; the caller keeps the place."""
    answering.decline_offer(
        number(data, "reservation"), user.id, busy=data.get("reason") == "busy", epoch=number(data, "epoch")
    )


@on("call.command", permission="call.handle")
def command(user: SignedIn, data: dict[str, Any]) -> None:
    """Hold, resume, hang up, or press keys."""
    call_id, epoch = number(data, "call"), number(data, "epoch")
    match data.get("command"):
        case "hold":
            control.hold(call_id, user.id, epoch)
        case "resume":
            control.resume(call_id, user.id, epoch)
        case "digits":
            control.press_keys(call_id, user.id, epoch, words(data, "digits", 20))
        case "hangup":
            control.check_epoch(user.id, epoch)
            ending.agent_hangs_up(call_id, user.id)
        case _:
            raise Invalid(code="signal_invalid")


@on("call.callback", permission="call.handle")
def callback(user: SignedIn, data: dict[str, Any]) -> None:
    """The customer is rung: stop it, ring once more, or give up."""
    call_id, epoch = number(data, "call"), number(data, "epoch")
    match data.get("command"):
        case "stop":
            outbound.stop_ringing(call_id, user.id, epoch)
        case "again":
            outbound.ring_again(call_id, user.id, epoch)
        case "not_reached":
            outbound.not_reached(call_id, user.id, epoch)
        case _:
            raise Invalid(code="signal_invalid")


@on("call.transfer", permission="call.handle")
def transfer_call(user: SignedIn, data: dict[str, Any]) -> None:
    """Blind: to a queue, or to one colleague."""
    queue = number(data, "queue") if data.get("queue") is not None else None
    agent = number(data, "agent") if data.get("agent") is not None else None
    if (queue is None) == (agent is None):
        raise Invalid(code="signal_invalid")
    transfer.transfer_blind(
        number(data, "call"),
        user.id,
        number(data, "epoch"),
        to_queue=queue,
        to_agent=agent,
        note=words(data, "note", transfer.LONGEST_NOTE),
    )


@on("call.consult", permission="call.handle")
def consult(user: SignedIn, data: dict[str, Any]) -> None:
    """Ring a colleague while the caller hears music."""
    transfer.consult(
        number(data, "call"),
        user.id,
        number(data, "epoch"),
        number(data, "agent"),
        note=words(data, "note", transfer.LONGEST_NOTE),
    )


@on("call.consult_cancel", permission="call.handle")
def cancel_consult(user: SignedIn, data: dict[str, Any]) -> None:
    """Back to the caller."""
    transfer.cancel_consult(number(data, "call"), user.id, number(data, "epoch"))


@on("call.consult_complete", permission="call.handle")
def complete_consult(user: SignedIn, data: dict[str, Any]) -> None:
    """The colleague takes the caller over."""
    transfer.complete_consult(number(data, "call"), user.id, number(data, "epoch"))


@on("call.customer", permission="call.handle")
def link_customer(user: SignedIn, data: dict[str, Any]) -> None:
    """The agent says who is calling."""
    inbound.link_customer(number(data, "call"), number(data, "customer"), user.id)


@on("rtc.signal", permission="call.handle")
def signal(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """Pass a session description or candidates to the other page of a link."""
    passed = media.relay_signal(
        media.Speaker(agent_id=user.id),
        number(data, "link"),
        number(data, "epoch"),
        words(data, "type", 10),
        data.get("payload"),
    )
    return {"passed": passed}


@on("link.state", permission="call.handle")
def link_state(user: SignedIn, data: dict[str, Any]) -> None:
    """Sound arrives, or stopped."""
    media.report_link(
        media.Speaker(agent_id=user.id), number(data, "link"), number(data, "epoch"), words(data, "state", 10)
    )


@on("wrapup.draft", permission="call.handle")
def save_draft(user: SignedIn, data: dict[str, Any]) -> None:
    """Keep what is typed so far."""
    draft = data.get("draft")
    if not isinstance(draft, dict):
        raise Invalid(code="signal_invalid")
    wrapup.save_draft(number(data, "reservation"), user.id, draft)


@on("wrapup.extend", permission="call.handle")
def extend(user: SignedIn, data: dict[str, Any]) -> dict[str, Any]:
    """More time for after-call work, once."""
    return {"deadline": wrapup.extend(number(data, "reservation"), user.id).isoformat()}


@on("wrapup.save", permission="call.handle")
def save(user: SignedIn, data: dict[str, Any]) -> None:
    """The contact goes to the profile, the agent is free, the SMS leave."""
    draft = {**data, "sms": [{**s, "send": True} for s in data.get("sms") or () if isinstance(s, dict)]}
    chosen = wrapup.wrap_up_from_draft(draft)
    customer = data.get("customer")
    if customer is not None:
        chosen = wrapup.with_customer(chosen, number(data, "customer"))
    wrapup.save(number(data, "reservation"), user.id, chosen)


@socketio.on("disconnect", namespace=STAFF)
def staff_leaves(reason: Any = None) -> None:
    """A staff page is gone: a telephone gets its grace."""
    leaves(STAFF)


gone[STAFF] = presence.desk_is_gone
