"""The road to the headset: least times, exams by several raters, re-tests, and overrides that end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from app.administration.services import membership
from app.board.images import board_image
from app.db import reading, transaction
from app.domain.certificates import Standing
from app.errors import Conflict, Invalid
from app.eventlog import Event, person
from app.queues.models import Certificate
from app.training import exams, leave, queries, services
from app.training.models import Road, RoadExam
from tests.fixtures.desk import create_agent, create_queue, create_user, ring_in, route, sit_down
from tests.web.signing_in import browser_of

START = datetime(2031, 1, 31, 9, tzinfo=UTC)
TODAY = START.date()


@pytest.fixture
def house(database: str) -> Iterator[dict[str, int]]:
    with clock.frozen(START):
        queue = create_queue()
        people = {"new": create_agent(), "mei": create_user("supervisor"), "quinn": create_user("quality")}
        yield people | {"queue": queue, "sam": create_user("administrator")}


def road_at_exam(house: dict[str, int]) -> int:
    road = services.start(house["new"], house["queue"], actor=person(house["mei"]))
    for seen in ("trainee", "practice"):
        services.move_on(road, seen, early="agreed", may_hurry=True, actor=person(house["sam"]))
    return road


def examined(house: dict[str, int], road: int, *scores: tuple[int, int]) -> bool:
    """An exam on `road`, with (theory, practice) of each rater."""
    exam = exams.set_exam(road, clock.now().date(), actor=person(house["mei"]))
    for rater, (theory, practice) in zip(("mei", "quinn", "sam"), scores, strict=False):
        exams.mark(exam, {"theory": theory, "practice": practice}, actor=person(house[rater]))
    return exams.close(exam, actor=person(house["mei"])).passed


def certificates(house: dict[str, int]) -> list[Certificate]:
    with reading() as session:
        return list(
            session.scalars(select(Certificate).where(Certificate.agent_id == house["new"]).order_by(Certificate.id))
        )


def state_of(road: int) -> tuple[str, date | None]:
    with reading() as session:
        row = session.get_one(Road, road)
        return row.state, row.retest_from


def logged(name: str) -> list[Event]:
    with reading() as session:
        return list(session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


def test_a_stage_lasts_its_least_time(house: dict[str, int]) -> None:
    mei = person(house["mei"])
    road = services.start(house["new"], house["queue"], actor=mei)
    with pytest.raises(Conflict, match="2031-02-28"):
        services.move_on(road, "trainee", early="in a hurry", actor=mei)
    with pytest.raises(Conflict, match="2031-02-28"):  # without a reason not even an administrator
        services.move_on(road, "trainee", may_hurry=True, actor=person(house["sam"]))
    with pytest.raises(Conflict, match="after the class"):
        services.enter(road, kind="shadowing", day=TODAY, amount=1, note="", actor=mei)
    services.enter(road, kind="class", day=TODAY, amount=6, note="", actor=mei)
    with clock.frozen(START + timedelta(days=28)):
        assert services.move_on(road, "trainee", actor=mei) == "practice"
        with pytest.raises(Conflict):  # a second click
            services.move_on(road, "trainee", actor=mei)
        services.enter(road, kind="supervised", day=clock.now().date(), amount=5, note="calm", actor=mei)
        assert (
            services.move_on(road, "practice", early="knows it", may_hurry=True, actor=person(house["sam"])) == "exam"
        )
    assert [event.reason for event in logged("road.moved")] == ["", "knows it"]
    with reading() as session:
        assert queries.roads(session, TODAY)[0].done == {"class": 6, "supervised": 5}


def test_the_exam_comes_after_enough_contacts_under_supervision(house: dict[str, int]) -> None:
    mei, quinn = person(house["mei"]), house["quinn"]
    road = services.start(house["new"], house["queue"], actor=mei)
    services.move_on(road, "trainee", early="agreed", may_hurry=True, actor=person(house["sam"]))
    with clock.frozen(START + timedelta(days=80)):
        day = clock.now().date()
        services.enter(road, kind="supervised", day=day, amount=12, note="", actor=mei)
        services.enter(road, kind="shadowing", day=day, amount=30, note="", actor=mei)
        with pytest.raises(Conflict, match="8 more contacts under supervision"):
            services.move_on(road, "practice", actor=mei)
        for nobody in (house["new"], 999_999):
            with pytest.raises(Invalid) as refused:
                services.enter(road, kind="supervised", day=day, amount=8, note="", supervisor_id=nobody, actor=mei)
            assert set(refused.value.fields) == {"supervisor"}
        services.enter(road, kind="supervised", day=day, amount=8, note="", supervisor_id=quinn, actor=mei)
        assert services.move_on(road, "practice", actor=mei) == "exam"
        with reading() as session:
            beside = [(entry.kind, entry.supervisor_id) for entry, _name in queries.entries(session, road)]
    assert beside == [("supervised", quinn), ("shadowing", None), ("supervised", house["mei"])]
    assert [event.after.get("supervisor") for event in logged("road.entered")] == [house["mei"], None, quinn]


def test_nobody_decides_on_their_own_road(house: dict[str, int]) -> None:
    road = road_at_exam(house)
    exam = exams.set_exam(road, TODAY, actor=person(house["mei"]))
    own = person(house["new"])
    for attempt in (
        lambda: exams.mark(exam, {"theory": 100}, actor=own),
        lambda: exams.close(exam, actor=own),
        lambda: services.enter(road, kind="class", day=TODAY, amount=1, note="", actor=own),
        lambda: membership.override(house["new"], house["queue"], reason="me", last_day=TODAY, actor=own),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "own_road"
    with pytest.raises(IntegrityError, match="never_oneself"), transaction() as session:
        session.execute(
            text(
                "INSERT INTO road_marks (exam_id, candidate_id, part, rater_id, score, at)"
                " VALUES (:exam, :own, 'theory', :own, 100, now())"
            ),
            {"exam": exam, "own": house["new"]},
        )


def test_who_passes_is_certified_and_offered_calls(house: dict[str, int]) -> None:
    road = road_at_exam(house)
    sit_down(house["new"])
    ring_in()
    assert route() == 0
    assert examined(house, road, (90, 60), (80, 70))  # 85 * .6 + 65 * .4 = 77
    assert state_of(road) == ("certified", None)
    (held,) = certificates(house)
    assert (held.granted_on, held.expires_on, held.override) == (TODAY, date(2032, 1, 30), False)
    assert logged("exam.passed")[0].after["result"] == "77.00"
    assert route() == 1


def test_who_fails_reads_when_to_try_again(house: dict[str, int]) -> None:
    road = road_at_exam(house)
    assert not examined(house, road, (100, 40), (100, 59))  # 79.8, but 49.5 in the call
    assert state_of(road) == ("exam", TODAY + timedelta(days=14))
    assert certificates(house) == []
    with pytest.raises(Invalid) as early:
        exams.set_exam(road, TODAY + timedelta(days=13), actor=person(house["mei"]))
    assert "2031-02-14" in early.value.fields["held_on"]
    with clock.frozen(START + timedelta(days=14)):
        assert examined(house, road, (70, 70), (70, 70))


def test_a_result_needs_enough_raters_and_stands(house: dict[str, int]) -> None:
    road = road_at_exam(house)
    mei = person(house["mei"])
    exam = exams.set_exam(road, TODAY, actor=mei)
    with pytest.raises(Conflict, match="open already"):
        exams.set_exam(road, TODAY, actor=mei)
    exams.mark(exam, {"theory": 10, "practice": 80}, actor=mei)
    exams.mark(exam, {"theory": 80, "practice": None}, actor=mei)  # their own mark, put right
    with pytest.raises(Conflict, match="2 raters"):
        exams.close(exam, actor=mei)
    exams.mark(exam, {"theory": 80, "practice": 80}, actor=person(house["quinn"]))
    services.set_rules(
        {**{name: str(default) for name, (default, *_x) in services.RULES.items()}, "pass_mark": "90"}, actor=mei
    )
    assert exams.close(exam, actor=mei).total == 80  # by the rules it was set by
    with pytest.raises(Conflict, match="result stands"):
        exams.mark(exam, {"theory": 0}, actor=mei)
    with reading() as session:
        assert session.get_one(RoadExam, exam).state == "passed"


def test_a_retest_takes_the_certificate_at_once_or_on_a_day(house: dict[str, int]) -> None:
    road, quinn = road_at_exam(house), person(house["quinn"])
    assert examined(house, road, (80, 80), (80, 80))
    with pytest.raises(Invalid):
        leave.order_retest(house["new"], house["queue"], reason=" ", last_day=None, actor=quinn)
    day = TODAY + timedelta(days=7)
    assert leave.order_retest(house["new"], house["queue"], reason="Twice rude", last_day=day, actor=quinn) == road
    assert state_of(road)[0] == "exam"
    assert [(row.expires_on, row.revoked_at) for row in certificates(house)] == [(day, None)]
    leave.order_retest(house["new"], house["queue"], reason="Again", last_day=None, actor=quinn)
    assert certificates(house)[0].revoked_at == START
    assert [event.reason for event in logged("road.retest_ordered")] == ["Twice rude", "Again"]
    with pytest.raises(Conflict, match="no certificate"):
        leave.order_retest(house["new"], house["queue"], reason="Again", last_day=None, actor=quinn)


def test_a_retest_of_somebody_certified_without_a_road(house: dict[str, int]) -> None:
    agent = create_agent(house["queue"])
    road = leave.order_retest(agent, house["queue"], reason="Scores", last_day=None, actor=person(house["quinn"]))
    assert state_of(road)[0] == "exam"
    with reading() as session:
        assert services.standing(session, session.get_one(Road, road), TODAY) is Standing.REVOKED


def test_an_override_ends_within_a_fortnight(house: dict[str, int]) -> None:
    sam = person(house["sam"])
    for last_day in (None, TODAY - timedelta(days=1), TODAY + timedelta(days=14)):
        with pytest.raises(Invalid):
            membership.override(house["new"], house["queue"], reason="Flood", last_day=last_day, actor=sam)
    held = membership.override(
        house["new"], house["queue"], reason="Flood", last_day=TODAY + timedelta(days=13), actor=sam
    )
    (event,) = logged("certificate.granted")
    assert (event.reason, event.after["override"], event.user_id) == ("Flood", True, house["sam"])
    with pytest.raises(Conflict, match="holds already"):
        membership.override(house["new"], house["queue"], reason="More", last_day=TODAY, actor=sam)
    with pytest.raises(Conflict, match="keeps its end"):
        membership.move_end(held, None, actor=sam)
    sit_down(house["new"])
    ring_in()
    assert route() == 1
    with reading() as session:
        shown = board_image(session, "all")
        (card,) = [dict(zip(shown["agent_fields"], row, strict=True)) for row in shown["agents"]]
        assert (card["id"], card["override"]) == (house["new"], "2031-02-13")
        assert [(row.id, row.override) for row, *_rest in queries.in_question(session, TODAY)] == [(held, True)]
        assert queries.in_question(session, TODAY + timedelta(days=14)) == []
    with pytest.raises(IntegrityError, match="override_short"), transaction() as session:
        session.get_one(Certificate, held).expires_on = TODAY + timedelta(days=14)


def test_pages_from_class_to_certificate(house: dict[str, int], app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    mei, quinn, sam = (browser_of(app, house[name]) for name in ("mei", "quinn", "sam"))
    made = mei.post("/training", data={"agent": house["new"], "queue": house["queue"]})
    road = made.headers["Location"]
    early = mei.post(f"{road}/move", data={"seen": "trainee", "early": "please"})
    assert (early.status_code, "2031-02-28" in early.text) == (409, True)
    for seen in ("trainee", "practice"):
        assert sam.post(f"{road}/move", data={"seen": seen, "early": "Flood"}).status_code == 303
    wrong = mei.post(
        f"{road}/entries", data={"kind": "shadowing", "day": "2031-01-30", "amount": "0", "note": "kept words"}
    )
    assert (wrong.status_code, "kept words" in wrong.text) == (422, True)
    assert mei.post(f"{road}/exams", data={"held_on": "2031-01-31"}).status_code == 303
    with reading() as session:
        exam = session.scalars(select(RoadExam.id)).one()
    for rater in (mei, quinn):
        assert rater.post(f"{road}/exams/{exam}/marks", data={"theory": "75", "practice": "85"}).status_code == 303
    assert "79.0" not in mei.get(road).text
    assert mei.post(f"{road}/exams/{exam}/close").status_code == 303
    assert "79.0" in mei.get(road).text
    own = browser_of(app, house["new"]).get("/training/mine")
    assert (own.status_code, "79.0" in own.text) == (200, True)
    ordered = quinn.post("/training/retest", data={"agent": house["new"], "queue": house["queue"], "reason": "Rude"})
    assert ordered.headers["Location"] == road
    data = {"override_agent": house["new"], "override_queue": house["queue"], "reason": "Flood"}
    assert sam.post("/training/override", data=data).status_code == 422
    assert sam.post("/training/override", data=data | {"last_day": "2031-02-02"}).status_code == 303
    assert "Flood" in mei.get("/training").text
    assert sam.post("/training/rules", data={"class_months": "x"}).status_code == 422
    values = {name: str(default) for name, (default, *_rest) in services.RULES.items()}
    assert sam.post("/training/rules", data=values).status_code == 303
    assert mei.get("/training/rules").status_code == 200
