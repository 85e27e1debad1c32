"""Statuses climb, whatever order they come in; texts reach nobody at night."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_hours import LONGEST_VALID_S, SHORTEST_VALID_S, opens_at, valid_s, zones_of_number
from app.domain.sms_status import CARRIER_FINAL, CARRIER_RANKS, further, ours

DAY = (time(8), time(21))
ZONES = ("Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Shanghai", "Asia/Kathmandu")


def end_of(reports: list[str]) -> str:
    kept = ""
    for status in reports:
        kept = status if further(kept, status) else kept
    return kept


REPORTS = st.lists(st.sampled_from(["delivered", "sent", "sent", "queued", "sending", "accepted"]), min_size=1)
MOMENTS = st.integers(0, 700 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(REPORTS, st.randoms())
def test_any_order_of_reports_ends_at_the_furthest(reports: list[str], chance: random.Random) -> None:
    expected = max(reports, key=CARRIER_RANKS.__getitem__)
    chance.shuffle(reports)
    assert end_of(reports) == expected


def test_a_handset_outranks_a_carrier_that_gave_up() -> None:
    assert end_of(["undelivered", "delivered", "failed", "sent"]) == "delivered"
    assert not further("delivered", "undelivered")


def test_every_status_has_a_meaning_and_none_is_invented() -> None:
    assert {ours(status) for status in CARRIER_RANKS} == {"sent", "failed", "delivered"}
    assert all(ours(status) != "sent" for status in CARRIER_FINAL)
    assert ours("teleported") is None
    assert not further("sent", "teleported")


@given(MOMENTS, st.lists(st.sampled_from(ZONES[:3]), min_size=1, max_size=3, unique=True))
def test_a_text_leaves_at_the_first_moment_at_which_every_clock_is_open(moment: datetime, zones: list[str]) -> None:
    opens = opens_at(moment, zones, DAY)
    assert moment <= opens <= moment + timedelta(days=2)
    for zone in zones:
        assert DAY[0] <= opens.astimezone(ZoneInfo(zone)).time() < DAY[1]
    if opens > moment:
        before = opens - timedelta(microseconds=1)
        assert any(not DAY[0] <= before.astimezone(ZoneInfo(zone)).time() < DAY[1] for zone in zones)


@given(MOMENTS, st.sampled_from(ZONES))
def test_a_carrier_keeps_a_text_no_longer_than_the_day_lasts(moment: datetime, zone: str) -> None:
    opens = opens_at(moment, [zone], DAY)
    seconds = valid_s(opens, [zone], DAY)
    assert SHORTEST_VALID_S <= seconds <= LONGEST_VALID_S
    if seconds > SHORTEST_VALID_S:
        arrives = (opens + timedelta(seconds=seconds)).astimezone(ZoneInfo(zone))
        assert arrives.time() <= DAY[1]


def test_hours_that_never_meet_are_those_of_the_first_zone() -> None:
    night = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    far = ("Europe/London", "Pacific/Auckland", "America/Los_Angeles")
    narrow = (time(8), time(10))
    assert opens_at(night, far, narrow).astimezone(ZoneInfo("Europe/London")).time() == time(8)


@pytest.mark.parametrize(
    "number, zone",
    [
        ("+8613800004410", "Asia/Shanghai"),
        ("+12025550100", "America/New_York"),
        ("+447700900318", "Europe/London"),
        ("+18005550100", "Etc/UTC"),
        ("nonsense", "Etc/UTC"),
    ],
)
def test_the_number_tells_the_zone_where_its_plan_does(number: str, zone: str) -> None:
    assert zone in zones_of_number(number, "Etc/UTC")
