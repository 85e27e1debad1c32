"""Eight weeks of contacts as a small desk would have had them: in order of time, one caller per agent at once.

Shapes: waiting and patience are exponential, talks and after-call work log-normal, days and hours have their
peaks. The rows stand for themselves, without work items and reservations: nothing here was ever routed, and figures
of live work shall not count it.
"""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from app.demo.customers import Written
from app.demo.organisation import Organisation
from app.demo.people import PEOPLE, Person
from app.demo.stories import SHARES, STORIES, Story

WEEKS = 8
CONTACTS = 860
#: Clock of the desk, and how its contacts lie over the hours and the days from Monday on.
DESK_CLOCK = ZoneInfo("Europe/London")
OPENS_AT = 8
_HOURS = (5, 9, 12, 12, 9, 7, 9, 11, 10, 7, 5, 4)
_DAYS = (12, 10, 9, 9, 10, 4, 1)
_STRANGERS = 0.05
_RING_S = 20


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody calls. What is given beforehand is not drawn."""

    at: datetime
    #: Nobody for a stranger.
    customer: Written | None
    number: str
    language: str
    topic: str
    story: Story | None = None
    agent: str = ""
    gives_up_s: int | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A contact that was answered, for the SMS that follow it."""

    contact: Contact
    contact_id: str
    agent: Person
    story: Story
    ended_at: datetime


def draw_contacts(chance: Random, customers: list[Written], moment: datetime) -> list[Contact]:
    """Who called when about what, oldest first; nothing lies in the future."""
    reachable = [one for one in customers if one.number]
    weights = [one.portrait.weight for one in reachable]
    today = moment.astimezone(DESK_CLOCK).date()
    days = [today - timedelta(days=back) for back in range(WEEKS * 7)]
    drawn = []
    for number in range(CONTACTS):
        at = _moment(chance, chance.choices(days, [_DAYS[day.weekday()] for day in days])[0])
        if at > moment - timedelta(hours=1):
            continue
        customer = chance.choices(reachable, weights)[0]
        # A profile cannot remember what was before it.
        if at < moment - timedelta(days=365.25 * customer.portrait.years):
            continue
        language = customer.portrait.language
        topic = _pick(chance, SHARES[language])
        if chance.random() < _STRANGERS:
            withheld = chance.random() < 0.5
            drawn.append(Contact(at, None, "" if withheld else f"+447700900{800 + number % 100}", language, topic))
        else:
            drawn.append(Contact(at, customer, customer.number, language, topic))
    drawn += _scripted(customers, moment)
    return sorted(drawn, key=lambda contact: contact.at)


def _moment(chance: Random, day: date) -> datetime:
    hour = OPENS_AT + chance.choices(range(len(_HOURS)), _HOURS)[0]
    clock = time(hour, chance.randrange(60), chance.randrange(60))
    return datetime.combine(day, clock, DESK_CLOCK).astimezone(UTC)


def _scripted(customers: list[Written], moment: datetime) -> Iterable[Contact]:
    """The contacts that the hand-made customers are there to show."""
    named = {one.portrait.name: one for one in customers}

    def of(name: str, hours: float, topic: str, **more: Any) -> Contact:
        one = named[name]
        return Contact(moment - timedelta(hours=hours), one, one.number, one.portrait.language, topic, **more)

    lamp = "Asked where the order is; told two working days."
    yield of("Amelia Hart", 141, "track_parcel", agent="priya", story=Story(lamp, "information_given", "during", ""))
    gone = "Desk lamp marked delivered, nobody at no. 14 signed. Complaint opened."
    yield of("Amelia Hart", 68, "not_received", agent="noah",
             story=Story(gone, "complaint_opened", "after", "complaint_received"))  # fmt: skip
    trace = "Third call about the lamp. Wants a replacement, not a refund. Promised a call-back by 17:00."
    yield of("Amelia Hart", 17, "late_parcel", agent="ruth",
             story=Story(trace, "callback_promised", "after", "callback_promised"))  # fmt: skip
    yield of("Tomás Rivera", 3, "damaged_parcel", gives_up_s=96)
    stroller = "婴儿推车显示已送达但没收到，已联系上海站点核实，今天回电。"
    yield of("陈思雨", 19, "chinese_parcel", agent="lina",
             story=Story(stroller, "callback_promised", "after", "callback_promised"))  # fmt: skip
    cold = "Insulin box scanned late. Depot confirms it stayed in the cold room."
    yield of("Northgate Medical Supplies", 43, "track_parcel", agent="priya",
             story=Story(cold, "resolved", "during", "parcel_status"))  # fmt: skip
    tea = "節前加量，預約後天兩次取件。"
    yield of("晨霧茶葉行", 47, "chinese_pickup", agent="yating",
             story=Story(tea, "pickup_booked", "before", "pickup_confirmed"))  # fmt: skip


