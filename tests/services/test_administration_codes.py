"""Topics, results, breaks, skills and SMS templates; the overview; the log as it is read."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.administration.changes import ConfirmFirst, EditConflict, fingerprint
from app.administration.services import audit, codes, overview, skills, templates
from app.agents.models import BreakCode, Skill
from app.db import reading, transaction
from app.domain.sms_text import Encoding
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import CLI, Event, person, record_event
from app.messages.models import SmsTemplate
from app.queues.models import Disposition, QueueSkill, Topic
from tests.fixtures.desk import create_agent, create_break, create_language, create_queue, create_user, ring_in


@pytest.fixture(autouse=True)
def _in_english(app: Flask):
    with app.test_request_context():
        yield


def _asked(change) -> list[str]:
    with pytest.raises(ConfirmFirst) as asked:
        change("")
    change(asked.value.token)
    return [each.code for each in asked.value.consequences]


def _id(model, code: str) -> int:
    with reading() as session:
        return session.scalars(select(model.id).where(model.code == code)).one()


def _form(kind: str, code_id: int, **changed: str) -> dict[str, str]:
    with reading() as session:
        values = codes.code_values(codes.get_code(session, kind, code_id))
    form = {key: str(value) for key, value in values.items()}
    for name in ("active", "public"):
        form[name] = "1" if values.get(name) else ""
    return {**form, **changed}


def test_the_last_topic_of_a_queue_does_not_go_unnoticed() -> None:
    queue_id = create_queue()
    topic = _id(Topic, "parcel")

    def hide(confirmed: str) -> None:
        form = _form("topics", topic, active="")
        codes.change_code("topics", topic, form, seen=None, confirmed=confirmed, actor=CLI)

    assert _asked(hide) == ["last_topic"]
    with pytest.raises(NotFound):
        ring_in()
    again = codes.create_code("topics", {"name_en": "Lost", "queue": str(queue_id), "public": "1"}, actor=CLI)
    codes.change_code("topics", topic, _form("topics", topic, active="1"), seen=None, actor=CLI)
    assert _asked(
        lambda confirmed: codes.change_code(
            "topics", again, _form("topics", again, public=""), seen=None, confirmed=confirmed, actor=CLI
        )
    ) == ["off_the_page"]


def test_a_topic_that_moves_says_who_stays() -> None:
    create_queue()
    other = create_queue("other")
    ring_in()
    topic = _id(Topic, "parcel")

    def move(confirmed: str) -> None:
        form = _form("topics", topic, queue=str(other))
        codes.change_code("topics", topic, form, seen=None, confirmed=confirmed, actor=CLI)

    assert _asked(move) == ["last_topic", "moves_queue"]


def test_every_open_queue_keeps_a_result_to_choose() -> None:
    create_queue()
    result = _id(Disposition, "parcel-done")
    with pytest.raises(Invalid) as refused:
        codes.change_code("dispositions", result, _form("dispositions", result, active=""), seen=None, actor=CLI)
    assert "active" in refused.value.fields
    codes.create_code("dispositions", {"name_en": "Resolved"}, actor=CLI)
    codes.change_code("dispositions", result, _form("dispositions", result, active=""), seen=None, actor=CLI)
    with reading() as session:
        assert not session.get_one(Disposition, result).active


def test_the_last_break_is_put_out_of_use_only_knowingly() -> None:
    create_break()
    lunch = _id(BreakCode, "lunch")
    form = _form("breaks", lunch, active="")
    seen = fingerprint({**_values("breaks", lunch)})
    assert _asked(
        lambda confirmed: codes.change_code("breaks", lunch, form, seen=seen, confirmed=confirmed, actor=CLI)
    ) == ["last_break"]
    with pytest.raises(EditConflict):
        codes.change_code("breaks", lunch, form, seen=seen, actor=CLI)


def _values(kind: str, code_id: int) -> dict[str, object]:
    with reading() as session:
        return codes.code_values(codes.get_code(session, kind, code_id))


def test_codes_are_refused_kindly() -> None:
    with pytest.raises(NotFound):
        codes.create_code("colours", {}, actor=CLI)
    with pytest.raises(Invalid) as refused:
        codes.create_code("topics", {"name_en": "查询", "queue": "999", "position": "x"}, actor=CLI)
    assert set(refused.value.fields) == {"code", "queue", "position"}
    create_break("lunch")
    with pytest.raises(Invalid) as refused:
        codes.create_code("breaks", {"name_en": "Lunch"}, actor=CLI)
    assert set(refused.value.fields) == {"code"}


def test_a_language_asks_for_speakers_and_says_so() -> None:
    raw = {"kind": "language", "language": "zh_Hans", "name_en": "Chinese"}
    assert _asked(lambda confirmed: skills.create_skill(raw, confirmed=confirmed, actor=CLI)) == ["language_asked_for"]
    with pytest.raises(Invalid):
        skills.create_skill(raw, confirmed="language_asked_for", actor=CLI)
    with pytest.raises(Invalid):
        skills.create_skill({**raw, "language": "fr"}, actor=CLI)


def test_a_skill_that_a_queue_asks_for_stays() -> None:
    queue_id = create_queue()
    skill = skills.create_skill({"name_en": "Customs"}, actor=CLI)
    with transaction() as session:
        session.add(QueueSkill(queue_id=queue_id, skill_id=skill, min_level=2))
    with pytest.raises(Conflict, match="parcel"):
        skills.delete_skill(skill, actor=CLI)
    with transaction() as session:
        session.delete(session.scalars(select(QueueSkill)).one())
    skills.delete_skill(skill, actor=CLI)
    english = create_language()
    create_agent(queue_id)
    asked = _asked(lambda confirmed: skills.delete_skill(english, confirmed=confirmed, actor=CLI))
    assert asked == ["holders_lose", "language_not_asked"]
    with reading() as session:
        assert session.scalars(select(Skill.id)).all() == []


def test_a_text_is_priced_by_what_it_is() -> None:
    short = templates.measure_body("Dear {name}, ask for {reference}.")
    assert (short.size.encoding, short.size.segments, short.problem, short.dear) == (Encoding.GSM7, 1, "", ())
    assert "Chen Siyu" in short.example
    chinese = templates.measure_body("您好" * 40)
    assert (chinese.size.encoding, chinese.size.segments) == (Encoding.UCS2, 2)
    assert templates.measure_body("Caf\N{LATIN SMALL LETTER E WITH CARON}").dear == ("ě",)
    assert "{price}" in templates.measure_body("It costs {price}").problem
    assert templates.measure_body("100 {").problem and templates.measure_body("x" * 1001).problem


def test_a_template_lives_in_its_languages() -> None:
    raw = {"name_en": "Thanks", "body_en": "Thank you, {agent}", "name_zh_Hans": "感谢", "body_zh_Hans": "谢谢{name}"}
    code = templates.create_template(raw, actor=CLI)
    assert code == "thanks"
    with pytest.raises(Invalid) as refused:
        templates.create_template(raw, actor=CLI)
    assert set(refused.value.fields) == {"code"}
    with pytest.raises(Invalid) as refused:
        templates.change_template(code, {"name_zh_Hant": "謝", "body_en": "{x}"}, seen=None, actor=CLI)
    assert set(refused.value.fields) == {"name_en", "body_en", "body_zh_Hant"}
    longer = {"name_en": "Thanks", "body_en": "a" * 161, "active": "1"}
    asked = _asked(lambda token: templates.change_template(code, longer, seen=None, confirmed=token, actor=CLI))
    assert sorted(asked) == ["dearer_en", "falls_back_zh_Hans"]
    with reading() as session:
        active = session.scalars(select(SmsTemplate.language).where(SmsTemplate.active)).all()
        values = templates.template_values(templates.texts_of(session, code))
    assert active == ["en"] and "body_zh_Hans" not in values
    off = {"name_en": "Thanks", "body_en": "a"}
    assert _asked(lambda token: templates.change_template(code, off, seen=None, confirmed=token, actor=CLI)) == [
        "out_of_use"
    ]


def test_the_overview_names_what_is_missing_until_nothing_is() -> None:
    def endpoints() -> list[str]:
        with reading() as session:
            return [finding.endpoint for finding in overview.read_overview(session).findings]

    assert endpoints() == ["administration.queues", "people.listing", "administration.codes", "administration.codes"]
    assert overview.add_usual_codes(actor=CLI) == 8 and overview.add_usual_codes(actor=CLI) == 0
    queue_id = create_queue()
    assert endpoints() == ["people.listing", "administration.queue"]
    create_agent(queue_id)
    assert endpoints() == []


def _log(*rows: tuple[str, str, int | None]) -> None:
    with transaction() as session:
        for number, (name, subject, user) in enumerate(rows):
            actor = person(user) if user else CLI
            record_event(session, name, subject, number, actor=actor, after={"n": number}, contact_id=f"c{number % 2}")


def test_the_log_is_narrowed_and_paged_without_gaps() -> None:
    ana = create_user(name="Ana")
    _log(*[("queue.changed", "queue", ana), ("call.queued", "call", None), ("queue.closed", "queue", None)] * 40)

    def ids(**asked) -> list[int]:
        found, before = [], None
        while True:
            with reading() as session:
                page = audit.read_page(session, audit.Filters(**asked), zone="UTC", before=before)
            found += [event.id for event in page.events]
            before = page.older
            if before is None:
                return found

    with reading() as session:
        everything = session.scalars(select(Event.id).order_by(Event.id.desc())).all()
        assert audit.subjects(session) == ["call", "queue"]
    assert ids() == list(everything) and len(everything) == 120
    assert len(ids(actor=f"user:{ana}")) == 40 and len(ids(actor="cli")) == 80
    assert len(ids(subject="call")) == 40 and len(ids(name="queue.c")) == 80 and ids(name="queue_c") == []
    assert len(ids(contact="c1", name="call")) == 20
    today = clock.now().date()
    assert len(ids(since=today, until=today)) == 120 and ids(until=date(2020, 1, 1)) == []
    assert ids(actor="user:x") == []


def test_the_days_of_the_log_are_the_readers_days() -> None:
    with transaction() as session:
        session.add(
            Event(name="a.b", subject="call", subject_id=1, actor="cli", at=datetime(2026, 11, 22, 17, tzinfo=UTC))
        )
    asked = audit.Filters(since=date(2026, 11, 23), until=date(2026, 11, 23))
    with reading() as session:
        assert len(audit.read_page(session, asked, zone="Asia/Shanghai").events) == 1
        assert len(audit.read_page(session, asked, zone="UTC").events) == 0


def test_the_file_is_whole_harmless_and_written_down() -> None:
    admin = create_user("administrator", name="Sam")
    with transaction() as session:
        record_event(session, "queue.closed", "queue", 1, actor=person(admin), reason='=HYPERLINK("x")')
    lines = list(csv.reader(io.StringIO(audit.export(audit.Filters(name="queue."), zone="UTC", actor=person(admin)))))
    assert lines[1][2:8] == ["queue.closed", "queue", "1", f"user:{admin}", "Sam", '\'=HYPERLINK("x")']
    with reading() as session:
        taken = session.scalars(select(Event).where(Event.name == "audit.exported")).one()
    assert taken.after == {"rows": 1, "filters": {"name": "queue."}}


def test_names_fall_back_to_english() -> None:
    skill = skills.create_skill({"name_en": "Customs"}, actor=CLI)
    with reading() as session:
        assert session.get_one(Skill, skill).names == {"en": "Customs"}
    seen = fingerprint({"code": "customs", "kind": "skill", "name_en": "Customs"})
    skills.change_skill(skill, {"name_en": "Customs", "name_zh_Hans": "清关"}, seen=seen, actor=CLI)
    with pytest.raises(EditConflict):
        skills.change_skill(skill, {"name_en": "Duty"}, seen=seen, actor=CLI)
