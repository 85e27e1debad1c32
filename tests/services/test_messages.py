"""SMS out and in: one intent one message, STOP at once, nothing sent twice after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock, db, outbox, providers
from app.customers.models import Consent
from app.customers.services import add_customer
from app.db import reading, transaction
from app.effects import EFFECTS
from app.errors import Invalid, NotFound
from app.eventlog import CLI, Event, person
from app.messages import delivery
from app.messages.models import ConsoleMessage, Message, OptOut, SmsTemplate
from app.messages.receiving import receive_sms, stop_texts
from app.messages.services import is_opted_out, queue_sms, render_template
from app.outbox import OutboxRow
from app.providers.base import Receipt, SmsNotTaken, SmsRefused, SmsUnsure, Text
from app.providers.console import ConsoleSms
from tests.fixtures.desk import create_user

NUMBER = "+447700900318"
OTHER = "+8613800004410"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Carrier:
    """A carrier that takes each key once, after failing in the ways it was told to."""

    name = "carrier"

    def __init__(self) -> None:
        self.taken: dict[str, tuple[str, str]] = {}
        self.calls = 0
        #: Raised by the next sends, one each; with `takes_first` the message is kept before the failure.
        self.failures: list[Exception] = []
        self.takes_first = False
        self.unreachable = False
        self.delivers = False

    def send(self, text: Text) -> Receipt:
        self.calls += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is None or self.takes_first:
            self.taken.setdefault(text.key, (text.number, text.body))
        if failure is not None:
            raise failure
        return self._receipt(text.key)

    def find(self, text: Text) -> Receipt | None:
        if self.unreachable:
            raise SmsUnsure("unreachable")
        return self._receipt(text.key) if text.key in self.taken else None

    def _receipt(self, key: str) -> Receipt:
        return Receipt(f"P-{key}", "delivered" if self.delivers else "sent")


@pytest.fixture
def carrier(database: str) -> Iterator[Carrier]:
    carrier = Carrier()
    providers.use_sms(carrier)
    yield carrier


def queue(number: str = NUMBER, body: str = "Your parcel is on its way.", **more: Any) -> int:
    values: dict[str, Any] = {
        "customer_id": None, "contact_id": None, "template_id": None, "language": "en", "intent_key": None,
        "author_id": None, "actor": CLI,
    }  # fmt: skip
    with transaction() as session:
        return queue_sms(session, number=number, body=body, **{**values, **more}).id


def work(after: float = 0) -> None:
    with clock.frozen(clock.now() + timedelta(seconds=after)):
        while outbox.run_next(EFFECTS, "w"):
            pass


def message(message_id: int) -> Message:
    with reading() as session:
        found = session.get_one(Message, message_id)
        session.expunge(found)
        return found


def customer(*numbers: str, name: str = "Amelia Hart", **fields: Any) -> int:
    with transaction() as session:
        return add_customer(session, name=name, actor=CLI, phones=numbers, **fields).id


def event_names(message_id: int) -> list[str]:
    with reading() as session:
        query = select(Event.name).where(Event.subject == "message", Event.subject_id == message_id)
        return list(session.scalars(query.order_by(Event.id)))


# Out ------------------------------------------------------------


def test_a_message_leaves_after_the_commit_and_climbs_to_sent(carrier: Carrier) -> None:
    sent = queue()
    assert carrier.calls == 0
    work()
    assert list(carrier.taken.values()) == [(NUMBER, "Your parcel is on its way.")]
    assert message(sent).status == "sent"
    assert message(sent).provider_id == f"P-sms:{sent}"
    assert event_names(sent) == ["sms.queued", "sms.sending", "sms.sent"]


def test_the_console_delivers_and_keeps_one_row_per_key(database: str) -> None:
    providers.use_sms(ConsoleSms(db.engine()))
    sent = queue()
    work()
    text = Text(
        number=NUMBER,
        body="Your parcel is on its way.",
        key=delivery.provider_key(sent),
        message_id=sent,
        begun_at=clock.now(),
    )
    again = providers.sms().send(text)
    assert message(sent).status == "delivered"
    assert again.provider_id == message(sent).provider_id
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ConsoleMessage)) == 1


def test_one_intent_is_one_message(carrier: Carrier) -> None:
    first = queue(intent_key="wrapup:7:on_its_way")
    second = queue(intent_key="wrapup:7:on_its_way", body="Another text")
    work()
    assert first == second
    assert carrier.calls == 1


@pytest.mark.parametrize(
    ("body", "encoding", "segments"),
    [("a" * 160, "gsm7", 1), ("a" * 161, "gsm7", 2), ("您" * 70, "ucs2", 1), ("您" * 71, "ucs2", 2)],
)
def test_the_cost_is_kept_with_the_message(carrier: Carrier, body: str, encoding: str, segments: int) -> None:
    kept = message(queue(body=body))
    assert (kept.encoding, kept.segments) == (encoding, segments)


@pytest.mark.parametrize("number", ["", "07700900318", "+44 7700 900318", "+44", "anonymous"])
def test_only_whole_international_numbers_are_written_to(carrier: Carrier, number: str) -> None:
    with pytest.raises(Invalid):
        queue(number=number)


@pytest.mark.parametrize("body", ["", "  \n", "a" * 1601])
def test_empty_and_endless_texts_are_refused_in_words(carrier: Carrier, body: str) -> None:
    with pytest.raises(Invalid) as refused:
        queue(body=body)
    assert refused.value.fields["body"]


def test_messages_of_a_number_keep_their_order_over_a_retry(carrier: Carrier) -> None:
    carrier.failures = [SmsNotTaken("busy")]
    first, second = queue(body="one"), queue(body="two")
    elsewhere = queue(OTHER, "three")
    work()
    assert [message(m).status for m in (first, second, elsewhere)] == ["queued", "queued", "sent"]
    work(after=2)
    assert [body for _number, body in carrier.taken.values()] == ["three", "one", "two"]


def test_a_final_no_is_kept_and_never_repeated(carrier: Carrier) -> None:
    carrier.failures = [SmsRefused("no_such_number")]
    failed = queue()
    work()
    work(after=4000)
    assert (message(failed).status, message(failed).error, carrier.calls) == ("failed", "no_such_number", 1)


def test_the_carriers_own_opt_out_list_becomes_ours(carrier: Carrier) -> None:
    carrier.failures = [SmsRefused("opted_out")]
    queue(body="one")
    queue(body="two")
    work()
    assert carrier.calls == 1
    assert message(queue(body="three")).status == "refused"


@pytest.mark.parametrize("taken", [True, False])
def test_no_clear_answer_is_looked_up_before_another_try(carrier: Carrier, taken: bool) -> None:
    carrier.failures, carrier.takes_first = [SmsUnsure("timeout")], taken
    unsure = queue()
    work()
    assert message(unsure).status == "unknown"
    work(after=2)
    assert message(unsure).status == "sent"
    assert carrier.calls == (1 if taken else 2)
    assert len(carrier.taken) == 1


def test_while_the_carrier_cannot_say_nothing_is_repeated(carrier: Carrier) -> None:
    carrier.failures, carrier.unreachable = [SmsUnsure("timeout")], True
    unsure = queue()
    for after in range(0, 40_000, 3601):
        work(after=after)
    assert carrier.calls == 1
    assert message(unsure).status == "unknown"


@pytest.mark.parametrize("left_at", ["claimed", "sending", "handed_over", "settled"])
def test_a_worker_killed_at_any_step_sends_nothing_twice(carrier: Carrier, left_at: str) -> None:
    with clock.frozen(START):
        killed = queue()
        assert outbox.claim_next("killed") is not None
        text = delivery._take(killed) if left_at != "claimed" else None
        if text is not None and left_at in ("handed_over", "settled"):
            receipt = carrier.send(text)
            if left_at == "settled":
                delivery._keep_receipt(killed, receipt)
    with clock.frozen(START + timedelta(seconds=outbox.CLAIM_S + 1)):
        work()
    assert message(killed).status == "sent"
    assert (carrier.calls, len(carrier.taken)) == (1, 1)


def test_a_late_report_never_takes_a_message_down_the_ladder(carrier: Carrier) -> None:
    carrier.delivers = True
    delivered = queue()
    work()
    delivery._keep_receipt(delivered, Receipt(f"P-sms:{delivered}", "sent"))
    delivery._mark_unknown(delivered)
    delivery._fail(delivered, "late")
    assert (message(delivered).status, message(delivered).error) == ("delivered", "")


def test_a_message_that_never_left_fails_after_ten_tries(carrier: Carrier) -> None:
    carrier.failures = [SmsNotTaken("busy")] * 20
    lost = queue()
    for after in range(0, 40_000, 3601):
        work(after=after)
    assert (message(lost).status, message(lost).error, carrier.calls) == ("failed", "busy", 10)


# In ------------------------------------------------------------


def test_a_reply_stands_on_the_profile_of_its_one_customer(carrier: Carrier) -> None:
    amelia = customer(NUMBER)
    received = message(receive_sms(NUMBER, "Thank you!", "console", "IN1"))
    assert (received.customer_id, received.status, received.body) == (amelia, "received", "Thank you!")


def test_a_shared_number_is_nobodys_until_a_person_says_so(carrier: Carrier) -> None:
    customer(NUMBER)
    customer(NUMBER, name="Tom Hart")
    assert message(receive_sms(NUMBER, "Thank you!", "console", "IN1")).customer_id is None


def test_a_report_that_comes_twice_acts_once(carrier: Carrier) -> None:
    first = receive_sms(NUMBER, "STOP", "console", "IN1")
    receive_sms(NUMBER, "START", "console", "IN2")
    again = receive_sms(NUMBER, "STOP", "console", "IN1")
    with reading() as session:
        assert first == again
        assert not is_opted_out(session, NUMBER)


STOP_WORDS = ("STOP", "stop", " Ｓｔｏｐ。", "退订", "退訂", "停止", "取消", "TD", "T", "unsubscribe")


@pytest.mark.parametrize("word", STOP_WORDS)
def test_stop_in_every_language_ends_everything_at_once(carrier: Carrier, word: str) -> None:
    amelia = customer(NUMBER)
    waiting = [queue(body="one", customer_id=amelia), queue(body="two", customer_id=amelia)]
    elsewhere = queue(OTHER)
    stop = receive_sms(NUMBER, word, "console", "IN1")
    assert [message(m).status for m in waiting] == ["refused", "refused"]
    later = queue(body="three", customer_id=amelia)
    assert (message(later).status, message(later).error) == ("refused", "opted_out")
    work()
    work(after=4000)
    assert [number for number, _body in carrier.taken.values()] == [OTHER]
    assert message(elsewhere).status == "sent"
    with reading() as session:
        consent = session.scalars(select(Consent)).one()
        assert (consent.state, consent.purpose, consent.customer_id) == ("withdrawn", "sms", amelia)
        assert session.get_one(OptOut, NUMBER).message_id == stop
        states = session.scalars(select(OutboxRow.state).where(OutboxRow.key == f"sms:{NUMBER}")).all()
        assert states == ["done", "done"]
    assert "sms.opted_out" in event_names(stop)


def test_words_around_it_are_no_stop(carrier: Carrier) -> None:
    receive_sms(NUMBER, "please don't stop", "console", "IN1")
    assert message(queue()).status == "queued"


@pytest.mark.parametrize("words", ["Please stop texting me!", "请不要再给我发短信了", "請不要再傳簡訊給我"])
def test_a_sentence_that_plainly_asks_for_it_is_a_stop_that_a_person_reads_too(carrier: Carrier, words: str) -> None:
    waiting = queue()
    asked = receive_sms(NUMBER, words, "console", "IN1")
    assert (message(waiting).status, message(queue()).status) == ("refused", "refused")
    with reading() as session:
        told = session.scalars(select(Event).where(Event.name == "sms.opted_out")).one()
        assert (told.subject_id, told.reason) == (asked, "asked_in_words")
        consent = session.scalars(select(Consent)).one()
        assert (consent.source, consent.proof) == ("sms_words", words)
        assert session.get_one(OptOut, NUMBER).word == words
        assert session.scalars(select(OutboxRow.state).where(OutboxRow.topic == "sms.received")).all() == ["waiting"]


def test_a_sentence_that_may_ask_for_it_is_left_to_a_person(carrier: Carrier) -> None:
    asked = receive_sms(NUMBER, "Stop texting me at night", "console", "IN1")
    assert message(queue()).status == "queued"
    agent = person(create_user("agent"))
    for _click in range(2):
        stop_texts(asked, actor=agent)
    assert message(queue()).status == "refused"
    with reading() as session:
        reasons = session.scalars(select(Event.reason).where(Event.subject_id == asked).order_by(Event.id)).all()
        assert reasons == ["may_ask_to_stop", "recorded_by_agent"]
        assert session.scalars(select(Consent.source)).all() == ["agent"]
    with pytest.raises(NotFound):
        stop_texts(message(queue()).id, actor=agent)


def test_start_lets_messages_out_again(carrier: Carrier) -> None:
    receive_sms(NUMBER, "STOP", "console", "IN1")
    receive_sms(NUMBER, "START", "console", "IN2")
    sent = queue()
    work()
    assert message(sent).status == "sent"
    with reading() as session:
        assert session.scalars(select(Consent.state).order_by(Consent.id)).all() == ["withdrawn", "given"]


def test_stop_between_two_tries_ends_the_message(carrier: Carrier) -> None:
    carrier.failures = [SmsNotTaken("busy")]
    waiting = queue()
    work()
    receive_sms(NUMBER, "STOP", "console", "IN1")
    work(after=4000)
    assert (message(waiting).status, carrier.calls) == ("refused", 1)


def test_stop_while_a_message_is_unknown_ends_it_once_it_proves_not_sent(carrier: Carrier) -> None:
    carrier.failures = [SmsUnsure("timeout")]
    unsure = queue()
    work()
    receive_sms(NUMBER, "STOP", "console", "IN1")
    work(after=4000)
    assert (message(unsure).status, carrier.taken) == ("refused", {})


@pytest.mark.parametrize(("language", "expected"), [("en", "Reply STOP"), ("zh_Hant", "退訂"), ("", "Reply STOP")])
def test_help_is_answered_in_the_customers_language_once_a_day(carrier: Carrier, language: str, expected: str) -> None:
    customer(NUMBER, language=language)
    with clock.frozen(START):
        receive_sms(NUMBER, "HELP", "console", "IN1")
        receive_sms(NUMBER, "帮助", "console", "IN2")
        work()
    (answer,) = carrier.taken.values()
    assert expected in answer[1]


def test_help_after_stop_stays_unanswered(carrier: Carrier) -> None:
    receive_sms(NUMBER, "STOP", "console", "IN1")
    receive_sms(NUMBER, "HELP", "console", "IN2")
    work()
    assert carrier.calls == 0


def test_the_event_log_never_holds_the_text(carrier: Carrier) -> None:
    queue(body="a very private text")
    receive_sms(NUMBER, "another private text", "console", "IN1")
    with reading() as session:
        kept = " ".join(str((e.reason, e.before, e.after)) for e in session.scalars(select(Event)))
    assert "private" not in kept


# Templates ------------------------------------------------------------


@pytest.fixture
def templates(carrier: Carrier) -> None:
    with transaction() as session:
        for language, body in [
            ("en", "Dear {name}, {tracking_number} is late."),
            ("zh_Hans", "{name}，已晚点。"),
        ]:
            session.add(SmsTemplate(code="late", language=language, name="Late parcel", body=body))


@pytest.mark.usefixtures("templates")
def test_templates_are_filled_in_by_language_with_english_behind() -> None:
    values = {"name": "{tracking_number}", "tracking_number": "HB1"}
    with reading() as session:
        assert render_template(session, "late", "zh_Hans", values).body == "{tracking_number}，已晚点。"
        english = render_template(session, "late", "zh_Hant", values)
    assert (english.language, english.body) == ("en", "Dear {tracking_number}, HB1 is late.")


@pytest.mark.usefixtures("templates")
def test_a_template_with_a_hole_does_not_go_out() -> None:
    with reading() as session:
        with pytest.raises(Invalid) as refused:
            render_template(session, "late", "en", {"name": "Amelia", "tracking_number": ""})
        with pytest.raises(NotFound):
            render_template(session, "gone", "en", {})
    assert set(refused.value.fields) == {"tracking_number"}
