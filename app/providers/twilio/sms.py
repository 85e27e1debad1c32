"""SMS through Twilio: handing over, looking up, and what its codes mean.

Twilio knows no keys of ours: a message whose handing over ended in silence can only be recognised in its list, and
where it is not in there nobody can be sure that it never will be. So `find` never says "surely not".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.providers.base import Receipt, SmsNotTaken, SmsRefused, SmsUnsure, Text
from app.providers.twilio.client import TwilioRefused, TwilioUnsure, ask, client
from config import Settings

#: Where Twilio reports how far a message came; the fragment (not signed, not sent) asks it to repeat what fails.
STATUS_PATH = "/twilio/sms/status"
REPEAT = "#rc=3&rp=all"
#: Clocks of two machines differ; a message in Twilio's list may look this much older than our try.
SKEW = timedelta(minutes=2)
#: Newest messages to a number that are looked through.
LOOKED_THROUGH = 50

#: "Cannot delete this resource before it is complete".
NOT_FINAL = 20009

#: Codes of Twilio (REST answers and ErrorCode of reports) -> ours, which have words in app/customers/sms_words.py.
CODES = {
    20003: "credentials",
    21211: "bad_number",
    21212: "bad_sender",
    21217: "bad_number",
    21408: "region_off",
    21606: "bad_sender",
    21608: "trial_number",
    21610: "opted_out",
    21611: "line_full",
    21612: "no_route",
    21614: "not_mobile",
    21617: "too_long",
    21635: "landline",
    30001: "line_full",
    30002: "account_suspended",
    30003: "handset_off",
    30004: "blocked",
    30005: "unknown_handset",
    30006: "landline",
    30007: "filtered",
    30008: "unknown_reason",
    30034: "sender_unregistered",
    30036: "too_late",
    30410: "handset_off",
    30610: "quiet_hours",
}
#: A clear no that may be a yes later: the line of the sender is full, or whoever runs the desk is mending its settings.
_LATER = frozenset({20003, 21611})


def code_of(number: object) -> str:
    """Our code for one of Twilio's; "twilio_12345" where we have no words of our own; empty for none."""
    digits = str(number or "").strip()
    if not digits.isascii() or not digits.isdigit() or int(digits) == 0:
        return ""
    return CODES.get(int(digits), f"twilio_{int(digits)}")


class TwilioSms:
    """A number or a Messaging Service of one account."""

    name = "twilio"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, text: Text) -> Receipt:
        """Twilio's receipt.

        Raises:
            SmsNotTaken: try later.
            SmsRefused: never try again.
            SmsUnsure: it may have gone out.
        """
        fields: dict[str, Any] = {"to": text.number, "body": text.body, "status_callback": self._status_url(text)}
        if self._settings.twilio_messaging_service_sid:
            fields["messaging_service_sid"] = self._settings.twilio_messaging_service_sid
        else:
            fields["from_"] = self._settings.twilio_number
        if text.valid_s is not None:
            fields["validity_period"] = text.valid_s
        try:
            made = ask(lambda: client(self._settings).messages.create(**fields))
        except TwilioRefused as error:
            if error.later or error.code in _LATER:
                raise SmsNotTaken(code_of(error.code) or "unreachable") from error
            raise SmsRefused(code_of(error.code)) from error
        except TwilioUnsure as error:
            raise SmsUnsure(str(error)) from error
        return _receipt(made)

    def find(self, text: Text) -> Receipt | None:
        """The message in Twilio's list that is this one: same number, same words, not older than our first try.

        Raises:
            SmsUnsure: none is, or Twilio does not answer. It may be listed later.
        """
        try:
            listed = ask(lambda: client(self._settings).messages.list(to=text.number, limit=LOOKED_THROUGH))
        except (TwilioRefused, TwilioUnsure) as error:
            raise SmsUnsure(str(error)) from error
        for each in listed:
            if each.sid in text.others or str(each.direction).startswith("inbound"):
                continue
            if _words(each.body) != _words(text.body):
                continue
            if each.date_created is None or each.date_created >= text.begun_at - SKEW:
                return _receipt(each)
        raise SmsUnsure("not_listed")

    def look(self, provider_id: str) -> Receipt | None:
        """How far a message came.

        Raises:
            SmsUnsure: Twilio does not answer.
        """
        try:
            return _receipt(ask(lambda: client(self._settings).messages(provider_id).fetch()))
        except TwilioRefused as error:
            if error.status == 404:
                return None
            raise SmsUnsure(str(error)) from error
        except TwilioUnsure as error:
            raise SmsUnsure(str(error)) from error

    def erase(self, provider_id: str) -> None:
        """Twilio has the message no more.

        Raises:
            SmsNotTaken: it is not final yet (Twilio's error 20009), or Twilio is busy.
            SmsUnsure: Twilio does not answer.
        """
        try:
            ask(lambda: client(self._settings).messages(provider_id).delete())
        except TwilioRefused as error:
            if error.status == 404:
                return
            code = "not_final" if error.code == NOT_FINAL else code_of(error.code)
            raise SmsNotTaken(code or "unreachable") from error
        except TwilioUnsure as error:
            raise SmsUnsure(str(error)) from error

    def _status_url(self, text: Text) -> str:
        """The address of reports. It names our message, so that a report settles even one whose receipt was lost."""
        return f"{self._settings.public_url}{STATUS_PATH}?message={text.message_id}{REPEAT}"


def _receipt(made: Any) -> Receipt:
    return Receipt(str(made.sid), str(made.status or "queued"), code_of(made.error_code))


def _words(body: str | None) -> str:
    return " ".join((body or "").split())
