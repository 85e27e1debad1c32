"""Codes of tickets as people say them: icon, tone and word never stand without each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.customers.sms_words import sms_error as sms_error  # templates ask this module for every word
from app.customers.sms_words import sms_status as sms_status
from app.domain.sms_wish import Wish, wish_of
from app.i18n import localised


def state_words(state: str) -> tuple[str, str, str]:
    """(icon, tone, word) for the state of a ticket."""
    return _states().get(state, ("circle", "", state))


def _states() -> dict[str, tuple[str, str, str]]:
    return {
        "new": ("circle-dot", "accent", _("New")),
        "open": ("user-check", "info", _("Open")),
        "pending_customer": ("clock-pause", "warn", _("Customer is asked")),
        "on_hold": ("player-pause", "violet", _("On hold")),
        "resolved": ("circle-check", "ok", _("Resolved")),
        "closed": ("lock", "", _("Closed")),
    }


def state_for_customer(state: str) -> tuple[str, str, str, str]:
    """(icon, tone, word, what it means for them) for a customer who looks after their request."""
    return {
        "new": ("clock", "accent", _("Received"), _("It waits for a colleague who knows the subject.")),
        "open": ("user-check", "info", _("In progress"), _("A colleague is taking care of it.")),
        "pending_customer": ("message-2", "warn", _("We need your answer"), _("Please read our last message below.")),
        "on_hold": ("player-pause", "violet", _("Under enquiry"), _("We are waiting for information from others.")),
        "resolved": ("circle-check", "ok", _("We have answered"), _("Is something still open? Write to us below.")),
        "closed": ("lock", "", _("Closed"), _("If something comes up, please write a new request.")),
    }[state]


def channel_words(channel: str) -> tuple[str, str]:
    """(icon, word) for the way something was said."""
    return {
        "web": ("world", _("Web form")),
        "phone": ("phone", _("Phone")),
        "sms": ("message-2", _("SMS")),
        "email": ("mail", _("E-mail")),
        "letter": ("file-text", _("Letter")),
        "fax": ("file-text", _("Fax")),
        "counter": ("building", _("Counter")),
        "voicemail": ("microphone", _("Voice message")),
    }.get(channel, ("message", channel))


def view_names() -> list[tuple[str, str]]:
    """(code, name) of the lists."""
    return [("mine", _("Mine")), ("team", _("My queues")), ("all", _("All"))]


def shown_names() -> list[tuple[str, str]]:
    """(code, name) of the states a list may be asked for."""
    states = [(code, word) for code, (_icon, _tone, word) in _states().items()]
    return [("active", _("Not resolved")), *states, ("any", _("Every state"))]


@dataclass(frozen=True, slots=True)
class EntryWords:
    """One entry as it is read."""

    icon: str
    tone: str
    title: str


def entry_words(entry: Any, writer: str) -> EntryWords:
    """Icon, tone and title of an entry; `writer` is the customer's name, where one is known."""
    if entry.kind == "message_in":
        return EntryWords(channel_words(entry.channel)[0], "accent", writer or _("Customer"))
    if entry.kind == "message_out":
        who = _("Automatic confirmation") if entry.data.get("automatic") else entry.author or ""
        return EntryWords(channel_words(entry.channel)[0], "", who)
    if entry.kind == "note":
        return EntryWords("note", "violet", _("Note by %(name)s", name=entry.author or ""))
    if entry.kind == "state":
        icon, tone, word = state_words(entry.data.get("after", ""))
        if entry.data.get("reason") == "customer_replied":
            return EntryWords("arrow-back-up", "accent", _("The customer has answered: in line again"))
        if entry.data.get("reason") == "time":
            return EntryWords(icon, tone, _("Closed: the customer had nothing to add for a week"))
        if entry.author:
            return EntryWords(icon, tone, _("%(state)s, by %(name)s", state=word, name=entry.author))
        return EntryWords(icon, tone, word)
    return _moved(entry)


def wish_words(entry: Any) -> tuple[str, str, str] | None:
    """(icon, tone, word) for an SMS that asks for no more of them, or may; None for any other entry."""
    wish = wish_of(entry.body) if entry.kind == "message_in" and entry.status == "received" else None
    if wish is Wish.CLEAR:
        return "message-off", "bad", _("Asks for no more texts")
    return ("message-off", "warn", _("May be asking us to stop texting")) if wish is Wish.PERHAPS else None


def _moved(entry: Any) -> EntryWords:
    reason = entry.data.get("reason")
    if entry.queue_names:
        queue = localised(entry.queue_names)
        text = _("%(name)s passed it to %(queue)s", name=entry.author or "", queue=queue)
        return EntryWords("arrow-forward-up", "", text)
    if reason == "taken":
        return EntryWords("hand-stop", "", _("Taken by %(name)s", name=entry.agent or ""))
    if reason == "assigned":
        return EntryWords(
            "user", "", _("%(name)s gave it to %(agent)s", name=entry.author or "", agent=entry.agent or "")
        )
    return EntryWords("route", "", _("Given to %(name)s by the router", name=entry.agent or ""))
