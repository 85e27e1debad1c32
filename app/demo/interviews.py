"""What the customers of last month's draw answered in the demo: enough to see that five answers say little of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.models import Customer, Interaction
from app.demo.past_callbacks import add_past_callback, add_past_interview
from app.domain.quality_call import RATINGS, Outcome
from app.draws.models import DrawMember
from app.quality.models import QualityCallback
from app.quality.rules import quality_queue

#: Weights of the ratings 1 to 5, and how often a customer refuses or is never reached.
_RATED = (2, 5, 17, 42, 34)
_LOST = 0.18
#: (need, its level, suggestion): what some of them said.
_SAID = (
    ("Choose the hour of delivery, not just the day.", "expected", ""),
    ("", "", "Say on the phone what happens next, and when."),
    ("一个可以晚上取件的地方。", "beyond", ""),
    ("", "", "司機先打個電話就好了。"),
    ("A photo of where the parcel was left.", "basic", "Answer the first mail instead of the third."),
)


def add_interviews(session: Session, people: Mapping[str, int], *, chance: Random, moment: datetime) -> None:
    """Call the members of the newest draw in its order until five of each agent have answered. Participant.

    `people` is short name -> user id; "hanne" rings.
    """
    members = session.scalars(
        select(DrawMember)
        .where(DrawMember.place.is_not(None))
        .order_by(DrawMember.agent_id, DrawMember.part, DrawMember.place)
    ).all()
    by_agent: dict[int, list[DrawMember]] = defaultdict(list)
    for member in members:
        by_agent[member.agent_id].append(member)
    asked = set(session.scalars(select(QualityCallback.customer_id)))
    for own in by_agent.values():
        wanted = sum(member.part == "primary" for member in own)
        for member in own:
            if not wanted:
                break
            if member.customer_id in asked:
                continue
            asked.add(member.customer_id)
            outcome = (
                Outcome.INTERVIEWED if chance.random() > _LOST else chance.choice([Outcome.REFUSED, Outcome.NO_ANSWER])
            )
            _call(session, member, outcome, people["hanne"], chance=chance, moment=moment)
            wanted -= outcome is Outcome.INTERVIEWED


def _call(
    session: Session, member: DrawMember, outcome: Outcome, interviewer: int, *, chance: Random, moment: datetime
) -> None:
    contact = session.get_one(Interaction, member.interaction_id)
    customer = session.get_one(Customer, member.customer_id)
    at = moment - timedelta(days=chance.randint(2, 12), minutes=chance.randint(0, 500))
    callback = add_past_callback(
        session,
        contact,
        customer,
        outcome,
        source="draw",
        queue_id=quality_queue(session).id,
        interviewer=interviewer,
        at=at,
        chance=chance,
    )
    if outcome is Outcome.INTERVIEWED:
        need, level, suggestion = chance.choice(_SAID) if chance.random() < 0.3 else ("", "", "")
        ratings = {name: chance.choices((1, 2, 3, 4, 5), _RATED)[0] for name in RATINGS}
        add_past_interview(
            session,
            callback,
            interviewer=interviewer,
            settled=chance.choice(("yes", "yes", "yes", "partly", "no")),
            ratings=ratings,
            need=need,
            need_level=level,
            suggestion=suggestion,
        )
