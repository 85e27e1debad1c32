"""Profiles on the real database: numbers, consent, contacts, timeline, pop and what the log says."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import func, select

from app import clock
from app.customers.fields import ProfileFields, clean, note_text, profile_fields
from app.customers.listing import find_customers
from app.customers.models import Consent, Customer, Interaction, Parcel
from app.customers.notes import add_note, pin_note
from app.customers.phones import NewPhone, read_phone
from app.customers.queries import pop, timeline
from app.customers.services import (
    EditConflict,
    add_customer,
    add_phone,
    change_customer,
    create_customer,
    find_by_number,
    log_view,
    record_consent,
    record_interaction,
    remove_phone,
)
from app.db import reading, transaction
from app.errors import Invalid, NotFound
from app.eventlog import CLI, CUSTOMER, Event, person
from app.messages.models import Message, OptOut
from app.security.models import User

MOBILE = "+447700900318"
SWITCHBOARD = "+442079460000"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("database")


def make_customer(name: str = "Amelia Hart", *phones: str, **fields: object) -> int:
    with transaction() as session:
        return add_customer(session, name=name, actor=CLI, phones=phones or (MOBILE,), **fields).id


def make_user(login: str = "priya") -> int:
    with transaction() as session:
        user = User(login=login, display_name=login.title(), password_hash="-", role="agent")
        session.add(user)
        session.flush()
        return user.id


def make_contact(
    customer_id: int | None, at: datetime, outcome: str = "answered", number: str = MOBILE
) -> int:
    with transaction() as session:
        return record_interaction(
            session,
            contact_id=f"c-{at.isoformat()}-{outcome}"[:36],
            customer_id=customer_id,
            channel="voice",
            direction="inbound",
            outcome=outcome,
            number=number,
            started_at=at,
            actor=CUSTOMER,
        ).id


def found(query: str, tier: str = "") -> list[str]:
    with reading() as session:
        return [row.customer.name for row in find_customers(session, query, tier).rows]


def test_shared_number_gives_every_candidate_and_a_withheld_one_none():
    make_customer("Hart Ltd", SWITCHBOARD)
    make_customer("Amelia Hart", SWITCHBOARD, MOBILE)
    with reading() as session:
        assert [c.name for c in find_by_number(session, SWITCHBOARD)] == ["Hart Ltd", "Amelia Hart"]
        assert [c.name for c in find_by_number(session, MOBILE)] == ["Amelia Hart"]
        assert find_by_number(session, "") == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("amelia", "Amelia Hart"),
        ("HART amel", "Amelia Hart"),
        ("900318", "Amelia Hart"),
        ("07700 900318", "Amelia Hart"),
        ("+44 7700 900318", "Amelia Hart"),
        ("amelia@example.com", "Amelia Hart"),
        ("思雨", "陳思雨 Chen Siyu"),
        ("陈思雨", "陳思雨 Chen Siyu"),
        ("陳思雨", "陳思雨 Chen Siyu"),
        ("siyu", "陳思雨 Chen Siyu"),
        ("tomas rivera", "Tomás Rivera"),
        ("hb 1048 2210", "Tomás Rivera"),
        ("HB10482210", "Tomás Rivera"),
    ],
)
def test_search_finds_by_word_script_number_mail_and_parcel(query: str, name: str):
    make_customer("Amelia Hart", MOBILE, email="amelia@example.com")
    make_customer("陳思雨 Chen Siyu", "+8613800004410")
    rivera = make_customer("Tomás Rivera", "+34600111018")
    with transaction() as session:
        session.add(Parcel(tracking_number="HB10482210", customer_id=rivera, status="in_transit"))
    assert found(query) == [name]


def test_search_finds_by_reference_and_filters_by_tier():
    customer_id = make_customer("Amelia Hart", MOBILE, tier="gold")
    make_customer("Grace Hart", SWITCHBOARD)
    with reading() as session:
        reference = session.get_one(Customer, customer_id).reference
    assert found(reference) == ["Amelia Hart"]
    assert found("hart") == ["Amelia Hart", "Grace Hart"]
    assert found("hart", "gold") == ["Amelia Hart"]
    assert found("nobody'); DROP TABLE customers; --") == []
    assert found("!!! & | :*") == []


def test_list_is_paged_by_name():
    for number in range(30):
        make_customer(f"Customer {number:02}", f"+4477009003{number:02}")
    with reading() as session:
        first, last = find_customers(session), find_customers(session, page=99)
        names = [row.customer.name for row in last.rows]
    assert (first.total, first.pages, len(first.rows)) == (30, 2, 25)
    assert names == [f"Customer {n}" for n in range(25, 30)]


def test_name_keeps_emoji_and_loses_control_characters():
    assert clean("  Zoë\x00 👩🏽‍🚀\t Stone ") == "Zoë 👩🏽‍🚀 Stone"
    assert profile_fields({"name": "<script>alert(1)</script>"}).name == "<script>alert(1)</script>"


def test_every_refused_field_is_named_at_once():
    with pytest.raises(Invalid) as refused:
        profile_fields(
            {"name": "x" * 201, "email": "not-mail", "country": "XX", "time_zone": "Mars/Base", "tier": "tin"}
        )
    assert set(refused.value.fields) == {"name", "email", "country", "time_zone", "tier"}
    assert "201" in refused.value.fields["name"]


def test_note_takes_twenty_thousand_characters_and_not_one_more():
    assert len(note_text("é" * 20_000)) == 20_000
    with pytest.raises(Invalid):
        note_text("é" * 20_001)
    with pytest.raises(Invalid):
        note_text(" \n ")


@pytest.mark.parametrize("raw", ["", "12", "anonymous", "call me", "+999 123", "1" * 40])
def test_what_is_no_number_is_refused_with_words(raw: str):
    with pytest.raises(Invalid) as refused:
        read_phone(raw, "GB")
    assert refused.value.fields["number"]


def test_number_is_kept_as_e164_with_the_extension_in_its_raw_form():
    phone = read_phone("020 7946 0000 x12", "GB")
    assert (phone.e164, phone.raw) == (SWITCHBOARD, "020 7946 0000 x12")


def test_edit_at_an_old_version_is_refused_and_changes_nothing():
    customer_id = make_customer()
    with reading() as session:
        version = session.get_one(Customer, customer_id).version
    fields = ProfileFields(name="Amelia Stone", city="Leeds")
    assert change_customer(customer_id, version, fields, actor=CLI) == version + 1
    with pytest.raises(EditConflict):
        change_customer(customer_id, version, ProfileFields(name="Somebody else"), actor=CLI)
    assert found("amelia stone") == ["Amelia Stone"]
    assert found("amelia hart") == []
    with reading() as session:
        event = session.scalars(select(Event).where(Event.name == "customer.changed")).one()
        assert event.before == {"name": "Amelia Hart", "city": ""}
        assert event.after == {"name": "Amelia Stone", "city": "Leeds"}


def test_two_edits_at_once_leave_one_winner():
    customer_id = make_customer()
    results: list[str] = []
    start = threading.Barrier(2)

    def edit(name: str) -> None:
        start.wait()
        try:
            change_customer(customer_id, 1, ProfileFields(name=name), actor=CLI)
            results.append("saved")
        except EditConflict:
            results.append("conflict")

    threads = [threading.Thread(target=edit, args=(name,)) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["conflict", "saved"]


def test_phone_is_added_found_and_removed():
    customer_id = make_customer()
    add_phone(customer_id, NewPhone(SWITCHBOARD, "020 7946 0000", "work"), actor=CLI)
    assert found("79460000") == ["Amelia Hart"]
    with pytest.raises(Invalid):
        add_phone(customer_id, NewPhone(SWITCHBOARD), actor=CLI)
    with reading() as session:
        phones = session.get_one(Customer, customer_id).phones
        phone_id = next(phone.id for phone in phones if phone.e164 == SWITCHBOARD)
    remove_phone(customer_id, phone_id, actor=CLI)
    remove_phone(customer_id, phone_id, actor=CLI)
    assert found("79460000") == []


def test_one_call_makes_one_profile_however_often_clicked():
    fields = ProfileFields(name="New caller")
    first = create_customer(fields, [NewPhone(MOBILE)], actor=CLI, call=7)
    assert create_customer(fields, [NewPhone(MOBILE)], actor=CLI, call=7) == first
    assert create_customer(fields, [NewPhone(MOBILE)], actor=CLI, call=8) != first


def test_pinning_takes_the_place_of_the_note_pinned_before():
    customer_id, author = make_customer(), person(make_user())
    first = add_note(customer_id, "Ring twice.", pinned=True, actor=author)
    second = add_note(customer_id, "Prefers mornings.", actor=author)
    pin_note(customer_id, second, pinned=True, actor=author)
    with reading() as session:
        note = pop(session, customer_id=customer_id)["customer"]["pinned_note"]
        entries = timeline(session, customer_id, only="notes")
    assert (note["id"], note["author"]) == (second, "Priya")
    assert [(e.id, e.data["pinned"]) for e in entries] == [(second, True), (first, False)]
    with pytest.raises(NotFound):
        pin_note(make_customer("Other", SWITCHBOARD), second, pinned=True, actor=author)


def test_timeline_merges_kinds_by_time_and_pages_without_gap_or_repeat():
    customer_id = make_customer()
    for hour in range(40):
        make_contact(customer_id, NOW - timedelta(hours=hour // 2))
    with transaction() as session:
        for hour in range(10):
            session.add(
                Message(
                    direction="out",
                    number=MOBILE,
                    customer_id=customer_id,
                    body=f"{hour}",
                    status="sent",
                    created_at=NOW - timedelta(hours=hour),
                )
            )
        record_consent(session, address=MOBILE, purpose="sms", state="given", source="agent", actor=CLI)
    seen, before = [], None
    while True:
        with reading() as session:
            entries = timeline(session, customer_id, before=before, limit=7)
        if not entries:
            break
        seen += [(entry.kind, entry.id) for entry in entries]
        times = [entry.at for entry in entries]
        assert times == sorted(times, reverse=True)
        before = entries[-1].cursor
    assert len(seen) == len(set(seen)) == 51
    with reading() as session:
        assert {e.kind for e in timeline(session, customer_id, only="messages")} == {"sms"}


@pytest.mark.parametrize("cursor", ["x", "2026-01-01~call~1", "2026-01-01T00:00:00+00:00~cat~1", "a~b~c"])
def test_forged_cursor_is_refused(cursor: str):
    customer_id = make_customer()
    with reading() as session, pytest.raises(Invalid):
        timeline(session, customer_id, before=cursor)


def test_contact_of_an_unknown_customer_shows_with_those_who_share_the_number():
    customer_id = make_customer()
    make_contact(None, NOW, "abandoned")
    make_contact(None, NOW, "abandoned", number="")
    with reading() as session:
        entries = timeline(session, customer_id)
    assert [(e.data["outcome"], e.data["by_number"]) for e in entries] == [("abandoned", True)]


def test_pop_of_one_match_tells_what_to_know_before_speaking():
    customer_id = make_customer(
        "Amelia Hart", MOBILE, tier="key", special_requirements="Hard of hearing.", time_zone="Asia/Taipei"
    )
    with clock.frozen(NOW):
        for days in (1, 2, 3):
            make_contact(customer_id, NOW - timedelta(days=days))
        make_contact(customer_id, NOW - timedelta(hours=1), "abandoned")
        with transaction() as session:
            session.add(Parcel(tracking_number="HB1", customer_id=customer_id, status="not_received"))
            session.add(OptOut(number=MOBILE, word="STOP"))
        with reading() as session:
            shown = pop(session, number=MOBILE)
    codes = [warning["code"] for warning in shown["before_you_speak"]]
    assert codes == [
        "special_requirements",
        "repeat_contact",
        "not_reached_last_time",
        "parcel_trouble",
        "key_account",
        "sms_opted_out",
    ]
    assert all(warning["words"] for warning in shown["before_you_speak"])
    assert shown["facts"] == {"contacts_7_days": 4, "open_work": 0, "last_12_months": 4}
    customer = shown["customer"]
    assert customer["local_time"] == "2026-11-23T20:00+08:00"
    assert customer["sms_opted_out"] is True
    assert customer["phones"][0]["pretty"] == "+44 7700 900318"
    assert [entry["title"] for entry in shown["timeline"]][:1] == ["Customer hung up while waiting"]
    assert shown["candidates"] == []


def test_pop_of_a_shared_number_lists_candidates_and_of_a_withheld_one_nothing():
    make_customer("Hart Ltd", SWITCHBOARD)
    amelia = make_customer("Amelia Hart", SWITCHBOARD)
    make_contact(amelia, NOW, number=SWITCHBOARD)
    with reading() as session:
        shared, withheld = pop(session, number=SWITCHBOARD), pop(session, number="")
        chosen = pop(session, customer_id=amelia, number=SWITCHBOARD)
    assert shared["customer"] is None
    assert [(c["name"], c["last_contact_at"]) for c in shared["candidates"]] == [
        ("Hart Ltd", None),
        ("Amelia Hart", NOW.isoformat()),
    ]
    assert (withheld["customer"], withheld["candidates"]) == (None, [])
    assert chosen["customer"]["name"] == "Amelia Hart"
    assert len(chosen["candidates"]) == 2


def test_consent_keeps_every_row_and_tells_each_profile_of_the_number():
    first, second = make_customer("Hart Ltd", SWITCHBOARD), make_customer("Amelia Hart", SWITCHBOARD)
    with transaction() as session:
        for state in ("given", "withdrawn"):
            record_consent(
                session, address=SWITCHBOARD, purpose="sms", state=state, source="sms_keyword", actor=CUSTOMER
            )
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 2
        told = session.scalars(select(Event.subject_id).where(Event.name == "consent.withdrawn")).all()
        assert sorted(told) == [first, second]
        assert [e.data["state"] for e in timeline(session, first)] == ["withdrawn", "given"]


def test_interaction_is_kept_with_its_durations_and_logged():
    customer_id = make_customer()
    with transaction() as session:
        record_interaction(
            session,
            contact_id="c1",
            customer_id=customer_id,
            channel="voice",
            direction="inbound",
            outcome="answered",
            started_at=NOW,
            wait_s=12,
            talk_s=90,
            hold_s=5,
            acw_s=20,
            phase="after",
            note="Told to wait <b>two</b> days",
            actor=CLI,
        )
    with reading() as session:
        kept = session.scalars(select(Interaction)).one()
        assert (kept.wait_s, kept.talk_s, kept.hold_s, kept.acw_s) == (12, 90, 5, 20)
        event = session.scalars(select(Event).where(Event.name == "interaction.recorded")).one()
        assert event.contact_id == "c1"


def test_view_is_logged_once_in_ten_minutes_per_colleague():
    customer_id, user = make_customer(), make_user()
    for _again in range(3):
        log_view(customer_id, actor=person(user))
    log_view(customer_id, actor=person(make_user("marcus")))
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        log_view(customer_id, actor=person(user))
    with reading() as session:
        views = session.scalars(select(Event.user_id).where(Event.name == "customer.viewed")).all()
    assert sorted(views) == [user, user, user + 1]


def test_change_reaches_live_screens_at_commit(database: str):
    customer_id = make_customer()
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as listener:
        listener.execute("LISTEN hearback_live")
        add_note(customer_id, "Hello", actor=CLI)
        notices = [notice.payload for notice in listener.notifies(timeout=5, stop_after=1)]
    assert f'["customer","{customer_id}"]' in notices[0]
