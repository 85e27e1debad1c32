"""The emulator put together: one account, its clock, engine, messages, webhooks and REST front."""

from __future__ import annotations

from collections.abc import Mapping

from tests.twilio_emulator.asking import World
from tests.twilio_emulator.clock import Clock, Virtual
from tests.twilio_emulator.delivery import Delivery
from tests.twilio_emulator.engine import Engine, Readings
from tests.twilio_emulator.faults import FaultPlan
from tests.twilio_emulator.front import create_front
from tests.twilio_emulator.journal import Journal
from tests.twilio_emulator.messages import Messages
from tests.twilio_emulator.state import Account, Application, MessagingService, Number
from tests.twilio_emulator.webhooks import Webhooks

#: The line of the desk, and its second one without a Messaging Service.
LINE = "+12025550142"


class Emulator:
    """One account at work. `delivery` may come later (`hooks.attach`): the product needs the front's address first."""

    def __init__(
        self,
        clock: Clock | None = None,
        delivery: Delivery | None = None,
        *,
        seed: int = 1,
        readings: Readings | None = None,
        faults: FaultPlan | None = None,
        number: str = LINE,
        with_service: bool = True,
    ) -> None:
        self.clock: Clock = clock or Virtual()
        self.account = Account(seed)
        self.journal = Journal()
        self.hooks = Webhooks(self.account, self.clock, delivery, self.journal, faults)
        self.engine = Engine(self.account, self.clock, self.hooks, readings)
        self.messages = Messages(self.account, self.clock, self.hooks)
        self.world = World(self.account, self.clock, self.engine, self.messages, self.journal)
        self.front = create_front(self.world)
        now, new_sid = self.clock.now(), self.account.new_sid
        self.number = Number(new_sid("PN"), number, now, now)
        self.app = Application(new_sid("AP"), "Desk", now, now)
        self.service = MessagingService(new_sid("MG"), "Desk", now, now)
        self.account.numbers[self.number.sid] = self.number
        self.account.applications[self.app.sid] = self.app
        if with_service:
            self.account.services[self.service.sid] = self.service
            self.service.number_sids.append(self.number.sid)

    def settings(self, api_base: str) -> Mapping[str, str]:
        """What the product is told of this account, by the names of its settings; `api_base` is the front's address."""
        service = self.service.sid if self.service.sid in self.account.services else ""
        return {
            "twilio_account_sid": self.account.sid,
            "twilio_auth_token": self.account.auth_token,
            "twilio_api_key_sid": next(iter(self.account.keys)),
            "twilio_api_key_secret": next(iter(self.account.keys.values())),
            "twilio_twiml_app_sid": self.app.sid,
            "twilio_number": self.number.phone_number,
            "twilio_messaging_service_sid": service,
            "twilio_api_base": api_base,
        }

    def point_at(self, product: str) -> None:
        """Set the addresses of number, application and service to the product's, as an owner does by `twilio setup`."""
        voice, sms = f"{product}/twilio/voice", f"{product}/twilio/sms"
        again = "#rc=3&rp=all"
        self.number.status_callback = f"{voice}/status{again}"
        for place in (self.number, self.app):
            place.voice_url, place.voice_fallback_url = f"{voice}/inbound", f"{voice}/fallback"
        self.number.sms_url = self.service.inbound_request_url = f"{sms}/inbound{again}"
        self.number.sms_fallback_url = self.service.fallback_url = f"{sms}/inbound"
        self.service.status_callback = f"{sms}/status"

    def close(self) -> None:
        """Nothing is under way any more."""
        self.hooks.close()
