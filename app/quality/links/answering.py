"""What comes of a link: answers, once; a no, for good; or nothing until it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.customers.models import Customer
from app.customers.services import record_consent
from app.db import transaction
from app.domain.quality_call import MODE_LINK, UNREACHED, Outcome, needs_mending
from app.domain.questionnaire import Questionnaire
from app.domain.questionnaire_answers import unanswered
from app.errors import Conflict, NotFound
from app.eventlog import CUSTOMER, SWEEP
from app.quality.asking import end
from app.quality.keeping import keep, mend
from app.quality.links.models import QualityLink
from app.quality.models import QualityAttempt, QualityCallback, QualityInterview
from app.quality.questionnaire.asked import checked, from_form, of_version
from app.quality.rules import PURPOSE, demand_willing
from app.quality.texts import language_of

#: Links of which nothing will come any more: their time is over, the text did not arrive, or the customer said STOP or
#: no elsewhere. A STOP after the link is an answer to it.
_LOST = text("""
SELECT id, said_no FROM (
    SELECT l.id, l.expires_at <= :now OR m.status IN ('failed','refused') AS over,
        EXISTS (SELECT 1 FROM opt_outs o WHERE o.number = q.number AND o.ended_at IS NULL)
        OR EXISTS (SELECT 1 FROM consents c WHERE c.address = q.number AND c.purpose = :purpose
            AND c.state = 'withdrawn' AND NOT EXISTS (SELECT 1 FROM consents n
                WHERE n.address = c.address AND n.purpose = c.purpose AND n.id > c.id)) AS said_no
    FROM quality_links l
    JOIN quality_callbacks q ON q.id = l.callback_id AND q.state = 'linked'
    JOIN messages m ON m.id = l.message_id) waiting
WHERE over OR said_no ORDER BY id LIMIT 200""")


@dataclass(frozen=True, slots=True)
class Found:
    """The page of a link: what it is about and where it stands ("open", "answered", "refused" or "over")."""

    standing: str
    link: QualityLink
    callback: QualityCallback
    asked: Questionnaire


def find(session: Session, token: str, now: datetime) -> Found:
    """The link behind an address.

    Raises:
        NotFound: there is none.
    """
    link = session.scalar(select(QualityLink).where(QualityLink.token == token))
    if link is None:
        raise NotFound()
    callback = session.get_one(QualityCallback, link.callback_id)
    return Found(_standing(session, link, callback, now), link, callback, of_version(session, link.version))


def answer(token: str, form: Mapping[str, str], *, language: str, partly: bool) -> None:
    """Keep the answers of a posted form, in one transaction with the ticket for who is not content. Once.

    With `partly` some answers are enough; they are kept as an interview in part.

    Raises:
        NotFound: no such link.
        Invalid: something required is missing; `fields` is key of the item -> what.
        Conflict: it was answered already, or is over.
    """
    now = clock.now()
    with transaction() as session:
        found = _held(session, token, now)
        callback = found.callback
        said = checked(found.asked, from_form(found.asked, form), partly=partly)
        outcome = Outcome.PARTIAL if unanswered(found.asked, said) else Outcome.INTERVIEWED
        keep(
            session,
            callback,
            said,
            outcome,
            mode=MODE_LINK,
            interviewer_id=None,
            version=found.asked.version,
            language=language_of(language),
            now=now,
            actor=CUSTOMER,
        )
        end(session, callback, "done", outcome, reason=MODE_LINK, now=now, actor=CUSTOMER)
        if needs_mending(said.settled, said.ratings):
            mend(session, callback, said, channel="web", actor=CUSTOMER)


def refuse(token: str) -> None:
    """The customer wants no questions, now or later: as after a refusal on the telephone.

    Raises:
        NotFound: no such link.
        Conflict: it was answered already, or is over.
    """
    now = clock.now()
    with transaction() as session:
        callback = _held(session, token, now).callback
        record_consent(
            session,
            address=callback.number,
            purpose=PURPOSE,
            state="withdrawn",
            source="link_page",
            actor=CUSTOMER,
            customer_id=callback.customer_id,
        )
        end(session, callback, "done", Outcome.REFUSED, reason=MODE_LINK, now=now, actor=CUSTOMER)


def end_lost(moment: datetime) -> int:
    """End the links of which nothing will come any more; how many. From then on a reserve may stand in."""
    with transaction() as session:
        lost = session.execute(_LOST, {"now": moment, "purpose": PURPOSE}).all()
    ended = 0
    for row in lost:
        with transaction() as session:
            link = session.get_one(QualityLink, row.id)
            callback = session.get_one(QualityCallback, link.callback_id, with_for_update=True)
            if callback.state != "linked":
                continue
            outcome = Outcome.REFUSED if row.said_no else _unanswered(session, link)
            end(session, callback, "done", outcome, reason="link_over", now=moment, actor=SWEEP)
            ended += 1
    return ended


def _held(session: Session, token: str, now: datetime) -> Found:
    """The open link, its callback held until the transaction ends: two answers at the same moment are one."""
    callback_id = session.scalar(select(QualityLink.callback_id).where(QualityLink.token == token))
    if callback_id is None:
        raise NotFound()
    session.get_one(QualityCallback, callback_id, with_for_update=True)
    found = find(session, token, now)
    if found.standing != "open":
        raise Conflict(code="link_answered" if found.standing == "answered" else "link_over")
    return found


def _standing(session: Session, link: QualityLink, callback: QualityCallback, now: datetime) -> str:
    given = select(QualityInterview.id).where(
        QualityInterview.callback_id == callback.id, QualityInterview.mode == MODE_LINK
    )
    if session.scalar(given) is not None:
        return "answered"
    if callback.outcome == Outcome.REFUSED:
        return "refused"
    if callback.state != "linked" or link.expires_at <= now:
        return "over"
    try:
        demand_willing(session, session.get_one(Customer, callback.customer_id), [callback.number])
    except Conflict:  # they said STOP, or no, after it was sent
        return "over"
    return "open"


def _unanswered(session: Session, link: QualityLink) -> Outcome:
    """How a callback ended whose link nobody answered: as the last attempt did, if nobody was ever reached."""
    if link.reason == "asked":
        return Outcome.NO_REPLY
    last = session.scalar(
        select(QualityAttempt.outcome)
        .where(QualityAttempt.callback_id == link.callback_id)
        .order_by(QualityAttempt.number.desc())
        .limit(1)
    )
    return Outcome(last) if last in {each.value for each in UNREACHED} else Outcome.NO_ANSWER
