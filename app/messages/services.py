"""SMS out: what may be queued, and who must not be written to. What comes in is in receiving.py.

The status of an outgoing message only climbs RANKS, with one step back: "sending" returns to "queued" when
the provider surely did not take it. "refused" and "failed" end it. What happens between queued and
delivered is in delivery.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import outbox
from app.clock import now
from app.customers.lookup import find_by_number
from app.customers.services import record_consent
from app.domain import sms_text
from app.errors import Invalid, NotFound
from app.eventlog import PROVIDER, Actor, record_event
from app.live import touch
from app.messages import hours
from app.messages.models import Message, OptOut, SmsTemplate

SEND_TOPIC = "sms.send"
#: An outgoing message never goes down this ladder, in whatever order a provider's reports come in.
RANKS = {"queued": 0, "sending": 1, "unknown": 2, "sent": 3, "failed": 4, "delivered": 5}
#: Characters an outgoing or incoming message may have (ten parts of a long text, the usual limit of
#: carriers).
LONGEST_BODY = 1600
DEFAULT_LANGUAGE = "en"

#: A whole international number.
E164 = re.compile(r"\+[0-9]{5,15}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template filled in: ready for queue_sms."""

    template_id: int
    language: str
    body: str


def is_opted_out(session: Session, number: str) -> bool:
    """True while nothing may be sent to `number` (E.164)."""
    found = session.scalar(select(OptOut.number).where(OptOut.number == number, OptOut.ended_at.is_(None)))
    return found is not None


def lock_number(session: Session, number: str) -> None:
    """Hold `number` until the transaction ends: a STOP and the decision to send never overlap (I16)."""
    session.execute(sql("SELECT pg_advisory_xact_lock(hashtext('sms number'), hashtext(:n))"), {"n": number})


def queue_sms(
    session: Session,
    *,
    number: str,
    body: str,
    customer_id: int | None,
    contact_id: str | None,
    template_id: int | None,
    language: str,
    intent_key: str | None,
    author_id: int | None,
    actor: Actor,
    any_hour: bool = False,
) -> Message:
    """The message that will leave after the commit; for a number that said STOP, one refused at once.

    The same `intent_key` again returns the first message and sends nothing more. Where it is night for the recipient
    the message waits for the morning (app/messages/hours.py), unless `any_hour`: a person was asked, or answers one.

    Raises:
        Invalid: the text is empty or longer than LONGEST_BODY, or the number is not E.164.
    """
    body = _checked(number, body)
    opted_out = is_opted_out(session, number)
    size = sms_text.measure(body)
    waiting = None if any_hour or opted_out else hours.wait_for(session, number, customer_id)
    made = session.execute(
        insert(Message)
        .values(
            direction="out",
            number=number,
            customer_id=customer_id,
            contact_id=contact_id,
            body=body,
            language=language,
            template_id=template_id,
            encoding=encoding_code(size),
            segments=size.segments,
            status="refused" if opted_out else "queued",
            error="opted_out" if opted_out else "",
            intent_key=intent_key,
            author_id=author_id,
            any_hour=any_hour,
            not_before=waiting.until if waiting else None,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["intent_key"], index_where=sql("intent_key IS NOT NULL"))
        .returning(Message.id)
    ).scalar()
    if made is None:
        return session.scalars(select(Message).where(Message.intent_key == intent_key)).one()
    message = session.get_one(Message, made)
    tell(session, message, f"sms.{message.status}", actor=actor, after={"status": message.status})
    if not opted_out:
        enqueue_sending(session, message)
    return message


def enqueue_sending(session: Session, message: Message) -> None:
    """Participant: hand the message over after the commit, or when its wait is over."""
    # What waits for the morning has a line of its own, so that it holds up nothing that may leave at once.
    key = later_key(message.number) if message.not_before else outbox_key(message.number)
    outbox.enqueue(session, SEND_TOPIC, key=key, payload={"message": message.id}, due_at=message.not_before)


def encoding_code(size: sms_text.Size) -> str:
    """ "gsm7" or "ucs2", as kept with a message."""
    return str(size.encoding.value).replace("-", "").lower()


def outbox_key(number: str) -> str:
    """Messages of one number leave one after the other."""
    return f"sms:{number}"


def later_key(number: str) -> str:
    """Messages of one number that wait for the morning leave one after the other."""
    return f"sms-later:{number}"


