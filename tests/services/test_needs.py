"""What customers say becomes an entry; entries are grouped, decided on, and answered once to those who allowed it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app.customers.services import record_consent
from app.db import reading, transaction
from app.errors import Conflict, Invalid
from app.eventlog import CLI, person
from app.messages.models import Message
from app.messages.receiving import receive_sms
from app.quality.models import QualityCallback, QualityInterview
from app.quality.needs import answering, queries, services
from app.quality.needs.models import Need, NeedVoice
from tests.fixtures.desk import create_agent, create_queue, create_user
from tests.services.test_draws import customer, number, serve
from tests.web.signing_in import browser_of
from tests.web.signing_in import person as somebody

AT = datetime(2030, 10, 10, 4, tzinfo=UTC)
PEOPLE: dict[str, int] = {}


@pytest.fixture
def boss(database: str) -> int:
    create_queue("quality", quality_calls=True)
    PEOPLE["rated"], PEOPLE["interviewer"] = create_agent(), create_agent()
    return create_user("supervisor", name="Mei")


def said(place: int, need: str = "", suggestion: str = "", *, language: str = "en", may_return: bool = True) -> int:
    """Id of the interview of customer number `place`, entered into the register."""
    who = customer(number(place))
    contact = serve(PEOPLE["rated"], who, AT)
    with transaction() as session:
        callback = QualityCallback(
            interaction_id=contact, rated_agent_id=PEOPLE["rated"], customer_id=who, queue_id=1, number=number(place),
            language=language, state="done", outcome="partial", ended_at=AT,
        )  # fmt: skip
        session.add(callback)
        session.flush()
        interview = QualityInterview(
            callback_id=callback.id, rated_agent_id=PEOPLE["rated"], interviewer_id=PEOPLE["interviewer"],
            version=1, language=language, outcome="partial", need=need, suggestion=suggestion,
            need_level="basic" if need else "", may_return=may_return, at=AT,
        )  # fmt: skip
        session.add(interview)
        session.flush()
        services.enter_voices(session, interview, now=AT, actor=CLI)
        return interview.id


def entries() -> list[Need]:
    with reading() as session:
        return list(session.scalars(select(Need).order_by(Need.id)))


def decide(need: Need, **more: object) -> None:
    values = {"title": need.title, "level": need.level, "type": "", "state": "done", "owner_id": None} | more
    services.change(need.id, services.Entry(**values), version=entry(need.id).version, actor=CLI)


def entry(need_id: int) -> Need:
    with reading() as session:
        return session.get_one(Need, need_id)


def texts() -> list[Message]:
    with reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def test_both_texts_of_an_interview_are_entered_and_nothing_empty(boss: int) -> None:
    said(1, "A locker\nnear the station", "Ring first")
    said(2)
    assert [(each.kind, each.title, each.level) for each in entries()] == [
        ("need", "A locker", "basic"), ("suggestion", "Ring first", ""),
    ]  # fmt: skip
    with reading() as session:
        rows = queries.entries(session, "blind", kind="", level="", now=AT)
        own = queries.voices_of(session, entries()[0].id, reader_id=PEOPLE["rated"])
        others = queries.voices_of(session, entries()[0].id, reader_id=boss)
    assert [(row.entry.title, row.blind, row.entry.customers) for row in rows] == [("A locker", "basic", 1)]
    assert own[0].own and own[0].customer_name is None and own[0].callback_id is None
    assert others[0].customer_name and others[0].said == "A locker\nnear the station"


def test_entries_are_joined_and_single_voices_taken_out_again(boss: int) -> None:
    for place in (1, 2, 3):
        said(place, f"Locker {place}")
    first, second, third = entries()
    services.join(third.id, second.id, actor=person(boss))
    services.join(second.id, first.id, actor=person(boss))
    assert {each.id: each.merged_into_id for each in entries()} == {
        first.id: None,
        second.id: first.id,
        third.id: first.id,
    }
    with reading() as session:
        row = queries.one(session, first.id, AT)
        voices = [voice.id for voice in queries.voices_of(session, first.id, reader_id=boss)]
        months = queries.by_month(session, ("2030-09", "2030-10"), "UTC")
    assert row is not None and (row.entry.customers, row.blind) == (3, "basic")
    assert months == [("2030-09", 0, 0), ("2030-10", 3, 0)]
    for other in (second.id, first.id):
        with pytest.raises(Conflict):
            services.join(other, second.id, actor=CLI)
    new = services.split(voices[0], actor=CLI)
    assert entry(new).title == "Locker 3"
    with pytest.raises(Conflict, match="need_only_voice"):
        services.split(voices[0], actor=CLI)


def test_who_saves_over_a_newer_version_is_told(boss: int) -> None:
    said(1, "Locker")
    (row,) = entries()
    decide(row, owner_id=boss, state="planned")
    assert (entry(row.id).state, entry(row.id).owner_id, entry(row.id).version) == ("planned", boss, 2)
    with pytest.raises(Conflict, match="need_changed"):
        services.change(row.id, services.Entry("x", "", "", "open", None), version=1, actor=CLI)
    with pytest.raises(Invalid) as refused:
        decide(row, title=" ", level="x", type="x", state="merged", owner_id=PEOPLE["rated"])
    assert set(refused.value.fields) == {"title", "level", "type", "state", "owner"}


def test_only_willing_customers_are_answered_and_only_once(boss: int) -> None:
    for place in range(1, 5):
        said(place, "Locker", may_return=place != 2, language="zh_Hant" if place == 4 else "en")
    first, *rest = entries()
    for each in rest:
        services.join(each.id, first.id, actor=CLI)
    receive_sms(number(1), "STOP", "test", "s1")
    with transaction() as session:
        record_consent(session, address=number(3), purpose="survey", state="withdrawn", source="agent", actor=CLI)
    told = len(texts())
    with pytest.raises(Conflict, match="need_undecided"):
        answering.answer(first.id, {"en": "x"}, version=entry(first.id).version, actor=CLI)
    decide(first)
    with pytest.raises(Invalid) as refused:
        answering.answer(first.id, {"en": "There is one now."}, version=entry(first.id).version, actor=CLI)
    assert refused.value.fields == {"answer_zh_Hant": "text_missing"}
    said_so = {"zh_Hant": "車站旁有了。"}
    assert answering.answer(first.id, said_so, version=entry(first.id).version, actor=person(boss)) == 1
    (sent,) = texts()[told:]
    assert sent.number == number(4) and "您說了，我們做了：車站旁有了。" in sent.body
    with reading() as session:
        assert answering.counts(answering.recipients(session, first.id)) == {
            "unwilling": 2,
            "not_asked_for": 1,
            "answered": 1,
        }
    with pytest.raises(Conflict, match="need_nobody_to_tell"):
        answering.answer(first.id, said_so, version=entry(first.id).version, actor=person(boss))


def test_two_people_join_two_entries_with_each_other_at_once(boss: int) -> None:
    said(1, "Locker"), said(2, "Box")
    first, second = entries()
    refused: list[str] = []

    def join(one: int, other: int) -> None:
        try:
            services.join(one, other, actor=CLI)
        except Conflict as conflict:
            refused.append(conflict.code)

    people = [threading.Thread(target=join, args=pair) for pair in ((first.id, second.id), (second.id, first.id))]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert refused == ["need_merged"]
    with reading() as session:
        assert len(set(session.scalars(select(NeedVoice.need_id)))) == 1


def test_the_pages(app: Flask, boss: int) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    said(1, "A <b>locker</b>", "Ring first")
    first, second = entries()
    mei = browser_of(app, somebody("mei", "supervisor"))
    page = mei.get("/quality/needs").text
    assert "A &lt;b&gt;locker&lt;/b&gt;" in page and "Taken for granted, and nobody has it in hand" in page
    answer = mei.post(f"/quality/needs/{first.id}", data={"title": "", "state": "done", "version": 1})
    assert answer.status_code == 422 and "Please write something first." in answer.text
    answer = mei.post(f"/quality/needs/{first.id}", data={"title": "Lockers", "state": "planned", "version": 1})
    assert answer.status_code == 303
    page = mei.get(f"/quality/needs/{first.id}").text
    assert "Tell 1 customer by SMS" in page and "Answer in English" in page
    answer = mei.post(f"/quality/needs/{first.id}/answer", data={"version": 2, "answer_en": "In spring."})
    assert answer.status_code == 303 and "Our answer: In spring." in texts()[-1].body
    assert mei.post(f"/quality/needs/{second.id}/join", data={"into": first.id}).status_code == 303
    assert mei.get(f"/quality/needs/{second.id}").location == f"/quality/needs/{first.id}"
    reader = browser_of(app, somebody("rita", "read_only"))
    page = reader.get(f"/quality/needs/{first.id}").text
    assert "In spring." in page and "needs/1/join" not in page
    assert browser_of(app, somebody("ana")).get("/quality/needs").status_code == 403
