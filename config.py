"""Settings from the environment: typed, validated at start, refused where production would be unsafe."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

DEVELOPMENT_SECRET = "development-only-secret-never-for-production"


class SettingsError(ValueError):
    """A setting is missing or makes no sense; the message names it and says what to put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting the program reads, with its default. docs/operations.md explains each key."""

    #: "development" or "production"; production refuses default secrets and plain cookies.
    environment: str = "development"
    #: SQLAlchemy or libpq URL of a PostgreSQL 15+ server; empty starts the embedded cluster.
    database_url: str = ""
    #: Signs cookies and tokens; at least 32 characters in production.
    secret_key: str = DEVELOPMENT_SECRET
    #: Address customers and carriers reach this desk under, without a trailing slash.
    public_url: str = ""
    #: Interface and TCP port of `make run`.
    host: str = "127.0.0.1"
    port: int = 5000
    #: Whether the demo organisation and its Phone page are served.
    demo: bool = False
    #: Whether `make run` lets simulated agents and customers live in a demo; never in production.
    live: bool = True
    #: True only under the test suite: tones instead of microphones, pseudo-locale, style page.
    testing: bool = False
    #: Provider of voice ("browser" or "twilio") and of SMS ("console" or "twilio").
    voice_provider: str = "browser"
    sms_provider: str = "console"
    #: The account at Twilio (AC…) and the secret that its webhooks are signed with.
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    #: A Standard API key (SK…) and its secret: signs the access tokens of agents' browsers.
    twilio_api_key_sid: str = ""
    twilio_api_key_secret: str = ""
    #: TwiML app (AP…) that calls out of a browser go through.
    twilio_twiml_app_sid: str = ""
    #: E.164 number that calls come to and go out from; sender of SMS without a Messaging Service.
    twilio_number: str = ""
    #: Messaging Service (MG…) that sends SMS; empty: they leave from the number.
    twilio_messaging_service_sid: str = ""
    #: Address of Twilio's interface, on this machine only; empty is the real one.
    twilio_api_base: str = ""
    #: What one part of an SMS costs and in which currency (ISO 4217); 0 shows no cost.
    sms_price: Decimal = Decimal(0)
    sms_currency: str = "USD"
    #: Hours of the recipient's clock between which SMS may reach them.
    sms_hours: tuple[time, time] = (time(8), time(21))
    #: Bearer token of /metrics; empty turns the page off.
    metrics_token: str = ""
    #: JSON list of RTCIceServer objects; empty means direct connections only.
    ice_servers: tuple[dict[str, Any], ...] = ()
    #: Shared secret of a TURN server (time-limited HMAC credentials); empty means none.
    turn_secret: str = ""
    #: Comma-separated TURN URLs that go with turn_secret.
    turn_urls: tuple[str, ...] = ()
    #: IANA zone of the organisation: where its day begins at midnight.
    time_zone: str = "UTC"
    #: Region that telephone numbers without a country code are read in.
    default_region: str = "GB"
    #: Proxies in front whose X-Forwarded-* headers are believed.
    trusted_proxies: int = 0
    #: Public call starts allowed per address in ten minutes.
    call_starts_per_ten_minutes: int = 3
    #: Requests in writing allowed per address in ten minutes.
    tickets_per_ten_minutes: int = 5
    #: Waiting web callers allowed per queue before new ones are asked to come back.
    max_waiting_web_calls: int = 200
    #: Whether webhooks may go to machines of the house's own network; days of failures after which one is turned off.
    webhooks_private: bool = False
    webhooks_off_after_days: int = 3
    #: Whether agents may listen to recordings of contacts that they handled themselves.
    agents_hear_own_calls: bool = True

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def uses_twilio(self) -> bool:
        """Whether any part of the desk goes through Twilio."""
        return "twilio" in (self.voice_provider, self.sms_provider)

    @property
    def lives(self) -> bool:
        """Whether the demo plays agents and customers by itself."""
        return self.demo and self.live and not self.production

    @property
    def local_url(self) -> str:
        """Where this machine itself reaches `make run`."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host  # noqa: S104 - only compared
        host = "[::1]" if host == "::" else f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"


def _flag(value: str) -> bool:
    return value.strip().lower() in {"1", "true", "yes", "on"}


