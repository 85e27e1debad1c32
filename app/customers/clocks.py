"""What time it is for a customer."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.customers.models import Customer


def zone_of(customer: Customer) -> tzinfo:
    """The customer's clock; London's when the zone is not known on this machine."""
    try:
        return ZoneInfo(customer.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/London")
