"""Calls, work items and reservations: the moves that the trade needs, and none out of an end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import call, reservation, work_item
from app.domain.call import CallEvent, CallState, StatusReport, StatusVerdict, judge_status
from app.domain.moves import IllegalMove
from app.domain.reservation import Ending, ReservationEvent, ReservationState
from app.domain.work_item import EndReason, WorkEvent, WorkState

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def walk(advance: Callable[..., str], start: str, *events: str) -> str:
    for event in events:
        start = advance(start, event)
    return start


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ("admit claim connect finish dispose", "closed"),
        ("admit claim offer_ended claim connect", "assigned"),
        ("admit claim caller_left", "canceled"),
        ("admit deflect", "canceled"),
        ("plan due claim connect", "assigned"),
        ("admit claim connect park reply claim connect", "assigned"),
        ("admit claim connect transfer", "queued"),
        ("admit claim connect recover claim", "reserved"),
        ("admit give_up", "canceled"),
    ],
)
def test_ways_of_a_work_item(events: str, end: str) -> None:
    steps = [WorkEvent(event) for event in events.split()]
    assert walk(work_item.advance, WorkState.CREATED, *steps) == end


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ("accept bridge finish dispose", "completed"),
        ("reject", "rejected"),
        ("time_out", "timed_out"),
        ("work_gone", "canceled"),
        ("rescind", "rescinded"),
        ("agent_lost", "failed"),
        ("accept leg_failed", "failed"),
        ("accept work_gone", "canceled"),
        ("accept bridge release", "completed"),
        ("accept bridge agent_lost", "failed"),
    ],
)
def test_ways_of_a_reservation(events: str, end: str) -> None:
    steps = [ReservationEvent(event) for event in events.split()]
    assert walk(reservation.advance, ReservationState.PENDING, *steps) == end


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ("greet enqueue offer accept bridge", "connected"),
        ("enqueue offer offer_ended offer accept bridge_failed", "queued"),
        ("dial bridge hold resume end", "ended"),
        ("dial bridge hold consult consult_ended", "connected"),
        ("dial bridge consult transfer bridge", "connected"),
        ("dial bridge to_queue", "queued"),
        ("enqueue hang_up end", "ended"),
    ],
)
def test_ways_of_a_call(events: str, end: str) -> None:
    steps = [CallEvent(event) for event in events.split()]
    assert walk(call.advance, CallState.INITIATED, *steps) == end


@pytest.mark.parametrize(
    ("machine", "start", "events"),
    [
        (call, CallState.INITIATED, CallEvent),
        (work_item, WorkState.CREATED, WorkEvent),
        (reservation, ReservationState.PENDING, ReservationEvent),
    ],
)
def test_every_state_is_reached_and_only_final_ones_have_no_way_out(
    machine: Any, start: StrEnum, events: type[StrEnum]
) -> None:
    moves = machine.MOVES
    reached = {start}
    while True:
        further = {after for (before, _), after in moves.items() if before in reached} - reached
        if not further:
            break
        reached |= further
    assert reached == set(type(start))
    assert {before for before, _ in moves} == set(type(start)) - machine.FINAL
    assert {event for _, event in moves} == set(events)


def test_a_refused_move_names_state_and_event() -> None:
    with pytest.raises(IllegalMove, match="no move from closed on claim") as refused:
        work_item.advance(WorkState.CLOSED, WorkEvent.CLAIM)
    assert refused.value.machine == "work item"
    assert (refused.value.state, refused.value.event) == ("closed", "claim")


def test_accepted_is_not_connected() -> None:
    with pytest.raises(IllegalMove):
        reservation.advance(ReservationState.ACCEPTED, ReservationEvent.FINISH)
    with pytest.raises(IllegalMove):
        reservation.advance(ReservationState.PENDING, ReservationEvent.BRIDGE)


@pytest.mark.parametrize(
    ("state", "waited_s", "reason"),
    [
        (WorkState.QUEUED, 4.9, EndReason.SHORT_ABANDON),
        (WorkState.QUEUED, 5, EndReason.ABANDONED),
        (WorkState.RESERVED, 1, EndReason.ABANDONED_WHILE_RINGING),
    ],
)
def test_abandon_reason(state: WorkState, waited_s: float, reason: EndReason) -> None:
    assert work_item.abandon_reason(state, waited_s) is reason


@pytest.mark.parametrize("rang", [True, False])
@pytest.mark.parametrize("ended_as", sorted(reservation.FINAL))
def test_only_a_device_that_rang_in_vain_is_a_miss(ended_as: ReservationState, rang: bool) -> None:
    assert reservation.charges_miss(ended_as, rang) is (ended_as is ReservationState.TIMED_OUT and rang)


def test_misses_in_a_row_count_up_and_an_answer_clears_them() -> None:
    misses = reservation.misses_after(0, ReservationState.TIMED_OUT, True)
    assert misses == 1
    assert reservation.misses_after(misses, ReservationState.CANCELED, True) == 1
    assert reservation.misses_after(misses, ReservationState.ACTIVE, True) == 0
    assert reservation.becomes_missed(1)
    assert not reservation.becomes_missed(2, limit=3)


def test_cool_downs_by_cause() -> None:
    seconds = {ending.value: reservation.cool_down_s(ending) for ending in Ending}
    assert seconds == {
        "busy": 60,
        "rejected": 10,
        "no_answer": 10,
        "unregistered": 5,
        "agent_lost": 5,
        "not_bridged": 10,
        "canceled": 0,
        "rescinded": 0,
    }


@pytest.mark.parametrize(
    ("known", "report", "verdict"),
    [
        (None, ("ringing", 0), StatusVerdict.TAKE),
        (("ringing", 0), ("in-progress", 5), StatusVerdict.TAKE),
        (("in-progress", 5), ("ringing", 9), StatusVerdict.IGNORE),
        (("in-progress", 5), ("in-progress", 3), StatusVerdict.EARLIER_START),
        (("in-progress", 5), ("in-progress", 5), StatusVerdict.IGNORE),
        (("completed", 5), ("busy", 1), StatusVerdict.IGNORE),
        (("queued", 5), ("completed", 1), StatusVerdict.TAKE),
    ],
)
def test_provider_reports_by_rank(
    known: tuple[str, int] | None, report: tuple[str, int], verdict: StatusVerdict
) -> None:
    def said(status: str, second: int) -> StatusReport:
        return StatusReport(status, AT + timedelta(seconds=second))

    assert judge_status(said(*known) if known else None, said(*report)) is verdict


def test_a_status_that_no_provider_has_is_refused() -> None:
    with pytest.raises(ValueError, match="answered"):
        judge_status(None, StatusReport("answered", AT))


@given(st.lists(st.tuples(st.sampled_from(sorted(call.PROVIDER_RANK)), st.integers(0, 50)), min_size=1))
def test_reports_in_any_order_end_in_the_highest_rank_and_never_go_down(seen: list[tuple[str, int]]) -> None:
    known: StatusReport | None = None
    for status, second in seen:
        report = StatusReport(status, AT + timedelta(seconds=second))
        if judge_status(known, report) is not StatusVerdict.IGNORE:
            assert known is None or call.PROVIDER_RANK[report.status] >= call.PROVIDER_RANK[known.status]
            known = report
    assert known is not None
    assert call.PROVIDER_RANK[known.status] == max(call.PROVIDER_RANK[status] for status, _ in seen)