def _json_list(key: str, value: str) -> tuple[dict[str, Any], ...]:
    try:
        parsed = json.loads(value or "[]")
    except json.JSONDecodeError as error:
        raise SettingsError(f"{key} must be a JSON list of ICE servers: {error}") from error
    if not isinstance(parsed, list):
        raise SettingsError(f"{key} must be a JSON list of ICE servers.")
    return tuple(parsed)


def _number(key: str, value: str, *, low: int, high: int) -> int:
    try:
        number = int(value)
    except ValueError as error:
        raise SettingsError(f"{key} must be a whole number, not {value!r}.") from error
    if not low <= number <= high:
        raise SettingsError(f"{key} must lie between {low} and {high}.")
    return number


def _price(key: str, value: str) -> Decimal:
    try:
        price = Decimal(value)
    except InvalidOperation as error:
        raise SettingsError(f"{key} must be a number like 0.04, not {value!r}.") from error
    if not 0 <= price < 1000:
        raise SettingsError(f"{key} must lie between 0 and 1000.")
    return price


def _hours(key: str, value: str) -> tuple[time, time]:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", value.strip())
    if found is None:
        raise SettingsError(f"{key} must be two times of day like 08:00-21:00.")
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin >= end:
        raise SettingsError(f"{key} must end after it begins, on the same day.")
    return begin, end


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The validated settings of this process.

    Raises:
        SettingsError: a value is malformed, or production lacks a secret.
    """
    env = os.environ if environ is None else environ
    defaults = Settings()
    settings = Settings(
        environment=env.get("HEARBACK_ENV", defaults.environment),
        database_url=env.get("DATABASE_URL", ""),
        secret_key=env.get("SECRET_KEY", defaults.secret_key),
        public_url=env.get("PUBLIC_URL", "").rstrip("/"),
        host=env.get("HOST", defaults.host),
        port=_number("PORT", env.get("PORT", str(defaults.port)), low=1, high=65535),
        demo=_flag(env.get("DEMO", "0")),
        live=_flag(env.get("LIVE", "1")),
        testing=_flag(env.get("HEARBACK_TESTING", "0")),
        voice_provider=env.get("VOICE_PROVIDER", defaults.voice_provider),
        sms_provider=env.get("SMS_PROVIDER", defaults.sms_provider),
        twilio_account_sid=env.get("TWILIO_ACCOUNT_SID", ""),
        twilio_auth_token=env.get("TWILIO_AUTH_TOKEN", ""),
        twilio_api_key_sid=env.get("TWILIO_API_KEY_SID", ""),
        twilio_api_key_secret=env.get("TWILIO_API_KEY_SECRET", ""),
        twilio_twiml_app_sid=env.get("TWILIO_TWIML_APP_SID", ""),
        twilio_number=env.get("TWILIO_NUMBER", ""),
        twilio_messaging_service_sid=env.get("TWILIO_MESSAGING_SERVICE_SID", ""),
        twilio_api_base=env.get("TWILIO_API_BASE", "").rstrip("/"),
        sms_price=_price("SMS_PRICE", env.get("SMS_PRICE", "0")),
        sms_currency=env.get("SMS_CURRENCY", defaults.sms_currency).upper(),
        sms_hours=_hours("SMS_HOURS", env.get("SMS_HOURS", "08:00-21:00")),
        metrics_token=env.get("METRICS_TOKEN", ""),
        ice_servers=_json_list("ICE_SERVERS", env.get("ICE_SERVERS", "")),
        turn_secret=env.get("TURN_SECRET", ""),
        turn_urls=tuple(u.strip() for u in env.get("TURN_URLS", "").split(",") if u.strip()),
        time_zone=env.get("TIME_ZONE", defaults.time_zone),
        default_region=env.get("DEFAULT_REGION", defaults.default_region),
        trusted_proxies=_number("TRUSTED_PROXIES", env.get("TRUSTED_PROXIES", "0"), low=0, high=10),
        call_starts_per_ten_minutes=_number(
            "CALL_STARTS_PER_TEN_MINUTES", env.get("CALL_STARTS_PER_TEN_MINUTES", "3"), low=1, high=10_000
        ),
        tickets_per_ten_minutes=_number(
            "TICKETS_PER_TEN_MINUTES", env.get("TICKETS_PER_TEN_MINUTES", "5"), low=1, high=1_000_000
        ),
        max_waiting_web_calls=_number(
            "MAX_WAITING_WEB_CALLS", env.get("MAX_WAITING_WEB_CALLS", "200"), low=1, high=1_000_000
        ),
        webhooks_private=_flag(env.get("WEBHOOKS_PRIVATE", "0")),
        webhooks_off_after_days=_number(
            "WEBHOOKS_OFF_AFTER_DAYS", env.get("WEBHOOKS_OFF_AFTER_DAYS", "3"), low=1, high=30
        ),
        agents_hear_own_calls=_flag(env.get("AGENTS_HEAR_OWN_CALLS", "1")),
    )
    _refuse_unsafe(settings)
    return settings


def _refuse_unsafe(settings: Settings) -> None:
    if settings.environment not in {"development", "production"}:
        raise SettingsError("HEARBACK_ENV must be development or production.")
    if settings.time_zone not in available_timezones():
        raise SettingsError("TIME_ZONE must be a zone like Europe/London.")
    if settings.voice_provider not in {"browser", "twilio"}:
        raise SettingsError("VOICE_PROVIDER must be 'browser' or 'twilio'.")
    if settings.sms_provider not in {"console", "twilio"}:
        raise SettingsError("SMS_PROVIDER must be 'console' or 'twilio'.")
    if not re.fullmatch(r"[A-Z]{3}", settings.sms_currency):
        raise SettingsError("SMS_CURRENCY must be a currency of three letters, like USD.")
    if settings.uses_twilio:
        _refuse_half_a_twilio(settings)
    if not settings.production:
        return
    if settings.secret_key == DEVELOPMENT_SECRET or len(settings.secret_key) < 32:
        raise SettingsError("SECRET_KEY must be set to at least 32 random characters in production.")
    if not settings.public_url.startswith("https://"):
        raise SettingsError("PUBLIC_URL must be the https:// address of this desk in production.")
    if settings.testing:
        raise SettingsError("HEARBACK_TESTING must be off in production.")


#: What each setting of Twilio looks like, and what to put there.
_TWILIO_FORMS = {
    "TWILIO_ACCOUNT_SID": (r"AC[0-9a-f]{32}", "the Account SID of your Twilio console: AC and 32 signs"),
    "TWILIO_AUTH_TOKEN": (r"\S{16,}", "the Auth Token of your Twilio console"),
    "TWILIO_API_KEY_SID": (r"SK[0-9a-f]{32}", "the SID of a Standard API key: SK and 32 signs"),
    "TWILIO_API_KEY_SECRET": (r"\S{16,}", "the secret that was shown when the API key was made"),
    "TWILIO_TWIML_APP_SID": (r"AP[0-9a-f]{32}", "the SID of a TwiML app: AP and 32 signs"),
    "TWILIO_NUMBER": (r"\+[1-9][0-9]{4,14}", "a number of your account, like +441632960000"),
    "TWILIO_MESSAGING_SERVICE_SID": (r"MG[0-9a-f]{32}", "the SID of a Messaging Service: MG and 32 signs"),
}
_FOR_EACH = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
_FOR_VOICE = ("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET", "TWILIO_TWIML_APP_SID", "TWILIO_NUMBER")


def _refuse_half_a_twilio(settings: Settings) -> None:
    """Raises SettingsError unless what the chosen providers need is there and has its form."""
    needed = set(_FOR_EACH)
    if settings.voice_provider == "twilio":
        needed.update(_FOR_VOICE)
    if settings.sms_provider == "twilio" and not settings.twilio_messaging_service_sid:
        needed.add("TWILIO_NUMBER")
    for key, (form, told) in _TWILIO_FORMS.items():
        value = getattr(settings, key.lower())
        if (value or key in needed) and not re.fullmatch(form, value):
            raise SettingsError(f"{key} must be {told}.")
    if not settings.public_url.startswith(("https://", "http://")):
        raise SettingsError("PUBLIC_URL must be the address that Twilio reaches this desk under.")
    if "_" in (urlsplit(settings.public_url).hostname or ""):
        raise SettingsError("PUBLIC_URL must name a host without underscores: Twilio refuses them.")
    _refuse_foreign_base(settings)


def _refuse_foreign_base(settings: Settings) -> None:
    """Raises SettingsError when credentials would go to a place that is neither Twilio nor this machine."""
    if not settings.twilio_api_base:
        return
    parts = urlsplit(settings.twilio_api_base)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost", "::1"} or parts.path:
        raise SettingsError("TWILIO_API_BASE must be empty or a place on this machine, like http://127.0.0.1:9101.")
    if settings.production:
        raise SettingsError("TWILIO_API_BASE must be empty in production.")
