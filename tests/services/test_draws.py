"""The monthly draw over the real database: nobody can steer it, everybody can replay it."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.customers.models import Interaction
from app.customers.services import NewPhone, ProfileFields, create_customer, record_consent
from app.db import reading, transaction
from app.domain.sampling import commitment, joint_beacon
from app.draws import queries, services
from app.draws.models import DrawAgent, DrawMember, DrawSecret, QualityDraw
from app.draws.replay import differences
from app.errors import Conflict, Invalid
from app.eventlog import CLI
from tests.fixtures.desk import create_agent, create_queue, create_user

ZONE, SECRET = "Asia/Taipei", "a secret of the house for tests, 32+"
MONTH = "2031-03"
MIDDLE = datetime(2031, 3, 14, 5, tzinfo=UTC)
#: 1 April, 02:00 in Taipei.
FREEZE = datetime(2031, 3, 31, 18, tzinfo=UTC)
RED, BLUE = "red-red-red-red-red", "blue-blue-blue-blue"
SALT = "ab" * 32


def customer(number: str = "") -> int:
    phones = [NewPhone(number)] if number else []
    return create_customer(ProfileFields(name=f"Kim {uuid.uuid4().hex[:6]}"), phones, actor=CLI)[0]


def serve(agent_id: int, customer_id: int, at: datetime = MIDDLE, **more: object) -> int:
    values = {"channel": "voice", "direction": "inbound", "outcome": "answered", "talk_s": 120} | more
    with transaction() as session:
        row = Interaction(
            contact_id=str(uuid.uuid4()), agent_id=agent_id, customer_id=customer_id, started_at=at, **values
        )
        session.add(row)
        session.flush()
        return row.id


def advance(moment: datetime) -> None:
    services.advance(moment, zone=ZONE, secret=SECRET)


def the_draw(number: int = 1) -> QualityDraw:
    with reading() as session:
        return queries.draw_of(session, MONTH, number)


def bind(draw_id: int) -> tuple[int, int]:
    """Both roles commit; ids of the two people."""
    mei, quinn = create_user(name="Mei"), create_user(name="Quinn")
    for role, user, secret in (("supervisor", mei, RED), ("quality", quinn, BLUE)):
        services.commit_secret(draw_id, role=role, user_id=user, salt=SALT, committed=commitment(secret, SALT))
    return mei, quinn


def members(draw_id: int) -> list[DrawMember]:
    with reading() as session:
        return list(session.scalars(select(DrawMember).where(DrawMember.draw_id == draw_id).order_by(DrawMember.id)))


def decided(draw_id: int) -> dict[int, list[int]]:
    """Customer -> contacts, of all agents, as it was decided at the freeze."""
    with reading() as session:
        rows = session.scalars(select(DrawAgent).where(DrawAgent.draw_id == draw_id)).all()
    return {customer_id: contacts for row in rows for customer_id, contacts in row.members}


@pytest.fixture
def agent(database: str) -> int:
    advance(MIDDLE)
    return create_agent(create_queue())


def number(place: int) -> str:
    return f"+4479460{place:05}"


def test_from_the_open_month_to_a_draw_that_replays(agent: int) -> None:
    customers = [customer(number(place)) for place in range(12)]
    for each in customers:
        serve(agent, each)
    again = serve(agent, customers[0], MIDDLE + timedelta(days=1))
    mei, quinn = bind(the_draw().id)
    advance(FREEZE - timedelta(seconds=1))
    assert the_draw().state == "open"
    advance(FREEZE)
    frozen = the_draw()
    assert (frozen.state, len(decided(frozen.id)), frozen.beacon) == ("frozen", 12, None)
    assert str(agent) not in (frozen.frame or "").replace(MONTH, "").split("|")
    services.reveal_secret(frozen.id, role="supervisor", user_id=mei, secret=RED)
    assert the_draw().state == "frozen"
    services.reveal_secret(frozen.id, role="quality", user_id=quinn, secret=BLUE)
    assert the_draw().beacon == joint_beacon({"supervisor": RED, "quality": BLUE})
    advance(FREEZE + timedelta(hours=7))
    drawn = the_draw()
    assert drawn.state == "drawn"
    found = members(drawn.id)
    primaries = sorted(each.place or 0 for each in found if each.part == "primary")
    reserves = sorted(each.place or 0 for each in found if each.part == "reserve")
    assert (primaries, reserves) == ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7])
    assert all(each.interaction_id in each.interaction_ids for each in found)
    assert again in next(each for each in found if each.customer_id == customers[0]).interaction_ids
    values = {"frame_sha256": drawn.frame_sha256 or "", "seed": drawn.seed or ""}
    result = drawn.result or ""
    assert differences(drawn.frame or "", drawn.beacon or "", result=result, **values) == []
    swapped = result.replace("|P1|", "|P9|")
    assert len(differences(drawn.frame or "", drawn.beacon or "", result=swapped, **values)) == 2
    assert differences(drawn.frame or "", "another", result=result, **values)
    with reading() as session:
        line = queries.lines(session, drawn.id)[0]
    assert (line.frame, line.primaries, line.reserves, line.odd) == (12, 5, 7, False)


def test_a_draw_waits_until_two_people_in_two_roles_are_bound(agent: int) -> None:
    serve(agent, customer(number(1)))
    draw_id, mei = the_draw().id, create_user(name="Mei")
    services.commit_secret(draw_id, role="supervisor", user_id=mei, salt=SALT, committed=commitment(RED, SALT))
    for role, user in (("supervisor", create_user(name="Sol")), ("quality", mei)):
        with pytest.raises(Conflict):
            services.commit_secret(draw_id, role=role, user_id=user, salt=SALT, committed=commitment(BLUE, SALT))
    advance(FREEZE + timedelta(days=2))
    assert the_draw().state == "open"
    quinn = create_user(name="Quinn")
    services.commit_secret(draw_id, role="quality", user_id=quinn, salt=SALT, committed=commitment(BLUE, SALT))
    with pytest.raises(Conflict):
        services.reveal_secret(draw_id, role="quality", user_id=quinn, secret=BLUE)  # nothing is frozen yet
    advance(FREEZE + timedelta(days=2, minutes=1))
    assert the_draw().state == "frozen"


def test_only_the_person_who_committed_reveals_and_only_that_secret(agent: int) -> None:
    mei, quinn = bind(the_draw().id)
    advance(FREEZE)
    with pytest.raises(Invalid):
        services.reveal_secret(the_draw().id, role="quality", user_id=quinn, secret=BLUE + "!")
    with pytest.raises(Conflict):
        services.reveal_secret(the_draw().id, role="quality", user_id=mei, secret=BLUE)
    with reading() as session:
        assert session.scalars(select(DrawSecret.secret)).all() == [None, None]


@pytest.mark.parametrize("committed", ["", "red", "G" * 64, "a" * 63])
def test_a_commitment_is_a_hash(agent: int, committed: str) -> None:
    with pytest.raises(Invalid):
        services.commit_secret(the_draw().id, role="quality", user_id=1, salt=SALT, committed=committed)


def test_who_can_be_drawn_and_who_is_left_out_and_why(agent: int) -> None:
    fine = customer(number(1))
    serve(agent, fine)
    serve(agent, customer(number(2)), talk_s=19)  # no service yet
    serve(agent, customer(number(3)), outcome="missed", talk_s=0)
    serve(agent, customer(number(4)), direction="outbound")
    serve(agent, customer(number(5)), datetime(2031, 2, 28, 15, 59, tzinfo=UTC))  # February in Taipei
    first_hour = customer(number(6))
    serve(agent, first_hour, datetime(2031, 2, 28, 16, 0, tzinfo=UTC))
    serve(agent, customer(number(7)), datetime(2031, 3, 31, 16, 0, tzinfo=UTC))  # April in Taipei
    in_writing = customer(number(8))
    serve(agent, in_writing, channel="ticket", talk_s=0)
    serve(agent, customer())
    for place, purpose in ((9, "survey"), (10, "call")):
        serve(agent, customer(number(place)))
        with transaction() as session:
            record_consent(
                session, address=number(place), purpose=purpose, state="withdrawn", source="agent", actor=CLI
            )
    bind(the_draw().id)
    advance(FREEZE)
    assert set(decided(the_draw().id)) == {fine, first_hour, in_writing}
    with reading() as session:
        line = queries.lines(session, the_draw().id)[0]
    assert line.left_out == {"no_number": 1, "do_not_contact": 1, "voice_opt_out": 1}
    assert (line.served, line.frame) == (6, 3)


def test_whoever_was_drawn_lately_is_left_in_peace(agent: int) -> None:
    asked = customer(number(1))
    serve(agent, asked)
    mei, quinn = bind(the_draw().id)
    advance(FREEZE)
    for role, user, secret in (("supervisor", mei, RED), ("quality", quinn, BLUE)):
        services.reveal_secret(the_draw().id, role=role, user_id=user, secret=secret)
    advance(FREEZE + timedelta(hours=1))
    serve(agent, asked, FREEZE + timedelta(days=3))
    with reading() as session:
        april = queries.draw_of(session, "2031-04", 1)
    for role, user, secret in (("supervisor", mei, RED), ("quality", quinn, BLUE)):
        services.commit_secret(april.id, role=role, user_id=user, salt=SALT, committed=commitment(secret, SALT))
    advance(FREEZE + timedelta(days=31))
    with reading() as session:
        assert queries.lines(session, april.id)[0].left_out == {"asked_recently": 1}


def test_an_agent_whose_customers_are_left_out_oddly_often_is_seen(agent: int) -> None:
    other = create_agent(create_queue("parcels2"))
    for place in range(36):
        serve(other, customer(number(place)))
    for place in range(12):
        serve(agent, customer(number(100 + place) if place < 4 else ""))
    bind(the_draw().id)
    advance(FREEZE)
    with reading() as session:
        odd = {line.agent_id: line.odd for line in queries.lines(session, the_draw().id)}
    assert odd == {agent: True, other: False}


def test_a_public_value_is_named_before_the_month_ends_and_used_after(agent: int) -> None:
    serve(agent, customer(number(1)))
    draw_id = the_draw().id
    with pytest.raises(Invalid):
        services.name_beacon(draw_id, source="a lottery", due_at=MIDDLE, actor=CLI)
    due = datetime(2031, 4, 2, 12, tzinfo=UTC)
    services.name_beacon(draw_id, source="a public lottery, draw 77", due_at=due, actor=CLI)
    with pytest.raises(Conflict):
        bind(draw_id)
    advance(FREEZE)
    with pytest.raises(Conflict):  # the real clock stands years before it is published
        services.enter_beacon(draw_id, value="4 8 15 16 23 42", actor=CLI)
    assert the_draw().state == "frozen"


def test_a_further_round_stands_beside_the_first(agent: int) -> None:
    for place in range(7):
        serve(agent, customer(number(place)))
    bind(the_draw().id)
    advance(FREEZE)
    with pytest.raises(Invalid):
        services.open_another_round(the_draw().id, reason="again", actor=CLI)
    services.open_another_round(the_draw().id, reason="Quinn has lost the secret.", actor=CLI)
    with pytest.raises(Conflict):
        services.open_another_round(the_draw().id, reason="And once more, please.", actor=CLI)
    first, second = the_draw(), the_draw(2)
    assert (first.state, second.state, second.frame_sha256) == ("given_up", "frozen", first.frame_sha256)
    mei, quinn = bind(second.id)
    services.reveal_secret(second.id, role="supervisor", user_id=mei, secret=RED)
    services.reveal_secret(second.id, role="quality", user_id=quinn, secret=BLUE)
    advance(FREEZE + timedelta(days=1))
    assert (the_draw().state, the_draw(2).state) == ("given_up", "drawn")
    assert sum(each.part == "primary" for each in members(second.id)) == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quality_draws SET frame = frame || 'x'",
        "UPDATE quality_draws SET frame_sha256 = repeat('0', 64)",
        "UPDATE draw_secrets SET commitment = repeat('0', 64)",
        "DELETE FROM draw_secrets",
        "DELETE FROM quality_draws",
        "UPDATE quality_draws SET state = 'open'",
        "UPDATE quality_draws SET state = 'ready'",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_proven(agent: int, statement: str) -> None:
    serve(agent, customer(number(1)))
    bind(the_draw().id)
    advance(FREEZE)
    with pytest.raises(DatabaseError), transaction() as session:
        session.execute(text(statement))


def test_many_processes_advance_at_once_and_one_draw_is_made(agent: int) -> None:
    for place in range(9):
        serve(agent, customer(number(place)))
    mei, quinn = bind(the_draw().id)
    failures: list[BaseException] = []

    def all_at_once(moment: datetime) -> None:
        barrier = threading.Barrier(4)

        def one() -> None:
            try:
                barrier.wait(10)
                advance(moment)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    all_at_once(FREEZE)
    services.reveal_secret(the_draw().id, role="supervisor", user_id=mei, secret=RED)
    services.reveal_secret(the_draw().id, role="quality", user_id=quinn, secret=BLUE)
    all_at_once(FREEZE + timedelta(hours=1))
    assert not failures
    assert (the_draw().state, len(members(the_draw().id))) == ("drawn", 9)
