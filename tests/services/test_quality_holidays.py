"""On which days customers are rung to hear how it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.customers.models import Customer
from app.quality.rules import may_ring_from


@pytest.mark.parametrize(
    ("country", "due"),
    [
        pytest.param("GB", "2026-12-27T09:00", id="Christmas and Boxing Day"),
        pytest.param("CN", "2026-12-25T12:00", id="a working day there"),
        pytest.param("ZZ", "2026-12-25T12:00", id="no holidays known"),
        pytest.param("", "2026-12-25T12:00", id="no country known"),
    ],
)
def test_nobody_is_rung_on_a_public_holiday_of_their_country(country: str, due: str) -> None:
    noon = datetime(2026, 12, 25, 12, tzinfo=UTC)
    customer = Customer(country=country, time_zone="Europe/London")
    assert may_ring_from(customer, noon) == datetime.fromisoformat(due).replace(tzinfo=UTC)
