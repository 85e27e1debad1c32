"""Answers by link in the demo: some whom no call reached answered on the page, some did not, two links still run."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.clocks import zone_of
from app.customers.models import Customer, Interaction
from app.domain import sms_text
from app.domain.quality_call import LINK_LASTS, MODE_LINK, RATINGS, Outcome
from app.draws.models import DrawMember
from app.eventlog import CLI
from app.messages.models import Message, OptOut
from app.messages.services import encoding_code
from app.quality.asking import plan
from app.quality.links.models import QualityLink
from app.quality.links.texts import link_sms
from app.quality.models import QualityCallback, QualityInterview
from app.quality.texts import day_in, language_of

#: Who answers on a page is a little harder than who speaks with somebody: weights of the ratings 1 to 5.
_RATED = (5, 11, 26, 36, 22)
_RUNNING = 2
_SAID = (
    ("", "", "The text came two days after the parcel."),
    ("Answer in the evening, when I am at home.", "expected", ""),
)


def add_links(session: Session, *, chance: Random, moment: datetime) -> None:
    """Links for whom the demo's callers never reached, and for two more since yesterday. Participant.

    Comes after the interviews and before the register of needs.
    """
    lost = session.scalars(
        select(QualityCallback)
        .where(QualityCallback.source == "draw", QualityCallback.outcome == "no_answer")
        .order_by(QualityCallback.id)
    ).all()
    for place, callback in enumerate(lost):
        ended = callback.ended_at or moment
        _send(session, callback, ended)
        if place % 4:  # three of four
            callback.outcome = Outcome.INTERVIEWED.value
            _answer(session, callback, chance, min(moment, ended + timedelta(minutes=chance.randint(5, 900))))
    for member in _not_asked(session):
        contact = session.get_one(Interaction, member.interaction_id)
        customer = session.get_one(Customer, member.customer_id)
        callback = plan(
            session,
            contact,
            customer,
            source="draw",
            number=contact.number,
            language=customer.language or "en",
            when=moment,
            now=moment - timedelta(days=5),
            actor=CLI,
        )
        callback.state = "linked"
        _send(session, callback, moment - timedelta(days=1), asked=True)
    session.flush()


def _not_asked(session: Session) -> Sequence[DrawMember]:
    """Reserves of the draw whom nobody asked yet and who take texts."""
    stopped = select(OptOut.number).where(OptOut.number == Interaction.number)
    return session.scalars(
        select(DrawMember)
        .join(Interaction, Interaction.id == DrawMember.interaction_id)
        .where(DrawMember.part == "reserve", Interaction.number.startswith("+"), ~stopped.exists())
        .where(DrawMember.customer_id.not_in(select(QualityCallback.customer_id)))
        .order_by(DrawMember.agent_id, DrawMember.place)
        .limit(_RUNNING)
    ).all()


def _send(session: Session, callback: QualityCallback, at: datetime, *, asked: bool = False) -> None:
    contact = session.get_one(Interaction, callback.interaction_id)
    zone = zone_of(session.get_one(Customer, callback.customer_id))
    language = language_of(callback.language)
    about, until = contact.started_at.astimezone(zone), (at + LINK_LASTS).astimezone(zone)
    # Not of the demo's own chance, which anybody can replay: the pages are real
    token = secrets.token_urlsafe(16)
    body = link_sms(
        language,
        token,
        day=day_in(language, about.month, about.day),
        until=day_in(language, until.month, until.day),
        asked=asked,
    )
    size = sms_text.measure(body)
    message = Message(
        direction="out",
        number=callback.number,
        customer_id=callback.customer_id,
        body=body,
        language=language,
        encoding=encoding_code(size),
        segments=size.segments,
        status="delivered",
        provider_id=f"demo-link-{callback.id}",
        intent_key=f"quality-link:{callback.id}",
        created_at=at,
        sent_at=at + timedelta(seconds=2),
        delivered_at=at + timedelta(seconds=5),
    )
    session.add(message)
    session.flush()
    session.add(
        QualityLink(
            callback_id=callback.id,
            token=token,
            reason="asked" if asked else "unreached",
            version=1,
            message_id=message.id,
            sent_at=at,
            expires_at=at + LINK_LASTS,
        )
    )


def _answer(session: Session, callback: QualityCallback, chance: Random, at: datetime) -> None:
    need, level, suggestion = chance.choice(_SAID) if chance.random() < 0.4 else ("", "", "")
    callback.ended_at = at
    session.add(
        QualityInterview(
            callback_id=callback.id,
            rated_agent_id=callback.rated_agent_id,
            mode=MODE_LINK,
            interviewer_id=None,
            version=1,
            language=callback.language,
            settled=chance.choice(("yes", "yes", "partly", "no")),
            need=need,
            need_level=level,
            suggestion=suggestion,
            may_return=chance.random() < 0.5,
            outcome=Outcome.INTERVIEWED.value,
            at=at,
            **{name: chance.choices((1, 2, 3, 4, 5), _RATED)[0] for name in RATINGS},
        )
    )
