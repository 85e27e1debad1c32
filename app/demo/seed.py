"""Filling an empty desk with the demo organisation, in one transaction."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import exists, func, insert, select

from app.clock import now
from app.customers.models import Interaction
from app.db import transaction
from app.demo.coaching import add_coaching
from app.demo.customers import add_customers
from app.demo.draw import add_last_draw
from app.demo.history import Desk, draw_contacts
from app.demo.integrations import add_webhook
from app.demo.interviews import add_interviews
from app.demo.links import add_links
from app.demo.needs import add_needs
from app.demo.organisation import add_organisation
from app.demo.past_quality import add_past_interviews
from app.demo.people import add_people
from app.demo.quality import add_quality_callbacks
from app.demo.questions import add_draft
from app.demo.requests import add_requests
from app.demo.sounds import add_recordings
from app.demo.texting import add_messages
from app.demo.training import add_roads
from app.draws.frame import month
from app.draws.services import period_of
from app.errors import Conflict
from app.security import passwords
from app.security.models import User
from app.security.services import DEMO_PASSWORD, SET_UP_LOCK
from config import load_settings

PASSWORD = DEMO_PASSWORD
#: The same desk every time; only the dates follow the day of the seeding.
SEED = 20261


def seed_demo() -> None:
    """Write the demo organisation into a desk where nobody exists yet.

    Raises:
        Conflict: there are people already; nothing was changed.
    """
    settings = load_settings()
    # One hash for all: their password is public anyway, and each hash costs time on purpose.
    password_hash, moment = passwords.hash_password(PASSWORD), now()
    chance = Random(SEED)  # noqa: S311 - demo data, and the same every time
    with transaction() as session:
        session.execute(select(func.pg_advisory_xact_lock(SET_UP_LOCK)))
        if session.scalar(select(exists(select(User.id)))):
            raise Conflict("Somebody exists here already, so no demo data was added.", code="not_empty")
        organisation = add_organisation(session, moment.date())
        people = add_people(session, organisation, password_hash=password_hash, moment=moment)
        customers = add_customers(session, people, chance=chance, moment=moment)
        desk = Desk(chance, organisation, people)
        desk.play(draw_contacts(chance, customers, moment))
        session.execute(insert(Interaction), sorted(desk.rows, key=lambda row: row["started_at"]))
        add_recordings(session, [organisation.queues["complaints"]], moment=moment)
        add_messages(
            session, desk.talks, customers, organisation=organisation, people=people, chance=chance, moment=moment
        )
        add_requests(session, people, organisation, moment=moment)
        add_webhook(session, moment=moment)
        add_quality_callbacks(session, moment=moment)
        add_last_draw(session, people, zone=settings.time_zone, secret=settings.secret_key, moment=moment)
        add_interviews(session, people, chance=chance, moment=moment)
        add_links(session, chance=Random(SEED), moment=moment)  # noqa: S311 - as above
        add_needs(session, people, moment=moment)
        add_draft(session, people, moment=moment)
        add_coaching(session, people, zone=settings.time_zone, moment=moment)
        last_month = period_of(moment.replace(day=1) - timedelta(days=10), settings.time_zone)
        add_past_interviews(
            session,
            people,
            chance=Random(SEED + 1),  # noqa: S311 - as above
            before=month(last_month, settings.time_zone)[0],
        )
        add_roads(session, people, organisation.queues, moment=moment)
