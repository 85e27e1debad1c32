"""Matching over random small cases: equal to a plain scan, and what must hold whatever comes in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agent_state import DEFAULT_BLOCKS
from app.domain.matching import (
    Demand,
    FreeAgent,
    MatchResult,
    Strategy,
    WaitingItem,
    effective_demands,
    match,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STRATEGIES = {1: Strategy.LONGEST_IDLE, 2: Strategy.FEWEST_CONTACTS_TODAY, 3: Strategy.BEST_SKILL}


def ago(seconds: int) -> datetime:
    return NOW - timedelta(seconds=seconds)


demand = st.builds(
    Demand,
    skill_id=st.integers(1, 3),
    min_level=st.integers(1, 4),
    relax_after_s=st.sampled_from([None, 20, 60]),
    relaxed_level=st.sampled_from([None, 1, 2]),
)


@st.composite
def waiting_items(draw: st.DrawFn, windows: bool) -> list[WaitingItem]:
    items = []
    for number in range(draw(st.integers(0, 9))):
        queue_id, waited = draw(st.integers(1, 3)), draw(st.integers(0, 90))
        preferred = draw(st.sampled_from([None, 1, 2, 3])) if windows else None
        items.append(
            WaitingItem(
                id=number + 1,
                lane_id=queue_id,
                queue_id=queue_id,
                channel=draw(st.sampled_from(["voice", "sms"])),
                weight=draw(st.sampled_from([1, 1, 2])),
                rank_at=ago(waited + draw(st.sampled_from([0, 60]))),
                enqueued_at=ago(waited),
                preferred_agent_id=preferred,
                preferred_until=ago(draw(st.sampled_from([-30, 0]))) if preferred else None,
                excluded=draw(st.frozensets(st.integers(1, 6), max_size=2)),
                barred=draw(st.frozensets(st.integers(1, 6), max_size=2)),
                demands=tuple(draw(st.lists(demand, max_size=2))),
            )
        )
    return draw(st.permutations(items))


free_agents = st.lists(
    st.builds(
        FreeAgent,
        id=st.integers(1, 6),
        idle_since=st.integers(-2, 50).map(ago),
        contacts_today=st.integers(0, 3),
        queue_ids=st.frozensets(st.integers(1, 3), min_size=1),
        skills=st.dictionaries(st.integers(1, 3), st.integers(1, 5)),
        capacity=st.fixed_dictionaries({"voice": st.integers(0, 2), "sms": st.integers(0, 4)}),
    ),
    max_size=6,
    unique_by=lambda agent: agent.id,
)
present = st.frozensets(st.integers(1, 6))


def run(items: list[WaitingItem], agents: list[FreeAgent], here: frozenset[int] | None = None) -> MatchResult:
    lanes: dict[str | int, list[WaitingItem]] = {}
    for item in items:
        lanes.setdefault(item.lane_id, []).append(item)
    return match(lanes, agents, NOW, strategies=STRATEGIES, present_ids=here)


class Reference:
    """The same rules by scanning every agent for every item, with nothing clever in it."""

    def __init__(self, items: list[WaitingItem], agents: list[FreeAgent], here: frozenset[int]) -> None:
        self.capacity = {agent.id: dict(agent.capacity) for agent in agents}
        self.given: Counter[int] = Counter()
        self.agents = {agent.id: agent for agent in agents}
        self.pairs: list[tuple[int, int]] = []
        for item in sorted(items, key=lambda item: (item.rank_at, item.id)):
            able = [agent for agent in agents if self.able(agent, item)]
            if self.kept(item, here):
                able = [agent for agent in able if agent.id == item.preferred_agent_id]
            if able:
                chosen = min(able, key=lambda agent: self.due(agent, item))
                self.pairs.append((item.id, chosen.id))
                self.give(chosen, item)

    def may(self, agent: FreeAgent, item: WaitingItem) -> bool:
        wanted = effective_demands(item, NOW)
        skilled = all(agent.skills.get(skill, 0) >= level for skill, level in wanted)
        return item.queue_id in agent.queue_ids and skilled and agent.id not in item.excluded | item.barred

    def able(self, agent: FreeAgent, item: WaitingItem) -> bool:
        return self.may(agent, item) and self.capacity[agent.id][item.channel] >= item.weight

    def kept(self, item: WaitingItem, here: frozenset[int]) -> bool:
        wanted = item.preferred_agent_id
        if wanted is None or item.preferred_until is None or item.preferred_until <= NOW:
            return False
        if wanted not in here or wanted in item.excluded | item.barred:
            return False
        return wanted not in self.agents or self.may(self.agents[wanted], item)

    def due(self, agent: FreeAgent, item: WaitingItem) -> tuple[float, ...]:
        given = self.given[agent.id]
        idle = NOW if given else min(agent.idle_since, NOW)
        first = 0
        if STRATEGIES[item.queue_id] is Strategy.FEWEST_CONTACTS_TODAY:
            first = agent.contacts_today + given
        if STRATEGIES[item.queue_id] is Strategy.BEST_SKILL:
            first = -sum(agent.skills[skill] - level for skill, level in effective_demands(item, NOW))
        return (first, idle.timestamp(), given, agent.id)

    def give(self, agent: FreeAgent, item: WaitingItem) -> None:
        self.given[agent.id] += 1
        self.capacity[agent.id][item.channel] -= item.weight
        for channel in DEFAULT_BLOCKS.get(item.channel, frozenset()):
            self.capacity[agent.id][channel] = 0


@settings(max_examples=200, deadline=None)
@given(waiting_items(windows=True), free_agents, present)
def test_equals_the_plain_scan(items: list[WaitingItem], agents: list[FreeAgent], here: frozenset[int]) -> None:
    result = run(items, agents, here)
    assert [(p.item_id, p.agent_id) for p in result.pairs] == Reference(items, agents, here).pairs


@settings(deadline=None)
@given(waiting_items(windows=True), free_agents, st.randoms(use_true_random=False))
def test_input_order_does_not_matter(items: list[WaitingItem], agents: list[FreeAgent], mix: object) -> None:
    expected = run(items, agents)
    mix.shuffle(items)  # type: ignore[attr-defined]
    mix.shuffle(agents)  # type: ignore[attr-defined]
    assert run(items, agents) == expected


@settings(deadline=None)
@given(waiting_items(windows=True), free_agents)
def test_nobody_and_nothing_is_given_twice_and_every_light_was_green(
    items: list[WaitingItem], agents: list[FreeAgent]
) -> None:
    result = run(items, agents)
    by_id = {item.id: item for item in items}
    people = {agent.id: agent for agent in agents}
    used: Counter[tuple[int, str]] = Counter()
    for pair in result.pairs:
        item, agent = by_id.pop(pair.item_id), people[pair.agent_id]
        used[agent.id, item.channel] += item.weight
        assert item.queue_id in agent.queue_ids
        assert agent.id not in item.excluded
        assert all(agent.skills.get(skill, 0) >= level for skill, level in effective_demands(item, NOW))
    assert all(weight <= people[who].capacity[channel] for (who, channel), weight in used.items())
    assert sum(wait.count for wait in result.trace.waiting) == len(by_id)


@settings(deadline=None)
@given(waiting_items(windows=False), free_agents)
def test_nobody_waits_while_somebody_free_could_take_it(items: list[WaitingItem], agents: list[FreeAgent]) -> None:
    result = run(items, agents)
    placed = {pair.item_id for pair in result.pairs}
    after = Reference([], agents, frozenset())
    for pair in result.pairs:
        after.give(after.agents[pair.agent_id], next(item for item in items if item.id == pair.item_id))
    for item in items:
        if item.id not in placed:
            assert not any(after.able(agent, item) for agent in agents)


@settings(deadline=None)
@given(waiting_items(windows=False), free_agents)
def test_no_older_equal_item_is_passed_over(items: list[WaitingItem], agents: list[FreeAgent]) -> None:
    placed = {pair.item_id for pair in run(items, agents).pairs}

    def kind(item: WaitingItem) -> tuple[object, ...]:
        return (item.queue_id, item.channel, item.weight, item.excluded | item.barred, effective_demands(item, NOW))

    for old in items:
        for young in items:
            if kind(old) == kind(young) and (old.rank_at, old.id) < (young.rank_at, young.id):
                assert old.id in placed or young.id not in placed


@settings(deadline=None)
@given(waiting_items(windows=True), free_agents)
def test_exclusions_and_candidates_account_for_every_agent(items: list[WaitingItem], agents: list[FreeAgent]) -> None:
    for decision in run(items, agents).trace.decisions:
        shown = len(decision.candidates)
        total = sum(decision.exclusions.values()) + shown
        assert total == len(agents) if shown < 5 else total <= len(agents)
        assert decision.candidates[0].agent_id == decision.agent_id


@given(waiting_items(windows=True), free_agents, present)
def test_nobody_is_offered_what_they_are_barred_from(
    items: list[WaitingItem], agents: list[FreeAgent], here: frozenset[int]
) -> None:
    barred = {item.id: item.barred for item in items}
    assert all(pair.agent_id not in barred[pair.item_id] for pair in run(items, agents, here).pairs)


@given(st.integers(1, 6), waiting_items(windows=True), free_agents)
def test_who_is_rated_and_the_only_one_free_is_offered_nothing(
    rated: int, items: list[WaitingItem], agents: list[FreeAgent]
) -> None:
    """The rated agent alone at a desk, preferred or not, idle for ever so long: the customer goes on waiting."""
    about_them = [replace(item, barred=frozenset({rated}), preferred_agent_id=rated) for item in items]
    alone = [agent for agent in agents if agent.id == rated]
    assert run(about_them, alone, frozenset({rated})).pairs == ()
