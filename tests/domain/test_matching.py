"""Matching by example: order, strategies, windows, relaxing demands, blocking, and what the trace says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.matching import (
    Candidate,
    Demand,
    Exclusion,
    FreeAgent,
    Strategy,
    WaitingItem,
    effective_demands,
    match,
    rank_at,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FULL = {"voice": 1, "sms": 4, "ticket": 5}


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def item(id: int, waited: float = 10, **changes: object) -> WaitingItem:
    base = WaitingItem(id, "calls", 1, "voice", 1, ago(waited), ago(waited))
    return replace(base, **changes)  # type: ignore[arg-type]


def agent(id: int, idle: float = 60, **changes: object) -> FreeAgent:
    return replace(FreeAgent(id, ago(idle), 0, frozenset({1}), {}, FULL), **changes)  # type: ignore[arg-type]


def pairs(items: list[WaitingItem], agents: list[FreeAgent], **options: object) -> dict[int, int]:
    result = match({"calls": items}, agents, NOW, **options)  # type: ignore[arg-type]
    return {pair.item_id: pair.agent_id for pair in result.pairs}


def test_oldest_item_gets_the_agent_who_is_idle_longest() -> None:
    assert pairs([item(1, 5), item(2, 50)], [agent(7, 30), agent(8, 90)]) == {2: 8, 1: 7}


def test_equal_rank_is_served_by_id_and_equal_agents_by_id() -> None:
    assert pairs([item(2), item(1)], [agent(8), agent(7)]) == {1: 7, 2: 8}


def test_head_start_goes_ahead_but_only_of_those_who_came_shortly_before() -> None:
    plain, urgent = rank_at(ago(100), 0, 30), rank_at(ago(50), 2, 30)
    assert urgent < plain
    assert rank_at(ago(111), 0, 30) < urgent
    assert rank_at(NOW, 1, 30, 86_400) == NOW - timedelta(seconds=86_430)


def test_fewest_contacts_today_beats_idle_time() -> None:
    agents = [agent(7, 900, contacts_today=9), agent(8, 5, contacts_today=3)]
    assert pairs([item(1)], agents) == {1: 7}
    assert pairs([item(1)], agents, strategies={1: Strategy.FEWEST_CONTACTS_TODAY}) == {1: 8}


def test_best_skill_takes_the_highest_surplus_then_longest_idle() -> None:
    asked = (Demand(5, 2),)
    agents = [agent(7, 900, skills={5: 2}), agent(8, 5, skills={5: 4}), agent(9, 6, skills={5: 4})]
    result = match({"calls": [item(1, demands=asked)]}, agents, NOW, strategies={1: Strategy.BEST_SKILL})
    assert result.pairs[0].agent_id == 9
    assert result.trace.decisions[0].candidates == (Candidate(9, 2), Candidate(8, 2), Candidate(7, 0))


@pytest.mark.parametrize(
    ("waited", "expected"),
    [(0, ((3, 4), (5, 2))), (30, ((3, 2), (5, 2))), (60, ((3, 2),))],
)
def test_demands_relax_with_waiting_time(waited: float, expected: tuple[tuple[int, int], ...]) -> None:
    demands = (Demand(5, 2, 60, None), Demand(3, 4, 30, 2))
    assert effective_demands(item(1, waited, demands=demands), NOW) == expected


def test_relaxing_follows_real_waiting_time_not_the_head_start() -> None:
    urgent = item(1, 10, rank_at=ago(4000), demands=(Demand(5, 2, 60, None),))
    assert effective_demands(urgent, NOW) == ((5, 2),)


def test_an_item_that_nobody_can_take_does_not_hold_up_others() -> None:
    hard = item(1, 500, demands=(Demand(5, 3),))
    result = match({"calls": [hard], "rest": [item(2, lane_id="rest")]}, [agent(7, skills={5: 2})], NOW)
    assert [(p.item_id, p.agent_id) for p in result.pairs] == [(2, 7)]
    (left,) = result.trace.waiting
    assert (left.lane_id, left.reason, left.count, left.exclusions) == ("calls", "skill", 1, {"skill": 1})


def test_preferred_window_keeps_the_item_for_a_busy_agent_who_is_here() -> None:
    kept = item(1, preferred_agent_id=9, preferred_until=ago(-30))
    result = match({"calls": [kept]}, [agent(7)], NOW, present_ids=frozenset({7, 9}))
    assert result.pairs == ()
    assert result.trace.waiting[0].reason == Exclusion.PREFERRED_WINDOW
    assert result.trace.waiting[0].exclusions == {"preferred_window": 1}


@pytest.mark.parametrize(
    ("changes", "until", "expected"),
    [
        ({}, -30, 9),  # free and able: gets it though idle for a shorter time
        ({}, 0, 7),  # the window ends at its very end
        ({"queue_ids": frozenset()}, -30, 7),  # certificate lapsed
        ({"capacity": {"voice": 0}}, -30, None),  # busy: wait
    ],
)
def test_preferred_window_with_the_agent_here(changes: dict[str, object], until: float, expected: int | None) -> None:
    kept = item(1, preferred_agent_id=9, preferred_until=ago(until))
    assert pairs([kept], [agent(7, 900), agent(9, 1, **changes)]).get(1) == expected


def test_preferred_agent_who_is_away_or_cooling_down_ends_the_window() -> None:
    kept = item(1, preferred_agent_id=9, preferred_until=ago(-30))
    assert pairs([kept], [agent(7)]) == {1: 7}
    assert pairs([replace(kept, excluded=frozenset({9}))], [agent(7), agent(9)]) == {1: 7}


def test_cool_down_of_one_item_leaves_the_agent_free_for_others() -> None:
    assert pairs([item(1, excluded=frozenset({7})), item(2)], [agent(7)]) == {2: 7}


def test_work_given_in_the_pass_blocks_other_channels() -> None:
    text = item(2, 5, channel="sms")
    assert pairs([item(1, 10), text], [agent(7)]) == {1: 7}
    assert pairs([item(1, 1), text], [agent(7)]) == {2: 7, 1: 7}


def test_texts_are_spread_over_idle_agents_before_anybody_gets_a_second_one() -> None:
    texts = [item(n, 100 - n, channel="sms") for n in range(1, 7)]
    got = pairs(texts, [agent(7, 900), agent(8, 30), agent(9, 60)])
    assert got == {1: 7, 2: 9, 3: 8, 4: 7, 5: 8, 6: 9}


def test_weight_uses_more_than_one_place() -> None:
    texts = [
        item(1, 20, channel="sms", weight=3),
        item(2, 10, channel="sms", weight=2),
        item(3, channel="sms"),
    ]
    assert pairs(texts, [agent(7)]) == {1: 7, 3: 7}


def test_limit_ends_the_pass() -> None:
    assert pairs([item(1, 20), item(2, 10)], [agent(7), agent(8)], limit=1) == {1: 7}


def test_trace_names_the_best_five_and_counts_the_rest_by_cause() -> None:
    asked = item(1, demands=(Demand(5, 1),), excluded=frozenset({1}))
    agents = [agent(n, 100 - n, skills={5: 1}) for n in range(1, 9)]
    agents += [
        agent(20, queue_ids=frozenset({2})),
        agent(21),
        agent(22, skills={5: 1}, capacity={"voice": 0}),
    ]
    decision = match({"calls": [asked]}, agents, NOW).trace.decisions[0]
    assert decision.candidates == tuple(Candidate(n, 100.0 - n) for n in range(2, 7))
    assert decision.exclusions == {"not_member_or_certificate": 1, "skill": 1, "capacity": 1, "cooldown": 1}
    assert decision.as_json() == {
        "reason": "longest_idle",
        "candidates": [[n, 100.0 - n] for n in range(2, 7)],
        "excluded": {"not_member_or_certificate": 1, "skill": 1, "capacity": 1, "cooldown": 1},
    }


@pytest.mark.parametrize(
    ("agents", "reason"),
    [
        ([], "nobody_free"),
        ([agent(1, queue_ids=frozenset())], "not_member_or_certificate"),
        ([agent(1, capacity={"sms": 4})], "capacity"),
        ([agent(7)], "cooldown"),
    ],
)
def test_waiting_reason_is_the_last_light_that_stayed_red(agents: list[FreeAgent], reason: str) -> None:
    waiting = match({"calls": [item(1, excluded=frozenset({7}))]}, agents, NOW).trace.waiting
    assert [(w.reason, w.count) for w in waiting] == [(reason, 1)]


def test_capacity_used_up_in_the_pass_is_counted_for_those_who_wait() -> None:
    result = match({"calls": [item(1, 30), item(2, 20), item(3, 10)]}, [agent(7)], NOW)
    assert [(w.reason, w.count, w.exclusions) for w in result.trace.waiting] == [("capacity", 2, {"capacity": 1})]


def test_idle_time_ahead_of_the_clock_counts_as_none() -> None:
    decision = match({"calls": [item(1)]}, [agent(7, -5)], NOW).trace.decisions[0]
    assert decision.candidates == (Candidate(7, 0.0),)
