"""A callback is planned, begun when its time has come, and withdrawn when nobody should ring any more."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.customers.clocks import zone_of
from app.customers.models import Customer, Interaction
from app.customers.services import record_consent
from app.db import compare_and_set, transaction
from app.domain.quality_call import (
    FURTHEST,
    MOST_ATTEMPTS,
    UNREACHED,
    Outcome,
    closing,
    day_part,
    next_attempt,
)
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import SWEEP, Actor, record_event
from app.live import touch
from app.messages.services import queue_sms
from app.quality.doors import doors
from app.quality.links.sending import objection, send
from app.quality.models import RUNNING, QualityAttempt, QualityCallback
from app.quality.questionnaire.asked import current
from app.quality.rules import (
    PURPOSE,
    demand_askable,
    demand_willing,
    may_ring_from,
    quality_queue,
    rated_contact,
    who_must_not_ask,
)
from app.quality.texts import LANGUAGES, day_in, language_of, sms
from app.queues.barring import bar_agents

LONGEST_NOTE = 1000
#: How long the customer's page is waited for; then the attempt is over and another part of the day is tried.
WAIT_FOR_PAGE = timedelta(hours=2)
#: Callbacks that one run of a job begins or ends, at most.
BATCH = 50
#: When the queue cannot take one now.
LATER = timedelta(minutes=15)


def ask_how_it_was(
    interaction_id: int,
    *,
    language: str,
    note: str,
    when: datetime | None,
    number: str = "",
    by_link: bool = False,
    actor: Actor,
) -> int:
    """Id of a new callback about one contact. `when` (UTC) is the soonest moment; None is now.

    With `by_link` nobody rings: the customer wanted the link, and gets it now.

    Raises:
        NotFound: no such contact.
        Invalid: no such language, a note that is too long, or a time that lies back or too far ahead.
        Conflict: the customer may not be asked; the code says why.
    """
    now = clock.now()
    fields = {}
    if language not in LANGUAGES:
        fields["language"] = "unknown"
    if len(note) > LONGEST_NOTE:
        fields["note"] = "too_long"
    if when is not None and not now - timedelta(minutes=5) <= when <= now + FURTHEST:
        fields["when"] = "time_out_of_range"
    if fields:
        raise Invalid(code="quality_form", fields=fields)
    with transaction() as session:
        contact, customer = rated_contact(session, interaction_id)
        if actor.user_id is not None and actor.user_id == contact.agent_id:
            raise Conflict(code="quality_own_contact")
        known = [phone.e164 for phone in customer.phones]
        chosen = number or (contact.number if contact.number in known else "") or (known[0] if known else "")
        demand_askable(session, customer, [chosen] if chosen in known else [], now)
        callback = plan(
            session,
            contact,
            customer,
            source="hand",
            number=chosen,
            language=language,
            note=note.strip(),
            when=when or now,
            now=now,
            actor=actor,
        )
        if by_link:
            against = objection(session, callback)
            if against:
                raise Conflict(code=against)
            send(session, callback, reason="asked", now=now, actor=actor)
        elif callback.due_at is not None and callback.due_at <= now:
            begin(session, callback, customer, now=now, actor=actor)
        return callback.id


def plan(
    session: Session,
    contact: Interaction,
    customer: Customer,
    *,
    source: str,
    number: str,
    language: str,
    note: str = "",
    when: datetime,
    now: datetime,
    actor: Actor,
) -> QualityCallback:
    """A new callback about `contact`, due at the first moment from `when` (UTC) in the customer's hours. Participant.

    `source` is "hand" or "draw"; whether the customer may be asked is for the caller to find out.

    Raises:
        Conflict: no queue for quality calls is set up.
    """
    callback = QualityCallback(
        source=source,
        interaction_id=contact.id,
        rated_agent_id=contact.agent_id,
        customer_id=customer.id,
        queue_id=quality_queue(session).id,
        number=number,
        language=language,
        note=note,
        state="scheduled",
        due_at=may_ring_from(customer, max(when, now)),
        appointment=False,
        asked_by=actor.user_id,
        created_at=now,
    )
    session.add(callback)
    session.flush()
    _tell(session, callback, "planned", actor=actor, after={"due_at": callback.due_at and callback.due_at.isoformat()})
    return callback


def begin(session: Session, callback: QualityCallback, customer: Customer, *, now: datetime, actor: Actor) -> None:
    """scheduled -> open: a new contact in line, the rated agent barred from it, and the customer told. Participant.

    Raises:
        Conflict: the queue is closed.
    """
    contact_id = str(uuid.uuid4())
    bar_agents(session, contact_id, who_must_not_ask(session, callback.rated_agent_id), actor=actor)
    compare_and_set(
        session, QualityCallback, callback.id, ("scheduled",), state="open", attempts=QualityCallback.attempts + 1
    )
    attempt = QualityAttempt(
        callback_id=callback.id,
        rated_agent_id=callback.rated_agent_id,
        number=callback.attempts,
        contact_id=contact_id,
        day_part=day_part(now.astimezone(zone_of(customer))),
        started_at=now,
        version=current(session).version,
    )
    session.add(attempt)
    session.flush()
    zone = zone_of(customer)
    until = min(now + WAIT_FOR_PAGE, closing(now, zone) or now + WAIT_FOR_PAGE)
    attempt.token = doors().put_in_line(session, callback, contact_id, until, actor)
    contact = session.get_one(Interaction, callback.interaction_id)
    local = contact.started_at.astimezone(zone_of(customer))
    language = language_of(callback.language)
    queue_sms(
        session,
        number=callback.number,
        body=sms(language, day_in(language, local.month, local.day), attempt.token),
        customer_id=callback.customer_id,
        contact_id=contact_id,
        template_id=None,
        language=language,
        intent_key=f"quality:{callback.id}:{callback.attempts}",
        author_id=None,
        actor=actor,
    )
    _tell(session, callback, "begun", actor=actor, before="scheduled", after={"attempt": callback.attempts})


def begin_due(moment: datetime) -> int:
    """Begin the callbacks whose time has come; how many. One that may not be rung now waits until it may."""
    begun = 0
    with transaction() as session:
        due = session.scalars(
            select(QualityCallback)
            .where(QualityCallback.state == "scheduled", QualityCallback.due_at <= moment)
            .order_by(QualityCallback.due_at, QualityCallback.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for callback in due:
            customer = session.get_one(Customer, callback.customer_id)
            try:
                demand_willing(session, customer, [callback.number])
            except Conflict as refused:
                cancel(session, callback, reason=refused.code, now=moment, actor=SWEEP)
                continue
            # A time that the customer chose is kept, whatever the hour.
            soonest = moment if callback.appointment else may_ring_from(customer, moment)
            if soonest > moment:
                callback.due_at = soonest
                continue
            try:
                with session.begin_nested():
                    begin(session, callback, customer, now=moment, actor=SWEEP)
                begun += 1
            except Conflict:  # the queue is closed
                session.refresh(callback)
                callback.due_at = moment + LATER
    return begun


def end_unreached(moment: datetime) -> int:
    """End attempts of which nothing will come: the page stayed shut, nobody answered, or the customer said no."""
    ended = 0
    with transaction() as session:
        rows = session.scalars(
            select(QualityAttempt)
            .where(QualityAttempt.ended_at.is_(None))
            .order_by(QualityAttempt.id)
            .limit(BATCH * 10)
        ).all()
    for known in rows:
        with transaction() as session:
            outcome = doors().over_as(session, known.token)
            if outcome is None:
                continue
            callback = session.get_one(QualityCallback, known.callback_id, with_for_update=True)
            attempt = session.get_one(QualityAttempt, known.id, with_for_update=True, populate_existing=True)
            if attempt.ended_at is None:
                end_attempt(session, callback, attempt, outcome, agent_id=None, now=moment, actor=SWEEP)
                ended += 1
    return ended


def end_attempt(
    session: Session,
    callback: QualityCallback,
    attempt: QualityAttempt,
    outcome: Outcome,
    *,
    agent_id: int | None,
    now: datetime,
    actor: Actor,
    appointment_at: datetime | None = None,
    source: str = "call_page",
    proof: str = "",
) -> None:
    """The attempt is over; the callback is done, or comes again at another time. Participant; both are locked.

    Who refuses is not asked again: the consents say so, with where it was said (`source`) and the words (`proof`).
    """
    attempt.ended_at, attempt.outcome, attempt.agent_id = now, outcome.value, agent_id
    session.flush()
    if outcome is Outcome.REFUSED:
        record_consent(
            session,
            address=callback.number,
            purpose=PURPOSE,
            state="withdrawn",
            source=source,
            actor=actor,
            customer_id=callback.customer_id,
            proof=proof,
        )
    if outcome is Outcome.APPOINTMENT and appointment_at is not None:
        _again(session, callback, appointment_at, appointment=True, actor=actor)
    elif outcome in UNREACHED and callback.attempts < MOST_ATTEMPTS:
        customer = session.get_one(Customer, callback.customer_id)
        parts = session.scalars(select(QualityAttempt.day_part).where(QualityAttempt.callback_id == callback.id)).all()
        due = next_attempt(set(parts), attempt.started_at, zone_of(customer))
        _again(session, callback, may_ring_from(customer, max(due, now)), appointment=False, actor=actor)
    elif outcome in UNREACHED | {Outcome.LINK} and not objection(session, callback):
        send(session, callback, reason="asked" if outcome is Outcome.LINK else "unreached", now=now, actor=actor)
    else:
        final = Outcome.NO_REPLY if outcome is Outcome.LINK else outcome
        end(session, callback, "done", final, reason=final.value, now=now, actor=actor)


def withdraw(callback_id: int, *, reason: str, actor: Actor) -> None:
    """Nobody rings for this callback any more.

    Raises:
        NotFound: no such callback.
        Invalid: no reason.
        Conflict: it is over already, or somebody is talking with the customer.
    """
    if not reason.strip():
        raise Invalid(code="reason_missing", fields={"reason": "reason_missing"})
    now = clock.now()
    with transaction() as session:
        # The call comes first in the order of locks.
        attempt = session.scalar(
            select(QualityAttempt).where(QualityAttempt.callback_id == callback_id, QualityAttempt.ended_at.is_(None))
        )
        open_still = attempt is not None and doors().over_as(session, attempt.token) is None
        if attempt is not None and open_still and not doors().withdraw(session, attempt.token, actor):
            raise Conflict(code="quality_in_hand")
        callback = session.get(QualityCallback, callback_id, with_for_update=True)
        if callback is None:
            raise NotFound(code="quality_unknown")
        if callback.state not in RUNNING:
            raise Conflict(code="quality_over")
        if attempt is not None:
            attempt.ended_at, attempt.outcome = now, Outcome.CANCELED.value
            session.flush()
        cancel(session, callback, reason=reason.strip()[:300], now=now, actor=actor)


def cancel(session: Session, callback: QualityCallback, *, reason: str, now: datetime, actor: Actor) -> None:
    """Nobody is rung for it; `reason` is a stable code or a person's words. Participant."""
    end(session, callback, "canceled", Outcome.CANCELED, reason=reason, now=now, actor=actor)


