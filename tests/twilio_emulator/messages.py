"""SMS, both ways: the ladder of states, keywords and the block list, waiting lines of senders, errors of carriers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.etree import ElementTree

from tests.twilio_emulator import rules, segments
from tests.twilio_emulator.clock import Clock
from tests.twilio_emulator.errors import RestError, not_found
from tests.twilio_emulator.hooks import Document, Failure, Hooks
from tests.twilio_emulator.openapi import Form
from tests.twilio_emulator.rules import one
from tests.twilio_emulator.state import Account, Message, MessagingService, Number

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})
FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})
REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
#: A sender's waiting line holds ten hours of messages.
LONGEST_LINE = timedelta(hours=10)
ERRORS = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30036: "Validity period expired",
}


@dataclass
class Handset:
    """A telephone that gets SMS. `error` is what the carrier says instead of delivering; `silent` means that nothing
    more is heard after "sent"; `off` until a moment; `seconds` from "sent" to the handset."""

    error: int = 0
    silent: bool = False
    off_until: datetime | None = None
    seconds: float = 1.5
    inbox: list[Message] = field(default_factory=list)


class Messages:
    """The SMS of one account.

    `seconds_a_segment` is a long code's pace. `opt_out_type` adds Advanced Opt-Out's field to keywords of a service.
    `refuses_later`: a service takes a message to a blocked number and lets it fail (both have been seen [unverified]).
    """

    def __init__(self, account: Account, clock: Clock, hooks: Hooks, *, seconds_a_segment: float = 1.0) -> None:
        self.account = account
        self.clock = clock
        self.hooks = hooks
        self.seconds_a_segment = seconds_a_segment
        self.opt_out_type = False
        self.refuses_later = False
        self.handsets: dict[str, Handset] = {}
        self.blocked: set[tuple[str, str]] = set()  # (number or service SID, recipient)
        self.on_delivery: Callable[[Message], None] | None = None
        self._free_at: dict[str, datetime] = {}

    def handset(self, number: str) -> Handset:
        """The telephone with that number; every number has one."""
        return self.handsets.setdefault(number, Handset())

    # What REST asks ------------------------------------------------------------------------------------------

    def create(self, p: Form) -> Message:
        """An accepted message.

        Raises:
            RestError: one of Twilio's rules forbids it.
        """
        rules.may_write(self.account, p)
        pool = self.account.services.get(one(p, "MessagingServiceSid"))
        sender, to = one(p, "From"), one(p, "To")
        send_at = self._schedule(p, pool)
        is_blocked = (pool.sid if pool else sender, to) in self.blocked
        if is_blocked and not (pool and self.refuses_later) and send_at is None:
            raise rules.refuse(21610)
        now = self.clock.now()
        if self._line(sender or self._sender(pool)) - now > LONGEST_LINE:
            raise rules.refuse(21611)
        body = segments.encoded(one(p, "Body"), pool.smart_encoding if pool else one(p, "SmartEncoded") == "true")
        message = Message(
            self.account.new_sid("SM"), sender, to, body, "outbound-api", now, now,
            status="scheduled" if send_at else "accepted" if pool else "queued",
            messaging_service_sid=pool.sid if pool else "",
            num_segments=0 if pool else segments.count(body),
            send_at=send_at,
            status_callback=one(p, "StatusCallback") or (pool.status_callback if pool else ""),
        )  # fmt: skip
        validity = int(one(p, "ValidityPeriod") or (pool.validity_period if pool else 36000))
        message.expires_at = (send_at or now) + timedelta(seconds=validity)
        self.account.messages[message.sid] = message
        if not self.account.test_credentials:
            wait = (send_at - now).total_seconds() if send_at else 0.0
            self.clock.after(wait, lambda: self._choose_sender(message))
        return message

    def update(self, sid: str, p: Form) -> Message:
        """The message with its text gone, or cancelled before it was sent."""
        message = self.find(sid)
        if one(p, "Status") == "canceled":
            if message.status not in {"scheduled", "accepted"}:
                raise RestError(400, 30409, "Message cannot be canceled: it is not scheduled")
            self._move(message, "canceled")
        elif "Body" in p:
            if one(p, "Body"):
                raise RestError(400, 20001, "Body can only be updated to an empty text")
            if message.status not in FINAL:
                raise RestError(400, 20009, "Cannot redact a message that is not complete")
            message.body, message.updated_at = "", self.clock.now()
        return message

    def delete(self, sid: str) -> None:
        message = self.find(sid)
        if message.status not in FINAL:
            raise RestError(409, 20009, "Cannot delete this resource before it is complete")
        del self.account.messages[sid]

    def find(self, sid: str) -> Message:
        if sid not in self.account.messages:
            raise not_found(f"/Messages/{sid}")
        return self.account.messages[sid]

    def _schedule(self, p: Form, pool: MessagingService | None) -> datetime | None:
        if not one(p, "SendAt"):
            return None
        if pool is None or one(p, "ScheduleType") != "fixed":
            raise RestError(400, 35118, "A scheduled message needs a Messaging Service and ScheduleType=fixed")
        at = datetime.fromisoformat(one(p, "SendAt").replace("Z", "+00:00"))
        if not timedelta(minutes=5) <= at - self.clock.now() <= timedelta(days=35):
            raise RestError(400, 35114, "SendAt must be 5 minutes to 35 days ahead")
        return at

    # The ladder ----------------------------------------------------------------------------------------------

    def _sender(self, pool: MessagingService | None) -> str:
        return self.account.numbers[pool.number_sids[0]].phone_number if pool and pool.number_sids else ""

    def _line(self, sender: str) -> datetime:
        return max(self._free_at.get(sender, self.clock.now()), self.clock.now())

    def _choose_sender(self, message: Message) -> None:
        if message.status == "canceled":
            return
        pool = self.account.services.get(message.messaging_service_sid)
        if pool is not None:
            message.from_ = message.from_ or self._sender(pool)
            message.num_segments = segments.count(message.body)
            if (pool.sid, message.to) in self.blocked:
                self._fail(message, "failed", 21610)
                return
            self._move(message, "queued")
            self._tell(message)
        begins = self._line(message.from_)
        self._free_at[message.from_] = begins + timedelta(seconds=self.seconds_a_segment * message.num_segments)
        wait = (self._free_at[message.from_] - self.clock.now()).total_seconds()
        self.clock.after(wait, lambda: self._leave(message))

    def _leave(self, message: Message) -> None:
        if message.expires_at is not None and self.clock.now() > message.expires_at:
            self._fail(message, "failed", 30036)
            return
        self._move(message, "sent")
        message.sent_at = self.clock.now()
        message.sent_to_carrier += 1
        self._tell(message)
        self.clock.after(self.handset(message.to).seconds, lambda: self._arrive(message))

    def _arrive(self, message: Message) -> None:
        handset, now = self.handset(message.to), self.clock.now()
        if handset.error:
            self._fail(message, "undelivered", handset.error)
        elif handset.off_until is not None and handset.off_until > now:
            until = min(handset.off_until, message.expires_at or handset.off_until)
            if until <= now:
                self._fail(message, "undelivered", 30036)
            else:
                self.clock.after((until - now).total_seconds(), lambda: self._arrive(message))
        else:
            handset.inbox.append(message)
            if self.on_delivery is not None:
                self.on_delivery(message)
            if not handset.silent:
                self._move(message, "delivered")
                self._tell(message)

    def _fail(self, message: Message, status: str, code: int) -> None:
        message.error_code, message.error_message = code, ERRORS.get(code) or rules.WORDS[code]
        self._move(message, status)
        self._tell(message)

    def _move(self, message: Message, status: str) -> None:
        message.status, message.updated_at = status, self.clock.now()

    def _tell(self, message: Message) -> None:
        fields = {
            "MessageSid": message.sid,
            "MessageStatus": message.status,
            "SmsSid": message.sid,
            "SmsStatus": message.status,
            "From": message.from_,
            "To": message.to,
            "AccountSid": self.account.sid,
            "ApiVersion": "2010-04-01",
        }
        if message.messaging_service_sid:
            fields["MessagingServiceSid"] = message.messaging_service_sid
        if message.error_code:
            fields["ErrorCode"] = str(message.error_code)
        if message.status in {"delivered", "undelivered"}:
            fields["RawDlrDoneDate"] = self.clock.now().strftime("%y%m%d%H%M")
        self.hooks.callback(message.status_callback, "POST", fields)

    # What people write ---------------------------------------------------------------------------------------

    def receive(self, from_: str, to: str, body: str) -> Message:
        """Somebody writes to a number of the account.

        Raises:
            LookupError: it is no number of the account.
        """
        number = self.account.number(to)
        if number is None:
            raise LookupError(f"{to} is no number of this account")
        pool = next((s for s in self.account.services.values() if number.sid in s.number_sids), None)
        now = self.clock.now()
        message = Message(
            self.account.new_sid("SM"), from_, to, body, "inbound", now, now, status="received",
            messaging_service_sid=pool.sid if pool else "", num_segments=segments.count(body),
        )  # fmt: skip
        self.account.messages[message.sid] = message
        keyword = self._keyword(message, pool)
        self._post(message, number, pool, keyword)
        return message

    def _keyword(self, message: Message, pool: MessagingService | None) -> str:
        """STOP, START or HELP when the text is just such a word: the pair is blocked or freed, and answered."""
        word = message.body.strip().upper()
        pair = (pool.sid if pool else message.to, message.from_)
        if word in STOP:
            self._reply(message, "STOP")  # the last that gets through
            self.blocked.add(pair)
            return "STOP"
        if word in START or (word == "YES" and pair in self.blocked):
            self.blocked.discard(pair)
            self._reply(message, "START")
            return "START"
        if word in HELP:
            self._reply(message, "HELP")
            return "HELP"
        return ""

    def _reply(self, message: Message, keyword: str) -> None:
        self._send_reply(message, REPLIES[keyword])

    def _send_reply(self, message: Message, body: str) -> None:
        now = self.clock.now()
        reply = Message(
            self.account.new_sid("SM"), message.to, message.from_, body, "outbound-reply", now, now,
            num_segments=segments.count(body), messaging_service_sid=message.messaging_service_sid,
        )  # fmt: skip
        reply.expires_at = now + LONGEST_LINE
        self.account.messages[reply.sid] = reply
        self.clock.after(0, lambda: self._leave(reply))

    def _post(self, message: Message, number: Number, pool: MessagingService | None, keyword: str) -> None:
        fields = self.fields(message)
        if keyword and pool is not None and self.opt_out_type:
            fields["OptOutType"] = keyword
        url, method, fallback, fallback_method = (
            number.sms_url, number.sms_method, number.sms_fallback_url, number.sms_fallback_method
        )  # fmt: skip
        if pool is not None and pool.inbound_request_url and not pool.use_inbound_webhook_on_number:
            url, method, fallback, fallback_method = (
                pool.inbound_request_url, pool.inbound_method, pool.fallback_url, pool.fallback_method
            )  # fmt: skip
        if url:
            self.hooks.twiml(
                url, method, fields, lambda answer: self._answered(message, answer),
                fallback=fallback, fallback_method=fallback_method,
            )  # fmt: skip

    def fields(self, message: Message) -> dict[str, str]:
        """What the webhook of an inbound message brings."""
        fields = {
            **dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), message.sid),
            "AccountSid": self.account.sid,
            "From": message.from_,
            "To": message.to,
            "Body": message.body,
            "NumMedia": "0",
            "NumSegments": str(message.num_segments),
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            **{f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip", "Country")},
        }
        if message.messaging_service_sid:
            fields["MessagingServiceSid"] = message.messaging_service_sid
        return fields

    def _answered(self, message: Message, answer: Document | Failure) -> None:
        if isinstance(answer, Failure) or not answer.text.strip():
            return
        try:
            texts = _replies(answer.text)
        except ValueError as error:
            self.account.warnings.append((self.clock.now(), 12200, f"{error}: {answer.url}"))
            return
        for text in texts:
            self._send_reply(message, text)


def _replies(document: str) -> list[str]:
    """The texts of the `<Message>`s in a reply.

    Raises:
        ValueError: it is not a messaging reply.
    """
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 (the product's own)
    except ElementTree.ParseError as error:
        raise ValueError(f"no XML ({error})") from error
    if root.tag != "Response" or any(child.tag != "Message" for child in root):
        raise ValueError("only <Message> may be in the <Response> to a message")
    return [(child.findtext("Body") or child.text or "").strip() for child in root]
