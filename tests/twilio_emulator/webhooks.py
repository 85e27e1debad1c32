"""The emulator asks the product: signed requests with Twilio's time limits, retries, fallbacks, and planned bad luck.

Defaults are Twilio's: 5 s to connect, 15 s to answer, one retry and only when no connection was made. Whoever wants
more says so in the fragment of the address ("#rc=3&rp=all"), which is neither signed nor sent.
"""

from __future__ import annotations

import random
import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from twilio.request_validator import SIGNATURE_HEADER, SIGNATURE_SETTINGS_HEADER, RequestValidator

from tests.twilio_emulator.clock import Clock
from tests.twilio_emulator.delivery import Answer, Delivery, NoConnection, Outgoing, TooSlow
from tests.twilio_emulator.faults import FaultPlan, Kind
from tests.twilio_emulator.hooks import Document, Failure, Fields, Then
from tests.twilio_emulator.journal import Entry, Journal
from tests.twilio_emulator.state import Account

Outcome = Answer | NoConnection | TooSlow

#: Twilio adds fields without notice: these come with every webhook, so that nobody relies on a closed list.
UNHEARD_OF = {"AddressRating": "", "CarrierNote": "号码 & more=+%2B"}
MOST_REDIRECTS = 10
#: Seconds between a failed attempt and the next [unverified].
PAUSE = 0.5


