"""“You said, we did”: the customers behind an entry are told what came of it, once, and only who may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.customers.models import Customer
from app.db import transaction
from app.domain.needs import LONGEST_ANSWER
from app.errors import Conflict, Invalid
from app.eventlog import Actor, record_event
from app.live import touch
from app.messages.services import queue_sms
from app.quality.models import QualityCallback, QualityInterview
from app.quality.needs.models import Need, NeedAnswer, NeedVoice
from app.quality.needs.services import locked
from app.quality.rules import demand_willing
from app.quality.texts import LANGUAGES, language_of, you_said

#: How the customers of an entry stand to an answer.
WILLING, ANSWERED, NOT_ASKED_FOR, UNWILLING = "willing", "answered", "not_asked_for", "unwilling"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One customer behind an entry. `standing` is WILLING or why no SMS goes to them."""

    customer_id: int
    number: str
    language: str
    standing: str


def recipients(session: Session, need_id: int) -> list[Recipient]:
    """The customers behind an entry, each once; by what they said last.

    "May we come back to you?" must have been answered with yes, and neither STOP nor "do not ask me" stand against it.
    """
    rows = session.execute(
        select(QualityCallback.customer_id, QualityCallback.number, QualityInterview)
        .join(QualityCallback, QualityCallback.id == QualityInterview.callback_id)
        .join(NeedVoice, NeedVoice.interview_id == QualityInterview.id)
        .where(NeedVoice.need_id == need_id)
        .order_by(QualityInterview.at, QualityInterview.id)
    )
    latest = {row.customer_id: row for row in rows}
    entries = select(Need.id).where((Need.id == need_id) | (Need.merged_into_id == need_id))
    told = set(session.scalars(select(NeedAnswer.customer_id).where(NeedAnswer.need_id.in_(entries))))
    return [
        Recipient(
            customer_id,
            row.number,
            language_of(row.QualityInterview.language),
            ANSWERED if customer_id in told else _standing(session, customer_id, row.number, row.QualityInterview),
        )
        for customer_id, row in sorted(latest.items())
    ]


def _standing(session: Session, customer_id: int, number: str, interview: QualityInterview) -> str:
    if not interview.may_return:
        return NOT_ASKED_FOR
    try:
        demand_willing(session, session.get_one(Customer, customer_id), [number] if number else [])
    except Conflict:
        return UNWILLING
    return WILLING


def counts(found: Sequence[Recipient]) -> Counter[str]:
    """Number of customers by standing."""
    return Counter(each.standing for each in found)


def languages_of(found: Sequence[Recipient]) -> list[str]:
    """The languages in which an answer is needed, in the order of LANGUAGES."""
    wanted = {each.language for each in found if each.standing == WILLING}
    return [code for code in LANGUAGES if code in wanted]


def answer(need_id: int, texts: Mapping[str, str], *, version: int, actor: Actor) -> int:
    """Tell every willing customer of the entry; how many SMS were queued. `texts` is language -> answer.

    Raises:
        NotFound: no such entry.
        Invalid: a text is missing in a language of a customer, or too long.
        Conflict: the entry is still open, was changed meanwhile, or nobody is left to be told.
    """
    now = clock.now()
    texts = {code: " ".join(text.split()) for code, text in texts.items() if code in LANGUAGES}
    with transaction() as session:
        row = locked(session, need_id)
        if row.version != version:
            raise Conflict(code="need_changed")
        if row.state == "open":
            raise Conflict(code="need_undecided")
        willing = [each for each in recipients(session, need_id) if each.standing == WILLING]
        if not willing:
            raise Conflict(code="need_nobody_to_tell")
        fields = {f"answer_{code}": "text_missing" for code in languages_of(willing) if not texts.get(code)}
        fields |= {f"answer_{code}": "too_long" for code, said in texts.items() if len(said) > LONGEST_ANSWER}
        if fields:
            raise Invalid(code="need_form", fields=fields)
        sent = 0
        for each in willing:
            message = queue_sms(
                session,
                number=each.number,
                body=you_said(each.language, texts[each.language], done=row.state == "done"),
                customer_id=each.customer_id,
                contact_id=None,
                template_id=None,
                language=each.language,
                intent_key=f"need:{row.id}:{each.customer_id}",
                author_id=actor.user_id,
                actor=actor,
            )
            session.add(NeedAnswer(need_id=row.id, customer_id=each.customer_id, message_id=message.id, at=now))
            touch(session, "customer", each.customer_id)
            sent += message.status != "refused"
        row.answer = {**row.answer, **{code: said for code, said in texts.items() if said}}
        row.version, row.changed_at = row.version + 1, now
        record_event(session, "need.answered", "need", row.id, actor=actor, after={"sent": sent, "state": row.state})
        return sent
