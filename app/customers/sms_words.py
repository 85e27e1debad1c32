"""How far a text has come, and why one did not arrive, as people say it.

Codes come from app/providers/twilio/sms.py.
"""

from __future__ import annotations

from flask_babel import gettext as _

from app.domain.sms_status import STILL_THERE


def sms_status(status: str, carrier_status: str = "", *, waits: bool = False) -> tuple[str, str, str]:
    """(icon, tone, word) for the state of a text; `waits`: for the morning where its telephone is."""
    if status == "queued" and waits:
        return "moon", "info", _("Waits for the morning there")
    if status == "sent" and carrier_status in STILL_THERE:
        return "send", "info", _("With the carrier")
    if status == "delivered" and carrier_status == "read":
        return "circle-check", "ok", _("Read")
    return {
        "queued": ("clock", "", _("Queued")),
        "sending": ("send", "info", _("Sending")),
        "sent": ("check", "info", _("Sent")),
        "delivered": ("circle-check", "ok", _("Delivered")),
        "failed": ("alert-circle", "bad", _("Failed")),
        "unknown": ("help", "warn", _("Not certain")),
        "refused": ("ban", "bad", _("Refused")),
        "received": ("circle-check", "ok", _("Received")),
    }.get(status, ("help", "", status))


def sms_error(code: str) -> str:
    """Why a text did not arrive, and what can be done; empty for no code."""
    if not code:
        return ""
    known = _errors().get(code)
    if known is not None:
        return known
    provider, _sign, number = code.partition("_")
    if provider == "twilio" and number.isdigit():
        return _("The carrier gave the reason %(code)s, which has no words here yet.", code=number)
    return _("It could not be sent. The reason is kept as “%(code)s”.", code=code)


def _errors() -> dict[str, str]:
    return {
        "account_suspended": _("The carrier has suspended our account. An administrator must look into it."),
        "bad_number": _("This is not a number that can be written to. Please check it with the customer."),
        "bad_sender": _("Our own number may not send SMS. An administrator must check the settings."),
        "blocked": _("The telephone or its network blocks our messages."),
        "canceled": _("It was called back before it was sent."),
        "credentials": _("The carrier does not accept our credentials. An administrator must check the settings."),
        "erased": _("The customer's data was erased before it left."),
        "filtered": _("The network took it for unwanted advertising. Please do not send the same text again."),
        "handset_off": _("The telephone is off or has no reception. It may work later."),
        "landline": _("This is a landline or its network takes no SMS. Please call instead."),
        "line_full": _("Too many messages were waiting at the carrier. It may work later."),
        "no_route": _("The carrier has no way to this number."),
        "not_mobile": _("This is not a mobile number. Please call instead."),
        "opted_out": _("This number has said STOP."),
        "quiet_hours": _("It is too late or too early for SMS where the customer is."),
        "region_off": _("SMS to this country are switched off in our account. An administrator can allow them."),
        "sender_unregistered": _("Our number is not registered for business messages yet."),
        "settled_by_person": _("A colleague said that it did not arrive."),
        "too_late": _("It could not be delivered in time and was dropped."),
        "too_long": _("The text is longer than the carrier takes."),
        "trial_number": _("A trial account may only write to numbers that were verified there."),
        "unknown_handset": _("Nobody has this number any more, or the telephone does not exist."),
        "unknown_reason": _("The network gave no reason."),
        "unreachable": _("The carrier could not be reached."),
    }