def opt_out(session: Session, message: Message, *, actor: Actor, source: str = "", reason: str = "") -> None:
    """Nothing leaves for the message's number any more: not what comes later, not what waits already.

    `source` is how the consent ended (app/customers/words.py), where that is neither a keyword nor the carrier's list;
    `reason` is what the log says of it.
    """
    if not message.number:  # of an erased customer: there is nobody any more to write off
        return
    source = source or ("provider" if actor is PROVIDER else "sms_keyword")
    number, received = message.number, message.direction == "in"
    begun = {
        "since": now(),
        "ended_at": None,
        "word": message.body.strip()[:40] if received else "",
        "message_id": message.id,
    }
    made = session.execute(
        insert(OptOut)
        .values(number=number, **begun)
        .on_conflict_do_update(index_elements=["number"], set_=begun, where=OptOut.ended_at.is_not(None))
        .returning(OptOut.number)
    ).scalar()
    if made is not None:
        record_choice(session, message, "withdrawn", actor=actor, source=source)
        tell(session, message, "sms.opted_out", actor=actor, reason=reason)
    for key in (outbox_key(number), later_key(number)):
        outbox.drop_waiting(session, SEND_TOPIC, key=key, reason="opted_out")
    waiting = select(Message.id).where(Message.number == number, Message.direction == "out", Message.status == "queued")
    for queued in session.scalars(waiting).all():
        move(session, queued, "refused", ("queued",), actor=actor, error="opted_out")


def record_choice(session: Session, message: Message, state: str, *, actor: Actor, source: str) -> None:
    """Participant: the consent of the message's number is `state` from here on; what was received is the proof."""
    record_consent(
        session,
        address=message.number,
        purpose="sms",
        state=state,
        source=source,
        actor=actor,
        customer_id=message.customer_id,
        proof=message.body if message.direction == "in" else "",
    )


def move(
    session: Session,
    message_id: int,
    status: str,
    expected: Iterable[str],
    *,
    actor: Actor = PROVIDER,
    **values: Any,
) -> Message | None:
    """The message, now in `status`; None when it was in none of the `expected` ones, and stays as it is."""
    before = session.scalar(select(Message.status).where(Message.id == message_id).with_for_update())
    if before is None or before not in set(expected):
        return None
    message = session.get_one(Message, message_id, populate_existing=True)
    message.status = status
    for name, value in values.items():
        setattr(message, name, value)
    session.flush()
    after = {"status": status, **({"error": message.error} if message.error else {})}
    tell(session, message, f"sms.{status}", actor=actor, before={"status": before}, after=after)
    return message


def below(status: str) -> tuple[str, ...]:
    """The statuses from which an outgoing message may climb to `status`."""
    return tuple(lower for lower, rank in RANKS.items() if rank < RANKS[status])


def render_template(session: Session, code: str, language: str, values: Mapping[str, str]) -> Rendered:
    """The active template `code` in `language` (else in English, else in any), its {placeholders} filled in.

    Raises:
        NotFound: there is no such template.
        Invalid: a placeholder has no value; a text with a hole must not go out.
    """
    rows = session.scalars(
        select(SmsTemplate)
        .where(SmsTemplate.code == code, SmsTemplate.active)
        .order_by(
            (SmsTemplate.language == language).desc(),
            (SmsTemplate.language == DEFAULT_LANGUAGE).desc(),
            SmsTemplate.id,
        )
    )
    template = rows.first()
    if template is None:
        raise NotFound(_("This message template is no longer there."), code="no_template")
    try:
        body = sms_text.render(template.body, {name: value for name, value in values.items() if value})
    except sms_text.TemplateError as error:
        names = ", ".join(error.names)
        message = _("The message “%(name)s” needs: %(missing)s.", name=template.name, missing=names)
        fields = dict.fromkeys(error.names, message)
        raise Invalid(message, code="template_value_missing", fields=fields) from error
    return Rendered(template.id, template.language, body)


def _checked(number: str, body: str) -> str:
    if not E164.fullmatch(number):
        raise Invalid(_("This is not a complete international number."), code="bad_number")
    body = body.replace("\x00", "").strip()
    if not body:
        message = _("Please write something first.")
        raise Invalid(message, code="empty", fields={"body": message})
    if len(body) > LONGEST_BODY:
        message = _("A text message can have at most %(most)s characters.", most=LONGEST_BODY)
        raise Invalid(message, code="too_long", fields={"body": message})
    return body


def tell(
    session: Session,
    message: Message,
    name: str,
    *,
    actor: Actor,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    owners: Iterable[int] | None = None,
) -> None:
    """One line in the event log (never the text itself), and fresh images for whoever looks at it."""
    record_event(
        session, name, "message", message.id, actor=actor, reason=reason, before=before, after=after,
        contact_id=message.contact_id,
    )  # fmt: skip
    touch(session, "handset", message.number)
    if owners is None:
        if message.customer_id is not None:
            owners = [message.customer_id]
        else:
            owners = [customer.id for customer in find_by_number(session, message.number)]
    for owner in owners:
        touch(session, "customer", owner)
