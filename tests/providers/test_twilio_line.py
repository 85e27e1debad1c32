"""The telephone line before and beside the talk: menus, music, callbacks in line, closed doors, messages, lost reports.

On the loopback Twilio, which parses every document strictly and checks every command against Twilio's own file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.calls import presence
from app.calls.desk_image import desk_image
from app.calls.models import Callback
from app.customers.models import Customer, CustomerPhone
from app.db import reading, transaction
from app.outbox import OutboxRow
from app.phones.music import RATE, hold_music
from app.queues.calendars import Announcement
from app.queues.models import Queue
from tests.fixtures.telephones import LINE, Centre, Exchange, exchange, telephone_centre
from tests.twilio_emulator.engine import Ignores, Offline

ANN = "+447700900123"
IN_LINE = f"ann calls {LINE} from {ANN}\nann presses 1\nann presses 1\n5 s pass\n"


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.fixture
def centre(database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product) as made:
        yield made


def change_queue(centre: Centre, **values: object) -> None:
    with transaction() as session:
        queue = session.get_one(Queue, centre.queue)
        for name, value in values.items():
            setattr(queue, name, value)


def heard(centre: Centre) -> str:
    return " | ".join(centre.engine.heard(centre.people.leg("ann")))


def to_the_tone(centre: Centre) -> None:
    """Until the caller may speak."""
    for _ in range(60):
        if centre.emulator.account.recordings:
            return
        centre.play("1 s passes")
    raise AssertionError("there was no tone")


def test_the_menu_in_the_callers_language_and_the_number_of_the_network(centre: Centre) -> None:
    with transaction() as session:
        customer = Customer(reference="C1", name="Ann")
        session.add(customer)
        session.flush()
        session.add(CustomerPhone(customer_id=customer.id, e164=ANN))
        session.add(Announcement(queue_id=None, texts={"en": "Snow.", "zh_Hant": "大雪。"}, active=True))
        customer_id = customer.id
    centre.play(f"ann calls {LINE} from {ANN}\n8 s pass\nann presses 3\n12 s pass\nann presses 1\n20 s pass")
    [call] = centre.calls()
    assert (call.state, call.language, call.number, call.number_verified) == ("queued", "zh_Hant", ANN, True)
    assert call.customer_id == customer_id
    words = heard(centre)
    assert "大雪" in words and "parcel，請按1" in words and "您是隊列中的下一位" in words and "music.wav" in words
    assert not centre.emulator.account.warnings
    centre.play("ann hangs up")
    centre.settle()
    assert [item.reason for item in centre.items()] == ["abandoned"]


def test_who_presses_nothing_is_led_to_a_person_all_the_same(centre: Centre) -> None:
    centre.play(f"ann calls {LINE} withholding the number\n90 s pass")
    [call] = centre.calls()
    assert (call.state, call.language, call.number, call.number_verified) == ("queued", "en", "", False)
    assert "called back" not in heard(centre)  # nobody could be
    centre.play("ann hangs up")
    centre.settle()


def test_who_hangs_up_in_the_menu_was_never_in_line(centre: Centre) -> None:
    centre.play(f"ann calls {LINE} from {ANN}\nann presses 1\nann hangs up\n2 s pass")
    assert centre.calls()[0].state == "ended"
    assert centre.items() == []
    centre.settle()


def test_a_recording_is_announced_and_can_be_refused(centre: Centre) -> None:
    change_queue(centre, recording="on")
    centre.play(f"ann calls {LINE} from {ANN}\nann presses 1\nann presses 1\n2 s pass\nann presses 9\n5 s pass")
    assert "may be recorded" in heard(centre)
    assert (centre.calls()[0].recording_consent, centre.calls()[0].state) == ("refused", "queued")


def test_a_callback_keeps_the_place_in_line(centre: Centre) -> None:
    centre.play(IN_LINE + "20 s pass\nthen ann was told keep your place\nann presses 1\n6 s pass\n")
    centre.play("then ann was told Your place is kept\n6 s pass\nthen ann's call is completed")
    left, waits = centre.items()
    assert (left.state, left.reason, waits.kind, waits.state) == (
        "canceled",
        "callback_requested",
        "callback",
        "queued",
    )
    assert (waits.enqueued_at, waits.rank_at) == (left.enqueued_at, left.rank_at)
    first, second = centre.calls()
    assert (first.end_reason, second.direction, second.number, second.number_verified) == (
        "callback", "outbound", ANN, True
    )  # fmt: skip
    with reading() as session:
        assert session.scalars(select(Callback)).one().from_call_id == first.id


def test_closed_doors_say_why_and_take_a_message(centre: Centre) -> None:
    change_queue(centre, active=False, closed_texts={"zh_Hans": "请给我们写信。"})
    centre.play(f"ann calls {LINE} from {ANN}\nann presses 2\nann presses 1")
    to_the_tone(centre)
    words = heard(centre)
    assert "此热线目前暂停服务" in words and "请给我们写信。" in words and "请在提示音后留言" in words
    centre.play("ann talks for 20 s\nann presses #\n5 s pass\nthen ann was told 已收到您的留言")
    [call] = centre.calls()
    assert (call.state, call.end_reason) == ("ended", "closed")
    with reading() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.topic == "phone.voicemail")).one()
    assert row.payload["call"] == call.id and row.payload["recording_sid"].startswith("RE")


def test_a_full_line_says_so(centre: Centre) -> None:
    change_queue(centre, max_waiting=1)
    centre.play(IN_LINE.replace("ann", "eve").replace(ANN, "+447700900124") + IN_LINE + "8 s pass")
    assert "All lines are busy" in heard(centre)
    assert [call.end_reason for call in centre.calls()] == ["", "queue_full"]


def test_who_waited_as_long_as_may_be_is_not_left_with_the_music(centre: Centre) -> None:
    change_queue(centre, max_wait_s=60)
    centre.play(IN_LINE + "90 s pass\nthen ann was told nobody could answer you\nann hangs up")
    assert centre.calls()[0].end_reason == "max_wait"
    centre.settle()


def test_a_message_instead_of_waiting(centre: Centre) -> None:
    centre.play(IN_LINE + "10 s pass\nann presses 2")
    to_the_tone(centre)
    centre.play("ann talks for 10 s\nann hangs up\n5 s pass")
    assert centre.items()[0].reason == "voicemail"  # what was said is work of its own
    with reading() as session:
        assert session.scalars(select(OutboxRow).where(OutboxRow.topic == "phone.voicemail")).one()


def test_a_caller_whose_end_was_told_in_vain_is_found(centre: Centre) -> None:
    centre.hire("bo")
    centre.play(IN_LINE + "bo logs in\n2 s pass\nbo answers\n5 s pass\nthen ann hears bo")
    for path in ("/after", "/status", "/room", "/room", "/room", "/leg"):
        centre.emulator.hooks.faults.once("drop", path)
    centre.engine.hang_up(centre.people.legs["ann"])
    centre.settle()
    assert centre.calls()[0].state == "ended"
    assert centre.offers() == [("bo", "wrapping")]
    with reading() as session:
        wrapups: Any = desk_image(session, str(centre.agents["bo"]))["wrapups"]
    assert (wrapups[0]["number"], wrapups[0]["number_verified"]) == (ANN, True), "as in the call before"
    assert wrapups[0]["number_by"] == "network", "it can be forged, so the desk does not call it proven"


def test_a_browser_that_does_not_take_the_call_costs_the_caller_no_place(centre: Centre) -> None:
    centre.hire("bo")
    centre.play(IN_LINE + "bo logs in\n2 s pass")
    centre.engine.phones[f"client:agent-{centre.agents['bo']}"] = Ignores()
    place = centre.items()[0].rank_at
    centre.play("bo answers\n22 s pass\nthen ann's call is in-progress")
    assert centre.offers()[0] == ("bo", "failed")
    [item] = centre.items()
    assert item.rank_at == place and item.state in ("queued", "reserved")
    assert all(leg.over for leg in centre.emulator.account.legs.values() if leg.to.startswith("client:"))
    centre.play("ann hangs up")
    centre.settle()


def test_a_page_that_is_loaded_anew_is_rung_again_once_its_line_is_ready(centre: Centre) -> None:
    centre.hire("bo")
    centre.play(IN_LINE + "bo logs in\n2 s pass\nbo answers\n5 s pass\nthen ann hears bo")
    address = f"client:agent-{centre.agents['bo']}"
    old, centre.engine.phones[address] = centre.engine.phones[address], Offline()
    leg = centre.leg_of("bo")
    assert leg is not None
    centre.engine.hang_up(leg)  # the page is gone, and its desk is back before its line
    centre.play("4 s pass\nthen ann hears nobody")
    centre.engine.phones[address] = old
    with centre.now():
        presence.line_is_ready(centre.agents["bo"])
    centre.turn(look=True)
    centre.play("5 s pass\nthen ann hears bo\n40 s pass\nthen ann hears bo\nann hangs up\n2 s pass")
    assert centre.offers() == [("bo", "wrapping")]


def test_the_fallback_needs_nothing(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_database(*_: object, **__: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr("app.db.transaction", no_database)
    monkeypatch.setattr("app.phones.callers.transaction", no_database)
    monkeypatch.setattr("app.phones.callers.reading", no_database)
    monkeypatch.setattr("app.calls.ringing_in.in_one_statement", no_database)
    centre.play(f"ann calls {LINE} from {ANN}\n20 s pass\nthen ann was told 系统暂时无法接听")
    centre.play("then ann's call is completed")


def test_the_music_is_a_wav_file_for_telephones() -> None:
    sound = hold_music()
    assert sound[:4] == b"RIFF" and sound[8:12] == b"WAVE" and int.from_bytes(sound[20:22], "little") == 7  # mu-law
    assert 25 < len(sound) / RATE < 40
