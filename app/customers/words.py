"""How entries, warnings and codes are said to people: icon, tone and words in the language of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.customers.sms_words import sms_error as sms_error  # templates ask this module for every word
from app.customers.sms_words import sms_status as sms_status
from app.customers.timeline import TimelineEntry
from app.i18n import localised


@dataclass(frozen=True, slots=True)
class EntryWords:
    """A timeline entry as it is read: icon and tone never stand without the title."""

    icon: str
    tone: str
    title: str
    text: str


def entry_words(entry: TimelineEntry) -> EntryWords:
    """Icon, tone, title and running text of an entry."""
    data = entry.data
    if entry.kind == "call":
        icon, tone, title = _contact(data)
        queue = localised(data["queue_names"]) if data["queue_names"] else ""
        return EntryWords(icon, tone, f"{title} · {queue}" if queue else title, data["note"])
    if entry.kind == "sms":
        icon, tone, title = _sms(data)
        return EntryWords(icon, tone, title, data["body"])
    if entry.kind == "ticket":
        title = _("Ticket %(reference)s · %(state)s", reference=data["reference"], state=state_of_ticket(data["state"]))
        done = data["state"] in ("resolved", "closed")
        return EntryWords("ticket", "ok" if done else "info", title, data["subject"])
    if entry.kind == "note":
        title = _("Note, pinned") if data["pinned"] else _("Note")
        return EntryWords("note", "violet" if data["pinned"] else "", title, data["body"])
    given = data["state"] == "given"
    title = (
        _("%(purpose)s: agreed", purpose=purpose_name(data["purpose"]))
        if given
        else _("%(purpose)s: refused or withdrawn", purpose=purpose_name(data["purpose"]))
    )
    text = f"{source_name(data['source'])} · {data['proof']}" if data["proof"] else source_name(data["source"])
    return EntryWords("shield-check" if given else "ban", "ok" if given else "warn", title, text)


def _contact(data: dict[str, Any]) -> tuple[str, str, str]:
    outgoing = data["direction"] == "outbound"
    if data["channel"] == "voice" and data["outcome"] == "answered":
        if outgoing:
            return "phone-outgoing", "info", _("Outgoing call")
        return "phone-incoming", "info", _("Incoming call")
    icon, tone = {
        "answered": ("circle-check", "info"),
        "missed": ("phone-x", "warn"),
        "declined": ("phone-x", "warn"),
        "abandoned": ("phone-off", "bad"),
        "short_abandon": ("phone-off", ""),
        "abandoned_while_ringing": ("phone-off", "bad"),
        "failed": ("alert-triangle", "bad"),
        "transferred": ("arrow-forward-up", "info"),
        "no_agent": ("user-off", "bad"),
        "voicemail": ("player-record", "info"),
        "callback": ("phone-outgoing", "info"),
        "closed": ("clock", "warn"),
        "queue_full": ("users", "bad"),
        "max_wait": ("clock", "bad"),
        "not_reached": ("phone-x", "warn"),
        "refused": ("phone-x", ""),
        "canceled": ("phone-off", ""),
        "expired": ("clock", "bad"),
    }[data["outcome"]]
    return icon, tone, outcome_name(data["outcome"])


def outcome_name(outcome: str) -> str:
    """What became of a contact, said as the customer lived it."""
    return {
        "answered": _("Answered"),
        "missed": _("Call not taken by the agent"),
        "declined": _("Call declined by the agent"),
        "abandoned": _("Customer hung up while waiting"),
        "short_abandon": _("Customer hung up at once"),
        "abandoned_while_ringing": _("Customer hung up while it rang"),
        "failed": _("Call failed"),
        "transferred": _("Call transferred"),
        "no_agent": _("Nobody was there to answer"),
        "voicemail": _("Voicemail"),
        "callback": _("Asked to be called back"),
        "not_reached": _("Called back: not reached"),
        "refused": _("Called back: the customer said not now"),
        "canceled": _("Callback canceled"),
        "expired": _("Callback expired: the customer could not be reached in time"),
        "closed": _("Called while we were closed"),
        "queue_full": _("Too many were waiting already"),
        "max_wait": _("Waited too long: the call was ended"),
    }.get(outcome, outcome)


def _sms(data: dict[str, Any]) -> tuple[str, str, str]:
    if data["direction"] == "in":
        return "message-circle", "accent", _("SMS received")
    if data["status"] in ("failed", "refused"):
        return "message-off", "bad", _("SMS not sent")
    return "message-2", "", _("SMS sent") if data["status"] in ("sent", "delivered") else _("SMS on its way")


def tier_words(tier: str) -> tuple[str, str, str]:
    """(icon, tone, word) for the customer's tier."""
    return {
        "key": ("crown", "violet", _("Key account")),
        "gold": ("star", "warn", _("Gold")),
        "silver": ("award", "info", _("Silver")),
    }.get(tier, ("user", "", _("Standard")))