def _again(session: Session, callback: QualityCallback, due_at: datetime, *, appointment: bool, actor: Actor) -> None:
    compare_and_set(
        session, QualityCallback, callback.id, ("open",), state="scheduled", due_at=due_at, appointment=appointment
    )
    _tell(session, callback, "planned", actor=actor, before="open", after={"due_at": due_at.isoformat()})


def end(
    session: Session,
    callback: QualityCallback,
    state: str,
    outcome: Outcome,
    *,
    reason: str,
    now: datetime,
    actor: Actor,
) -> None:
    """The callback is over: "done" or "canceled", with its final outcome. Participant."""
    before = callback.state
    compare_and_set(session, QualityCallback, callback.id, RUNNING, state=state, outcome=outcome.value, ended_at=now)
    _tell(session, callback, state, actor=actor, before=before, after={"outcome": outcome.value}, reason=reason)


def _tell(
    session: Session,
    callback: QualityCallback,
    verb: str,
    *,
    actor: Actor,
    before: str = "",
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    record_event(
        session,
        f"quality.{verb}",
        "quality_callback",
        callback.id,
        actor=actor,
        reason=reason,
        before={"state": before} if before else None,
        after={"state": callback.state, **(after or {})},
    )
    touch(session, "customer", callback.customer_id)
