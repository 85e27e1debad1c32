"""Profiles: who a customer is, how they are reached, what they agreed to, and each contact with them.

Participants take `session` first and belong to the caller's transaction; use cases open their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.clock import now
from app.customers.fields import ProfileFields
from app.customers.lookup import demand_kept, find_by_number, get_customer
from app.customers.models import Consent, Customer, CustomerPhone, Interaction
from app.customers.phones import NewPhone
from app.customers.search_index import refresh_search
from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, Event, record_event
from app.live import touch

#: A colleague who looks at one profile again within this time is not logged again.
VIEW_LOGGED_EVERY = timedelta(minutes=10)
MOST_PHONES = 20
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('customer for call', :call))")


def add_customer(
    session: Session,
    *,
    name: str,
    actor: Actor,
    phones: Iterable[NewPhone | str] = (),
    reason: str = "",
    call: int | None = None,
    **fields: Any,
) -> Customer:
    """A new profile with its numbers (E.164), searchable at once; `fields` are columns of Customer."""
    customer = Customer(name=name, **fields)
    session.add(customer)
    session.flush()
    known: set[str] = set()
    for position, phone in enumerate(phones):
        new = phone if isinstance(phone, NewPhone) else NewPhone(phone, phone)
        if new.e164 in known:
            continue
        known.add(new.e164)
        session.add(
            CustomerPhone(
                customer_id=customer.id,
                e164=new.e164,
                raw=new.raw[:60],
                label=new.label[:30],
                position=position,
            )
        )
    session.flush()
    session.refresh(customer)
    refresh_search(session, customer)
    after: dict[str, Any] = {"name": name, "reference": customer.reference, "phones": sorted(known)}
    if call is not None:
        after["call"] = call
    record_event(session, "customer.created", "customer", customer.id, actor=actor, reason=reason, after=after)
    touch(session, "customer", customer.id)
    return customer


def create_customer(
    fields: ProfileFields, phones: Iterable[NewPhone], *, actor: Actor, call: int | None = None
) -> tuple[int, str]:
    """Id and reference of a new profile. One call makes one profile, however often the button is clicked."""
    with transaction() as session:
        if call is not None:
            session.execute(text("SELECT pg_advisory_xact_lock(hashtext('customer for call'), :call)"), {"call": call})
            made = session.scalar(
                select(Event.subject_id)
                .where(
                    Event.name == "customer.created",
                    Event.at > now() - timedelta(days=1),
                    Event.after["call"].as_integer() == call,
                )
                .limit(1)
            )
            if made is not None:
                return made, get_customer(session, made).reference
        customer = add_customer(session, actor=actor, phones=phones, call=call, **fields.as_dict())
        return customer.id, customer.reference


class EditConflict(Conflict):
    """Somebody else saved this profile in the meantime; the form shows both versions."""

    code = "edited_meanwhile"


def change_customer(customer_id: int, version: int, fields: ProfileFields, *, actor: Actor) -> int:
    """Save an edited profile and return its new version.

    Raises:
        EditConflict: the profile is no longer at `version`.
        NotFound: there is no such profile.
    """
    with transaction() as session:
        customer = get_customer(session, customer_id)
        demand_kept(customer)
        before = {key: getattr(customer, key) for key in fields.as_dict()}
        changed = {key: value for key, value in fields.as_dict().items() if value != before[key]}
        if not changed and customer.version == version:
            return version
        moved = session.execute(
            update(Customer)
            .where(Customer.id == customer_id, Customer.version == version)
            .values(**fields.as_dict(), version=Customer.version + 1, updated_at=now())
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            raise EditConflict(_("Somebody else saved this profile while you were editing."))
        session.refresh(customer)
        refresh_search(session, customer)
        record_event(
            session,
            "customer.changed",
            "customer",
            customer_id,
            actor=actor,
            before={key: before[key] for key in changed},
            after=changed,
        )
        touch(session, "customer", customer_id)
        return customer.version


def add_phone(customer_id: int, phone: NewPhone, *, actor: Actor) -> None:
    """Put one more number on a profile; a number shared with other profiles is fine.

    Raises:
        Invalid: this profile has the number already, or 20 others.
    """
    with transaction() as session:
        customer = session.scalar(select(Customer).where(Customer.id == customer_id).with_for_update())
        if customer is None:
            raise NotFound(_("We can't find this customer."))
        demand_kept(customer)
        if any(known.e164 == phone.e164 for known in customer.phones):
            message = _("This number is already on the profile.")
            raise Invalid(message, fields={"number": message})
        if len(customer.phones) >= MOST_PHONES:
            message = _("A profile holds at most %(limit)s numbers. Please remove one first.", limit=MOST_PHONES)
            raise Invalid(message, fields={"number": message})
        session.add(
            CustomerPhone(
                customer_id=customer_id,
                e164=phone.e164,
                raw=phone.raw[:60],
                label=phone.label[:30],
                position=len(customer.phones),
            )
        )
        _phones_changed(session, customer, "customer.phone_added", actor, after={"number": phone.e164})


def remove_phone(customer_id: int, phone_id: int, *, actor: Actor) -> None:
    """Take a number off a profile; taking it off twice is not an error."""
    with transaction() as session:
        customer = session.scalar(select(Customer).where(Customer.id == customer_id).with_for_update())
        if customer is None:
            raise NotFound(_("We can't find this customer."))
        phone = next((known for known in customer.phones if known.id == phone_id), None)
        if phone is None:
            return
        session.delete(phone)
        _phones_changed(session, customer, "customer.phone_removed", actor, before={"number": phone.e164})


def _phones_changed(session: Session, customer: Customer, name: str, actor: Actor, **states: Any) -> None:
    session.flush()
    session.refresh(customer, ["phones"])
    refresh_search(session, customer)
    record_event(session, name, "customer", customer.id, actor=actor, **states)
    touch(session, "customer", customer.id)


def record_consent(
    session: Session,
    *,
    address: str,
    purpose: str,
    state: str,
    source: str,
    actor: Actor,
    customer_id: int | None = None,
    proof: str = "",
) -> Consent:
    """One more row in the consent history of `address` (E.164 or e-mail): the latest wins."""
    consent = Consent(
        address=address,
        customer_id=customer_id,
        purpose=purpose,
        state=state,
        source=source,
        proof=proof[:500],
        recorded_by=actor.user_id,
    )
    session.add(consent)
    session.flush()
    owners = {customer_id} if customer_id is not None else {c.id for c in find_by_number(session, address)}
    for owner in owners:
        record_event(
            session,
            f"consent.{state}",
            "customer",
            owner,
            actor=actor,
            reason=source,
            after={"address": address, "purpose": purpose},
        )
        touch(session, "customer", owner)
    return consent


def record_interaction(
    session: Session,
    *,
    contact_id: str,
    customer_id: int | None,
    channel: str,
    direction: str,
    outcome: str,
    actor: Actor,
    started_at: datetime,
    ended_at: datetime | None = None,
    queue_id: int | None = None,
    agent_id: int | None = None,
    work_item_id: int | None = None,
    reservation_id: int | None = None,
    number: str = "",
    wait_s: int = 0,
    talk_s: int = 0,
    hold_s: int = 0,
    acw_s: int = 0,
    disposition_id: int | None = None,
    topic_ids: Iterable[int] = (),
    phase: str | None = None,
    note: str = "",
    incomplete: bool = False,
) -> Interaction:
    """One contact as the profile remembers it. Durations in seconds; `number` E.164, empty when withheld."""
    interaction = Interaction(
        contact_id=contact_id,
        customer_id=customer_id,
        channel=channel,
        direction=direction,
        outcome=outcome,
        queue_id=queue_id,
        agent_id=agent_id,
        work_item_id=work_item_id,
        reservation_id=reservation_id,
        number=number,
        started_at=started_at,
        ended_at=ended_at,
        wait_s=wait_s,
        talk_s=talk_s,
        hold_s=hold_s,
        acw_s=acw_s,
        disposition_id=disposition_id,
        topic_ids=list(topic_ids),
        phase=phase,
        note=note,
        incomplete=incomplete,
    )
    session.add(interaction)
    session.flush()
    record_event(
        session,
        "interaction.recorded",
        "interaction",
        interaction.id,
        actor=actor,
        after={"outcome": outcome, "customer": customer_id, "agent": agent_id, "incomplete": incomplete},
        contact_id=contact_id,
    )
    if customer_id is not None:
        touch(session, "customer", customer_id)
    return interaction


def log_view(customer_id: int, *, actor: Actor) -> None:
    """Log that a colleague looked at a profile, at most once per colleague and profile in ten minutes."""
    if actor.user_id is None:
        return
    with transaction() as session:
        seen = session.scalar(
            select(func.max(Event.at)).where(
                Event.subject == "customer",
                Event.subject_id == customer_id,
                Event.name == "customer.viewed",
                Event.user_id == actor.user_id,
            )
        )
        if seen is None or now() - seen >= VIEW_LOGGED_EVERY:
            record_event(session, "customer.viewed", "customer", customer_id, actor=actor)
