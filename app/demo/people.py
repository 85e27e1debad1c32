"""The demo organisation's staff: who they are, what they can do, and whom the certificate gate keeps out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.agents.models import Agent, AgentSkill
from app.demo.organisation import Organisation
from app.eventlog import CLI, record_event
from app.queues.models import Certificate, QueueMember
from app.security.models import User

#: Every login is a short name at this domain, which no real address has.
DOMAIN = "@demo"

PARCEL, COMPLAINTS, PICKUP, HOTLINE = "where_is_my_parcel", "complaints", "pickup_orders", "chinese_hotline"
QUALITY = "quality_calls"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in; with `queues` or `skills` they take calls."""

    login: str
    display_name: str
    role: str = "agent"
    public_name: str = ""
    team: str = ""
    #: Language of the screens; empty follows the browser.
    screens: str = ""
    #: Skill or language code -> level 1..5.
    skills: dict[str, int] = field(default_factory=dict)
    #: Queue code -> state of the certificate: "valid", "ends_soon", "expired", "revoked" or "none".
    queues: dict[str, str] = field(default_factory=dict)


def _certified(*queues: str, **others: str) -> dict[str, str]:
    return {**dict.fromkeys(queues, "valid"), **others}


AGENTS: tuple[Person, ...] = (
    Person(
        "priya", "Priya Nair", public_name="Priya", team="Harbour",
        skills={"en": 5, "complaint_handling": 4, "key_accounts": 4},
        queues=_certified(PARCEL, COMPLAINTS, PICKUP),
    ),
    Person(
        "noah", "Noah Kim", public_name="Noah", team="Harbour",
        skills={"en": 5, "complaint_handling": 2},
        queues=_certified(PARCEL, PICKUP),
    ),
    Person(
        "ruth", "Ruth Cohen", public_name="Ruth", team="Harbour",
        skills={"en": 5, "complaint_handling": 5, "key_accounts": 3},
        queues=_certified(PARCEL, COMPLAINTS),
    ),
    Person(
        "lina", "李娜 Li Na", public_name="李娜", team="Lantern",
        skills={"en": 4, "zh_Hans": 5, "zh_Hant": 3, "complaint_handling": 3},
        queues=_certified(PARCEL, COMPLAINTS, HOTLINE),
    ),
    Person(
        "marcus", "Marcus Webb", public_name="Marcus", team="Harbour",
        skills={"en": 5, "complaint_handling": 4},
        queues=_certified(PARCEL, COMPLAINTS),
    ),
    Person(
        "weijie", "陈伟杰 Chen Weijie", public_name="伟杰", team="Lantern",
        skills={"en": 3, "zh_Hans": 5, "zh_Hant": 2, "customs": 4},
        queues=_certified(PARCEL, PICKUP, HOTLINE),
    ),
    Person(
        "yating", "林雅婷 Lin Ya-Ting", public_name="雅婷", team="Lantern",
        skills={"en": 4, "zh_Hans": 4, "zh_Hant": 5, "complaint_handling": 3, "key_accounts": 4},
        queues=_certified(PARCEL, COMPLAINTS, HOTLINE),
    ),
    Person(
        "grace", "Grace Wanjiru Kamau", public_name="Grace", team="Harbour",
        skills={"en": 5, "complaint_handling": 3, "customs": 3},
        queues=_certified(PARCEL, PICKUP, **{COMPLAINTS: "revoked"}),
    ),
    Person(
        "tomasz", "Tomasz Wójcik", public_name="Tomasz", team="Harbour",
        skills={"en": 4, "customs": 5},
        queues=_certified(PICKUP, **{PARCEL: "expired"}),
    ),
    Person(
        "siuman", "黃小敏 Wong Siu Man", public_name="小敏", team="Lantern",
        skills={"en": 4, "zh_Hans": 3, "zh_Hant": 5, "complaint_handling": 3},
        queues=_certified(PARCEL, HOTLINE, **{COMPLAINTS: "expired"}),
    ),
    Person(
        "ines", "Inês Carvalho", public_name="Inês", team="Lantern",
        skills={"en": 4, "customs": 2},
        queues=_certified(PICKUP, **{PARCEL: "ends_soon"}),
    ),
    Person(
        # The trainee: a member of two queues, certified for none, and so never offered a call.
        "oliver", "Oliver Grant", public_name="Oliver", team="Lantern",
        skills={"en": 5},
        queues={PARCEL: "none", PICKUP: "none"},
    ),
)  # fmt: skip

