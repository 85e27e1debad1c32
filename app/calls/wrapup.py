"""After-call work: the draft, the timer, and the one transaction that remembers the contact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.calls.locks import lock_offer
from app.calls.models import Call
from app.calls.record import waited_s
from app.customers.models import PHASES, Customer
from app.customers.services import record_interaction
from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import SWEEP, Actor, person, record_event
from app.live import touch
from app.messages.services import queue_sms, render_template
from app.queues import offers
from app.queues.models import Disposition, Queue, Topic
from app.queues.presence_marks import set_missed
from app.queues.work import Reservation, WorkItem
from app.queues.wrapping import part_of

LONGEST_NOTE = 20_000
MOST_TOPICS = 10


@dataclass(frozen=True, slots=True)
class SmsChoice:
    """One follow-up the agent ticked."""

    template_code: str
    language: str
    #: It leaves at once even where it is night for the customer: the agent was asked.
    any_hour: bool = False


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What the agent says of the contact. `disposition_id` is required, but where the kind has its own part."""

    disposition_id: int | None
    note: str = ""
    topic_ids: tuple[int, ...] = ()
    phase: str | None = None
    customer_id: int | None = None
    sms: tuple[SmsChoice, ...] = field(default=())
    #: What the form of the kind's own part holds (app.queues.wrapping), as it came.
    part: Any = None


def save_draft(reservation_id: int, agent_id: int, draft: dict[str, Any]) -> None:
    """Keep what the agent has typed so far, during the call and after it.

    Raises:
        NotFound: not this agent's contact.
        Conflict: the contact is wrapped up already.
        Invalid: the note is longer than LONGEST_NOTE characters.
    """
    if len(str(draft.get("note", ""))) > LONGEST_NOTE:
        raise Invalid(code="note_too_long")
    kept: dict[str, Any] = {
        key: draft[key] for key in ("note", "disposition", "topics", "phase", "sms", "part") if key in draft
    }
    if len(str(kept.get("part") or "")) > LONGEST_NOTE:
        raise Invalid(code="note_too_long")
    with transaction() as session:
        reservation = offers.lock_reservation(session, reservation_id)
        if reservation.agent_id != agent_id:
            raise NotFound(code="reservation_unknown")
        if reservation.state not in ("accepted", "active", "wrapping"):
            raise Conflict(code="wrapped_up_already")
        reservation.draft = {**reservation.draft, **kept}


def extend(reservation_id: int, agent_id: int) -> datetime:
    """More time, once, and never beyond the hard cap; the new end of the timer.

    Raises:
        Conflict: no wrap-up is running, or it was extended before.
    """
    with transaction() as session:
        _, item, reservation = lock_offer(session, reservation_id)
        if reservation.agent_id != agent_id:
            raise NotFound(code="reservation_unknown")
        if reservation.state != "wrapping" or reservation.wrapping_at is None or reservation.extensions >= 1:
            raise Conflict(code="cannot_extend")
        queue = session.get_one(Queue, item.queue_id)
        cap = reservation.wrapping_at + timedelta(seconds=queue.acw_cap_s)
        base = max(reservation.deadline or clock.now(), clock.now())
        reservation.deadline = min(base + timedelta(seconds=queue.acw_extension_s), cap)
        reservation.extensions += 1
        record_event(
            session,
            "reservation.extended",
            "reservation",
            reservation.id,
            actor=person(agent_id),
            after={"deadline": reservation.deadline.isoformat()},
            contact_id=item.contact_id,
        )
        touch(session, "agent", agent_id)
        return reservation.deadline


def save(reservation_id: int, agent_id: int, wrap_up: WrapUp) -> None:
    """In one transaction: the interaction on the profile, the freed agent, the SMS in the outbox.

    Saving twice changes nothing.

    Raises:
        Invalid: no disposition, or something chosen does not exist (`fields` names it).
        Conflict: the call is still on.
        NotFound: not this agent's contact.
    """
    with transaction() as session:
        call, item, reservation = lock_offer(session, reservation_id)
        if reservation.agent_id != agent_id:
            raise NotFound(code="reservation_unknown")
        if reservation.state == "completed":
            return
        if reservation.state != "wrapping":
            raise Conflict(code="call_still_on")
        _check(session, wrap_up, item, reservation)
        _remember(session, call, item, reservation, wrap_up, incomplete=False, actor=person(agent_id))


def _check(session: Session, wrap_up: WrapUp, item: WorkItem, reservation: Reservation) -> None:
    fields: dict[str, str] = {}
    part = part_of(item)
    disposition = session.get(Disposition, wrap_up.disposition_id) if wrap_up.disposition_id else None
    if part is not None:
        fields |= part.check(session, item, reservation, wrap_up.part, clock.now())
    elif disposition is None or disposition.queue_id not in (None, item.queue_id):
        fields["disposition"] = "required"
    if len(wrap_up.topic_ids) > MOST_TOPICS or any(session.get(Topic, t) is None for t in wrap_up.topic_ids):
        fields["topics"] = "unknown"
    if wrap_up.phase is not None and wrap_up.phase not in PHASES:
        fields["phase"] = "unknown"
    if len(wrap_up.note) > LONGEST_NOTE:
        fields["note"] = "too_long"
    if wrap_up.customer_id is not None and session.get(Customer, wrap_up.customer_id) is None:
        fields["customer"] = "unknown"
    if fields:
        raise Invalid(code="wrap_up_incomplete", fields=fields)


