"""SMS of the emulator: the ladder, keywords, carriers' errors, waiting lines, and segments by both counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_text import measure
from tests.twilio_emulator import segments
from tests.twilio_emulator.clock import Virtual
from tests.twilio_emulator.delivery import Answer, Outgoing
from tests.twilio_emulator.emulator import LINE, Emulator
from tests.twilio_emulator.errors import RestError
from tests.twilio_emulator.state import Message

CUSTOMER = "+12025550177"


class Product:
    """Keeps what it is told."""

    waits = False

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []
        self.reply = "<Response/>"

    def send(self, request: Outgoing) -> Answer:
        self.told.append(
            dict(parse_qsl(request.body.decode(), keep_blank_values=True)) | {"_path": urlsplit(request.url).path}
        )
        return Answer(200, {"content-type": "text/xml"}, self.reply, 0.0)


class Shop:
    def __init__(self, **named: Any) -> None:
        self.product, self.clock = Product(), Virtual()
        self.emulator = Emulator(self.clock, self.product, **named)
        self.emulator.point_at("http://127.0.0.1:5000")
        self.messages = self.emulator.messages

    def send(self, body: str = "Hello", **fields: str) -> Message:
        form = {"To": CUSTOMER, "From": LINE, "Body": body, "StatusCallback": "http://127.0.0.1:5000/s"} | fields
        return self.messages.create({name: [value] for name, value in form.items() if value})

    def ladder(self) -> list[str]:
        return [told["MessageStatus"] for told in self.product.told if "MessageStatus" in told]


def test_the_ladder_of_a_number_and_of_a_service() -> None:
    shop = Shop()
    shop.send()
    shop.clock.advance(10)
    assert shop.ladder() == ["sent", "delivered"]
    message = shop.send(From="", MessagingServiceSid=shop.emulator.service.sid)
    assert (message.status, message.from_, message.num_segments) == ("accepted", "", 0)
    shop.clock.advance(10)
    assert shop.ladder()[2:] == ["queued", "sent", "delivered"]
    assert (message.from_, message.num_segments, message.sent_to_carrier) == (LINE, 1, 1)
    assert "RawDlrDoneDate" in shop.product.told[-1]


@pytest.mark.parametrize(("error", "last"), [(30003, "undelivered"), (30007, "undelivered")])
def test_a_carrier_that_refuses(error: int, last: str) -> None:
    shop = Shop()
    shop.messages.handset(CUSTOMER).error = error
    message = shop.send()
    shop.clock.advance(10)
    assert (message.status, message.error_code, shop.ladder()) == (last, error, ["sent", last])
    assert shop.product.told[-1]["ErrorCode"] == str(error)


def test_a_carrier_that_says_nothing_leaves_it_at_sent() -> None:
    shop = Shop()
    shop.messages.handset(CUSTOMER).silent = True
    message = shop.send()
    shop.clock.advance(7200)
    assert message.status == "sent"


def test_a_handset_that_is_off_gets_it_later_or_never() -> None:
    shop = Shop()
    shop.messages.handset(CUSTOMER).off_until = shop.clock.now() + timedelta(minutes=10)
    late, short = shop.send("a"), shop.send("b", ValidityPeriod="60")
    shop.clock.advance(700)
    assert (late.status, short.status, short.error_code) == ("delivered", "undelivered", 30036)
    assert shop.messages.handset(CUSTOMER).inbox == [late]


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "QUIT"])
def test_stop_blocks_is_answered_and_still_told(word: str) -> None:
    shop = Shop()
    shop.messages.receive(CUSTOMER, LINE, word)
    shop.clock.advance(5)
    told = [told for told in shop.product.told if told["_path"] == "/twilio/sms/inbound"]
    assert [t["Body"] for t in told] == [word]
    assert told[0]["MessageSid"] == told[0]["SmsSid"]
    assert [m.direction for m in shop.messages.handset(CUSTOMER).inbox] == ["outbound-reply"]
    with pytest.raises(RestError) as caught:
        shop.send(From="", MessagingServiceSid=shop.emulator.service.sid)
    assert caught.value.code == 21610
    shop.messages.receive(CUSTOMER, LINE, "START")
    shop.clock.advance(5)
    assert shop.send(From="", MessagingServiceSid=shop.emulator.service.sid).status == "accepted"


@pytest.mark.parametrize("body", ["please stop", "退订", "stop it", "YES", ""])
def test_only_the_bare_word_counts(body: str) -> None:
    shop = Shop(with_service=False)
    shop.messages.receive(CUSTOMER, LINE, body)
    shop.clock.advance(5)
    assert shop.messages.handset(CUSTOMER).inbox == []
    assert shop.send().status == "queued"


def test_a_service_may_take_a_blocked_message_and_let_it_fail() -> None:
    shop = Shop()
    shop.messages.refuses_later = True
    shop.messages.receive(CUSTOMER, LINE, "STOP")
    message = shop.send(From="", MessagingServiceSid=shop.emulator.service.sid)
    shop.clock.advance(5)
    assert (message.status, message.error_code, message.sent_to_carrier) == ("failed", 21610, 0)


def test_a_reply_of_the_product_goes_out_and_others_do_not() -> None:
    shop = Shop()
    shop.product.reply = "<Response><Message>Thank you</Message></Response>"
    shop.messages.receive(CUSTOMER, LINE, "Hello")
    shop.clock.advance(5)
    assert [m.body for m in shop.messages.handset(CUSTOMER).inbox] == ["Thank you"]
    shop.product.reply = "<Response><Say>Hi</Say></Response>"
    shop.messages.receive(CUSTOMER, LINE, "Hello")
    shop.clock.advance(5)
    assert shop.emulator.account.warnings[-1][1] == 12200


def test_a_sender_has_a_pace_and_an_end_of_its_line() -> None:
    shop = Shop()
    shop.messages.seconds_a_segment = 3600.0
    sent = []
    for number in range(11):
        sent.append(shop.send(str(number)))
        shop.clock.advance(0.001)
    with pytest.raises(RestError) as caught:
        shop.send("one more")
    assert caught.value.code == 21611
    shop.clock.advance(3601)
    assert (sent[0].status, sent[1].status) == ("sent", "queued")


def test_scheduled_can_be_cancelled_until_it_goes() -> None:
    shop = Shop()
    at = (shop.clock.now() + timedelta(minutes=10)).isoformat()
    fields = {"From": "", "MessagingServiceSid": shop.emulator.service.sid, "ScheduleType": "fixed", "SendAt": at}
    kept, gone = shop.send("a", **fields), shop.send("b", **fields)
    shop.messages.update(gone.sid, {"Status": ["canceled"]})
    shop.clock.advance(700)
    assert (kept.status, gone.status, gone.sent_to_carrier) == ("delivered", "canceled", 0)


@given(st.text(alphabet=st.sampled_from("aZ 0@£é[]{}€\n您好😀ß\u00e7"), max_size=400))
def test_both_counts_of_segments_agree(body: str) -> None:
    assert segments.count(body) == max(1, measure(body).segments)
