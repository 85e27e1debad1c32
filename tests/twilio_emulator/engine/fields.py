"""Form fields, both ways: what REST requests bring, and what webhooks are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from tests.twilio_emulator.state import TERMINAL_CALL, Leg, Subscription

#: A REST request's form fields, checked against the specification by the front.
Form = Mapping[str, list[str]]

API_VERSION = "2010-04-01"
API = "https://api.twilio.com"


def one(form: Form, name: str, default: str = "") -> str:
    """The last value of a field, as Twilio reads fields that are given twice."""
    values = form.get(name)
    return values[-1] if values else default


def flag(form: Form, name: str, default: bool = False) -> bool:
    return one(form, name, str(default)).lower() == "true"


def whole(form: Form, name: str, default: int) -> int:
    value = one(form, name)
    return int(value) if value else default


def subscription(form: Form, prefix: str, default: str) -> Subscription:
    """Of REST: events are a repeated field; words joined by spaces are no event, and are lost (warning 21626)."""
    events = form.get(f"{prefix}Event") or default.split()
    return Subscription(one(form, prefix), one(form, f"{prefix}Method", "POST"), frozenset(events))


def told(attributes: Mapping[str, str], base: str, prefix: str, default: str) -> Subscription:
    """Of TwiML: events are words joined by spaces. `base` is added in front by the caller: the address is whole."""
    events = attributes.get(f"{prefix}Event") or default
    method = attributes.get(f"{prefix}Method", "POST")
    return Subscription(base, method, frozenset(events.split()))


def rfc2822(moment: datetime) -> str:
    return format_datetime(moment).replace("-0000", "+0000")


def of_call(leg: Leg, account_sid: str) -> dict[str, str]:
    """What every voice webhook brings, legacy twins included."""
    fields = {
        "CallSid": leg.sid,
        "AccountSid": account_sid,
        "From": leg.from_,
        "To": leg.to,
        "CallStatus": leg.status,
        "ApiVersion": API_VERSION,
        "Direction": leg.direction,
        "Caller": leg.from_,
        "Called": leg.to,
    }
    if leg.parent_call_sid:
        fields["ParentCallSid"] = leg.parent_call_sid
    if leg.forwarded_from:
        fields["ForwardedFrom"] = leg.forwarded_from
    if leg.caller_name:
        fields["CallerName"] = leg.caller_name
    if leg.answered_by:
        fields["AnsweredBy"] = leg.answered_by
    return fields


def of_progress(leg: Leg, account_sid: str, now: datetime) -> dict[str, str]:
    """What a call progress event brings. Takes the leg's next SequenceNumber."""
    fields = of_call(leg, account_sid) | {
        "Timestamp": rfc2822(now),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(leg.sequence),
    }
    leg.sequence += 1
    if leg.status in TERMINAL_CALL:
        fields |= of_end(leg)
        fields["SipResponseCode"] = str(leg.sip_code or 200)
    return fields


def of_end(leg: Leg) -> dict[str, str]:
    """How long a call was: seconds, and minutes begun."""
    return {"CallDuration": str(leg.duration), "Duration": str(-(-leg.duration // 60))}