STAFF: tuple[Person, ...] = (
    Person(
        "mei", "陳美 Mei Tan", role="supervisor", public_name="Mei", team="Lantern",
        skills={"en": 5, "zh_Hans": 5, "zh_Hant": 5, "complaint_handling": 5, "key_accounts": 5},
        queues=_certified(PARCEL, COMPLAINTS, PICKUP, HOTLINE),
    ),
    Person(
        "diego", "Diego Fuentes", role="supervisor", public_name="Diego", team="Harbour",
        skills={"en": 5, "complaint_handling": 5, "customs": 4},
        queues=_certified(PARCEL, COMPLAINTS, PICKUP),
    ),
    Person(
        "hanne", "Hanne Brandt", role="quality", public_name="Hanne", team="Compass",
        skills={"en": 5, "zh_Hans": 4, "zh_Hant": 4},
        queues=_certified(QUALITY),
    ),
    Person("sam", "Sam Whitfield", role="administrator"),
    Person("aisha", "Aisha Rahman", role="read_only"),
)  # fmt: skip

PEOPLE = AGENTS + STAFF

#: State of a certificate -> (days since it was granted, days until it ends).
_SPANS = {"valid": (190, 175), "ends_soon": (355, 10), "expired": (385, -20), "revoked": (190, 175)}


def login_of(name: str) -> str:
    """The login of the person with that short name."""
    return name + DOMAIN


def add_people(session: Session, organisation: Organisation, *, password_hash: str, moment: datetime) -> dict[str, int]:
    """Short name -> user id of everybody, written with skills, memberships and certificates."""
    users = [
        User(
            login=login_of(person.login), display_name=person.display_name, role=person.role, language=person.screens,
            password_hash=password_hash, demo=True, created_at=moment - timedelta(days=400),
        )
        for person in PEOPLE
    ]  # fmt: skip
    session.add_all(users)
    session.flush()
    ids = {person.login: user.id for person, user in zip(PEOPLE, users, strict=True)}
    for user in users:
        after = {"login": user.login, "role": user.role}
        record_event(session, "user.created", "user", user.id, actor=CLI, reason="demo", after=after)
    takers = [person for person in PEOPLE if person.queues]
    session.add_all(
        Agent(
            id=ids[person.login], team_id=organisation.teams[person.team], public_name=person.public_name, max_voice=1,
            # Somebody has to be first: whoever is named last has been idle for longest.
            idle_since=moment - timedelta(minutes=5 + position),
            intent_since=moment,
        )
        for position, person in enumerate(takers)
    )  # fmt: skip
    session.flush()
    for person in takers:
        agent = ids[person.login]
        session.add_all(
            AgentSkill(agent_id=agent, skill_id=organisation.skills[code], level=level)
            for code, level in person.skills.items()
        )
        session.add_all(QueueMember(agent_id=agent, queue_id=organisation.queues[code]) for code in person.queues)
        session.add_all(
            _certificate(agent, organisation.queues[code], state, ids["mei"], moment)
            for code, state in person.queues.items()
            if state != "none"
        )
    session.flush()
    return ids


def _certificate(agent_id: int, queue_id: int, state: str, granted_by: int, moment: datetime) -> Certificate:
    today: date = moment.date()
    since, left = _SPANS[state]
    revoked = state == "revoked"
    return Certificate(
        agent_id=agent_id, queue_id=queue_id, granted_by=granted_by,
        granted_on=today - timedelta(days=since), expires_on=today + timedelta(days=left),
        revoked_at=moment - timedelta(days=3) if revoked else None,
        note="Refresher course first." if revoked else "",
    )  # fmt: skip
