"""Effects after the commit: order per key, retries, the unknown, the dead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, outbox
from app.db import reading, transaction
from app.outbox import Effect, Found, OutboxRow, Retry

pytestmark = pytest.mark.usefixtures("database")

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Recorder:
    """An effect that keeps what was asked of it and answers as told."""

    def __init__(self) -> None:
        self.ran: list[Any] = []
        self.asked: list[Any] = []
        self.given_up: list[tuple[Any, str]] = []
        self.failure: Callable[[], Exception] | None = None
        self.found = Found.NOT_DONE

    def run(self, payload: dict[str, Any]) -> None:
        self.ran.append(payload["n"])
        if self.failure is not None:
            raise self.failure()

    def reconcile(self, payload: dict[str, Any]) -> Found:
        self.asked.append(payload["n"])
        return self.found

    def give_up(self, session: Session, payload: dict[str, Any], error: str) -> None:
        assert session.in_transaction()
        self.given_up.append((payload["n"], error))

    @property
    def effects(self) -> dict[str, Effect]:
        return {"test": Effect(self.run, self.reconcile, self.give_up)}


def put(*keys: str) -> None:
    with transaction() as session:
        for number, key in enumerate(keys, 1):
            outbox.enqueue(session, "test", key=key, payload={"n": number})
            session.flush()


def rows() -> list[OutboxRow]:
    with reading() as session:
        found = list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))
        session.expunge_all()
        return found


def test_nothing_is_left_behind_when_the_change_rolls_back() -> None:
    recorder = Recorder()
    with pytest.raises(RuntimeError), transaction() as session:
        outbox.enqueue(session, "test", key="a", payload={"n": 1})
        raise RuntimeError
    assert not outbox.run_next(recorder.effects, "w")
    assert recorder.ran == []


def test_rows_run_once_in_their_order() -> None:
    recorder = Recorder()
    put("a", "a", "b")
    while outbox.run_next(recorder.effects, "w"):
        pass
    assert recorder.ran == [1, 2, 3]
    assert [row.state for row in rows()] == ["done"] * 3


def test_a_key_waits_for_its_first_row_while_others_go_on() -> None:
    recorder = Recorder()
    put("a", "a", "b")
    first = outbox.claim_next("w1")
    assert first is not None and first.payload == {"n": 1}
    second = outbox.claim_next("w2")
    assert second is not None and second.payload == {"n": 3}
    assert outbox.claim_next("w3") is None
    assert not recorder.ran


def test_the_database_refuses_two_running_rows_of_one_key() -> None:
    put("a", "a")
    assert outbox.claim_next("w1") is not None
    with pytest.raises(Exception, match="uq_outbox_running_key"), transaction() as session:
        session.execute(OutboxRow.__table__.update().values(state="running"))


def test_a_retry_waits_twice_as_long_each_time_and_holds_its_key() -> None:
    recorder = Recorder()
    recorder.failure = lambda: Retry("busy")
    with clock.frozen(START):
        put("a", "a")
        assert outbox.run_next(recorder.effects, "w")
        assert not outbox.run_next(recorder.effects, "w")
    with clock.frozen(START + timedelta(seconds=2)):
        assert outbox.run_next(recorder.effects, "w")
    with clock.frozen(START + timedelta(seconds=5)):
        assert not outbox.run_next(recorder.effects, "w")
    recorder.failure = None
    with clock.frozen(START + timedelta(seconds=6)):
        while outbox.run_next(recorder.effects, "w"):
            pass
    assert recorder.ran == [1, 1, 1, 2]


def test_delays_double_up_to_an_hour() -> None:
    assert [outbox.retry_delay_s(n) for n in range(1, 6)] == [2, 4, 8, 16, 32]
    assert outbox.retry_delay_s(12) == outbox.retry_delay_s(1000) == 3600


def test_after_ten_attempts_a_row_is_dead_and_its_key_goes_on() -> None:
    recorder = Recorder()
    recorder.failure = lambda: Retry("busy")
    with clock.frozen(START):
        put("a")
    for day in range(10):
        with clock.frozen(START + timedelta(days=day)):
            assert outbox.run_next(recorder.effects, "w")
    assert rows()[0].state == "dead"
    assert recorder.given_up == [(1, "busy")]
    recorder.failure = None
    with clock.frozen(START + timedelta(days=10)):
        put("a")
        assert outbox.run_next(recorder.effects, "w")
    assert [row.state for row in rows()] == ["dead", "done"]


@pytest.mark.parametrize("found", [Found.SETTLED, Found.NOT_DONE])
def test_a_run_that_broke_is_asked_about_before_it_is_repeated(found: Found) -> None:
    recorder = Recorder()
    recorder.failure = lambda: ConnectionError("no answer")
    recorder.found = found
    with clock.frozen(START):
        put("a")
        assert outbox.run_next(recorder.effects, "w")
        assert rows()[0].state == "unknown"
    recorder.failure = None
    with clock.frozen(START + timedelta(seconds=2)):
        while outbox.run_next(recorder.effects, "w"):
            pass
    assert recorder.asked == [1]
    assert recorder.ran == ([1, 1] if found is Found.NOT_DONE else [1])
    assert rows()[0].state == "done"


def test_what_stays_unknown_is_never_run_again() -> None:
    recorder = Recorder()
    recorder.failure = lambda: ConnectionError("no answer")
    recorder.found = Found.UNKNOWN
    with clock.frozen(START):
        put("a")
    for day in range(12):
        with clock.frozen(START + timedelta(days=day)):
            outbox.run_next(recorder.effects, "w")
    assert recorder.ran == [1]
    assert recorder.asked == [1] * 9
    assert rows()[0].state == "dead"


def test_a_claim_of_a_dead_worker_becomes_unknown() -> None:
    recorder = Recorder()
    recorder.found = Found.SETTLED
    with clock.frozen(START):
        put("a")
        assert outbox.claim_next("killed") is not None
    with clock.frozen(START + timedelta(seconds=outbox.CLAIM_S)):
        assert not outbox.run_next(recorder.effects, "w")
    with clock.frozen(START + timedelta(seconds=outbox.CLAIM_S + 1)):
        assert outbox.run_next(recorder.effects, "w")
    assert (recorder.ran, recorder.asked) == ([], [1])
    assert rows()[0].state == "done"


def test_a_worker_that_lost_its_claim_settles_nothing() -> None:
    late = Recorder()

    def overtake(payload: dict[str, Any]) -> None:
        with clock.frozen(START + timedelta(seconds=outbox.CLAIM_S + 1)):
            assert outbox.claim_next("other") is not None

    with clock.frozen(START):
        put("a")
        effect = Effect(overtake, late.reconcile, late.give_up)
        assert outbox.run_next({"test": effect}, "slow")
    row = rows()[0]
    assert (row.state, row.claimed_by) == ("running", "other")


def test_settled_rows_go_after_two_weeks_and_dead_ones_stay() -> None:
    recorder = Recorder()
    with clock.frozen(START):
        put("a", "b")
        outbox.run_next(recorder.effects, "w")
    with transaction() as session:
        outbox.drop_settled(session, START + timedelta(days=outbox.KEEP_DAYS))
    assert len(rows()) == 2
    with transaction() as session:
        outbox.drop_settled(session, START + timedelta(days=outbox.KEEP_DAYS, seconds=1))
    assert [row.key for row in rows()] == ["b"]
