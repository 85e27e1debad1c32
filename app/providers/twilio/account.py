"""What an owner's account at Twilio looks like beside what this desk needs of it, and how its addresses are set.

Every answer is read, nothing is changed but by `apply`. What is wrong is told as a code; the words are in
app/administration/twilio_commands.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from app.providers.twilio.client import TwilioRefused, ask, client, key_client
from config import Settings

VOICE, SMS = "/twilio/voice", "/twilio/sms"
#: States are told again when they do not arrive (the fragment is neither sent nor signed); by default they are not.
AGAIN = "#rc=3&rp=all"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `code` says what is so, `values` fill in its sentence."""

    code: str
    #: "ok", "wrong" (calls or SMS will fail) or "note" (worth knowing).
    grade: str = "ok"
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """Addresses of one thing at Twilio that `apply` will set: name of each -> (as it is, as it will be)."""

    kind: str
    sid: str
    name: str
    fields: Mapping[str, tuple[str, str]]


def wanted_of_number(settings: Settings) -> dict[str, str]:
    """The addresses that the desk's number must have, by the names of Twilio's library."""
    base = settings.public_url
    wanted: dict[str, str] = {}
    if settings.voice_provider == "twilio":
        wanted |= {
            "voice_url": f"{base}{VOICE}/inbound",
            "voice_method": "POST",
            "voice_fallback_url": f"{base}{VOICE}/fallback",
            "voice_fallback_method": "POST",
            "status_callback": f"{base}{VOICE}/status{AGAIN}",
            "status_callback_method": "POST",
        }
    if settings.sms_provider == "twilio":
        wanted |= {
            "sms_url": f"{base}{SMS}/inbound{AGAIN}",
            "sms_method": "POST",
            "sms_fallback_url": f"{base}{SMS}/inbound",
            "sms_fallback_method": "POST",
        }
    return wanted


def wanted_of_service(settings: Settings) -> dict[str, str]:
    """The addresses that a Messaging Service must have; it hides those of its numbers."""
    base = settings.public_url
    return {
        "inbound_request_url": f"{base}{SMS}/inbound{AGAIN}",
        "inbound_method": "POST",
        "fallback_url": f"{base}{SMS}/inbound",
        "fallback_method": "POST",
    }


def look(settings: Settings) -> list[Finding]:
    """Everything that matters of the account, in the order in which an owner would mend it.

    Raises:
        TwilioUnsure: Twilio does not answer.
    """
    findings = [*_look_at_address(settings)]
    try:
        account = ask(lambda: client(settings).api.accounts(settings.twilio_account_sid).fetch())
    except TwilioRefused as error:
        return [*findings, _refused("credentials_wrong", error)]
    findings.append(Finding("account", "ok" if account.status == "active" else "wrong", {"state": str(account.status)}))
    if str(account.type) == "Trial":
        findings.append(Finding("trial", "note"))
    if settings.twilio_number:
        findings += _look_at_number(settings)
    if settings.sms_provider == "twilio":
        findings += _look_at_service(settings) if settings.twilio_messaging_service_sid else [Finding("no_service")]
    if settings.voice_provider == "twilio":
        findings += _look_at_key(settings) + _look_at_app(settings)
    return [*findings, *look_at_turn(settings)]


def look_at_turn(settings: Settings) -> list[Finding]:
    """Whether calls between browsers get through everybody's network: that takes a TURN server."""
    urls = [str(url) for server in settings.ice_servers for url in _listed(server.get("urls", ()))]
    relayed = bool(settings.turn_secret and settings.turn_urls) or any(url.startswith("turn") for url in urls)
    return [Finding("turn") if relayed else Finding("no_turn", "note")]


def changes(settings: Settings) -> list[Change]:
    """What `apply` would set: only addresses that are not as they should be.

    Raises:
        TwilioRefused: the account does not let us in.
        TwilioUnsure: Twilio does not answer.
    """
    found = []
    number = _number(settings) if settings.twilio_number else None
    if number is not None:
        found.append(_change("number", number, number.phone_number, wanted_of_number(settings)))
    if settings.sms_provider == "twilio" and settings.twilio_messaging_service_sid:
        service = ask(lambda: _services(settings).fetch())
        if not service.use_inbound_webhook_on_number:
            found.append(_change("service", service, service.friendly_name, wanted_of_service(settings)))
    return [change for change in found if change.fields]