class Desk:
    """Who is free when: plays the contacts through and writes down what the profiles remember."""

    def __init__(self, chance: Random, organisation: Organisation, people: dict[str, int]) -> None:
        self.rows: list[dict[str, Any]] = []
        self.talks: list[Talk] = []
        self._chance, self._organisation, self._ids = chance, organisation, people
        self._free_at: dict[str, datetime] = {}
        self._taken: Counter[str] = Counter()

    def play(self, contacts: Iterable[Contact]) -> None:
        """Take every contact, in order of time."""
        for contact in contacts:
            self._take(contact)

    def _take(self, contact: Contact) -> None:
        queue = self._organisation.queue_of_topic[contact.topic]
        contact_id = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        agents = self._who_may(queue, contact)
        wait = timedelta(seconds=1 + round(self._chance.expovariate(1 / 13)))
        first_free = min(self._free_at.get(agent.login, contact.at) for agent in agents)
        answer_at = max(contact.at + wait, first_free + timedelta(seconds=2))
        free = [agent for agent in agents if self._free_at.get(agent.login, contact.at) <= answer_at]
        if len(free) > 1 and not contact.agent and self._chance.random() < 0.07:
            answer_at = self._refused_offer(contact, contact_id, queue, free, answer_at)
        patience = 2 + round(self._chance.expovariate(1 / 260)) if contact.story is None else 10_000
        if contact.gives_up_s is not None:
            patience = contact.gives_up_s
        if patience < (answer_at - contact.at).total_seconds() or contact.gives_up_s is not None:
            self._given_up(contact, contact_id, queue, patience)
            return
        agent = min(free, key=lambda one: (one.login != self._preferred(contact), self._taken[one.login]))
        self._talk(contact, contact_id, queue, agent, answer_at)

    def _who_may(self, queue: str, contact: Contact) -> list[Person]:
        if contact.agent:
            return [person for person in PEOPLE if person.login == contact.agent]
        certified = [p for p in PEOPLE if p.role == "agent" and p.queues.get(queue) in ("valid", "ends_soon")]
        return [p for p in certified if contact.language in p.skills] or certified

    def _preferred(self, contact: Contact) -> str:
        return contact.customer.portrait.preferred if contact.customer else ""

    def _refused_offer(
        self, contact: Contact, contact_id: str, queue: str, free: list[Person], offered_at: datetime
    ) -> datetime:
        """The offer nobody took first; the moment at which another agent got it."""
        agent = free.pop(self._chance.randrange(len(free)))
        declined = self._chance.random() < 0.3
        passed = offered_at + timedelta(seconds=self._chance.randint(2, 8) if declined else _RING_S)
        self._free_at[agent.login] = passed
        self._row(
            contact, contact_id, queue, outcome="declined" if declined else "missed", agent_id=self._ids[agent.login],
            started_at=offered_at, ended_at=passed, wait_s=_seconds(passed - contact.at),
        )  # fmt: skip
        return passed + timedelta(seconds=3)

    def _given_up(self, contact: Contact, contact_id: str, queue: str, patience: int) -> None:
        outcome = "short_abandon" if patience < 5 else "abandoned"
        if outcome == "abandoned" and contact.gives_up_s is None and self._chance.random() < 0.15:
            outcome = "abandoned_while_ringing"
        ended = contact.at + timedelta(seconds=patience)
        topics = [self._organisation.topics[contact.topic]]
        self._row(
            contact, contact_id, queue, outcome=outcome, started_at=contact.at, ended_at=ended, wait_s=patience,
            topic_ids=topics,
        )  # fmt: skip

    def _talk(self, contact: Contact, contact_id: str, queue: str, agent: Person, began: datetime) -> None:
        chance = self._chance
        story = contact.story or chance.choice(STORIES[contact.topic, contact.language])
        hold = chance.randint(15, 120) if chance.random() < 0.18 else 0
        talk = _long(chance, 190, 0.6, most=1800)
        acw = _long(chance, 34, 0.5, most=600)
        ended = began + timedelta(seconds=talk + hold)
        self._free_at[agent.login] = ended + timedelta(seconds=acw + 1)
        self._taken[agent.login] += 1
        handed_on = contact.story is None and queue == "where_is_my_parcel" and chance.random() < 0.06
        incomplete = contact.story is None and not handed_on and chance.random() < 0.01
        self._row(
            contact, contact_id, queue, outcome="transferred" if handed_on else "answered",
            agent_id=self._ids[agent.login], started_at=began, ended_at=ended,
            wait_s=_seconds(began - contact.at), talk_s=talk, hold_s=hold, acw_s=acw,
            disposition_id=None if incomplete else self._organisation.dispositions[
                "passed_on" if handed_on else story.ending
            ],
            topic_ids=[] if incomplete else [self._organisation.topics[contact.topic]],
            phase=None if incomplete else story.phase, note="" if incomplete else story.note, incomplete=incomplete,
        )  # fmt: skip
        if handed_on:
            self._handed_on(contact, contact_id, agent, ended)
        elif not incomplete:
            self.talks.append(Talk(contact, contact_id, agent, story, ended + timedelta(seconds=acw)))

    def _handed_on(self, contact: Contact, contact_id: str, by: Person, at: datetime) -> None:
        """The same contact, now with a colleague for complaints."""
        rest = replace(contact, at=at, topic="late_parcel")
        agents = [agent for agent in self._who_may("complaints", rest) if agent.login != by.login]
        agent = min(agents, key=lambda one: self._free_at.get(one.login, at))
        began = max(at + timedelta(seconds=12), self._free_at.get(agent.login, at) + timedelta(seconds=2))
        story = self._chance.choice(STORIES["late_parcel", contact.language])
        self._talk(replace(rest, story=story), contact_id, "complaints", agent, began)

    def _row(self, contact: Contact, contact_id: str, queue: str, **values: Any) -> None:
        self.rows.append(
            {
                "contact_id": contact_id, "customer_id": contact.customer.id if contact.customer else None,
                "channel": "voice", "direction": "inbound", "queue_id": self._organisation.queues[queue],
                "agent_id": None, "number": contact.number, "talk_s": 0, "hold_s": 0, "acw_s": 0,
                "disposition_id": None, "topic_ids": [], "phase": None, "note": "", "incomplete": False,
                **values,
            }
        )  # fmt: skip


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())


def _long(chance: Random, median: float, spread: float, *, most: int) -> int:
    return min(most, max(8, round(chance.lognormvariate(math.log(median), spread))))


def _pick(chance: Random, shares: dict[str, int]) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]
