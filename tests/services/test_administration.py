"""Queues, demands, agents, certificates: what administration changes, what it says first, what it writes down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.administration.changes import ConfirmFirst, EditConflict, fingerprint
from app.administration.services import demands, membership, people_at_work, queues
from app.administration.services.counts import certified_for, demands_of
from app.agents.models import Agent, AgentSkill, Skill, Team
from app.agents.services import take_up_work
from app.db import reading, transaction
from app.domain.certificates import Span, Standing, best_standing, standing_of
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import CLI, Event, person
from app.queues.models import Certificate, Queue, QueueMember, Topic
from app.queues.pools import active_pools
from app.recordings import store
from tests.fixtures.desk import (
    create_agent,
    create_queue,
    create_user,
    item_of,
    names,
    offer_of,
    ring_in,
    route,
    sit_down,
)

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _in_english(app: Flask):
    with app.test_request_context():
        yield


def _events(name: str) -> list[Event]:
    with reading() as session:
        return list(session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


def _agreed(change: Callable[[str], object]) -> list[str]:
    """Kinds of consequences that `change(confirmed)` names first; then it is done."""
    with pytest.raises(ConfirmFirst) as asked:
        change("")
    change(asked.value.token)
    return [each.code for each in asked.value.consequences]


def _queue_form(queue_id: int, **changed: str) -> dict[str, str]:
    values = queues.queue_values(queues.get_queue(queue_id))
    form = {key: "" if value is None else str(value) for key, value in values.items()}
    return {**form, "public": "1" if values["public"] else "", **changed}


def _skill(code: str = "complaints") -> int:
    with transaction() as session:
        skill = Skill(code=code, kind="skill", names=names(code))
        session.add(skill)
        session.flush()
        return skill.id


def _certificate(agent: int, queue: int) -> int:
    with reading() as session:
        return session.scalars(
            select(Certificate.id).where(Certificate.agent_id == agent, Certificate.queue_id == queue)
        ).one()


@pytest.mark.parametrize(
    ("span", "standing"),
    [
        (Span(TODAY, None), Standing.VALID),
        (Span(TODAY, TODAY), Standing.ENDS_SOON),
        (Span(TODAY - timedelta(days=9), TODAY + timedelta(days=30)), Standing.ENDS_SOON),
        (Span(TODAY, TODAY + timedelta(days=31)), Standing.VALID),
        (Span(TODAY + timedelta(days=1), None), Standing.NOT_YET),
        (Span(TODAY - timedelta(days=9), TODAY - timedelta(days=1)), Standing.EXPIRED),
        (Span(TODAY, None, revoked=True), Standing.REVOKED),
    ],
)
def test_a_certificate_stands_as_its_days_say(span: Span, standing: Standing) -> None:
    assert standing_of(span, TODAY) is standing


def test_the_best_of_several_certificates_counts() -> None:
    gone, holds = Span(TODAY, None, revoked=True), Span(TODAY, None)
    assert best_standing([gone, holds], TODAY) is Standing.VALID
    assert best_standing([], TODAY) is Standing.NONE


def test_a_fresh_organisation_takes_a_call() -> None:
    """Queue, person, desk: nothing else has to be done, and nobody seeds anything."""
    user_id = create_user(name="Ana Lopez")
    queue_id = queues.create_queue(
        {"name_en": "Where is my parcel?", "strategy": "longest_idle", "public": "1", "with_topic": "1"}, actor=CLI
    )
    agent = take_up_work(user_id, actor=person(user_id))
    assert agent.public_name == "Ana"
    assert take_up_work(user_id, actor=person(user_id)).id == user_id and len(_events("agent.created")) == 1
    membership.grant(user_id, queue_id, granted_on=clock.now().date(), expires_on=None, actor=CLI)
    sit_down(user_id)
    caller = ring_in("where_is_my_parcel")
    assert route() == 1
    reservation = offer_of(user_id)
    assert reservation is not None and reservation.work_item_id == item_of(caller).id


def test_only_roles_that_take_contacts_become_agents() -> None:
    user_id = create_user("administrator")
    with pytest.raises(NotFound):
        take_up_work(user_id, actor=person(user_id))


def test_a_queue_refuses_what_it_cannot_use_all_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        queues.create_queue({"name_en": "", "strategy": "by mood", "ring_s": "0", "acw_s": "x"}, actor=CLI)
    assert set(refused.value.fields) == {"name_en", "strategy", "ring_s", "acw_s", "code"}
    with pytest.raises(Invalid) as refused:
        queues.create_queue({"name_en": "A", "strategy": "best_skill", "acw_s": "900", "acw_cap_s": "60"}, actor=CLI)
    assert set(refused.value.fields) == {"acw_cap_s"}
    create_queue("parcel")
    with pytest.raises(Invalid) as refused:
        queues.create_queue({"name_en": "A", "strategy": "best_skill", "code": "parcel"}, actor=CLI)
    assert set(refused.value.fields) == {"code"}


def test_a_change_of_a_queue_keeps_before_and_after_and_the_other_persons_change() -> None:
    queue_id, user_id = create_queue(), create_user("administrator")
    opened = fingerprint(queues.queue_values(queues.get_queue(queue_id)))
    form = _queue_form(queue_id, ring_s="25", name_zh_Hans="查询包裹")
    queues.change_queue(queue_id, form, seen=opened, actor=person(user_id))
    event = _events("queue.changed")[-1]
    assert (event.before, event.after) == (
        {"ring_s": 20, "name_zh_Hans": "parcel"},
        {"ring_s": 25, "name_zh_Hans": "查询包裹"},
    )
    assert event.user_id == user_id
    with pytest.raises(EditConflict) as conflict:
        queues.change_queue(queue_id, _queue_form(queue_id, ring_s="30"), seen=opened, actor=CLI)
    assert conflict.value.theirs["ring_s"] == 25 and queues.get_queue(queue_id).ring_s == 25


def test_closing_says_what_becomes_of_who_waits_and_serves_them() -> None:
    queue_id = create_queue()
    agent = create_agent(queue_id)
    caller = ring_in()

    def close(confirmed: str) -> None:
        queues.open_or_close(queue_id, is_open=False, reason="flood", confirmed=confirmed, actor=CLI)

    assert _agreed(close) == ["waiting_served", "new_refused", "agents_idle"]
    assert _events("queue.closed")[-1].reason == "flood"
    with pytest.raises(Conflict):
        ring_in()
    assert list(active_pools()) == ["main"]  # the line of a closed queue is still matched
    sit_down(agent)
    assert route() == 1
    assert item_of(caller).state == "reserved"
    queues.open_or_close(queue_id, is_open=True, reason="", confirmed="", actor=CLI)
    assert queues.get_queue(queue_id).active and list(active_pools()) == ["main"]


def test_closing_with_nobody_to_serve_the_line_is_said_as_bad() -> None:
    queue_id = create_queue()
    ring_in()
    with pytest.raises(ConfirmFirst) as asked:
        queues.open_or_close(queue_id, is_open=False, reason="", confirmed="waiting_served,new_refused", actor=CLI)
    worst = asked.value.consequences[0]
    assert (worst.code, worst.tone) == ("waiting_unserved", "bad")
    assert queues.get_queue(queue_id).active


def test_demands_that_leave_nobody_are_said_first() -> None:
    queue_id, skill = create_queue(), _skill()
    create_agent(queue_id)
    line = {"skill": str(skill), "level": "3", "relax_after_s": "60", "relaxed_level": "1"}

    def ask(confirmed: str) -> None:
        demands.change_demands(queue_id, [line, {"skill": ""}], seen=None, confirmed=confirmed, actor=CLI)

    assert _agreed(ask) == ["nobody_meets"]
    with reading() as session:
        assert demands_of(session, queue_id) == {skill: (3, 60, 1)}
    assert _events("queue.demands_changed")[-1].after == {str(skill): [3, 60, 1]}


def test_a_demand_line_is_refused_by_name_and_place() -> None:
    queue_id, skill = create_queue(), _skill()
    lines = [
        {"skill": str(skill), "level": "3"},
        {"skill": str(skill), "level": "9", "relaxed_level": "4"},
        {"skill": "777", "level": "2", "relax_after_s": "10", "relaxed_level": "2"},
    ]
    with pytest.raises(Invalid) as refused:
        demands.change_demands(queue_id, lines, seen=None, actor=CLI)
    assert set(refused.value.fields) == {
        "level-1", "skill-1", "relax_after_s-1", "skill-2", "relaxed_level-2",
    }  # fmt: skip


def test_the_last_certified_member_does_not_leave_unnoticed() -> None:
    parcel, other = create_queue(), create_queue("other")
    agent, colleague = create_agent(parcel, other), create_agent(other)
    ring_in()
    seen = fingerprint(membership.membership_values({parcel, other}))

    def leave(confirmed: str) -> None:
        membership.change_memberships(agent, set(), seen=seen, confirmed=confirmed, actor=CLI)

    assert _agreed(leave) == [f"last_certified_{parcel}", f"one_fewer_{other}"]
    with reading() as session:
        assert session.scalars(select(QueueMember.agent_id)).all() == [colleague]
        assert certified_for(session, other, clock.now().date()) == {colleague}
    assert len(_events("agent.queue_removed")) == 2
    membership.change_memberships(agent, {parcel}, seen=None, actor=CLI)  # the certificate was kept
    with reading() as session:
        assert certified_for(session, parcel, clock.now().date()) == {agent}


def test_a_revoked_certificate_counts_at_the_next_offer() -> None:
    queue_id = create_queue()
    agent = create_agent(queue_id)
    sit_down(agent)
    certificate = _certificate(agent, queue_id)
    with pytest.raises(Invalid) as refused:
        membership.revoke(certificate, reason="", actor=CLI)
    assert set(refused.value.fields) == {"reason"}
    asked = _agreed(lambda confirmed: membership.revoke(certificate, reason="failed", confirmed=confirmed, actor=CLI))
    assert asked == ["next_offer", f"last_certified_{queue_id}"]
    assert _events("certificate.revoked")[-1].reason == "failed"
    ring_in()
    assert route() == 0
    with pytest.raises(Conflict):
        membership.revoke(certificate, reason="again", actor=CLI)


def test_revoking_one_of_two_certificates_changes_nothing_and_says_so() -> None:
    queue_id = create_queue()
    agent = create_agent(queue_id)
    first = _certificate(agent, queue_id)
    membership.grant(agent, queue_id, granted_on=clock.now().date(), expires_on=None, actor=CLI)
    assert _agreed(lambda confirmed: membership.revoke(first, reason="old", confirmed=confirmed, actor=CLI)) == [
        "another_holds"
    ]


def test_the_end_of_a_certificate_moves_and_never_before_its_beginning() -> None:
    queue_id = create_queue()
    agent = create_agent(queue_id)
    certificate = _certificate(agent, queue_id)
    today = clock.now().date()
    membership.move_end(certificate, today + timedelta(days=90), actor=CLI)
    for later in (None, today + timedelta(days=91)):
        with pytest.raises(Conflict) as refused:
            membership.move_end(certificate, later, actor=CLI)
        assert refused.value.code == "exam_prolongs"
    with pytest.raises(Invalid):
        membership.move_end(certificate, today - timedelta(days=31), actor=CLI)
    yesterday = today - timedelta(days=1)
    _agreed(lambda confirmed: membership.move_end(certificate, yesterday, confirmed=confirmed, actor=CLI))
    with reading() as session:
        assert certified_for(session, queue_id, today) == set()
    with pytest.raises(Invalid):
        membership.grant(agent, queue_id, granted_on=today, expires_on=yesterday, actor=CLI)


def test_joining_twice_is_once_and_no_certificate() -> None:
    queue_id, user_id = create_queue(), create_user()
    membership.join(user_id, queue_id, actor=CLI)
    membership.join(user_id, queue_id, actor=CLI)
    assert [event.after for event in _events("agent.queue_added")] == [{"queue": queue_id}]
    with reading() as session:
        assert certified_for(session, queue_id, clock.now().date()) == set()


def test_an_agents_profile_is_checked_and_written_down() -> None:
    agent = create_agent(create_queue())
    with transaction() as session:
        session.add(Team(name="Harbour"))
    with reading() as session:
        team = session.scalars(select(Team.id)).one()
    form = {"public_name": "Ana", "team": str(team), "max_voice": "0", "max_sms": "2", "max_ticket": "3"}

    def save(confirmed: str) -> None:
        people_at_work.change_agent(agent, form, seen=None, confirmed=confirmed, actor=CLI)

    assert _agreed(save) == ["no_calls"]
    assert _events("agent.changed")[-1].after == {
        "team": team, "public_name": "Ana", "max_voice": 0, "max_sms": 2, "max_ticket": 3,
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        bad = {"public_name": " ", "team": "99", "max_voice": "2", "max_sms": "-1", "max_ticket": ""}
        people_at_work.change_agent(agent, bad, seen=None, actor=CLI)
    assert set(refused.value.fields) == set(form)


def test_taking_a_skill_away_says_which_queue_asks_for_it() -> None:
    queue_id, skill = create_queue(), _skill()
    agent = create_agent(queue_id)
    with transaction() as session:
        session.add(AgentSkill(agent_id=agent, skill_id=skill, level=4))
    line = {"skill": str(skill), "level": "3"}
    demands.change_demands(queue_id, [line], seen=None, actor=CLI)
    with reading() as session:
        before = people_at_work.skill_levels(session, agent)
    language = next(key for key in before if key != str(skill))

    def take(confirmed: str) -> None:
        people_at_work.change_skills(
            agent, {f"skill-{skill}": "2"}, seen=fingerprint(before), confirmed=confirmed, actor=CLI
        )

    assert _agreed(take) == [f"language_{language}", f"falls_out_{queue_id}_{skill}"]
    with reading() as session:
        assert people_at_work.skill_levels(session, agent) == {str(skill): 2}
    with pytest.raises(EditConflict):
        take("")
    assert _events("agent.skills_changed")[-1].after == {"complaints": 2, "en": None}


def test_a_team_is_dissolved_only_knowingly() -> None:
    people_at_work.save_team(None, {"name": "Harbour"}, actor=CLI)
    with pytest.raises(Invalid):
        people_at_work.save_team(None, {"name": "Harbour"}, actor=CLI)
    with reading() as session:
        team = session.scalars(select(Team.id)).one()
    agent = create_agent(team_id=team)
    codes = _agreed(lambda confirmed: people_at_work.delete_team(team, confirmed=confirmed, actor=CLI))
    assert codes == ["without_team"]
    with reading() as session:
        assert session.get_one(Agent, agent).team_id is None


def test_the_lists_show_standings(app: Flask) -> None:
    queue_id = create_queue()
    with clock.frozen(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        agent = create_agent(queue_id, name="Zoe Zimmer")
        nobody = create_user(name="Adam")
        with reading() as session:
            rows = people_at_work.list_agents(session)
            assert [(row.user.id, row.counting) for row in rows] == [(nobody, 0), (agent, 1)]
            assert [row.user.id for row in people_at_work.list_agents(session, query="zim%")] == []
            assert [row.user.id for row in people_at_work.list_agents(session, query="zim")] == [agent]


def test_a_topic_of_the_same_code_is_left_alone() -> None:
    first = create_queue("parcel")
    raw = {"name_en": "Parcel", "code": "parcel_two", "strategy": "best_skill", "with_topic": "1"}
    second = queues.create_queue(raw, actor=CLI)
    with reading() as session:
        found = dict(session.execute(select(Topic.queue_id, Topic.code)).all())
        positions = session.scalars(select(Queue.position).order_by(Queue.id)).all()
    assert found == {first: "parcel", second: "parcel_two"} and positions == [0, 1]


def test_what_a_queue_records_is_said_before_it_is_saved() -> None:
    queue_id = create_queue()

    def save(confirmed: str, **changes: str) -> None:
        form = _queue_form(queue_id, **changes)
        seen = fingerprint(queues.queue_values(queues.get_queue(queue_id)))
        queues.change_queue(queue_id, form, seen=seen, confirmed=confirmed, actor=CLI)

    with pytest.raises(ConfirmFirst) as first:
        save("", recording="on", recording_days="30")
    assert "Callers read so on the call page" in str(first.value)
    assert queues.get_queue(queue_id).recording == "off"
    save(first.value.token, recording="on", recording_days="30")
    assert (queues.get_queue(queue_id).recording, queues.get_queue(queue_id).recording_days) == ("on", 30)
    assert _events("queue.changed")[-1].after == {"recording": "on", "recording_days": 30}
    with pytest.raises(Invalid) as refused:
        save("", recording="sometimes", recording_days="0")
    assert set(refused.value.fields) == {"recording", "recording_days"}
    with transaction() as session:
        store.begin(
            session,
            kind="call",
            contact_id="c",
            queue_id=queue_id,
            media_type="audio/webm",
            now=clock.now(),
            actor=CLI,
        )
    with pytest.raises(ConfirmFirst) as off:
        save("", recording="off")
    assert {each.code for each in off.value.consequences} == {"recording_off", "recordings_stay"}