def apply(settings: Settings, change: Change) -> None:
    """Set the addresses of one thing.

    Raises:
        TwilioRefused: Twilio does not take them.
        TwilioUnsure: it is not known whether it took them; doing it again does no harm.
    """
    values: dict[str, Any] = {name: new for name, (_old, new) in change.fields.items()}
    if change.kind == "number":
        ask(lambda: client(settings).incoming_phone_numbers(change.sid).update(**values))
    else:
        ask(lambda: _services(settings).update(**values))


def _change(kind: str, thing: Any, name: str, wanted: Mapping[str, str]) -> Change:
    fields = {
        key: (str(getattr(thing, key) or ""), value)
        for key, value in wanted.items()
        if str(getattr(thing, key) or "") != value
    }
    return Change(kind, str(thing.sid), str(name), fields)


def _look_at_address(settings: Settings) -> list[Finding]:
    parts = urlsplit(settings.public_url)
    if parts.hostname in {"localhost", "127.0.0.1", "::1"} and not settings.twilio_api_base:
        return [Finding("address_local", "wrong", {"url": settings.public_url})]
    if parts.scheme != "https" and not settings.twilio_api_base:
        return [Finding("address_plain", "wrong", {"url": settings.public_url})]
    return [Finding("address", values={"url": settings.public_url})]


def _number(settings: Settings) -> Any | None:
    listed = ask(lambda: client(settings).incoming_phone_numbers.list(phone_number=settings.twilio_number, limit=1))
    return listed[0] if listed else None


def _look_at_number(settings: Settings) -> list[Finding]:
    number = _number(settings)
    name = {"number": settings.twilio_number}
    if number is None:
        return [Finding("number_missing", "wrong", name)]
    found = [Finding("number", values=name)]
    can = dict(number.capabilities or {})
    for needed, used in (("voice", settings.voice_provider), ("sms", settings.sms_provider)):
        if used == "twilio" and can.get(needed) is False:
            found.append(Finding(f"number_no_{needed}", "wrong", name))
    wanted = wanted_of_number(settings)
    if settings.sms_provider == "twilio" and settings.twilio_messaging_service_sid:
        wanted = {key: value for key, value in wanted.items() if not key.startswith("sms_")}
    return found + _differences("number", number, wanted)


def _look_at_service(settings: Settings) -> list[Finding]:
    sid = {"sid": settings.twilio_messaging_service_sid}
    try:
        service = ask(lambda: _services(settings).fetch())
        senders = ask(lambda: _services(settings).phone_numbers.list(limit=100))
    except TwilioRefused as error:
        return [_refused("service_missing", error, sid)]
    found = [Finding("service", values={"name": str(service.friendly_name)})]
    if not senders:
        found.append(Finding("service_empty", "wrong", sid))
    elif settings.twilio_number and settings.twilio_number not in {each.phone_number for each in senders}:
        found.append(Finding("service_without_number", "note", {"number": settings.twilio_number}))
    if service.use_inbound_webhook_on_number:
        return [*found, Finding("service_by_number", "note")]
    return found + _differences("service", service, wanted_of_service(settings))


def _look_at_key(settings: Settings) -> list[Finding]:
    sid = {"sid": settings.twilio_api_key_sid}
    try:
        ask(lambda: client(settings).keys(settings.twilio_api_key_sid).fetch())
    except TwilioRefused as error:
        return [_refused("key_missing", error, sid)]
    try:
        ask(lambda: key_client(settings).applications(settings.twilio_twiml_app_sid).fetch())
    except TwilioRefused as error:
        if error.status == 401:
            return [_refused("key_secret_wrong", error, sid)]
    return [Finding("key", values=sid)]


def _look_at_app(settings: Settings) -> list[Finding]:
    sid = {"sid": settings.twilio_twiml_app_sid}
    try:
        ask(lambda: client(settings).applications(settings.twilio_twiml_app_sid).fetch())
    except TwilioRefused as error:
        return [_refused("app_missing", error, sid)]
    return [Finding("app", values=sid)]


def _differences(kind: str, thing: Any, wanted: Mapping[str, str]) -> list[Finding]:
    off = {name: value for name, value in wanted.items() if str(getattr(thing, name) or "") != value}
    if not off:
        return [Finding(f"{kind}_addresses")]
    return [
        Finding(
            f"{kind}_address_off",
            "wrong",
            {"field": name, "is": str(getattr(thing, name) or "–"), "wanted": value},
        )
        for name, value in off.items()
    ]


def _refused(code: str, error: TwilioRefused, values: Mapping[str, str] | None = None) -> Finding:
    return Finding(code, "wrong", {**(values or {}), "reason": error.message or str(error.code)})


def _services(settings: Settings) -> Any:
    return client(settings).messaging.v1.services(settings.twilio_messaging_service_sid)


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)
