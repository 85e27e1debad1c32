"""Whether a text may reach its telephone now: the hours of the house, by the recipient's clock.

They bind where texts reach telephones (SMS_PROVIDER=twilio). The console's handsets wake nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import now
from app.customers.models import Customer
from app.domain import sms_hours
from config import Settings


@dataclass(frozen=True, slots=True)
class Policy:
    """The hours, and the zone of recipients whose own nobody knows."""

    hours: sms_hours.Hours
    zone: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """It is too late or too early for a text there."""

    #: When it may leave (UTC), and the zone it is told in.
    until: datetime
    zone: str


_policy: Policy | None = None


def configure(settings: Settings) -> None:
    """Keep the hours of `settings` for this process."""
    use(Policy(settings.sms_hours, settings.time_zone) if settings.sms_provider == "twilio" else None)


def use(policy: Policy | None) -> None:
    """Keep these hours for this process; None: at any time."""
    global _policy
    _policy = policy


def wait_for(session: Session, number: str, customer_id: int | None) -> Waiting | None:
    """Until when a text to `number` (E.164) should wait; None when it may leave now."""
    if _policy is None:
        return None
    zones = _zones(session, number, customer_id, _policy)
    moment = now()
    opens = sms_hours.opens_at(moment, zones, _policy.hours)
    return None if opens <= moment else Waiting(opens, zones[0])


def valid_s(session: Session, number: str, customer_id: int | None, *, any_hour: bool) -> int | None:
    """Seconds a carrier may keep the text; None: as long as it likes. `any_hour`: a person sends it regardless."""
    if _policy is None:
        return None
    if any_hour:
        return sms_hours.LONGEST_VALID_S
    return sms_hours.valid_s(now(), _zones(session, number, customer_id, _policy), _policy.hours)


def there(session: Session, number: str, customer_id: int | None) -> dict[str, str] | None:
    """{"now": "22:40", "opens": "08:00"} by the recipient's clock while a text to them would wait; else None."""
    waiting = wait_for(session, number, customer_id) if number else None
    if waiting is None:
        return None
    clock = ZoneInfo(waiting.zone)
    return {name: f"{at.astimezone(clock):%H:%M}" for name, at in (("now", now()), ("opens", waiting.until))}


def _zones(session: Session, number: str, customer_id: int | None, policy: Policy) -> tuple[str, ...]:
    """The customer's own zone where we know the customer, else what the number tells."""
    if customer_id is not None:
        own = session.scalar(select(Customer.time_zone).where(Customer.id == customer_id))
        if own:
            return (own,)
    return sms_hours.zones_of_number(number, policy.zone)
