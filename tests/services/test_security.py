"""Passwords, sign-in, lock-out, sessions, people: against the real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from app.clock import frozen
from app.db import reading, transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import CLI, Event
from app.security import passwords, people, services, sessions
from app.security.models import User
from app.security.roles import PERMISSIONS, allows
from app.security.sessions import SignedIn

pytestmark = pytest.mark.usefixtures("database")

PASSWORD = "correct horse battery"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FROM = {"address": "198.51.100.7", "browser": "test"}


def _person(login: str = "ana", role: str = "agent") -> int:
    return people.create(login=login, display_name="Ana", role=role, actor=CLI, password=PASSWORD)[0]


def _user(user_id: int) -> User:
    with reading() as session:
        return session.get_one(User, user_id)


def _found(token: str, at: datetime) -> SignedIn | None:
    with reading() as session:
        return sessions.find(session, token, at=at, demo=False)


def _events(name: str) -> list[Event]:
    with reading() as session:
        return list(session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


def _fails(login: str, password: str) -> str:
    with pytest.raises(Invalid) as refused:
        services.sign_in(login, password, **FROM)
    return refused.value.message


def test_a_hash_is_argon2id_and_knows_its_password_from_any_keyboard() -> None:
    stored = passwords.hash_password("café über Ａ１")
    assert stored.startswith("$argon2id$")
    assert passwords.fits(stored, "cafe\u0301 u\u0308ber A1")  # decomposed accents, half-width letters
    assert not passwords.fits(stored, "cafe uber A1")
    assert not passwords.fits(None, "café über Ａ１")
    assert not passwords.fits("not a hash", "anything at all")


def test_an_old_hash_is_made_anew_at_sign_in() -> None:
    user_id = _person()
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with transaction() as session:
        session.get_one(User, user_id).password_hash = weak
    services.sign_in("ana", PASSWORD, **FROM)
    stored = _user(user_id).password_hash
    assert stored != weak and not passwords.is_outdated(stored)
    services.sign_in("ana", PASSWORD, **FROM)
    assert _user(user_id).password_hash == stored


@pytest.mark.parametrize("bad", ["short", "x" * 201, "aaaaaaaaaaaa", "password123", "ana.lopez-2026"])
def test_a_password_that_is_guessed_quickly_is_refused(bad: str) -> None:
    assert passwords.objection(bad, login="ana.lopez")
    assert not passwords.objection("寒山月照一溪云水到天明", login="ana.lopez")


def test_unknown_wrong_closed_and_locked_read_the_same() -> None:
    user_id = _person()
    said = {_fails("nobody", PASSWORD), _fails("a b\0'--", PASSWORD), _fails("ana", "wrong password")}
    with transaction() as session:
        session.get_one(User, user_id).active = False
    said.add(_fails("ana", PASSWORD))
    assert len(said) == 1
    assert [(event.subject_id, event.reason) for event in _events("user.sign_in_failed")] == [
        (0, "unknown"),
        (0, "unknown"),
        (user_id, ""),
    ]
    assert [event.reason for event in _events("user.sign_in_refused")] == ["inactive"]


def test_five_wrong_tries_lock_and_the_lock_backs_off() -> None:
    user_id = _person()
    with frozen(NOON):
        for _try in range(5):
            _fails("ana", "wrong password")
        assert _user(user_id).locked_until == NOON + timedelta(seconds=30)
        _fails("ana", PASSWORD)
    with frozen(NOON + timedelta(seconds=31)):
        _fails("ana", "wrong password")
        assert _user(user_id).locked_until == NOON + timedelta(seconds=91)
    with frozen(NOON + timedelta(seconds=92)):
        services.sign_in("ana", PASSWORD, **FROM)
    assert (_user(user_id).failed_sign_ins, _user(user_id).locked_until) == (0, None)
    assert len(_events("user.locked")) == 2


def test_parallel_wrong_tries_count_each() -> None:
    user_id = _person()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: _fails("ana", "wrong password"), range(4)))
    assert _user(user_id).failed_sign_ins == 4


def test_a_session_ends_by_idling_and_by_age_and_activity_puts_off_the_first() -> None:
    _person()
    with frozen(NOON):
        token = services.sign_in("ana", PASSWORD, **FROM)
    assert _found(token, NOON + timedelta(minutes=119)) is not None
    assert _found(token, NOON + timedelta(minutes=121)) is None
    for hour in range(1, 12):
        with transaction() as session:
            sessions.mark_seen(session, sessions.hash_of(token), at=NOON + timedelta(hours=hour))
    assert _found(token, NOON + timedelta(hours=11, minutes=59)) is not None
    assert _found(token, NOON + timedelta(hours=12, seconds=1)) is None


def test_the_database_holds_no_token() -> None:
    _person()
    token = services.sign_in("ana", PASSWORD, **FROM)
    with reading() as session:
        stored = session.scalars(select(sessions.UserSession.token_hash)).one()
    assert stored == sessions.hash_of(token) != token


def test_signing_in_again_ends_the_session_that_the_browser_had() -> None:
    _person()
    first = services.sign_in("ana", PASSWORD, **FROM)
    second = services.sign_in("ana", PASSWORD, replacing=first, **FROM)
    later = datetime.now(UTC)
    assert _found(first, later) is None and _found(second, later) is not None


def test_a_new_password_ends_all_other_sessions() -> None:
    user_id = _person()
    here, there = (services.sign_in("ana", PASSWORD, **FROM) for _browser in range(2))
    services.change_password(
        user_id, sessions.hash_of(here), current=PASSWORD, new="a better one by far", again="a better one by far"
    )
    later = datetime.now(UTC)
    assert _found(here, later) is not None and _found(there, later) is None
    _fails("ana", PASSWORD)
    services.sign_in("ana", "a better one by far", **FROM)


def test_a_stolen_session_is_no_place_to_guess_the_password() -> None:
    user_id = _person()
    here = sessions.hash_of(services.sign_in("ana", PASSWORD, **FROM))
    for _try in range(5):
        with pytest.raises(Invalid) as refused:
            services.change_password(user_id, here, current="wrong one", new="a better one", again="a better one")
        assert "current" in refused.value.fields
    with pytest.raises(Invalid):
        services.change_password(user_id, here, current=PASSWORD, new="a better one", again="a better one")
    assert passwords.fits(_user(user_id).password_hash, PASSWORD)


def test_of_two_first_administrators_one_is_made() -> None:
    def race(login: str) -> bool:
        try:
            services.set_up(login=login, display_name="A", password=PASSWORD, again=PASSWORD, **FROM)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(race, ["one", "two", "three", "four"]))
    assert made.count(True) == 1
    assert people.listing().total == 1
    assert not services.needs_set_up()


def test_the_last_administrator_stays_even_when_two_demote_each_other() -> None:
    ids = [_person("ada", "administrator"), _person("ben", "administrator")]

    def demote(user_id: int) -> bool:
        try:
            people.edit(user_id, display_name="X", role="agent", active=True, actor=CLI)
        except (Invalid, Conflict):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, ids)) == [False, True]
    assert people.listing(role="administrator").total == 1


def test_a_new_role_ends_open_sessions_and_is_written_down() -> None:
    user_id = _person()
    token = services.sign_in("ana", PASSWORD, **FROM)
    people.edit(user_id, display_name="Ana", role="supervisor", active=True, actor=CLI)
    assert _found(token, datetime.now(UTC)) is None
    (event,) = _events("user.changed")
    assert event.before is not None and event.after is not None
    assert (event.before["role"], event.after["role"]) == ("agent", "supervisor")


def test_a_reset_password_unlocks_and_must_be_changed() -> None:
    user_id = _person()
    for _try in range(5):
        _fails("ana", "wrong password")
    first = people.reset_password(user_id, actor=CLI)
    services.sign_in("ana", first, **FROM)
    assert _user(user_id).must_change_password


def test_demo_people_get_in_only_where_the_demo_is_served() -> None:
    user_id = _person()
    with transaction() as session:
        session.get_one(User, user_id).demo = True
    token = services.sign_in("ana", PASSWORD, demo=True, **FROM)
    _fails("ana", PASSWORD)
    assert _found(token, datetime.now(UTC)) is None
    assert services.needs_set_up(demo=False) and not services.needs_set_up(demo=True)


@pytest.mark.parametrize(
    ("login", "name", "role", "field"),
    [
        ("a b", "Ana", "agent", "login"),
        ("ana\u0130", "Ana", "agent", "login"),
        ("ana", " \t\u0000 ", "agent", "display_name"),
        ("ana", "😀" * 121, "agent", "display_name"),
        ("ana", "Ana", "emperor", "role"),
    ],
)
def test_entries_that_will_not_do_are_named(login: str, name: str, role: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        people.create(login=login, display_name=name, role=role, actor=CLI)
    assert list(refused.value.fields) == [field]


def test_a_login_is_given_once() -> None:
    _person("ana")
    with pytest.raises(Invalid) as refused:
        _person("ANA ")
    assert list(refused.value.fields) == ["login"]


def test_searching_people_takes_signs_as_they_are() -> None:
    _person("ana_1")
    _person("ana-1")
    assert people.listing(query="a_1").total == 1
    assert people.listing(query="%").total == 0
    assert people.listing(query="\0", page=-3).page == 1


def test_a_permission_that_does_not_exist_is_a_mistake_not_a_no() -> None:
    assert allows("agent", "desk.use") and not allows("read_only", "desk.use")
    with pytest.raises(KeyError):
        allows("administrator", "desk.uze")
    assert all(roles for roles in PERMISSIONS.values())