def _remember(
    session: Session,
    call: Call,
    item: WorkItem,
    reservation: Reservation,
    wrap_up: WrapUp,
    *,
    incomplete: bool,
    actor: Actor,
) -> None:
    now = clock.now()
    customer_id = wrap_up.customer_id or call.customer_id
    if call.customer_id is None and customer_id is not None:
        call.customer_id = customer_id
    part = part_of(item)
    began, ended = reservation.active_at or now, reservation.wrapping_at or now
    record_interaction(
        session,
        contact_id=call.contact_id,
        customer_id=customer_id,
        channel="voice",
        direction=call.direction,
        outcome="transferred" if reservation.reason == "transferred" else "answered",
        queue_id=item.queue_id,
        agent_id=reservation.agent_id,
        work_item_id=item.id,
        reservation_id=reservation.id,
        number=call.number,
        started_at=began,
        ended_at=ended,
        wait_s=waited_s(item, item.answered_at or began),
        talk_s=max(0, round((ended - began).total_seconds()) - reservation.hold_s),
        hold_s=reservation.hold_s,
        acw_s=max(0, round((now - ended).total_seconds())),
        disposition_id=wrap_up.disposition_id if part is None else None,
        topic_ids=list(wrap_up.topic_ids),
        phase=wrap_up.phase,
        note=wrap_up.note if part is None else "",
        incomplete=incomplete,
        actor=actor,
    )
    if part is not None:
        part.finish(session, item, reservation, wrap_up.part, incomplete=incomplete, now=now, actor=actor)
    for choice in wrap_up.sms:
        _follow_up(session, call, reservation, choice, customer_id, actor)
    offers.finish(session, reservation, item, now=now, actor=actor)


def _follow_up(
    session: Session,
    call: Call,
    reservation: Reservation,
    choice: SmsChoice,
    customer_id: int | None,
    actor: Actor,
) -> None:
    """One ticked SMS into the outbox; a caller without a number has nowhere to get one."""
    if not call.number:
        raise Invalid(code="wrap_up_incomplete", fields={"sms": "no_number"})
    customer = session.get(Customer, customer_id) if customer_id else None
    agent = session.get_one(Agent, reservation.agent_id)
    text = render_template(
        session,
        choice.template_code,
        choice.language,
        {
            "name": customer.name if customer else call.claimed_name,
            "agent": agent.public_name,
            "reference": customer.reference if customer else "",
        },
    )
    queue_sms(
        session,
        number=call.number,
        body=text.body,
        customer_id=customer_id,
        contact_id=call.contact_id,
        template_id=text.template_id,
        language=text.language,
        intent_key=f"wrapup:{reservation.id}:{choice.template_code}",
        author_id=reservation.agent_id,
        actor=actor,
        any_hour=choice.any_hour,
    )


def end_overdue(reservation_id: int) -> bool:
    """The timer of a wrap-up ran out: save it if the draft has what is required, else at the cap as incomplete.

    The agent of a capped wrap-up turns to "missed": somebody who does not save is not at the desk.
    """
    now = clock.now()
    with transaction() as session:
        call, item, reservation = lock_offer(session, reservation_id)
        if reservation.state != "wrapping" or reservation.deadline is None or reservation.deadline > now:
            return False
        queue = session.get_one(Queue, item.queue_id)
        capped = now >= (reservation.wrapping_at or now) + timedelta(seconds=queue.acw_cap_s)
        wrap_up = wrap_up_from_draft(reservation.draft)
        try:
            _check(session, wrap_up, item, reservation)
            with session.begin_nested():  # a text that cannot be made must not keep the contact open for ever
                _remember(session, call, item, reservation, wrap_up, incomplete=False, actor=SWEEP)
        except (Invalid, NotFound):
            if not capped:
                return False
            kept = WrapUp(None, wrap_up.note[:LONGEST_NOTE], part=wrap_up.part)
            _remember(session, call, item, reservation, kept, incomplete=True, actor=SWEEP)
            agent = session.get_one(Agent, reservation.agent_id, with_for_update=True, populate_existing=True)
            if agent.intent == "available":
                set_missed(session, agent, reason="wrap_up_not_saved", now=now, actor=SWEEP)
        return True


def wrap_up_from_draft(draft: dict[str, Any]) -> WrapUp:
    """The wrap-up a draft amounts to; SMS only those the agent ticked. Nonsense counts as not chosen."""
    topics, texts, phase = draft.get("topics"), draft.get("sms"), draft.get("phase")
    return WrapUp(
        disposition_id=draft["disposition"] if _is_id(draft.get("disposition")) else None,
        note=str(draft.get("note") or ""),
        topic_ids=tuple(t for t in topics if _is_id(t)) if isinstance(topics, list) else (),
        phase=phase if isinstance(phase, str) and phase else None,
        sms=tuple(
            SmsChoice(str(s.get("template_code", "")), str(s.get("language", "")), s.get("any_hour") is True)
            for s in (texts if isinstance(texts, list) else ())
            if isinstance(s, dict) and s.get("send", True)
        ),
        part=draft.get("part"),
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def with_customer(wrap_up: WrapUp, customer_id: int) -> WrapUp:
    """The same wrap-up for the customer the agent chose."""
    return replace(wrap_up, customer_id=customer_id)
