"""Versions of the questions: drafted, published for good, kept by attempts and interviews, and seen in the scores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.db import reading, transaction
from app.domain.questionnaire import CORE, LANGUAGES, STANDING, Questionnaire
from app.domain.questionnaire_editing import item_field, part_field
from app.errors import Conflict, DeskError, Invalid, NotFound
from app.eventlog import Actor, Event, person
from app.quality import queries
from app.quality.needs.models import Need
from app.quality.questionnaire import services
from app.quality.questionnaire.asked import checked, current, from_form, of_version
from app.quality.questionnaire.models import QualityQuestionnaire
from app.quality.questionnaire.reported import Report, report
from tests.fixtures.desk import create_user
from tests.services.test_quality import GOOD, ask, attempts, callback, contact_of, house, interview, save, talk
from tests.services.test_quality_scores import ZONE, answered, team

__all__ = ["house", "team"]


@pytest.fixture
def writer(database: str) -> Actor:
    return person(create_user("administrator"))


def row(version: int) -> QualityQuestionnaire:
    with reading() as session:
        return session.get_one(QualityQuestionnaire, version)


def edit(version: int, actor: Actor, do: str = "save", **form: str) -> Questionnaire:
    return services.change(version, {"do": do, **form}, revision=row(version).revision, actor=actor)


def words(key: str, said: str) -> dict[str, str]:
    return {item_field(key, code): said for code in LANGUAGES}


def publish(actor: Actor, do: str = "", **form: str) -> int:
    """A version that is asked from now on: what is asked now, a button and some words on."""
    version = services.begin_draft(actor=actor)
    if do:
        edit(version, actor, do)
    edit(version, actor, **form)
    services.publish(version, revision=row(version).revision, actor=actor)
    return version


def test_the_first_version_is_what_the_program_came_with(database: str) -> None:
    with reading() as session:
        asked = current(session)
        assert of_version(session, 1) == asked
        with pytest.raises(NotFound):
            of_version(session, 2)
    assert [item.key for item in asked.items] == [*CORE, *STANDING] and asked.version == 1
    assert all(item.text(code) for item in asked.items for code in LANGUAGES)
    assert "{day}" in asked.part("opening", "zh_Hant") and asked.part("low", "en") == "very bad"


def test_a_draft_is_worked_on_and_asked_of_nobody_until_it_is_published(writer: Actor) -> None:
    version = services.begin_draft(actor=writer)
    draft = edit(version, writer, "add:rating")
    assert [item.key for item in draft.added] == ["own1"]
    draft = edit(version, writer, "down:own1", **words("own1", "Was it safe?"), **words("speed", "How fast?"))
    assert [item.key for item in draft.items][-3:] == ["own1", "suggestion", "may_return"], "saved and moved at once"
    assert edit(version, writer, "remove:may_return").missing == ("may_return",)
    assert edit(version, writer, "put_back:may_return").items[-1].text("zh_Hans").startswith("关于您说的")
    with reading() as session:
        assert current(session).version == 1
    services.publish(version, revision=row(version).revision, actor=writer)
    with reading() as session:
        assert current(session).version == version
        logged = session.scalars(select(Event).where(Event.subject == "questionnaire").order_by(Event.id)).all()
    assert (row(1).state, row(version).state) == ("retired", "published")
    assert {event.user_id for event in logged} == {writer.user_id}
    assert [event.name.split(".")[1] for event in logged][-2:] == ["retired", "published"]
    assert logged[-1].after == {"state": "published", "instead_of": 1, "core": ["speed"], "order": False}
    assert edit_refused(lambda: services.publish(version, revision=1, actor=writer)) == "questionnaire_published"


def edit_refused(act: Callable[[], object]) -> str:
    with pytest.raises(DeskError) as refused:
        act()
    return refused.value.code


def test_of_several_who_begin_a_draft_at_once_one_does(writer: Actor) -> None:
    def begin(_number: int) -> str:
        try:
            return str(services.begin_draft(actor=writer))
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(4) as together:
        assert sorted(together.map(begin, range(4))) == ["2", *["questionnaire_draft_there"] * 3]


@pytest.mark.parametrize(
    ("do", "code"),
    [
        ("remove:overall", "questionnaire_core"),
        ("up:attitude", "questionnaire_order"),
        ("up:settled", "questionnaire_order"),
        ("add:settled", "questionnaire_form"),
        ("add:nonsense", "questionnaire_form"),
        ("throw:it", "questionnaire_form"),
    ],
)
def test_what_a_button_may_not_do_changes_nothing(writer: Actor, do: str, code: str) -> None:
    version = services.begin_draft(actor=writer)
    assert edit_refused(lambda: edit(version, writer, do, **words("need", "Lost?"))) == code
    assert row(version).revision == 1 and row(version).content == row(1).content


def test_refusals(writer: Actor) -> None:
    version = services.begin_draft(actor=writer)
    assert edit_refused(lambda: services.begin_draft(actor=writer)) == "questionnaire_draft_there"
    assert edit_refused(lambda: services.publish(version, revision=1, actor=writer)) == "questionnaire_same"
    with pytest.raises(Invalid) as long:
        edit(version, writer, **{item_field("need", "en"): "x" * 301})
    assert long.value.fields == {item_field("need", "en"): "too_long"}
    edit(version, writer, **{part_field("opening", "en"): "On {date}"})
    assert edit_refused(lambda: services.change(version, {}, revision=1, actor=writer)) == "questionnaire_changed"
    assert edit_refused(lambda: services.publish(version, revision=1, actor=writer)) == "questionnaire_changed"
    with pytest.raises(Invalid) as lacks:
        services.publish(version, revision=2, actor=writer)
    assert lacks.value.fields == {part_field("opening", "en"): "questionnaire_hole"}
    assert edit_refused(lambda: edit(1, writer)) == "questionnaire_published"
    assert edit_refused(lambda: services.discard(1, actor=writer)) == "questionnaire_published"
    services.discard(version, actor=writer)
    assert edit_refused(lambda: services.discard(version, actor=writer)) == "questionnaire_unknown"
    assert services.begin_draft(actor=writer) == version


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quality_questionnaires SET content = '{}' WHERE version = 1",
        "UPDATE quality_questionnaires SET version = 3 WHERE version = 1",
        "UPDATE quality_questionnaires SET published_at = now() WHERE version = 1",
        "UPDATE quality_questionnaires SET state = 'draft', published_at = NULL WHERE version = 1",
        "UPDATE quality_questionnaires SET state = 'retired', retired_at = now(), content = '{}' WHERE version = 1",
        "DELETE FROM quality_questionnaires WHERE version = 1",
        "UPDATE quality_questionnaires SET state = 'published', published_at = now() WHERE version = 2",
        "UPDATE quality_questionnaires SET version = 3 WHERE version = 2",
        "INSERT INTO quality_questionnaires (version, content, created_at) VALUES (3, '{}', now())",
        "INSERT INTO quality_questionnaires (version, state, content, created_at, published_at, retired_at)"
        " VALUES (3, 'retired', '{}', now(), now(), now())",
    ],
)
def test_the_database_itself_keeps_what_was_published(writer: Actor, statement: str) -> None:
    services.begin_draft(actor=writer)
    with (
        pytest.raises(DatabaseError, match=r"never changed|begins as a draft|violates|duplicate"),
        transaction() as session,
    ):
        session.execute(text(statement))
    assert (row(1).state, row(2).state) == ("published", "draft")


def test_nobody_is_asked_with_a_draft(house: dict[str, int], writer: Actor) -> None:
    asked = ask(house, contact_of(house))
    services.begin_draft(actor=writer)
    statement = text("UPDATE quality_attempts SET version = 2 WHERE callback_id = :callback")
    with pytest.raises(DatabaseError, match="nobody is asked with it"), transaction() as session:
        session.execute(statement, {"callback": asked})


def test_an_open_interview_keeps_its_version_and_the_next_has_the_new_one(house: dict[str, int], writer: Actor) -> None:
    before = ask(house, contact_of(house))
    desk, reservation = talk(house, before)
    version = publish(writer, "add:yes_no", **words("own1", "Was it safe?"), **words("need", "What else?"))
    with reading() as session:
        panel = queries.panel(session, reservation, desk.agent_id)
    assert panel is not None and panel["version"] == 1 and "own1" not in {each["key"] for each in panel["items"]}
    save(desk, reservation, outcome="interviewed", settled="yes", ratings=GOOD, extra={"own1": True})
    first = interview(before)
    assert first is not None and (first.version, first.extra) == (1, {})

    after = ask(house, contact_of(house, number="+447700900456"))
    assert attempts(after)[0].version == version
    desk, reservation = talk(house, after)
    with reading() as session:
        panel = queries.panel(session, reservation, desk.agent_id)
    assert panel is not None and panel["version"] == version
    assert {each["key"]: each["question"] for each in panel["items"]}["own1"] == "Was it safe?"
    save(
        desk, reservation, outcome="interviewed", settled="partly", ratings=GOOD, need="A locker", need_level="beyond",
        extra={"own1": False, "own7": 3},
    )  # fmt: skip
    second = interview(after)
    assert second is not None and (second.version, second.extra) == (version, {"own1": False})
    with reading() as session:
        assert session.scalars(select(Need.title)).one() == "A locker"


def test_what_is_required_is_asked_for_and_a_partial_interview_is_one_without_it(
    house: dict[str, int], writer: Actor
) -> None:
    publish(writer, "add:rating", **words("own1", "Was it cheap?"), **{"item-own1": "1", "item-own1-required": "1"})
    asked = ask(house, contact_of(house))
    desk, reservation = talk(house, asked)
    with pytest.raises(Invalid) as refused:
        save(desk, reservation, outcome="interviewed", settled="yes", ratings=GOOD)
    assert refused.value.fields == {"outcome": "interview_incomplete"}
    save(desk, reservation, outcome="partial", settled="yes", ratings={**GOOD, "speed": 1})
    row_of = callback(asked)
    assert row_of.outcome == "partial" and row_of.ticket_id is not None, "mended as ever"


def test_a_posted_form_is_checked_by_its_version(database: str) -> None:
    with reading() as session:
        asked = current(session)
    form = {"q-settled": "partly", "q-need": "Lockers", "q-need_level": "basic", "q-may_return": "no", "q-speed": "9"}
    with pytest.raises(Invalid) as refused:
        checked(asked, from_form(asked, form))
    assert list(refused.value.fields) == ["attitude", "speed", "correctness", "informed", "overall"]
    whole = {**form, **{f"q-{key}": "4" for key in refused.value.fields}}
    answers = checked(asked, from_form(asked, whole))
    assert (answers.settled, answers.need_level, answers.may_return, answers.ratings["speed"]) == (
        "partly", "basic", False, 4,
    )  # fmt: skip
    assert checked(asked, from_form(asked, form), partly=True).need == "Lockers"
    with pytest.raises(Invalid):
        checked(asked, from_form(asked, {"q-need": "Lockers"}), partly=True)


def window() -> Report:
    with reading() as session:
        return report(session, ["2030-10"], ZONE)


def test_a_window_says_that_it_mixes_wordings_and_reports_what_was_asked_in_addition(
    team: list[int], writer: Actor
) -> None:
    agent = team[0]
    answered(agent, 4)
    assert window() == Report(None, ())
    second = publish(writer, "add:rating", **words("own1", "Was it safe?"))
    answered(agent, 4, version=second, extra={"own1": 5})
    answered(agent, 3, version=second)
    found = window()
    assert found.mixed is None, "no score rests on it"
    assert [(each.versions, each.asked, each.answered, dict(each.counts)) for each in found.own] == [
        ((second,), 2, 1, {1: 0, 2: 0, 3: 0, 4: 0, 5: 1})
    ]
    third = publish(writer, "add:text", **words("own2", "What else?"), **words("overall", "And in all?"))
    answered(agent, 5, version=third, extra={"own1": 4, "own2": "More light"})
    found = window()
    assert found.mixed is not None and [each.interviews for each in found.mixed.used] == [1, 2, 1]
    assert [(version, each.core) for version, each in found.mixed.found] == [(third, ("overall",))]
    safe, light = found.own
    assert (safe.versions, safe.asked, safe.answered, light.texts) == ((second, third), 3, 2, ("More light",))
    fourth = publish(writer, **words("own1", "Was it whole?"))
    answered(agent, 5, version=fourth, extra={"own1": 1})
    assert [(each.item.text("en"), each.answered) for each in window().own] == [
        ("Was it safe?", 2),
        ("What else?", 1),
        ("Was it whole?", 1),
    ], "answers to other words are other answers"
