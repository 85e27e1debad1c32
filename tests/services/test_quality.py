"""A customer is asked how it was: who may be asked, who may not ask, how it ends, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from app import clock
from app.administration.services import membership
from app.administration.services import queues as queues_admin
from app.agents.models import Agent, Team
from app.calls import callback_page, callback_times, ending, transfer, wrapup
from app.calls.models import Callback
from app.customers.models import Consent, Customer, Interaction
from app.customers.services import add_customer, record_consent
from app.db import reading, transaction
from app.domain import quality_call
from app.errors import Conflict, Invalid
from app.eventlog import CLI, person
from app.messages.models import Message
from app.messages.receiving import receive_sms
from app.quality import asking, queries
from app.quality.models import QualityAttempt, QualityCallback, QualityInterview
from app.queues.barring import BarredAgent
from app.queues.models import Queue
from app.queues.work import WorkItem
from app.tickets.models import Ticket
from tests.fixtures.callbacks import open_page, ring_customer, talk_with
from tests.fixtures.desk import Desk, create_agent, create_queue, create_user, offer_of, route, sit_down
from tests.fixtures.zones import where_it_is
from tests.invariants.checks import assert_invariants

NUMBER = "+447700900123"
GOOD = {"attitude": 5, "speed": 4, "correctness": 5, "informed": 4, "overall": 5}


@pytest.fixture
def house(database: str) -> dict[str, int]:
    """Queues "parcel", "complaints" and the one of quality calls; a rated agent and a quality caller."""
    parcel, complaints = create_queue(), create_queue("complaints")
    quality = create_queue("quality", quality_calls=True)
    rated = create_agent(parcel, quality, name="Ana Rated")
    caller = create_agent(quality, name="Quinn Caller")
    return {"parcel": parcel, "complaints": complaints, "quality": quality, "rated": rated, "caller": caller,
            "boss": create_user("supervisor")}  # fmt: skip


def contact_of(house: dict[str, int], *, number: str = NUMBER, **overrides: Any) -> int:
    """Id of an answered contact that the rated agent had yesterday with a customer of their own."""
    with transaction() as session:
        customer = add_customer(
            session, name="Amelia Hart", phones=[number] if number else [], time_zone=where_it_is(12), actor=CLI
        )
        values = {"outcome": "answered", "agent_id": house["rated"], "customer_id": customer.id, **overrides}
        row = Interaction(
            contact_id=f"contact-{customer.id}", channel="voice", direction="inbound", queue_id=house["parcel"],
            number=number, started_at=clock.now() - timedelta(days=1), talk_s=120, **values,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def ask(house: dict[str, int], interaction: int, **more: Any) -> int:
    values = {"language": "en", "note": "", "when": None, "actor": person(house["boss"]), **more}
    return asking.ask_how_it_was(interaction, **values)


def callback(callback_id: int) -> QualityCallback:
    with reading() as session:
        return session.get_one(QualityCallback, callback_id)


def attempts(callback_id: int) -> list[QualityAttempt]:
    with reading() as session:
        return list(
            session.scalars(
                select(QualityAttempt).where(QualityAttempt.callback_id == callback_id).order_by(QualityAttempt.number)
            )
        )


def interview(callback_id: int) -> QualityInterview | None:
    with reading() as session:
        return queries.interview_of(session, callback_id)


def talk(house: dict[str, int], callback_id: int) -> tuple[Desk, int]:
    """The caller talks with the customer and hangs up; desk and reservation, in wrap-up."""
    desk = sit_down(house["caller"])
    page = open_page(attempts(callback_id)[-1].token)
    reservation = talk_with(page, desk)
    ending.agent_hangs_up(page.call_id, desk.agent_id)
    return desk, reservation


def save(desk: Desk, reservation: int, **answers: Any) -> None:
    wrapup.save(reservation, desk.agent_id, wrapup.WrapUp(None, part=answers))


def test_from_the_question_to_the_answers(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house), note="Rings slowly.")
    assert callback(asked).state == "open"
    with reading() as session:
        text_sent = session.scalars(select(Message)).one()
    token = attempts(asked)[0].token
    assert f"/callback/{token}" in text_sent.body and text_sent.number == NUMBER
    desk, reservation = talk(house, asked)
    with reading() as session:
        panel = queries.panel(session, reservation, desk.agent_id)
    assert panel is not None and panel["note"] == "Rings slowly." and "Ana" not in str(panel)
    save(desk, reservation, outcome="interviewed", settled="yes", ratings=GOOD, note="Friendly.", may_return=True)
    row = callback(asked)
    assert (row.state, row.outcome, row.ticket_id) == ("done", "interviewed", None)
    answers = interview(asked)
    assert answers is not None
    assert (answers.interviewer_id, answers.overall, answers.settled) == (house["caller"], 5, "yes")
    with reading() as session:
        kept = session.scalars(select(Interaction).where(Interaction.queue_id == house["quality"])).one()
    assert (kept.outcome, kept.note, kept.direction) == ("answered", "", "outbound"), "agents read the timeline"
    assert offer_of(desk.agent_id) is None
    with reading() as session:
        assert_invariants(session, clock.now())


def test_a_customer_who_is_not_content_gets_a_ticket_at_once_for_somebody_else(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    desk, reservation = talk(house, asked)
    save(
        desk, reservation, outcome="interviewed", settled="no", ratings={**GOOD, "overall": 2}, suggestion="Ring twice"
    )
    with reading() as session:
        ticket = session.get_one(Ticket, callback(asked).ticket_id)
        barred = session.scalars(select(BarredAgent.agent_id).where(BarredAgent.contact_id == ticket.contact_id)).all()
        body = session.scalar(text("SELECT body FROM ticket_entries WHERE ticket_id = :t"), {"t": ticket.id})
    assert ticket.queue_id == house["complaints"] and barred == [house["rated"]]
    assert "not settled" in body and "Ring twice" in body and "2" not in body, "ratings stay out of it"


def test_what_is_missing_is_said_and_nothing_is_saved(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    desk, reservation = talk(house, asked)
    for answers, field, code in (
        ({}, "outcome", "required"),
        ({"outcome": "canceled"}, "outcome", "required"),
        (
            {"outcome": "interviewed", "settled": "yes", "ratings": {**GOOD, "speed": None}},
            "outcome",
            "interview_incomplete",
        ),
        ({"outcome": "partial", "ratings": {"speed": 9}}, "outcome", "interview_empty"),
        ({"outcome": "appointment"}, "appointment_at", "required"),
        (
            {"outcome": "appointment", "appointment_at": "2020-01-01T10:00:00+00:00"},
            "appointment_at",
            "time_out_of_range",
        ),
    ):
        with pytest.raises(Invalid) as refused:
            save(desk, reservation, **answers)
        assert refused.value.fields == {field: code}
    assert callback(asked).state == "open" and interview(asked) is None


def test_who_refuses_is_never_asked_again(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    desk, reservation = talk(house, asked)
    save(desk, reservation, outcome="refused", note="Please never again.")
    assert (callback(asked).state, callback(asked).outcome) == ("done", "refused")
    with reading() as session:
        consent = session.scalars(select(Consent).where(Consent.purpose == "survey")).one()
    assert (consent.state, consent.address, consent.proof) == ("withdrawn", NUMBER, "Please never again.")
    with pytest.raises(Conflict) as again:
        ask(house, contact_of(house))
    assert again.value.code == "quality_do_not_call"


def test_not_now_on_the_page_is_a_refusal_too(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    page = open_page(attempts(asked)[0].token)
    ring_customer(sit_down(house["caller"]))
    callback_page.not_now(page.call_id)
    asking.end_unreached(clock.now())
    assert (callback(asked).state, callback(asked).outcome) == ("done", "refused")


def test_an_appointment_is_kept(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    desk, reservation = talk(house, asked)
    at = (clock.now() + timedelta(days=1)).replace(microsecond=0, second=0)
    save(desk, reservation, outcome="appointment", appointment_at=at.isoformat())
    row = callback(asked)
    assert (row.state, row.appointment, row.due_at) == ("scheduled", True, at)
    assert asking.begin_due(at - timedelta(seconds=1)) == 0
    assert asking.begin_due(at) == 1
    assert [each.number for each in attempts(asked)] == [1, 2]


def test_a_page_that_stays_shut_is_tried_again_and_in_the_end_left_in_peace(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    for number in range(1, quality_call.MOST_ATTEMPTS + 1):
        with transaction() as session:  # the promise of this attempt has expired
            session.execute(update(Callback).values(expires_at=clock.now() - timedelta(seconds=1)))
            promises = session.scalars(select(Callback.id).where(Callback.state == "waiting")).all()
        for promise in promises:
            assert callback_times.let_expire(promise)
        assert asking.end_unreached(clock.now()) == 1
        assert attempts(asked)[-1].outcome == "no_answer"
        row = callback(asked)
        if number < quality_call.MOST_ATTEMPTS:
            assert row.state == "scheduled" and row.due_at is not None and row.due_at > clock.now()
            assert asking.begin_due(row.due_at) == 1
    # Nobody rings any more; what comes of the link is in test_quality_links.py
    assert (callback(asked).state, callback(asked).outcome) == ("linked", "")
    assert asking.begin_due(clock.now() + timedelta(days=30)) == 0


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        ("stop", "quality_opted_out"),
        ("do_not_call", "quality_do_not_call"),
        ("no_number", "quality_no_number"),
        ("abandoned", "quality_nobody_served"),
        ("stranger", "quality_customer_unknown"),
        ("own", "quality_own_contact"),
        ("lately", "quality_asked_lately"),
        ("no_queue", "quality_no_queue"),
    ],
)
def test_who_may_not_be_asked(house: dict[str, int], prepare: str, code: str) -> None:
    more: dict[str, Any] = {}
    overrides: dict[str, Any] = {}
    if prepare == "abandoned":
        overrides = {"agent_id": None, "outcome": "abandoned"}
    if prepare == "stranger":
        overrides = {"customer_id": None}
    contact = contact_of(house, number="" if prepare == "no_number" else NUMBER, **overrides)
    if prepare == "stop":
        receive_sms(NUMBER, "STOP", "console", "stop-1")
    if prepare == "do_not_call":
        with transaction() as session:
            record_consent(session, address=NUMBER, purpose="survey", state="withdrawn", source="agent", actor=CLI)
    if prepare == "own":
        more["actor"] = person(house["rated"])
    if prepare == "lately":
        ask(house, contact)
    if prepare == "no_queue":
        with transaction() as session:
            session.execute(update(Queue).values(quality_calls=False))
    with pytest.raises(Conflict) as refused:
        ask(house, contact, **more)
    assert refused.value.code == code


def test_a_stop_after_the_planning_ends_it(house: dict[str, int]) -> None:
    soon = clock.now() + timedelta(hours=1)
    asked = ask(house, contact_of(house), when=soon)
    assert callback(asked).state == "scheduled"
    receive_sms(NUMBER, "STOP", "console", "stop-1")
    assert asking.begin_due(soon) == 0
    assert (callback(asked).state, callback(asked).outcome) == ("canceled", "canceled")


def test_it_can_be_withdrawn_but_not_while_they_talk(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    with pytest.raises(Invalid):
        asking.withdraw(asked, reason=" ", actor=person(house["boss"]))
    page = open_page(attempts(asked)[0].token)
    talk_with(page, sit_down(house["caller"]))
    with pytest.raises(Conflict) as talking:
        asking.withdraw(asked, reason="Mistake", actor=person(house["boss"]))
    assert talking.value.code == "quality_in_hand"
    other = ask(house, contact_of(house, number="+447700900456"))
    asking.withdraw(other, reason="Mistake", actor=person(house["boss"]))
    assert callback(other).state == "canceled"
    with reading() as session:
        states = session.scalars(select(WorkItem.state).where(WorkItem.contact_id == attempts(other)[0].contact_id))
        assert states.all() == ["canceled"]


# ---------- Never the rated agent ----------


def test_the_router_leaves_the_rated_agent_out_even_when_nobody_else_is_there(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    sit_down(house["rated"])
    open_page(attempts(asked)[0].token)
    assert route() == 0 and offer_of(house["rated"]) is None
    desk = sit_down(house["caller"])
    assert route() == 1 and offer_of(desk.agent_id) is not None


def test_neither_transfer_nor_consult_reaches_the_rated_agent(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    rated, desk = sit_down(house["rated"]), sit_down(house["caller"])
    page = open_page(attempts(asked)[0].token)
    talk_with(page, desk)
    for step in (
        lambda: transfer.consult(page.call_id, desk.agent_id, desk.epoch, rated.agent_id),
        lambda: transfer.transfer_blind(page.call_id, desk.agent_id, desk.epoch, to_agent=rated.agent_id),
    ):
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.code == "agent_barred"
    transfer.transfer_blind(page.call_id, desk.agent_id, desk.epoch, to_queue=house["parcel"])
    assert route() == 0, "the rated agent is the only one who serves that queue"


def test_the_supervisor_of_the_rated_agents_team_is_kept_out_too(house: dict[str, int]) -> None:
    lead = create_agent(house["quality"], name="Lee Lead")
    with transaction() as session:
        team = Team(name="Harbour")
        session.add(team)
        session.flush()
        session.execute(update(Agent).where(Agent.id.in_((lead, house["rated"]))).values(team_id=team.id))
        session.execute(text("UPDATE users SET role = 'supervisor' WHERE id = :u"), {"u": lead})
    asked = ask(house, contact_of(house))
    sit_down(lead)
    open_page(attempts(asked)[0].token)
    assert route() == 0


RAW = {
    "reservation": """INSERT INTO reservations (work_item_id, agent_id, channel, state, offered_at)
        SELECT id, :rated, 'voice', 'pending', now() FROM work_items WHERE contact_id = :contact""",
    "owner": "UPDATE calls SET owner_id = :rated WHERE contact_id = :contact",
    "leg": """INSERT INTO call_legs (call_id, role, agent_id, state)
        SELECT id, 'supervisor', :rated, 'invited' FROM calls WHERE contact_id = :contact""",
    "moved reservation": """WITH made AS (
        INSERT INTO reservations (work_item_id, agent_id, channel, state, offered_at, ended_at)
        SELECT id, :caller, 'voice', 'failed', now(), now() FROM work_items WHERE contact_id = :contact)
        UPDATE reservations SET agent_id = :rated""",
    "unbarred": "DELETE FROM barred_agents WHERE contact_id = :contact",
    "somebody else barred": "UPDATE barred_agents SET agent_id = :caller WHERE contact_id = :contact",
    "other contact": "UPDATE work_items SET contact_id = 'elsewhere' WHERE contact_id = :contact",
    "other call": "UPDATE calls SET contact_id = 'elsewhere' WHERE contact_id = :contact",
    "other rated agent": "UPDATE quality_callbacks SET rated_agent_id = :caller WHERE id = :callback",
    "attempt": "UPDATE quality_attempts SET agent_id = :rated WHERE callback_id = :callback",
    "attempt without a bar": """INSERT INTO quality_attempts (callback_id, rated_agent_id, number, contact_id,
        started_at, ended_at, outcome, version)
        VALUES (:callback, :rated, 9, 'not-barred', now(), now(), 'no_answer', 1)""",
    "interview": """INSERT INTO quality_interviews (callback_id, rated_agent_id, interviewer_id, version,
        language, outcome)
        VALUES (:callback, :rated, :rated, 1, 'en', 'partial')""",
    "interview under another name": """INSERT INTO quality_interviews (callback_id, rated_agent_id, interviewer_id,
        version, language, outcome) VALUES (:callback, :caller, :rated, 1, 'en', 'partial')""",
}


@pytest.mark.parametrize("way", RAW)
def test_the_database_itself_refuses(house: dict[str, int], way: str) -> None:
    asked = ask(house, contact_of(house))
    values = {
        "rated": house["rated"],
        "caller": house["caller"],
        "callback": asked,
        "contact": attempts(asked)[0].contact_id,
    }
    if way == "moved reservation":  # a row can be moved in a statement of its own only
        first, second = RAW[way].split(")\n        UPDATE")
        with transaction() as session:
            session.execute(text(first.replace("WITH made AS (", "")), values)
        statement = "UPDATE" + second
    else:
        statement = RAW[way]
    with pytest.raises(DatabaseError, match=r"barred|for good|set once|violates"), transaction() as session:
        session.execute(text(statement), values)


def test_a_bar_comes_before_the_contact_or_not_at_all(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    page = open_page(attempts(asked)[0].token)
    talk_with(page, sit_down(house["caller"]))
    with pytest.raises(IntegrityError, match="had contact"), transaction() as session:
        session.add(BarredAgent(contact_id=attempts(asked)[0].contact_id, agent_id=house["caller"], reason="rated"))
        session.flush()


def test_answers_are_unchangeable(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    desk, reservation = talk(house, asked)
    save(desk, reservation, outcome="interviewed", settled="yes", ratings=GOOD)
    for statement in ("UPDATE quality_interviews SET overall = 1", "DELETE FROM quality_interviews"):
        with pytest.raises(DatabaseError, match="are final"), transaction() as session:
            session.execute(text(statement))


def test_nobody_reads_about_their_own_work(house: dict[str, int]) -> None:
    asked = ask(house, contact_of(house))
    with reading() as session:
        assert queries.find_callback(session, asked, reader_id=house["rated"]) is None
        assert queries.listing(session, "open", 1, reader_id=house["rated"]).rows == []
        assert len(queries.listing(session, "open", 1, reader_id=house["boss"]).rows) == 1


def test_the_customers_clock_decides(house: dict[str, int]) -> None:
    contact = contact_of(house)
    with transaction() as session:
        session.execute(update(Customer).values(time_zone=where_it_is(3)))
    asked = ask(house, contact)
    row = callback(asked)
    assert row.state == "scheduled" and row.due_at is not None and row.attempts == 0
    zone = ZoneInfo(where_it_is(3))
    assert row.due_at.astimezone(zone).time().hour == 9
    with transaction() as session:  # the job finds it due, but the night is not over
        session.execute(update(QualityCallback).values(due_at=clock.now()))
    assert asking.begin_due(clock.now()) == 0
    assert callback(asked).due_at == row.due_at


def test_quality_callers_serve_no_other_queue(house: dict[str, int]) -> None:
    with transaction() as session:
        session.execute(text("UPDATE users SET role = 'quality' WHERE id = :u"), {"u": house["caller"]})
    today = clock.now().date()
    with pytest.raises(Conflict) as refused:
        membership.grant(house["caller"], house["parcel"], granted_on=today, expires_on=None, actor=CLI)
    assert refused.value.code == "quality_callers_only"
    membership.grant(house["caller"], house["quality"], granted_on=today, expires_on=None, actor=CLI)


def test_only_one_queue_rings_for_quality(app: Flask) -> None:
    values = {"name_en": "Second", "name_zh_Hans": "第二", "name_zh_Hant": "第二", "strategy": "longest_idle"}
    with app.test_request_context():
        _second_of_its_kind(values)


def _second_of_its_kind(values: dict[str, str]) -> None:
    first = queues_admin.create_queue({**values, "quality_calls": "1"}, actor=CLI)
    with reading() as session:
        assert session.get_one(Queue, first).quality_calls
    with pytest.raises(Invalid) as refused:
        queues_admin.create_queue({**values, "name_en": "Third", "quality_calls": "1"}, actor=CLI)
    assert list(refused.value.fields) == ["quality_calls"]
