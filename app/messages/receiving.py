"""SMS in: what a customer wrote is kept once, and does at once what it asks for.

Whole messages that are a keyword are commands; a sentence that plainly asks for no more texts ends them just the same
(app/domain/sms_wish.py), and is work for a person besides: who writes a sentence expects to be read.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import outbox
from app.clock import now
from app.customers.lookup import find_by_number
from app.db import transaction
from app.domain import sms_text
from app.domain.sms_wish import Wish, wish_of
from app.errors import Invalid, NotFound
from app.eventlog import CUSTOMER, Actor
from app.messages.models import Message, OptOut
from app.messages.services import (
    DEFAULT_LANGUAGE,
    E164,
    encoding_code,
    is_opted_out,
    lock_number,
    opt_out,
    queue_sms,
    record_choice,
    tell,
)
from app.security.receipts import first_time

#: What a customer wrote, for whoever makes work of it (app.effects): not commands like STOP.
RECEIVED_TOPIC = "sms.received"
#: Why the log says that a number was written off, where no keyword did it.
IN_WORDS, BY_AGENT = "asked_in_words", "recorded_by_agent"

#: Answer to HELP. Customers read it on their own phones: it goes by the customer's language, not by a
#: session's.
HELP_TEXTS = {
    "en": (
        "This is our customer service. Reply STOP to get no more texts, START to get them again."
        " To speak to us, use the call page on our website."
    ),
    "zh_Hans": ("这里是客户服务。回复“退订”不再接收短信，回复“开始”恢复接收。需要通话请使用我们网站的呼叫页面。"),
    "zh_Hant": ("這裡是客戶服務。回覆「退訂」不再接收簡訊，回覆「開始」恢復接收。需要通話請使用我們網站的通話頁面。"),
}


def receive_sms(
    number: str,
    body: str,
    provider: str,
    provider_id: str,
    *,
    meaning: str = "",
    answered: bool = False,
    token: str = "",
) -> int:
    """Id of the message kept for what the customer behind `number` (E.164) wrote.

    The row is inserted before anything is done about it, and the provider's id makes it unique: a report that comes
    twice acts once (I12). `meaning` ("stop", "start", "help") is what the carrier took it for, where it says so;
    `answered`: it answers HELP itself; `token`: the key of a request that may come again (app/security/receipts.py).
    In the same transaction, then:

    STOP ends every SMS to the number at once, those already queued too. Nothing answers it, not even a
    confirmation: the customer asked for no more texts, and a confirmation would be one. (Some laws allow
    one, none demands it.) A sentence that plainly asks for the same does the same, and goes to a person too; one that
    may ask for it goes to a person with a hint. START ends a STOP. HELP is answered once a day, so that two
    automata cannot talk for ever; not after a STOP.

    Raises:
        Invalid: the number is not E.164.
    """
    body = body.replace("\x00", "")
    if not E164.fullmatch(number):
        raise Invalid(_("This is not a complete international number."), code="bad_number")
    with transaction() as session:
        lock_number(session, number)
        owners = [customer.id for customer in find_by_number(session, number)]
        owner = owners[0] if len(owners) == 1 else None
        size = sms_text.measure(body)
        made = session.execute(
            insert(Message)
            .values(
                direction="in",
                number=number,
                customer_id=owner,
                body=body,
                encoding=encoding_code(size),
                segments=size.segments,
                status="received",
                provider=provider,
                provider_id=provider_id,
                created_at=now(),
            )
            .on_conflict_do_nothing(
                index_elements=["provider", "provider_id"], index_where=sql("provider_id IS NOT NULL")
            )
            .returning(Message.id)
        ).scalar()
        if not first_time(session, token, path="sms-in") or made is None:
            known = select(Message.id).where(Message.provider == provider, Message.provider_id == provider_id)
            return session.scalars(known).one()
        message = session.get_one(Message, made)
        meaning = meaning or sms_text.keyword(body) or ""
        wish = None if meaning else wish_of(body)
        tell(session, message, "sms.received", actor=CUSTOMER, reason=meaning or _hint(wish), owners=owners)
        if meaning == "stop":
            opt_out(session, message, actor=CUSTOMER)
        elif meaning == "start":
            _opt_in(session, message)
        elif meaning == "help":
            if not answered:
                _answer_help(session, message)
        else:
            if wish is Wish.CLEAR:
                opt_out(session, message, actor=CUSTOMER, source="sms_words", reason=IN_WORDS)
            outbox.enqueue(session, RECEIVED_TOPIC, key=f"sms-in:{number}", payload={"message": message.id})
        return message.id


def _hint(wish: Wish | None) -> str:
    return {Wish.CLEAR: IN_WORDS, Wish.PERHAPS: "may_ask_to_stop"}[wish] if wish else ""


def stop_texts(message_id: int, *, actor: Actor) -> None:
    """A colleague has read in what a customer wrote that no more texts are wanted. Saying so twice is as once.

    Raises:
        NotFound: no customer wrote this message.
    """
    with transaction() as session:
        number = session.scalar(select(Message.number).where(Message.id == message_id, Message.direction == "in"))
        if number is None:
            raise NotFound(code="message_unknown")
        lock_number(session, number)
        if not is_opted_out(session, number):
            opt_out(session, session.get_one(Message, message_id), actor=actor, source="agent", reason=BY_AGENT)


def _opt_in(session: Session, message: Message) -> None:
    ended = session.execute(
        update(OptOut)
        .where(OptOut.number == message.number, OptOut.ended_at.is_(None))
        .values(ended_at=now())
        .returning(OptOut.number)
    ).scalar()
    if ended is not None:
        record_choice(session, message, "given", actor=CUSTOMER, source="sms_keyword")
        tell(session, message, "sms.opted_in", actor=CUSTOMER)


def _answer_help(session: Session, message: Message) -> None:
    if is_opted_out(session, message.number):
        return
    owners = find_by_number(session, message.number)
    language = owners[0].language if len(owners) == 1 else ""
    if language not in HELP_TEXTS:
        language = DEFAULT_LANGUAGE
    queue_sms(
        session,
        number=message.number,
        body=HELP_TEXTS[language],
        customer_id=message.customer_id,
        contact_id=None,
        template_id=None,
        language=language,
        intent_key=f"help:{message.number}:{now():%Y-%m-%d}",
        author_id=None,
        actor=CUSTOMER,
        any_hour=True,  # they are awake: they have just written
    )
