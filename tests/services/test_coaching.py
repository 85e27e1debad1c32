"""From interviews to a note, from a note to an appeal, and who is paid on what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from app import clock
from app.agents.models import Team
from app.db import reading, transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, person
from app.quality.appeals import queries as appeal_queries
from app.quality.appeals import services as appeals
from app.quality.coaching import queries, services
from app.quality.coaching.models import CoachingComment, CoachingNote
from app.quality.learning import queries as learning_queries
from app.quality.learning import services as learning
from app.quality.models import QualityInterview
from app.quality.rewards import services as rewards
from app.quality.rules import who_must_not_ask
from app.quality.scores import scores
from app.security.models import User
from tests.fixtures.desk import create_agent, create_queue, create_user
from tests.services.test_quality_scores import INTERVIEWER, answered
from tests.web.signing_in import browser_of

ZONE, MONTH = "Asia/Taipei", "2030-10"
AFTER = datetime(2030, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def later() -> Iterator[None]:
    """It is 20 November 2030."""
    with clock.frozen(AFTER):
        yield


@pytest.fixture
def house(database: str, later: None) -> dict[str, int]:
    create_queue("quality", quality_calls=True)
    with transaction() as session:
        team = Team(name="Harbour")
        session.add(team)
        session.flush()
        team_id = team.id
    INTERVIEWER[0] = create_agent(name="Quinn Caller")
    people = {"ana": create_agent(name="Ana Rated", team_id=team_id), "ben": create_agent(team_id=team_id)}
    people |= {"boss": create_user("supervisor", name="Mei"), "judge": create_user("quality", name="Jo")}
    return people | {"lead": create_agent(team_id=team_id), "team": team_id, "caller": INTERVIEWER[0]}


def become(user: int, role: str) -> None:
    with transaction() as session:
        session.execute(update(User).where(User.id == user).values(role=role))


def note_of(house: dict[str, int], agent: str = "ana") -> CoachingNote:
    note_id = services.open_note(house[agent], MONTH, zone=ZONE, actor=person(house["boss"]))
    with reading() as session:
        return session.get_one(CoachingNote, note_id)


def comments(note_id: int) -> list[CoachingComment]:
    with reading() as session:
        found = select(CoachingComment).where(CoachingComment.note_id == note_id).order_by(CoachingComment.id)
        return list(session.scalars(found))


def three_interviews(house: dict[str, int]) -> None:
    answered(house["ana"], 2, suggestion="Ring Mrs Hart twice")
    answered(house["ana"], 4, need="A locker")
    answered(house["ana"], 5)
    answered(house["ben"], 5)


def released(house: dict[str, int]) -> CoachingNote:
    note = note_of(house)
    services.add_step(
        note.id, means="drill", text="Ten calls", due_on=AFTER.date() + timedelta(days=9), actor=person(house["boss"])
    )
    first, second = comments(note.id)
    edited = {first.id: services.Edited("show", "Ring twice"), second.id: services.Edited("drop", second.edited)}
    save(house, note, edited, release=True)
    with reading() as session:
        return session.get_one(CoachingNote, note.id)


def save(
    house: dict[str, int],
    note: CoachingNote,
    edited: dict[int, services.Edited],
    *,
    release: bool,
    body: str = "Well done.",
) -> None:
    services.save(
        note.id, body=body, comments=edited, version=note.version, release=release, actor=person(house["boss"])
    )


def interviews(agent: int) -> list[int]:
    with reading() as session:
        found = (
            select(QualityInterview.id).where(QualityInterview.rated_agent_id == agent).order_by(QualityInterview.id)
        )
        return list(session.scalars(found))


def test_a_note_waits_for_the_month_and_for_enough_interviews(house: dict[str, int]) -> None:
    answered(house["ana"], 4), answered(house["ana"], 4)
    with pytest.raises(Conflict, match="coaching_too_few"):
        note_of(house)
    boss = person(house["boss"])
    with pytest.raises(Conflict, match="coaching_month_open"):
        services.open_note(house["ana"], "2030-11", zone=ZONE, actor=boss)
    with pytest.raises(Conflict, match="coaching_own"):
        services.open_note(house["ana"], MONTH, zone=ZONE, actor=person(house["ana"]))
    # With a month before it there are three, and nobody can be recognised
    answered(house["ana"], 3, datetime(2030, 9, 10, tzinfo=UTC), need="Said in September")
    note = note_of(house)
    assert (note.months, note.topic, note.topic_own) == (2, "attitude", False)
    assert services.open_note(house["ana"], MONTH, zone=ZONE, actor=boss) == note.id
    assert [(each.kind, each.decision, each.edited) for each in comments(note.id)] == [("need", "", "")]


def test_words_given_by_link_are_in_the_note_too_and_say_so(house: dict[str, int]) -> None:
    three_interviews(house)
    by_link = {"mode": "link", "interviewer_id": None}
    answered(house["ana"], 1, suggestion="Written late", **by_link)
    # Answered after September's note was opened: it comes with the next
    answered(house["ana"], 2, datetime(2030, 9, 10, tzinfo=UTC), need="Written later", **by_link)
    answered(house["ben"], 1, suggestion="About somebody else", **by_link)
    note = note_of(house)
    with reading() as session:
        view = queries.note_of(session, note.id, reader_id=house["boss"])
        assert view is not None
        assert sorted((each.mode, each.said) for each in view.comments) == [
            ("link", "Written late"),
            ("link", "Written later"),
            ("telephone", "A locker"),
            ("telephone", "Ring Mrs Hart twice"),
        ]
        assert [each.interview_id for each in queries.appealable(session, note, ZONE)] == [1, 2, 3], "none by link"
    assert note.months == 1 and note.topic == "attitude", "no figure rests on a link"


def test_nothing_is_released_that_nobody_edited(house: dict[str, int]) -> None:
    three_interviews(house)
    note = note_of(house)
    first, second = comments(note.id)
    with pytest.raises(Invalid) as refused:
        save(house, note, {first.id: services.Edited("show", " ")}, release=True, body=" ")
    assert refused.value.fields == {
        "body": "text_missing", f"comment-{first.id}": "text_missing", f"comment-{second.id}": "required",
        "steps": "coaching_no_step",
    }  # fmt: skip
    assert released(house).state == "released"
    with reading() as session:
        (own,) = queries.own_notes(session, house["ana"])
        assert queries.own_notes(session, house["ben"]) == []
    assert own.comments == [("suggestion", "telephone", "Ring twice")]
    with pytest.raises(Conflict, match="coaching_released"):
        save(house, note, {}, release=False)
    services.mark_read(note.id, agent_id=house["ana"], actor=person(house["ana"]))
    with pytest.raises(NotFound):
        services.mark_read(note.id, agent_id=house["ben"], actor=person(house["ben"]))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE coaching_notes SET body = 'x'",
        "DELETE FROM coaching_notes",
        "UPDATE coaching_comments SET edited = 'x'",
        "DELETE FROM coaching_comments",
    ],
)
def test_the_database_keeps_what_the_agent_has_read(house: dict[str, int], statement: str) -> None:
    three_interviews(house)
    released(house)
    with pytest.raises(DatabaseError, match="was released"), transaction() as session:
        session.execute(text(statement))


def test_an_upheld_appeal_takes_the_interview_out_of_the_score(house: dict[str, int]) -> None:
    three_interviews(house)
    note = released(house)
    bad, *rest = interviews(house["ana"])
    own = {"agent_id": house["ana"], "zone": ZONE, "actor": person(house["ana"])}
    with pytest.raises(Invalid):
        appeals.make(note.id, bad, grounds="other", words=" ", **own)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        appeals.make(note.id, interviews(house["ben"])[0], grounds="other", words="x", **own)  # type: ignore[arg-type]
    made = appeals.make(note.id, bad, grounds="misheard", words="They meant the shop.", **own)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="appeal_made"):
        appeals.make(note.id, rest[0], grounds="other", words="And this.", **own)  # type: ignore[arg-type]
    with reading() as session:
        shown = appeal_queries.appeal(session, made, house["judge"])
        before = scores(session, MONTH, 1, ZONE)
    assert shown is not None and "Ana" not in str(shown) and not {"overall", "agent_id"} & set(shown._fields)
    appeals.decide(made, upheld=True, words="Right.", actor=person(house["judge"]))
    with pytest.raises(Conflict, match="appeal_decided"):
        appeals.decide(made, upheld=False, words="No.", actor=person(house["judge"]))
    with reading() as session:
        after = scores(session, MONTH, 1, ZONE)
        assert session.get(QualityInterview, bad) is not None, "the answers stay"
    assert (before.answers, before.taken_out, after.answers, after.taken_out) == (4, 0, 3, 1)


@pytest.mark.parametrize("who", ["ana", "caller", "boss", "lead"])
def test_whoever_had_a_part_does_not_decide_whatever_the_program_does(house: dict[str, int], who: str) -> None:
    become(house["lead"], "supervisor")
    three_interviews(house)
    note = released(house)
    bad = interviews(house["ana"])[0]
    made = appeals.make(
        note.id, bad, grounds="other", words="x", agent_id=house["ana"], zone=ZONE, actor=person(house["ana"])
    )
    with pytest.raises(NotFound):
        appeals.decide(made, upheld=True, words="x", actor=person(house[who]))
    with reading() as session:
        assert appeal_queries.open_appeals(session, house[who]) == []
        assert len(appeal_queries.open_appeals(session, house["judge"])) == 1
    with pytest.raises(IntegrityError, match=r"must not decide|not_by_oneself"), transaction() as session:
        session.execute(
            text("UPDATE quality_appeals SET state = 'upheld', decided_by = :who, decided_at = now()"),
            {"who": house[who]},
        )


def test_an_appeal_has_its_time(house: dict[str, int]) -> None:
    three_interviews(house)
    note = released(house)
    values = {"grounds": "other", "words": "x", "agent_id": house["ana"], "zone": ZONE, "actor": person(house["ana"])}
    with clock.frozen(AFTER + timedelta(days=31)), pytest.raises(Conflict, match="appeal_late"):
        appeals.make(note.id, interviews(house["ana"])[0], **values)  # type: ignore[arg-type]


def test_whoever_is_paid_on_a_score_is_barred_and_refused_by_the_database(house: dict[str, int]) -> None:
    become(house["boss"], "administrator")
    other = create_agent(name="Lee Elsewhere")
    become(other, "supervisor")
    with reading() as session:
        assert who_must_not_ask(session, house["ana"]) == {house["ana"]: "rated", other: "paid"}
    INTERVIEWER[0] = other
    with pytest.raises(IntegrityError, match="is paid on the score"):
        answered(house["ana"], 4)
    boss = person(house["boss"])
    rewards.choose("supervisor", "team", actor=boss)
    answered(house["ana"], 4)
    rewards.choose("agent", "team", actor=boss)
    with reading() as session:
        barred = who_must_not_ask(session, house["ana"])
    assert barred == {house["ana"]: "rated", house["ben"]: "paid", house["lead"]: "paid"}
    for role, scope in (("quality", "centre"), ("agent", "centre"), ("administrator", "none")):
        with pytest.raises(Invalid):
            rewards.choose(role, scope, actor=boss)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            text("INSERT INTO reward_rules VALUES ('quality', 'centre', :boss, now())"), {"boss": house["boss"]}
        )


def test_a_year_rewards_only_what_the_answers_carry(house: dict[str, int]) -> None:
    for turn in range(24):
        answered(house["ana"], 5 - (turn % 12 == 0))
        answered(house["ben"], 3 + turn % 2)
        answered(house["lead"], 3 + turn % 2)
    with reading() as session:
        year = rewards.year_up_to(session, MONTH, ZONE)
        nothing = rewards.year_up_to(session, "2029-10", ZONE)
    assert [(name, [each.agent_id for each in agents]) for name, agents in year.tiers] == [
        ("honour", [house["ana"]]), ("recognised", []),
    ]  # fmt: skip
    assert (year.centre, nothing.centre) == ("missed", "open")


def test_courses_and_the_ledger(house: dict[str, int]) -> None:
    three_interviews(house)
    note_of(house)
    boss: Actor = person(house["boss"])
    course = learning.plan(
        team_id=house["team"], quarter="2030-Q4", topic="speed", means="class", title="Quick", planned_on=AFTER.date(),
        actor=boss,
    )  # fmt: skip
    learning.settle(course, state="held", actor=boss)
    with pytest.raises(Conflict):
        learning.settle(course, state="canceled", actor=boss)
    line = {"team_id": house["team"], "year": 2030, "actor": boss}
    learning.enter(kind="budget", amount="1,000", text="Year", **line)  # type: ignore[arg-type]
    learning.enter(kind="spent", amount="250.50", text="Room", training_id=course, **line)  # type: ignore[arg-type]
    learning.enter(kind="mended", amount="-0.50", text="Typed wrongly", **line)  # type: ignore[arg-type]
    for kind, amount in (("spent", "-3"), ("budget", "0"), ("gift", "1")):
        with pytest.raises(Invalid):
            learning.enter(kind=kind, amount=amount, text="x", **line)  # type: ignore[arg-type]
    with reading() as session:
        (ledger,) = learning_queries.ledgers(session, 2030)
        (team,) = learning_queries.teams_of(session, "2030-Q4", ZONE)
    assert (ledger.budget, ledger.spent, ledger.left) == (100_000, 25_100, 74_900)
    assert (team.people, team.lowest, team.topics) == (2, None, (("attitude", 1),)), "two people are too few to say"
    assert [each.state for each in team.courses] == ["held"]
    with pytest.raises(DatabaseError, match="stays as it is"), transaction() as session:
        session.execute(text("UPDATE learning_entries SET cents = 1"))


def test_the_pages(app: Flask, house: dict[str, int]) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    three_interviews(house)
    boss, ana = browser_of(app, house["boss"]), browser_of(app, house["ana"])
    opened = boss.post(f"/quality/coaching/{house['ana']}", data={"month": MONTH})
    page = boss.get(opened.location).text
    assert opened.status_code == 303 and "Ring Mrs Hart twice" in page and "Ana Rated" in page
    refused = boss.post(opened.location, data={"version": 1, "do": "release", "body": "Kept <words>"})
    assert refused.status_code == 422 and "Kept &lt;words&gt;" in refused.text and "at least one step" in refused.text
    assert "No notes yet" in ana.get("/quality/mine").text, "nothing before the release"
    note = released(house)
    page = ana.get("/quality/mine").text
    assert "Ring twice" in page and "Mrs Hart" not in page and "No figure about you is shown" in page
    answer = ana.post(f"/quality/mine/{note.id}/appeal", data={"grounds": "other", "words": ""})
    assert answer.status_code == 422 and "Please choose one." in answer.text
    bad = interviews(house["ana"])[0]
    made = ana.post(f"/quality/mine/{note.id}/appeal", data={"grounds": "other", "words": "No.", "interview": bad})
    assert made.status_code == 303 and "Being decided" in ana.get("/quality/mine").text
    judge = browser_of(app, house["judge"])
    page = judge.get("/quality/appeals/1").text
    assert "Ana" not in page and "Ring Mrs Hart twice" in page
    assert boss.get("/quality/appeals/1").status_code == 404, "who wrote the note knows whose it is"
    decided = judge.post("/quality/appeals/1", data={"do": "uphold", "decision": "Right."})
    assert decided.status_code == 303 and "Right." in ana.get("/quality/mine").text
    assert "no ranks" in ana.get("/quality/rules").text.lower()
    assert "Twelve months" not in ana.get("/quality/rules").text
    assert boss.get("/quality/learning?quarter=2030-Q4").status_code == 200
    assert boss.get("/quality/coaching?month=2030-11").status_code == 404