@dataclass(frozen=True)
class Overrides:
    """How patient Twilio is with one address: times in seconds, how often it tries again, and after what."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, fragment: str) -> Overrides:
        given = dict(parse_qsl(fragment))
        plain = cls()
        return cls(
            connect=min(10.0, max(0.1, int(given.get("ct", plain.connect * 1000)) / 1000)),
            read=min(15.0, max(0.1, int(given.get("rt", plain.read * 1000)) / 1000)),
            total=min(15.0, max(0.1, int(given.get("tt", plain.total * 1000)) / 1000)),
            retries=min(5, max(0, int(given.get("rc", plain.retries)))),
            policy=frozenset(given.get("rp", "ct").split(",")),
        )

    def tries_again(self, outcome: Outcome) -> bool:
        """Whether an attempt that ended like this is followed by another, as long as there are any left."""
        reason = _reason(outcome)
        return reason != "" and bool(self.policy & {reason, "all"})


def _reason(outcome: Outcome) -> str:
    """ "" for success, else the name that the policy has for it."""
    if isinstance(outcome, NoConnection):
        return "ct"
    if isinstance(outcome, TooSlow):
        return "rt"
    return {4: "4xx", 5: "5xx"}.get(outcome.status // 100, "")


@dataclass
class _Webhook:
    """One thing to tell, however often it is tried."""

    url: str
    method: str
    fields: dict[str, str]
    kinds: frozenset[Kind]
    token: str
    done: Callable[[Outcome, str], None]
    overrides: Overrides
    attempts: int = 0
    spent: float = 0.0
    redirects: int = 0
    forged: list[str] = field(default_factory=list)


class Webhooks:
    """Keeps the port `Hooks`. `jitter`: how long a request is under way, in seconds, drawn from the account's seed."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        delivery: Delivery | None,
        journal: Journal,
        faults: FaultPlan | None = None,
        *,
        jitter: tuple[float, float] = (0.02, 0.12),
        shared_key: str = "",
        on_restart: Callable[[], None] | None = None,
    ) -> None:
        self.account = account
        self.clock = clock
        self._delivery: Delivery | None = None
        self._threads: ThreadPoolExecutor | None = None
        self.journal = journal
        self.faults = faults or FaultPlan()
        self.jitter = jitter
        self.shared_key = shared_key  # its SID: requests are signed with SHA-256 then
        self.on_restart = on_restart
        self._chance = random.Random(account.seed + 1)
        self._cookies: dict[str, SimpleCookie] = defaultdict(SimpleCookie)
        if delivery is not None:
            self.attach(delivery)

    def attach(self, delivery: Delivery) -> None:
        """From now on the product is reached like this."""
        self.close()
        self._delivery = delivery
        self._threads = ThreadPoolExecutor(8, "emulator-webhook") if delivery.waits else None

    # The port ------------------------------------------------------------------------------------------------

    def twiml(
        self, url: str, method: str, fields: Fields, then: Then, *, fallback: str = "", fallback_method: str = "POST"
    ) -> None:
        def done(outcome: Outcome, final: str) -> None:
            if isinstance(outcome, Answer) and outcome.status < 300:
                content_type = outcome.headers.get("content-type", "")
                then(Document(final, outcome.status, content_type, outcome.text))
                return
            failure = self._failure(outcome, final)
            if fallback:
                more = {**fields, "ErrorCode": str(failure.code), "ErrorUrl": urldefrag(url).url}
                self.twiml(fallback, fallback_method, more, then)
            else:
                then(failure)

        self._begin(url, method, fields, True, done)

    def callback(self, url: str, method: str, fields: Fields) -> None:
        def done(outcome: Outcome, final: str) -> None:
            if not (isinstance(outcome, Answer) and outcome.status < 300):
                self._failure(outcome, final)

        if url:
            self._begin(url, method, fields, False, done)

    def close(self) -> None:
        """Nothing is under way any more."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)

    # Planning ------------------------------------------------------------------------------------------------

    def _begin(
        self, url: str, method: str, fields: Fields, document: bool, done: Callable[[Outcome, str], None]
    ) -> None:
        path = urlsplit(url).path
        kinds = self.faults.draw(path, fields, document)
        bare, fragment = urldefrag(url)
        out = self.faults.changed({**fields, **UNHEARD_OF}, kinds)
        token = f"{self._chance.getrandbits(128):032x}"
        webhook = _Webhook(bare, method.upper(), out, kinds, token, done, Overrides.of(fragment))
        if "drop" in kinds:
            return
        way = self._chance.uniform(*self.jitter)
        late = self.faults.lateness() if "delay" in kinds else 0.0
        self.clock.after(way + late, lambda: self._attempt(webhook))
        for kind, after in (("duplicate", way), ("replay", way + 3600.0)):
            if kind in kinds:
                again = replace(webhook, kinds=frozenset(), done=lambda outcome, final: None)
                self.clock.after(after, partial(self._attempt, again))

    def _attempt(self, webhook: _Webhook) -> None:
        first = webhook.attempts == 0
        webhook.attempts += 1
        if first and "restart" in webhook.kinds and self.on_restart is not None:
            self.on_restart()
        if first:
            for kind in sorted(webhook.kinds & {"wrong_signature", "old_token"}):
                self._forge(webhook, kind)
        if first and "refused" in webhook.kinds:
            self._ended(webhook, NoConnection("nobody listens"), 0.0)
        elif first and "error_before" in webhook.kinds:
            self._ended(webhook, Answer(500, {}, "", 0.0), 0.1)
        else:
            self._send(webhook, self.account.auth_token, lambda outcome: self._sent(webhook, outcome, first))

    def _sent(self, webhook: _Webhook, outcome: Outcome, first: bool) -> None:
        if isinstance(outcome, Answer) and first and "slow" in webhook.kinds:
            self._ended(webhook, TooSlow("no answer in time"), webhook.overrides.read)
        elif isinstance(outcome, Answer) and first and "error_after" in webhook.kinds:
            self._ended(webhook, Answer(500, {}, "", outcome.took), 0.1)
        elif isinstance(outcome, Answer) and outcome.status in (301, 302, 303, 307, 308):
            webhook.redirects += 1
            webhook.url = urljoin(webhook.url, outcome.headers.get("location", ""))
            if outcome.status < 304:
                webhook.method = "GET"
            if webhook.redirects > MOST_REDIRECTS:
                webhook.done(outcome, webhook.url)
            else:
                webhook.attempts -= 1
                self._attempt(webhook)
        else:
            self._ended(webhook, outcome, 0.0)

    def _ended(self, webhook: _Webhook, outcome: Outcome, took: float) -> None:
        """An attempt is over; another follows, or the asker is told. `took`: seconds on the emulator's clock."""
        webhook.spent += took
        again = webhook.overrides.tries_again(outcome) and webhook.attempts <= webhook.overrides.retries
        if again and webhook.spent < webhook.overrides.total:
            self.clock.after(took + PAUSE, lambda: self._attempt(webhook))
        elif took:
            self.clock.after(took, lambda: webhook.done(outcome, webhook.url))
        else:
            webhook.done(outcome, webhook.url)

    def _failure(self, outcome: Outcome, url: str) -> Failure:
        """What the debugger of the account shows of it."""
        if isinstance(outcome, Answer):
            code = 11215 if outcome.status in range(300, 400) else 11200
            failure = Failure(url, code, f"HTTP {outcome.status}")
        else:
            failure = Failure(url, 11205, str(outcome))
        self.account.warnings.append((self.clock.now(), failure.code, f"{failure.reason}: {url}"))
        return failure

    # Sending -------------------------------------------------------------------------------------------------

    def _forge(self, webhook: _Webhook, kind: str) -> None:
        """Somebody who does not know the Auth Token of today tells something like it first."""
        fields = {**webhook.fields, "From": "+15005550000"} if kind == "wrong_signature" else webhook.fields
        other = random.Random(f"{self.faults.seed} {webhook.token}").getrandbits(128)
        self._send(replace(webhook, fields=fields), f"{other:032x}", lambda outcome: None, forged=True)

    def _send(self, webhook: _Webhook, secret: str, then: Callable[[Outcome], None], *, forged: bool = False) -> None:
        request = self._request(webhook, secret)
        name = f"{webhook.method} {urlsplit(webhook.url).path}"

        def heard(outcome: Outcome) -> None:
            if isinstance(outcome, Answer):
                entry = Entry(
                    "told", self.clock.now(), name, webhook.fields, outcome.status, took=outcome.took, forged=forged
                )
                self.journal.add(entry)
                for cookie in outcome.cookies:
                    self._cookies[webhook.fields.get("CallSid", "")].load(cookie)
            then(outcome)

        if self._threads is None:
            heard(self._tried(request))
            return
        future = self._threads.submit(self._tried, request)
        future.add_done_callback(lambda done: self.clock.after(0, lambda: heard(done.result())))

    def _tried(self, request: Outgoing) -> Outcome:
        if self._delivery is None:
            return NoConnection("no product is attached")
        try:
            return self._delivery.send(request)
        except (NoConnection, TooSlow) as failure:
            return failure
        except Exception as error:
            if self._threads is None:
                raise  # the product's own mistake, in the test's own thread: nothing to hide
            traceback.print_exc()
            return NoConnection(str(error))

    def _request(self, webhook: _Webhook, secret: str) -> Outgoing:
        url, body, signed = webhook.url, b"", {}
        if webhook.method == "GET":
            url += ("&" if urlsplit(url).query else "?") + urlencode(webhook.fields)
        else:
            signed = webhook.fields
            body = urlencode(webhook.fields).encode()
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": webhook.token,
            **self._signature(url, signed, secret),
        }
        if webhook.method != "GET":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        if cookies := self._cookies.get(webhook.fields.get("CallSid", "")):
            headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        overrides = webhook.overrides
        return Outgoing(webhook.method, url, headers, body, overrides.connect, min(overrides.read, overrides.total))

    def _signature(self, url: str, fields: Mapping[str, str], secret: str) -> dict[str, str]:
        validator = RequestValidator(secret)
        if not self.shared_key:
            return {SIGNATURE_HEADER: validator.compute_signature(url, fields)}
        return {
            SIGNATURE_HEADER: validator.compute_signature(url, fields, "HMAC_SHA256"),
            SIGNATURE_SETTINGS_HEADER: f"key={self.shared_key},algorithm=HMAC_SHA256",
        }
