"""A link instead of a call: who gets one, answered once, counted apart, and everything else as after a call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError

from app import clock
from app.calls import callback_times
from app.calls.models import Callback
from app.customers.models import Consent, Interaction
from app.db import reading, transaction
from app.domain import quality_call
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Event, person
from app.messages.models import Message
from app.messages.receiving import receive_sms
from app.quality import asking
from app.quality.counted import counted
from app.quality.drawn import call_the_drawn
from app.quality.links import answering, switch
from app.quality.links.models import QualityLink
from app.quality.models import QualityCallback, QualityInterview
from app.quality.modes import by_mode
from app.quality.needs.models import Need
from app.quality.scores import scores
from app.queues.barring import BarredAgent
from app.tickets.models import Ticket
from tests.fixtures.desk import create_agent, create_queue
from tests.services.test_draws import MIDDLE, SECRET, ZONE, services
from tests.services.test_quality import (
    GOOD,
    NUMBER,
    ask,
    callback,
    contact_of,
    house,  # noqa: F401  (a fixture)
    interview,
    save,
    talk,
)
from tests.services.test_quality_drawn import NOW, draw_of, end, places

House = dict[str, int]
ANSWERS = {"q-settled": "yes", **{f"q-{name}": "4" for name in quality_call.RATINGS}, "q-may_return": "yes"}


def link_of(callback_id: int) -> QualityLink:
    with reading() as session:
        return session.scalars(select(QualityLink).where(QualityLink.callback_id == callback_id)).one()


def linked(house: House, **more: Any) -> tuple[int, str]:  # noqa: F811
    """A callback whose customer wanted the link at once, and the token of its page."""
    asked = ask(house, contact_of(house, **more), by_link=True)
    return asked, link_of(asked).token


def give(token: str, *, partly: bool = False, **answers: str) -> None:
    form = {name: value for name, value in (ANSWERS | answers).items() if value}
    answering.answer(token, form, language="en", partly=partly)


def standing(token: str) -> str:
    with reading() as session:
        return answering.find(session, token, clock.now()).standing


def exhaust(house: House, number: str = NUMBER) -> int:  # noqa: F811
    """A callback whose last attempt reached nobody."""
    asked = ask(house, contact_of(house, number=number))
    with transaction() as session:
        session.execute(
            update(QualityCallback).where(QualityCallback.id == asked).values(attempts=quality_call.MOST_ATTEMPTS)
        )
        session.execute(update(Callback).values(expires_at=clock.now() - timedelta(seconds=1)))
        promise = session.scalars(select(Callback.id).where(Callback.state == "waiting")).one()
    assert callback_times.let_expire(promise)
    assert asking.end_unreached(clock.now()) == 1
    return asked


def texts() -> list[Message]:
    with reading() as session:
        return list(session.scalars(select(Message).where(Message.body.contains("/answer/"))))


# ---------- Who gets one ----------


def test_whom_no_call_reached_gets_one_text_and_is_not_over(house: House) -> None:  # noqa: F811
    asked = exhaust(house)
    row, link = callback(asked), link_of(asked)
    assert (row.state, row.outcome, link.reason) == ("linked", "", "unreached")
    (sent,) = texts()
    assert sent.number == NUMBER and f"/answer/{link.token}" in sent.body and "Ana" not in sent.body
    assert link.expires_at - link.sent_at == quality_call.LINK_LASTS and sent.segments <= 2
    assert asking.begin_due(clock.now() + timedelta(days=5)) == 0, "nobody rings any more"


def test_who_asks_the_caller_gets_it_after_the_call(house: House) -> None:  # noqa: F811
    asked = ask(house, contact_of(house))
    desk, reservation = talk(house, asked)
    save(desk, reservation, outcome="link")
    assert callback(asked).state == "linked" and link_of(asked).reason == "asked"
    assert len(texts()) == 1
    give(link_of(asked).token)
    assert (callback(asked).state, callback(asked).outcome) == ("done", "interviewed")


def test_turned_off_nobody_gets_one_and_those_sent_stay_good(house: House) -> None:  # noqa: F811
    _asked, token = linked(house, number="+447700900456")
    switch.choose(False, actor=person(house["boss"]))
    unreached = exhaust(house)
    assert (callback(unreached).state, callback(unreached).outcome) == ("done", "no_answer")
    other = ask(house, contact_of(house, number="+447700900789"))
    desk, reservation = talk(house, other)
    with pytest.raises(Invalid) as refused:
        save(desk, reservation, outcome="link")
    assert refused.value.fields == {"outcome": "link_off"}
    with pytest.raises(Conflict):
        linked(house, number="+447700900790")
    give(token)
    with reading() as session:
        told = session.scalars(select(Event).where(Event.name == "quality.links_off")).one()
        assert told.user_id == house["boss"] and (told.before, told.after) == ({"on": True}, {"on": False})


def test_a_stop_before_is_heeded_and_a_stop_after_is_an_answer(house: House) -> None:  # noqa: F811
    receive_sms("+447700900456", "STOP", "console", "stop-1")
    with pytest.raises(Conflict) as refused:
        linked(house, number="+447700900456")
    assert refused.value.code == "quality_opted_out" and texts() == []
    asked, token = linked(house)
    receive_sms(NUMBER, "STOP", "console", "stop-2")
    assert standing(token) == "over"
    with pytest.raises(Conflict):
        give(token)
    assert answering.end_lost(clock.now()) == 1
    assert (callback(asked).outcome, standing(token)) == ("refused", "refused")


# ---------- Answered once ----------


def test_the_answers_are_an_interview_by_link_that_nobody_conducted(house: House) -> None:  # noqa: F811
    asked, token = linked(house)
    give(token, **{"q-need": "A locker near the station", "q-need_level": "beyond"})
    row = interview(asked)
    assert row is not None and (row.mode, row.interviewer_id, row.overall, row.may_return) == ("link", None, 4, True)
    assert standing(token) == "answered"
    with reading() as session:
        need = session.scalars(select(Need)).one()
        told = session.scalars(select(Event).where(Event.name == "quality.interviewed")).one()
    assert (need.title, need.level) == ("A locker near the station", "beyond")
    assert (told.actor, (told.after or {})["mode"]) == ("customer", "link")
    for again in (lambda: give(token), lambda: answering.refuse(token)):
        with pytest.raises(Conflict):
            again()
    with pytest.raises(DatabaseError, match="are final"), transaction() as session:
        session.execute(text("UPDATE quality_interviews SET overall = 5"))


def test_who_is_not_content_gets_a_ticket_at_once_for_somebody_else(house: House) -> None:  # noqa: F811
    asked, token = linked(house)
    give(token, **{"q-settled": "no", "q-suggestion": "Ring twice"})
    with reading() as session:
        ticket = session.get_one(Ticket, callback(asked).ticket_id)
        barred = session.scalars(select(BarredAgent.agent_id).where(BarredAgent.contact_id == ticket.contact_id)).all()
    assert (ticket.queue_id, ticket.channel, barred) == (house["complaints"], "web", [house["rated"]])


def test_missing_answers_are_said_and_may_be_left_out_on_purpose(house: House) -> None:  # noqa: F811
    asked, token = linked(house)
    with pytest.raises(Invalid) as refused:
        give(token, **{"q-speed": "", "q-overall": "9"})
    assert set(refused.value.fields) == {"speed", "overall"} and interview(asked) is None
    with pytest.raises(Invalid):
        answering.answer(token, {}, language="en", partly=True)
    give(token, partly=True, **{"q-speed": ""})
    row = interview(asked)
    assert row is not None and (row.outcome, row.speed, callback(asked).outcome) == ("partial", None, "partial")


def test_a_no_on_the_page_is_a_no_for_good(house: House) -> None:  # noqa: F811
    asked, token = linked(house)
    answering.refuse(token)
    assert (callback(asked).outcome, standing(token)) == ("refused", "refused")
    with reading() as session:
        consent = session.scalars(select(Consent)).one()
    assert (consent.purpose, consent.state, consent.source) == ("survey", "withdrawn", "link_page")
    with pytest.raises(Conflict) as again:
        ask(house, contact_of(house))
    assert again.value.code == "quality_do_not_call"


def test_it_ends_and_says_how(house: House) -> None:  # noqa: F811
    asked, token = linked(house, number="+447700900456")
    unreached = exhaust(house)
    failed, _failed = linked(house, number="+447700900457")
    with transaction() as session:
        session.execute(
            update(Message).where(Message.id == link_of(failed).message_id).values(status="failed", error="landline")
        )
    assert answering.end_lost(clock.now()) == 1, "a text that never arrives is not waited for"
    after = clock.now() + quality_call.LINK_LASTS
    assert answering.end_lost(after) == 2 and answering.end_lost(after) == 0
    # Spoken with or asked for it, and no answer; never reached: as the last attempt ended.
    assert (callback(asked).outcome, callback(unreached).outcome) == ("no_reply", "no_answer")
    assert standing(token) == "over"
    with pytest.raises(Conflict):
        give(token)
    with pytest.raises(NotFound):
        give("x" * 22)


def test_a_withdrawn_one_is_over(house: House) -> None:  # noqa: F811
    asked, token = linked(house)
    asking.withdraw(asked, reason="Mistake", actor=person(house["boss"]))
    assert (callback(asked).state, standing(token)) == ("canceled", "over")


def test_two_answers_and_a_no_at_the_same_moment_are_one(house: House) -> None:  # noqa: F811
    asked, token = linked(house)
    steps: list[Callable[[], None]] = [
        lambda: give(token, **{"q-settled": "no"}),
        lambda: give(token, **{"q-settled": "no"}),
        lambda: answering.refuse(token),
    ]
    start, ends = threading.Barrier(len(steps)), []

    def run(step: Callable[[], None]) -> None:
        start.wait()
        try:
            step()
            ends.append("kept")
        except Conflict as refused:
            ends.append(refused.code)

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("kept") == 1 and len(ends) == 3
    with reading() as session:
        answered = session.scalar(select(func.count(QualityInterview.id)))
        tickets = session.scalar(select(func.count(Ticket.id)))
        refusals = session.scalar(select(func.count(Consent.id)))
    assert answered == tickets and answered + refusals == 1
    assert callback(asked).outcome == ("refused" if refusals else "interviewed")


def test_the_database_keeps_the_two_ways_apart(house: House) -> None:  # noqa: F811
    asked, _token = linked(house)
    people = {"callback": asked, "rated": house["rated"], "caller": house["caller"]}
    for values in ("'telephone', NULL, :rated", "'link', :caller, :rated", "'letter', NULL, :rated"):
        statement = (
            "INSERT INTO quality_interviews"
            " (callback_id, version, language, outcome, mode, interviewer_id, rated_agent_id)"
            f" VALUES (:callback, 1, 'en', 'partial', {values})"
        )
        with pytest.raises(DatabaseError, match="violates"), transaction() as session:
            session.execute(text(statement), people)


# ---------- Counted apart, and the draw ----------


def test_answers_by_link_are_in_no_figure_of_the_telephone(house: House) -> None:  # noqa: F811
    for place in range(2):
        asked = ask(house, contact_of(house, number=f"+44770090{100 + place:04}"))
        desk, reservation = talk(house, asked)
        save(desk, reservation, outcome="interviewed", settled="yes", ratings=GOOD)
    _asked, token = linked(house)
    give(token, **{"q-overall": "1"})
    linked(house, number="+447700900457")
    lost = exhaust(house, "+447700900458")
    assert answering.end_lost(clock.now() + quality_call.LINK_LASTS) == 2
    assert callback(lost).outcome == "no_answer"
    with transaction() as session:  # one month, whatever day it is
        session.execute(update(Interaction).values(started_at=MIDDLE))
    with reading() as session:
        found = scores(session, "2031-03", 1, ZONE)
        modes = by_mode(session, ("2031-03",), ZONE)
        apart = [len(counted(session, ("2031-03",), ZONE, mode=mode)) for mode in quality_call.MODES]
    assert apart == [2, 1]
    assert found.answers == 2 and found.overall is not None and found.overall.value == 5
    # Rung were three, and one of them in vain; two who wanted the link were never rung
    assert (found.outcomes.approached, found.outcomes.not_reached, found.response) == (3, 1, 2 / 3)
    telephone, by_link = modes.each
    assert (telephone.answers, by_link.answers) == (2, 1)
    assert (by_link.outcomes.approached, by_link.response) == (3, 1 / 3)
    assert (modes.outcomes.approached, modes.response, modes.waiting) == (5, 3 / 5, 0)


def test_no_reserve_stands_in_while_the_link_runs_nor_for_who_answered(database: str) -> None:
    services.advance(MIDDLE, zone=ZONE, secret=SECRET)
    create_queue("quality", quality_calls=True)
    agent = create_agent(create_queue())
    draw_of(agent)
    call_the_drawn(NOW)
    with transaction() as session:
        first = session.scalars(select(QualityCallback).order_by(QualityCallback.id)).first()
        assert first is not None
        first.state = "linked"
    assert call_the_drawn(NOW + timedelta(days=1)) == 0
    end(agent, 1, "interviewed")
    assert call_the_drawn(NOW + timedelta(days=1)) == 0
    end(agent, 2, "no_reply")
    assert call_the_drawn(NOW + timedelta(days=1)) == 1
    assert places(agent)[-1] == "r1"
