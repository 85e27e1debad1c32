"""The demo organisation: complete, findable, routable, and only ever put into an empty desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clock import frozen, now
from app.customers.listing import find_customers
from app.customers.lookup import find_by_number
from app.customers.models import Customer, Interaction
from app.customers.pop import pop
from app.customers.timeline import timeline
from app.db import engine, reading
from app.demo.people import AGENTS, PEOPLE, login_of
from app.demo.seed import PASSWORD, seed_demo
from app.demo.showcase import SWITCHBOARD
from app.domain.sms_text import measure, render
from app.errors import Conflict
from app.messages.models import SmsTemplate
from app.queues.hours import hours_of
from app.queues.models import Certificate, Queue
from app.security.models import User
from app.security.services import sign_in
from tests.fixtures.desk import offer_of, ring_in, route, sit_down
from tests.fixtures.emptying import empty

AMELIA = "+447700900318"


def test_everybody_signs_in_with_the_demo_password(app: Flask) -> None:
    seed_demo()
    with app.test_request_context():
        for person in PEOPLE:
            assert sign_in(login_of(person.login), PASSWORD, address="::1", browser="test", demo=True)
    with reading() as session:
        users = session.scalars(select(User)).all()
    assert len(users) == len(PEOPLE)
    assert all(user.demo and not user.must_change_password for user in users)
    assert len(AGENTS) == 12


def test_a_second_seed_is_refused_and_changes_nothing(app: Flask) -> None:
    seed_demo()
    with pytest.raises(Conflict):
        seed_demo()
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == len(PEOPLE)


FINDABLE = {
    "amelia": "Amelia Hart",
    "07700 900318": "Amelia Hart",
    "陈思雨": "陈思雨",
    "陳思雨": "陈思雨",
    "茶叶行": "晨霧茶葉行",
}


def test_customers_are_found(app: Flask) -> None:
    seed_demo()
    with reading() as session:
        found = {query: [row.customer.name for row in find_customers(session, query).rows] for query in FINDABLE}
        assert {query for query, name in FINDABLE.items() if name not in found[query]} == set()
        assert session.scalar(select(func.count()).where(Customer.demo.is_(False))) == 0


def test_no_agent_ever_spoke_with_two_at_once_and_only_the_certified_spoke(app: Flask) -> None:
    seed_demo()
    with reading() as session:
        rows = session.execute(
            select(Interaction.agent_id, Interaction.queue_id, Interaction.started_at, Interaction.ended_at)
            .where(Interaction.outcome.in_(("answered", "transferred")))
            .order_by(Interaction.agent_id, Interaction.started_at)
        ).all()
        certified = {
            (row.agent_id, row.queue_id)
            for row in session.execute(
                select(Certificate).where(Certificate.revoked_at.is_(None), Certificate.expires_on >= now().date())
            ).scalars()
        }
    assert len(rows) > 500
    for earlier, later in pairwise(rows):
        assert earlier.agent_id != later.agent_id or earlier.ended_at <= later.started_at
    assert max(row.ended_at for row in rows) <= now()
    assert {(row.agent_id, row.queue_id) for row in rows} <= certified


def test_every_kind_of_ending_is_there(app: Flask) -> None:
    seed_demo()
    with reading() as session:
        found = dict(session.execute(select(Interaction.outcome, func.count()).group_by(Interaction.outcome)).all())
    assert {"answered", "missed", "declined", "abandoned", "short_abandon", "transferred"} <= found.keys()
    assert found["answered"] > 10 * found["missed"]


def test_two_seeds_give_the_same_desk(app: Flask, database: str) -> None:
    def picture() -> list[tuple[object, ...]]:
        with reading() as session:
            columns = (Interaction.outcome, Interaction.agent_id, Interaction.talk_s, Interaction.note)
            return [tuple(row) for row in session.execute(select(*columns).order_by(Interaction.id))]

    with frozen(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        seed_demo()
        first = picture()
        with engine().begin() as connection:
            empty(connection)
        seed_demo()
    assert first == picture()


def test_profiles_show_what_they_are_there_for(app: Flask) -> None:
    seed_demo()
    with app.test_request_context(), reading() as session:
        kinds = {entry.kind for entry in timeline(session, find_by_number(session, AMELIA)[0].id, limit=100)}
        amelia = pop(session, number=AMELIA)
        shared = pop(session, number=SWITCHBOARD)
        stopped = pop(session, number="+447700900404")
    codes = [warning["code"] for warning in amelia["before_you_speak"]]
    assert {"special_requirements", "repeat_contact", "parcel_trouble"} <= set(codes)
    assert amelia["customer"]["pinned_note"]["author"] == "Marcus Webb"
    assert {"call", "sms", "consent"} <= kinds
    assert shared["customer"] is None
    assert len(shared["candidates"]) == 3
    assert stopped["customer"]["sms_opted_out"]


def test_texts_can_be_filled_in_by_wrap_up_and_english_ones_fit_one_part(app: Flask) -> None:
    seed_demo()
    values = {"name": "Amelia Hart", "agent": "Priya", "reference": "C-100001"}
    with reading() as session:
        templates = session.scalars(select(SmsTemplate)).all()
    assert {t.language for t in templates} == {"en", "zh_Hans", "zh_Hant"}
    for template in templates:
        text = render(template.body, values)
        assert template.language != "en" or measure(text).segments == 1


def test_the_trainee_is_in_line_but_offered_nothing(app: Flask) -> None:
    seed_demo()
    with reading() as session:
        ids = dict(session.execute(select(User.login, User.id)).all())
    trainee = sit_down(ids[login_of("oliver")])
    ring_in("track_parcel")
    route()
    assert offer_of(trainee.agent_id) is None
    agent = sit_down(ids[login_of("noah")])
    route()
    assert offer_of(agent.agent_id) is not None


def test_commands_seed_once_and_list_the_logins(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "no demo people" in runner.invoke(args=["demo", "logins"]).output
    assert runner.invoke(args=["demo", "seed"]).exit_code == 0
    listed = runner.invoke(args=["demo", "logins"]).output
    assert PASSWORD in listed
    assert all(login_of(person.login) in listed for person in PEOPLE)
    again = runner.invoke(args=["demo", "seed"])
    assert again.exit_code == 1
    assert "Somebody exists here already" in again.output


def test_all_lines_but_one_are_open_at_any_hour(app: Flask) -> None:
    seed_demo()
    night = datetime(2026, 11, 22, 3, tzinfo=UTC)  # a Sunday
    with reading() as session:
        queues = {queue.code: queue for queue in session.scalars(select(Queue))}
        hours = hours_of(session, list(queues.values()), night)
        monday = hours_of(session, list(queues.values()), night + timedelta(days=1, hours=9))
    closed = {code for code, queue in queues.items() if not hours[queue.id].open}
    assert closed == {"pickup_orders"}
    assert all(each.open for each in monday.values())
    overflow = queues["chinese_hotline"]
    assert overflow.overflow_queue_id == queues["where_is_my_parcel"].id
