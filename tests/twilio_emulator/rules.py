"""Rules of Twilio's REST that its OpenAPI file does not have: who may call or write to whom, and with what."""

from __future__ import annotations

import re

from tests.twilio_emulator.errors import RestError
from tests.twilio_emulator.openapi import Form
from tests.twilio_emulator.state import Account

E164 = re.compile(r"\+[1-9]\d{6,14}")
CLIENT = re.compile(r"client:[\w.+-]{1,121}(\?.*)?")
LONGEST_TWIML = 4000
LONGEST_BODY = 1600
#: Numbers that Twilio refuses on purpose, for tests: by the field that holds them, to the code.
MAGIC_CALL_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
MAGIC_TEXT_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_TEXT_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
#: The one sender that test credentials may use.
MAGIC_SENDER = "+15005550006"
WORDS = {
    21210: "The source phone number provided is not yet verified for your account",
    21211: "The 'To' number is not a valid phone number",
    21212: "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID",
    21214: "'To' phone number cannot be reached",
    21215: "Account not authorized to call this number",
    21216: "Call blocked by Twilio blocklist",
    21217: "Phone number does not appear to be valid",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21606: "The 'From' phone number provided is not a valid message-capable Twilio phone number for this account",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
    21614: "'To' number is not a valid mobile number",
}


def refuse(code: int, status: int = 400) -> RestError:
    return RestError(status, code, WORDS[code])


def one(form: Form, name: str) -> str:
    """The last value of a field; "" without it."""
    values = form.get(name)
    return values[-1] if values else ""


def may_call(account: Account, form: Form, *, needs_document: bool) -> None:
    """Nothing, when a call or a participant may be made like this.

    Raises:
        RestError: it may not.
    """
    caller, to = one(form, "From"), one(form, "To")
    if needs_document and not (one(form, "Url") or one(form, "Twiml") or one(form, "ApplicationSid")):
        raise RestError(400, 21205, "Url, Twiml or ApplicationSid is required")
    short_enough(form)
    if to in MAGIC_CALL_TO:
        raise refuse(MAGIC_CALL_TO[to])
    if not (E164.fullmatch(to) or CLIENT.fullmatch(to) or to.startswith("sip:")):
        raise refuse(21211)
    if account.test_credentials:
        if caller != MAGIC_SENDER:
            raise refuse(21210)
    elif not CLIENT.fullmatch(caller):
        if not E164.fullmatch(caller):
            raise refuse(21212)
        own = account.number(caller)
        if own is None or not own.voice_capable:
            raise refuse(21210)
    if one(form, "Timeout") and not 0 < int(one(form, "Timeout")) <= 600:
        raise RestError(400, 20001, "Timeout is 1 to 600 seconds")


def short_enough(form: Form) -> None:
    """Nothing, when the TwiML of a request is not too long.

    Raises:
        RestError: it is.
    """
    if len(one(form, "Twiml")) > LONGEST_TWIML:
        raise RestError(400, 21624, f"Twiml is limited to {LONGEST_TWIML} characters")  # the code is [unverified]


def may_write(account: Account, form: Form) -> None:
    """Nothing, when an SMS may be sent like this; who is opted out and what is queued is the messages' own to know.

    Raises:
        RestError: it may not.
    """
    sender, service, to, body = (one(form, name) for name in ("From", "MessagingServiceSid", "To", "Body"))
    if not sender and not service:
        raise RestError(400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required")
    if not (body or one(form, "MediaUrl") or one(form, "ContentSid")):
        raise RestError(400, 21602, "Message body is required")
    if len(body) > LONGEST_BODY:
        raise RestError(400, 21617, f"The concatenated message body exceeds the {LONGEST_BODY} character limit")
    if to in MAGIC_TEXT_TO:
        raise refuse(MAGIC_TEXT_TO[to])
    if sender in MAGIC_TEXT_FROM:
        raise refuse(MAGIC_TEXT_FROM[sender])
    if not E164.fullmatch(to):
        raise refuse(21211)
    if one(form, "ValidityPeriod") and not 1 <= int(one(form, "ValidityPeriod")) <= 36000:
        raise RestError(400, 21621, "ValidityPeriod is 1 to 36000 seconds")  # the code is [unverified]
    if account.test_credentials:
        if sender != MAGIC_SENDER:
            raise refuse(21606)
        return
    _may_send_from(account, sender, service)


def _may_send_from(account: Account, sender: str, service: str) -> None:
    if service and service not in account.services:
        raise RestError(404, 21701, "The Messaging Service does not exist")
    if service and not account.services[service].number_sids:
        raise RestError(400, 21703, "The Messaging Service does not have a phone number available")
    if sender and not E164.fullmatch(sender):
        raise refuse(21212)
    if sender:
        own = account.number(sender)
        if own is None or not own.sms_capable:
            raise refuse(21606)
