"""Working hours: tables for the usual, the days when clocks change, and what must hold for any calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.worktime import (
    ALL_DAY,
    Calendar,
    Interval,
    Reason,
    add_worktime,
    is_open,
    subtract_worktime,
    worktime_between,
)

LONDON, NEW_YORK, HAVANA = ZoneInfo("Europe/London"), ZoneInfo("America/New_York"), ZoneInfo("America/Havana")


def at(text: str, zone: ZoneInfo | None = None, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC, fold=fold)


def hours(*spans: str) -> tuple[Interval, ...]:
    def minute(clock: str) -> int:
        return int(clock[:2]) * 60 + int(clock[3:])

    return tuple(Interval(minute(span[:5]), minute(span[6:])) for span in spans)


def week(days: str, *spans: str) -> dict[int, tuple[Interval, ...]]:
    return {int(day): hours(*spans) for day in days}


DEPOT = Calendar(
    ZoneInfo("UTC"),
    {
        **week("02", "08:00-12:00", "13:00-18:30"),
        **week("1", "10:00-16:00"),
        **week("4", "08:00-12:00"),
    },
)
LUNCH = Calendar(ZoneInfo("UTC"), week("01234", "09:00-12:00", "13:00-18:00"))
# 2026-11-23 is a Monday.


@pytest.mark.parametrize(
    ("moment", "open_", "next_open", "closes"),
    [
        ("2026-11-23 07:59:59", False, "2026-11-23 08:00", None),
        ("2026-11-23 08:00", True, None, "2026-11-23 12:00"),
        ("2026-11-23 11:59:59.999999", True, None, "2026-11-23 12:00"),
        ("2026-11-23 12:00", False, "2026-11-23 13:00", None),
        ("2026-11-23 18:30", False, "2026-11-24 10:00", None),
        ("2026-11-24 12:00", True, None, "2026-11-24 16:00"),
        ("2026-11-25 18:31", False, "2026-11-27 08:00", None),
        ("2026-11-27 12:00", False, "2026-11-30 08:00", None),
        ("2026-11-29 23:59:59", False, "2026-11-30 08:00", None),
    ],
)
def test_open_and_closed(moment: str, open_: bool, next_open: str | None, closes: str | None) -> None:
    state = is_open(DEPOT, at(moment))
    assert (state.open, state.next_open_at, state.closes_at) == (
        open_,
        at(next_open) if next_open else None,
        at(closes) if closes else None,
    )
    assert state.reason is (Reason.OPEN if open_ else Reason.OUTSIDE_HOURS)


def test_the_hours_are_those_of_the_zone() -> None:
    hong_kong = Calendar(ZoneInfo("Asia/Hong_Kong"), week("01234", "09:00-18:00"))
    assert is_open(hong_kong, at("2026-11-23 01:00")).open
    assert not is_open(hong_kong, at("2026-11-23 10:00")).open
    assert is_open(hong_kong, at("2026-11-22 17:00", NEW_YORK)).next_open_at == at("2026-11-23 01:00")


def test_a_night_shift_is_one_window_across_midnight() -> None:
    night = Calendar(LONDON, {4: hours("22:00-24:00"), 5: hours("00:00-06:00")})
    assert is_open(night, at("2026-11-27 23:00", LONDON)).closes_at == at("2026-11-28 06:00", LONDON)
    assert is_open(night, at("2026-11-28 05:59", LONDON)).closes_at == at("2026-11-28 06:00", LONDON)


def test_around_the_clock_never_closes_but_on_a_holiday() -> None:
    always = Calendar(LONDON, dict.fromkeys(range(7), ALL_DAY))
    assert is_open(always, at("2026-11-23 03:00")).closes_at is None
    with_christmas = Calendar(LONDON, always.week, holidays=frozenset({date(2026, 12, 25)}))
    assert is_open(with_christmas, at("2026-11-23 03:00")).closes_at == at("2026-12-25 00:00")
    closed = is_open(with_christmas, at("2026-12-25 12:00"))
    assert (closed.reason, closed.next_open_at) == (Reason.HOLIDAY, at("2026-12-26 00:00"))
    assert is_open(with_christmas, at("2026-12-26 00:00")).closes_at is None


def test_exceptions_have_the_last_word() -> None:
    calendar = Calendar(
        LONDON,
        week("01234", "09:00-17:00"),
        exceptions={
            date(2026, 12, 24): hours("09:00-12:00"),
            date(2026, 12, 25): hours("10:00-12:00"),  # a holiday on which some come in
            date(2026, 12, 23): (),  # stock-taking
        },
        holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
    )
    assert is_open(calendar, at("2026-12-23 10:00")).reason is Reason.EXCEPTION
    assert is_open(calendar, at("2026-12-23 10:00")).next_open_at == at("2026-12-24 09:00")
    assert is_open(calendar, at("2026-12-24 12:00")).reason is Reason.EXCEPTION
    assert is_open(calendar, at("2026-12-24 12:00")).next_open_at == at("2026-12-25 10:00")
    assert is_open(calendar, at("2026-12-25 11:00")).open
    # Boxing Day is a Saturday: it would be closed anyway
    assert is_open(calendar, at("2026-12-26 11:00")).reason is Reason.OUTSIDE_HOURS


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar(LONDON, {}),
        Calendar(LONDON, {0: ()}),
        Calendar(LONDON, {}, exceptions={date(2026, 11, 1): ALL_DAY}),
        Calendar(LONDON, {}, exceptions={date(2026, 12, 1): ()}),
        Calendar(LONDON, {0: ALL_DAY}, holidays=frozenset(date(2026, 1, 1) + timedelta(n) for n in range(9000))),
    ],
)
def test_a_calendar_that_never_opens_again_says_so(calendar: Calendar) -> None:
    now = at("2026-11-23 12:00")
    state = is_open(calendar, now)
    assert (state.open, state.next_open_at) == (False, None)
    assert add_worktime(calendar, now, timedelta(hours=1)) is None
    assert worktime_between(calendar, now, now + timedelta(days=60)) == timedelta(0)
    assert subtract_worktime(Calendar(LONDON, {}), now, timedelta(0)) is None


def test_one_day_of_work_in_a_year_is_found() -> None:
    once = Calendar(LONDON, {}, exceptions={date(2027, 7, 1): hours("10:00-11:00")})
    assert is_open(once, at("2026-11-23 12:00")).next_open_at == at("2027-07-01 09:00")
    assert add_worktime(once, at("2026-11-23 12:00"), timedelta(hours=1)) == at("2027-07-01 10:00")
    assert add_worktime(once, at("2026-11-23 12:00"), timedelta(hours=1, seconds=1)) is None


@pytest.mark.parametrize(
    ("day", "spans", "worked_h", "opens", "closes"),
    [
        # 2026-03-29 01:00 becomes 02:00 in London: 01:00-02:00 is left out
        ("2026-03-29", ("00:00-24:00",), 23, "2026-03-29 00:00", "2026-03-29 23:00"),
        ("2026-03-29", ("01:30-05:00",), 3, "2026-03-29 01:00", "2026-03-29 04:00"),
        ("2026-03-29", ("00:00-01:30",), 1, "2026-03-29 00:00", "2026-03-29 01:00"),
        ("2026-03-29", ("00:00-01:00", "02:00-03:00"), 2, "2026-03-29 00:00", "2026-03-29 02:00"),
        # 2026-10-25 02:00 becomes 01:00: 01:00-02:00 comes twice
        ("2026-10-25", ("00:00-24:00",), 25, "2026-10-24 23:00", "2026-10-26 00:00"),
        ("2026-10-25", ("01:30-05:00",), 4.5, "2026-10-25 00:30", "2026-10-25 05:00"),
        ("2026-10-25", ("00:00-01:00",), 1, "2026-10-24 23:00", "2026-10-25 00:00"),
        ("2026-10-25", ("00:00-02:00",), 3, "2026-10-24 23:00", "2026-10-25 02:00"),
        ("2026-10-25", ("02:00-04:00",), 2, "2026-10-25 02:00", "2026-10-25 04:00"),
    ],
)
def test_days_when_clocks_change(day: str, spans: tuple[str, ...], worked_h: float, opens: str, closes: str) -> None:
    calendar = Calendar(LONDON, {}, exceptions={date.fromisoformat(day): hours(*spans)})
    before = at(day) - timedelta(days=1)
    assert worktime_between(calendar, before, before + timedelta(days=3)) == timedelta(hours=worked_h)
    assert is_open(calendar, before).next_open_at == at(opens)
    assert is_open(calendar, at(opens)).closes_at == at(closes)
    assert not is_open(calendar, at(closes)).open


def test_hours_that_the_clocks_jump_over_do_not_exist() -> None:
    calendar = Calendar(LONDON, {6: hours("01:15-01:45")})
    assert is_open(calendar, at("2026-03-28 12:00")).next_open_at == at("2026-04-05 00:15")


def test_a_day_that_ends_where_midnight_comes_twice() -> None:
    # In Havana 2026-11-01 01:00 becomes 00:00: Saturday's 24:00 is the first of the two midnights
    calendar = Calendar(HAVANA, {5: hours("12:00-24:00")})
    assert is_open(calendar, at("2026-10-31 20:00", HAVANA)).closes_at == at("2026-11-01 04:00")


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "worked_h", "forward"),
    [
        ("2026-11-23 09:00", 8, "2026-11-23 18:00"),  # up to the close, not the next morning: one instant, two names
        ("2026-11-23 09:00", 40, "2026-11-27 18:00"),
        ("2026-11-23 09:00", 40.5, "2026-11-30 09:30"),
        ("2026-11-23 12:00", 0, "2026-11-23 13:00"),  # nothing, from a closed moment: when work begins
        ("2026-11-23 10:10", 0, "2026-11-23 10:10"),
        ("2026-11-27 17:30", 1, "2026-11-30 09:30"),
        ("2026-11-28 03:00", 3.5, "2026-11-30 13:30"),
        ("2026-11-24 11:59:30", 1 / 60, "2026-11-24 13:00:30"),
    ],
)
def test_reckoning_forward(start: str, worked_h: float, forward: str) -> None:
    assert add_worktime(LUNCH, at(start), HOUR * worked_h) == at(forward)


@pytest.mark.parametrize(
    ("end", "worked_h", "back"),
    [
        ("2026-11-27 18:00", 40, "2026-11-23 09:00"),
        ("2026-11-24 00:00", 0, "2026-11-23 18:00"),
        ("2026-11-30 09:30", 1, "2026-11-27 17:30"),
        ("2026-11-24 13:00:30", 1 / 60, "2026-11-24 11:59:30"),
    ],
)
def test_reckoning_back(end: str, worked_h: float, back: str) -> None:
    assert subtract_worktime(LUNCH, at(end), HOUR * worked_h) == at(back)


def test_worktime_of_a_week() -> None:
    monday = at("2026-11-23 00:00")
    assert worktime_between(LUNCH, monday, monday + timedelta(days=7)) == 40 * HOUR
    assert worktime_between(DEPOT, monday, monday + timedelta(days=7)) == 29 * HOUR
    assert worktime_between(LUNCH, monday + timedelta(days=7), monday) == timedelta(0)
    assert worktime_between(LUNCH, at("2026-11-23 11:00"), at("2026-11-23 14:00")) == 2 * HOUR


@pytest.mark.parametrize(("opens", "closes"), [(-1, 5), (5, 5), (6, 5), (0, 1441)])
def test_an_interval_stays_in_its_day(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        Interval(opens, closes)


def test_negative_work_is_refused() -> None:
    for reckon in (add_worktime, subtract_worktime):
        with pytest.raises(ValueError, match="negative"):
            reckon(LUNCH, at("2026-11-23 09:00"), -HOUR)


ZONES = [LONDON, NEW_YORK, HAVANA, *map(ZoneInfo, ("UTC", "Asia/Hong_Kong", "Australia/Lord_Howe", "Asia/Kathmandu"))]
intervals = (
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda p: p[0] < p[1]).map(lambda p: Interval(*p))
)
day_hours = st.lists(intervals, max_size=3).map(tuple)
days = st.dates(date(2026, 3, 1), date(2026, 11, 30))
calendars = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    st.dictionaries(st.integers(0, 6), day_hours),
    st.dictionaries(days, day_hours, max_size=3),
    st.frozensets(days, max_size=5),
)
moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.integers(0, 200 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(calendars, moments)
@settings(max_examples=300, deadline=None)
def test_open_is_what_the_wall_clock_says(calendar: Calendar, moment: datetime) -> None:
    local = moment.astimezone(calendar.zone)
    minute = local.hour * 60 + local.minute
    by_clock = any(each.opens <= minute < each.closes for each in calendar.hours_on(local.date()))
    state = is_open(calendar, moment)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    if by_clock:
        assert state.open
    elif not twice:  # in the hour that comes twice a shift is not cut in two
        assert not state.open


@given(calendars, moments)
@settings(max_examples=200, deadline=None)
def test_what_is_foretold_comes_true(calendar: Calendar, moment: datetime) -> None:
    state = is_open(calendar, moment)
    if state.next_open_at is not None:
        assert moment < state.next_open_at
        assert is_open(calendar, state.next_open_at).open
        assert worktime_between(calendar, moment, state.next_open_at) == timedelta(0)
    if state.closes_at is not None:
        assert moment < state.closes_at
        assert not is_open(calendar, state.closes_at).open
        assert worktime_between(calendar, moment, state.closes_at) == state.closes_at - moment


@given(calendars, moments, amounts)
@settings(max_examples=200, deadline=None)
def test_there_and_back(calendar: Calendar, moment: datetime, amount: timedelta) -> None:
    later = add_worktime(calendar, moment, amount)
    if later is not None:
        assert later >= moment
        assert worktime_between(calendar, moment, later) == amount
        earlier = subtract_worktime(calendar, later, amount)
        if amount:
            assert earlier is not None
            assert worktime_between(calendar, earlier, later) == amount


@given(calendars, st.lists(moments, min_size=3, max_size=3).map(sorted))
@settings(max_examples=150, deadline=None)
def test_work_adds_up(calendar: Calendar, cuts: list[datetime]) -> None:
    first, middle, last = cuts
    parts = worktime_between(calendar, first, middle) + worktime_between(calendar, middle, last)
    assert parts == worktime_between(calendar, first, last) <= last - first