def parcel_status(status: str) -> tuple[str, str, str]:
    """(icon, tone, word) for where a parcel is."""
    return {
        "booked": ("clipboard-list", "", _("Booked")),
        "collected": ("package", "info", _("Collected")),
        "in_transit": ("truck-delivery", "info", _("In transit")),
        "out_for_delivery": ("truck-delivery", "info", _("Out for delivery")),
        "delivered": ("circle-check", "ok", _("Delivered")),
        "held": ("clock-pause", "warn", _("Held")),
        "not_received": ("alert-triangle", "bad", _("Not received")),
        "returned": ("arrow-back-up", "warn", _("Returned")),
        "damaged": ("alert-triangle", "bad", _("Damaged")),
    }.get(status, ("package", "", status))


def purpose_name(purpose: str) -> str:
    """What a consent is about."""
    return {
        "sms": _("SMS"),
        "recording": _("Recording of calls"),
        "survey": _("Surveys"),
        "marketing": _("Advertising"),
        "call": _("Notice before the call"),
    }.get(purpose, purpose)


def source_name(source: str) -> str:
    """How a consent reached us."""
    return {
        "sms_keyword": _("By SMS"),
        "sms_words": _("In the words of an SMS"),
        "provider": _("Told by the carrier"),
        "call_page": _("On the call page"),
        "telephone": _("By telephone"),
        "agent": _("Told to an agent"),
        "import": _("From an import"),
    }.get(source, source)


def phase_name(phase: str) -> str:
    """Phase of the delivery a contact is about."""
    return {
        "before": _("Before delivery"),
        "during": _("During delivery"),
        "after": _("After delivery"),
    }.get(phase, phase)


def place_name(city: str, country: str) -> str:
    """Town and country, the country by its name in the language of the page."""
    known = get_locale().territories if get_locale() else {}
    return ", ".join(part for part in (city, str(known.get(country, country))) if part)


def label_name(label: str) -> str:
    """What kind of number it is; a label of the customer's own stays as it is."""
    return {"mobile": _("Mobile"), "work": _("Work"), "home": _("Home"), "other": _("Other")}.get(label, label)


def language_name(code: str) -> str:
    """A customer's language, in that language."""
    return {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}.get(code, code)


def kind_of_work(kind: str) -> tuple[str, str]:
    """(icon, word) for a piece of open work."""
    return {
        "call": ("phone-call", _("Call")),
        "consult": ("users", _("Consultation")),
        "sms": ("message-2", _("SMS")),
        "ticket": ("ticket", _("Ticket")),
        "callback": ("phone-outgoing", _("Call-back")),
        "quality": ("star", _("Quality call")),
    }.get(kind, ("list", kind))


def state_of_work(state: str) -> tuple[str, str, str]:
    """(icon, tone, word) for the state of a piece of open work."""
    return {
        "queued": ("clock", "warn", _("Waiting")),
        "reserved": ("bell", "info", _("Being offered")),
        "assigned": ("user-check", "ok", _("In hand")),
        "wrapping": ("pencil", "violet", _("Being written up")),
        "scheduled": ("calendar-time", "", _("Planned")),
        "parked": ("clock-pause", "", _("Set aside")),
    }.get(state, ("circle-dot", "", _("New")))


def state_of_ticket(state: str) -> str:
    """The state of a ticket, in a word."""
    return {
        "new": _("New"),
        "open": _("Open"),
        "pending_customer": _("Customer is asked"),
        "on_hold": _("On hold"),
        "resolved": _("Resolved"),
        "closed": _("Closed"),
    }.get(state, state)


def warning_words(warning: dict[str, Any]) -> str:
    """What an agent reads before speaking."""
    code = warning["code"]
    if code == "special_requirements":
        return str(warning["text"])
    if code == "repeat_contact":
        return ngettext("%(num)s contact in the last 7 days.", "%(num)s contacts in the last 7 days.", warning["count"])
    if code == "not_reached_last_time":
        return _("The last call did not get through. An apology is due.")
    if code == "parcel_trouble":
        return _(
            "Parcel %(number)s: %(status)s.",
            number=warning["tracking_number"],
            status=parcel_status(warning["status"])[2],
        )
    if code == "open_work":
        return ngettext("%(num)s open case.", "%(num)s open cases.", warning["count"])
    if code == "key_account":
        if warning["agent"]:
            return _("Key account, usually looked after by %(agent)s.", agent=warning["agent"])
        return _("Key account.")
    return _("Has said STOP: no SMS may be sent.")


def state_of_import(state: str) -> tuple[str, str, str]:
    """(icon, tone, word) for the state of an import."""
    return {
        "waiting": ("clock", "", _("Waiting")),
        "running": ("loader-2", "info", _("Running")),
        "stopped": ("player-pause", "warn", _("Stopped")),
        "done": ("circle-check", "ok", _("Done")),
        "failed": ("alert-triangle", "bad", _("Ended early")),
    }.get(state, ("file-text", "", _("Preview")))


def field_name(field: str) -> str:
    """What a field of the profile is called."""
    return {
        "name": _("Name"),
        "phone": _("Phone"),
        "phone_2": _("Second phone"),
        "email": _("E-mail"),
        "company": _("Company"),
        "kind": _("Kind"),
        "tier": _("Tier"),
        "language": _("Language"),
        "address": _("Address"),
        "city": _("Town or city"),
        "country": _("Country"),
        "time_zone": _("Time zone"),
        "special_requirements": _("Special requirements"),
        "note": _("Note"),
        "reference": _("Reference"),
    }.get(field, field)
