"""The demo organisation: complete, findable, routable, and only ever put into an empty desk."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.customers.listing import find_customers
from app.customers.models import Customer
from app.db import reading
from app.demo.people import AGENTS, PEOPLE, login_of
from app.demo.seed import PASSWORD, seed_demo
from app.errors import Conflict
from app.security.models import User
from app.security.services import sign_in


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


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("amelia", "Amelia Hart"),
        ("07700 900318", "Amelia Hart"),
        ("陈思雨", "陈思雨"),
        ("陳思雨", "陈思雨"),
        ("茶叶行", "晨霧茶葉行"),
    ],
)
def test_customers_are_found(app: Flask, query: str, name: str) -> None:
    seed_demo()
    with reading() as session:
        assert name in [row.customer.name for row in find_customers(session, query).rows]
        assert session.scalar(select(func.count()).where(Customer.demo.is_(False))) == 0
