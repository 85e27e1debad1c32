"""Who gets what next, and why: waiting work matched with free agents, strictly in order.

Items are served by ``(rank_at, id)``; each takes the best agent by the strategy of its queue. Items that nobody free
may take are left waiting and hold up only those who need the same people.

Agents are kept in one heap per kind of demand (queue, channel, weight, skills), made at the first item that needs it.
Keys only ever grow during a pass (an agent who was given work is less idle than before), so an outdated entry is
simply put back with its present key when it comes to the top: no search, and no scan of agents per item.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import heapify, heappop, heappush, heapreplace
from types import MappingProxyType
from typing import TypeAlias

from app.domain.agent_state import DEFAULT_BLOCKS

CANDIDATES_SHOWN = 5


class Strategy(StrEnum):
    """How a queue chooses among the agents who may take an item. The code is also the reason in the trace."""

    LONGEST_IDLE = "longest_idle"
    FEWEST_CONTACTS_TODAY = "fewest_contacts_today"
    BEST_SKILL = "best_skill"


PREFERRED_AGENT = "preferred_agent"  # reason of a pair made inside a preferred-agent window


class Exclusion(StrEnum):
    """Why an agent was not a candidate, in the order in which it is asked."""

    NOT_MEMBER = "not_member_or_certificate"
    SKILL = "skill"
    CAPACITY = "capacity"
    COOLDOWN = "cooldown"
    PREFERRED_WINDOW = "preferred_window"


NOBODY_FREE = "nobody_free"  # an item waits because no agent at all was given


@dataclass(frozen=True, slots=True)
class Demand:
    """A skill the item asks for; after ``relax_after_s`` seconds of waiting only ``relaxed_level`` (None: dropped)."""

    skill_id: int
    min_level: int
    relax_after_s: int | None = None
    relaxed_level: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One piece of queued work. Times are aware UTC; ``rank_at`` comes from :func:`rank_at`, smaller is first."""

    id: int
    lane_id: str | int
    queue_id: int
    channel: str
    weight: int
    rank_at: datetime
    enqueued_at: datetime
    priority: int = 0
    preferred_agent_id: int | None = None
    preferred_until: datetime | None = None
    excluded: frozenset[int] = frozenset()
    demands: tuple[Demand, ...] = ()


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """An agent who may be offered work now.

    ``queue_ids`` holds only queues where the agent is a member AND holds a valid certificate. ``capacity`` is the
    remaining weight per channel with cross-channel blocking applied (:func:`agent_state.remaining_capacity`).
    """

    id: int
    idle_since: datetime
    contacts_today: int
    queue_ids: frozenset[int]
    skills: Mapping[int, int]
    capacity: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pair:
    """One assignment: this item to this agent, with the reason code."""

    item_id: int
    agent_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who could have had the item; ``score`` is in the unit of the strategy (idle seconds, contacts, levels)."""

    agent_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a pair was made: the best candidates in order (the chosen one first) and how many others fell out where."""

    item_id: int
    agent_id: int
    reason: str
    candidates: tuple[Candidate, ...]
    exclusions: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        """Plain values for the stored decision trace."""
        return {
            "reason": self.reason,
            "candidates": [[c.agent_id, c.score] for c in self.candidates],
            "excluded": dict(self.exclusions),
        }


@dataclass(frozen=True, slots=True)
class LaneWait:
    """Items of one lane left waiting for one reason; ``exclusions`` are those of the first such item."""

    lane_id: str | int
    reason: str
    count: int
    exclusions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Trace:
    """The record of a pass: a decision per pair in the order made, and per lane why the rest waits."""

    decisions: tuple[Decision, ...]
    waiting: tuple[LaneWait, ...]


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Pairs in the order in which they were made, and the trace that explains them."""

    pairs: tuple[Pair, ...]
    trace: Trace


def rank_at(enqueued_at: datetime, priority: int, step_s: int, tier_bonus: int = 0) -> datetime:
    """Virtual enqueue time: the real one less the head start that priority (``step_s`` seconds a point) and tier give.

    A head start ages linearly by itself: everybody waits at the same speed, so an urgent item goes ahead of those who
    came up to that many seconds earlier, and nobody can be overtaken for ever. ``tier_bonus`` is in seconds
    (``timers.KEY_ACCOUNT_BONUS_S``; a recovered call gets ``timers.RECOVERED_BONUS_S``).
    """
    return enqueued_at - timedelta(seconds=priority * step_s + tier_bonus)


def effective_demands(item: WaitingItem, now: datetime) -> tuple[tuple[int, int], ...]:
    """(skill id, least level) pairs in force now, by skill id; twice the same skill asks for the higher level."""
    if not item.demands:
        return ()
    waited_s = (now - item.enqueued_at).total_seconds()
    levels: dict[int, int] = {}
    for demand in item.demands:
        level: int | None = demand.min_level
        if demand.relax_after_s is not None and waited_s >= demand.relax_after_s:
            level = demand.relaxed_level
        if level is not None and level > levels.get(demand.skill_id, 0):
            levels[demand.skill_id] = level
    return tuple(sorted(levels.items()))


_Key: TypeAlias = tuple[float, float, int, int]


class _Desk:
    """An agent during one pass: what is left of the capacity, and when they are due (``idle_key``)."""

    __slots__ = ("agent", "capacity", "given", "idle_key", "pools")

    def __init__(self, agent: FreeAgent, now_ts: float) -> None:
        self.agent = agent
        self.capacity = agent.capacity  # copied at the first change: most agents get nothing in a pass
        # A clock a little ahead must not make keys shrink later: idle time is never negative.
        self.idle_key: _Key = (0.0, min(agent.idle_since.timestamp(), now_ts), 0, agent.id)
        self.given = 0
        self.pools: list[_Pool] = []


class _Members:
    """The agents of one queue, and who among them has a skill: read once, so that a rare skill is found fast."""

    __slots__ = ("by_skill", "desks")

    def __init__(self) -> None:
        self.desks: list[_Desk] = []
        self.by_skill: dict[int, list[_Desk]] | None = None

    def with_skills(self, demands: tuple[tuple[int, int], ...]) -> list[_Desk]:
        """The agents who meet every demand."""
        if not demands:
            return self.desks
        if self.by_skill is None:
            self.by_skill = {}
            for desk in self.desks:
                for skill in desk.agent.skills:
                    self.by_skill.setdefault(skill, []).append(desk)
        holders = min((self.by_skill.get(skill, []) for skill, _ in demands), key=len)
        return [
            desk
            for desk in holders
            if all(desk.agent.skills.get(skill, 0) >= level for skill, level in demands)
        ]


class _Pool:
    """All agents for one kind of demand, in a heap; entries may be outdated, the set ``live`` never is."""

    __slots__ = ("channel", "demands", "heap", "live", "members", "no_capacity", "no_skill", "strategy", "weight")

    def __init__(
        self,
        members: _Members,
        channel: str,
        weight: int,
        demands: tuple[tuple[int, int], ...],
        strategy: Strategy,
    ) -> None:
        self.channel, self.weight, self.demands, self.strategy = channel, weight, demands, strategy
        skilled = members.with_skills(demands)
        roomy = [desk for desk in skilled if desk.capacity.get(channel, 0) >= weight]
        self.members = len(members.desks)
        self.no_skill = self.members - len(skilled)
        self.no_capacity = len(skilled) - len(roomy)
        self.live: dict[int, _Desk] = {desk.agent.id: desk for desk in roomy}
        for desk in roomy:
            desk.pools.append(self)
        self.heap: list[tuple[_Key, _Desk]]
        if strategy is Strategy.LONGEST_IDLE:
            self.heap = [(desk.idle_key, desk) for desk in roomy]
        else:
            self.heap = [(self.key(desk), desk) for desk in roomy]
        heapify(self.heap)

    def key(self, desk: _Desk) -> _Key:
        """Order of the agents; ends in the id, so that equal agents always come in the same order."""
        if self.strategy is Strategy.LONGEST_IDLE:
            return desk.idle_key
        _, idle_at, given, agent_id = desk.idle_key
        if self.strategy is Strategy.FEWEST_CONTACTS_TODAY:
            return (desk.agent.contacts_today + given, idle_at, given, agent_id)
        skills = desk.agent.skills
        return (-sum(skills[skill] - level for skill, level in self.demands), idle_at, given, agent_id)

    def score(self, key: _Key, now_ts: float) -> float:
        if self.strategy is Strategy.LONGEST_IDLE:
            return round(now_ts - key[1], 3)
        return abs(key[0])

    def best(self, excluded: frozenset[int]) -> list[tuple[_Key, _Desk]]:
        """Up to CANDIDATES_SHOWN agents who may take an item of this kind, best first; the heap keeps them all."""
        heap, live = self.heap, self.live
        seen: list[tuple[_Key, _Desk]] = []
        found: list[tuple[_Key, _Desk]] = []
        while heap and len(found) < CANDIDATES_SHOWN:
            key, desk = heap[0]
            if desk.agent.id not in live:
                heappop(heap)
                continue
            if key[2] != desk.given:
                heapreplace(heap, (self.key(desk), desk))
                continue
            entry = heappop(heap)
            seen.append(entry)
            if desk.agent.id not in excluded:
                found.append(entry)
        for entry in seen:
            heappush(heap, entry)
        return found

    def drop_if_full(self, desk: _Desk) -> bool:
        """True when the agent has no room left for work of this kind and so leaves the pool."""
        if desk.capacity.get(self.channel, 0) >= self.weight:
            return False
        if self.live.pop(desk.agent.id, None) is not None:
            self.no_capacity += 1
        return True


def _take(desk: _Desk, item: WaitingItem, blocks: Mapping[str, frozenset[str]], now_ts: float) -> None:
    """Charge the item to the agent; other channels that it blocks are closed for the rest of the pass."""
    capacity = dict(desk.capacity)
    capacity[item.channel] = capacity.get(item.channel, 0) - item.weight
    for channel in blocks.get(item.channel, ()):
        if channel != item.channel:
            capacity[channel] = 0
    desk.capacity = capacity
    desk.given += 1
    desk.idle_key = (0.0, now_ts, desk.given, desk.agent.id)
    desk.pools = [pool for pool in desk.pools if not pool.drop_if_full(desk)]


def _window_holds(
    item: WaitingItem, pool: _Pool, desks: Mapping[int, _Desk], present: frozenset[int], now: datetime
) -> bool:
    """True while the item is kept for its preferred agent.

    Waiting makes sense only for somebody who is here and could take it: an agent who is away, in cool-down for this
    item, no longer certified or without the skill ends the window at once. One who is merely busy keeps it.
    """
    agent_id = item.preferred_agent_id
    if agent_id is None or item.preferred_until is None or now >= item.preferred_until:
        return False
    if agent_id not in present or agent_id in item.excluded:
        return False
    desk = desks.get(agent_id)
    if desk is None or agent_id in pool.live:
        return True
    skills = desk.agent.skills
    return item.queue_id in desk.agent.queue_ids and all(skills.get(s, 0) >= level for s, level in pool.demands)


def match(
    lanes: Mapping[str | int, Iterable[WaitingItem]],
    agents: Iterable[FreeAgent],
    now: datetime,
    *,
    strategies: Mapping[int, Strategy] = MappingProxyType({}),
    present_ids: frozenset[int] | None = None,
    blocks: Mapping[str, frozenset[str]] = DEFAULT_BLOCKS,
    limit: int | None = None,
) -> MatchResult:
    """The pairs of one router pass, and why.

    ``lanes`` maps a lane id to its waiting items in any order; ``strategies`` maps a queue id to its strategy (longest
    idle if absent). ``present_ids`` are the agents who are routable at all, free or busy: only for them a preferred
    window is kept (absent: the agents given). ``blocks`` is the cross-channel matrix for work given in this pass, and
    ``limit`` ends the pass after so many pairs. The result does not depend on the order of the input.
    """
    now_ts = now.timestamp()
    desks = {agent.id: _Desk(agent, now_ts) for agent in agents}
    members: defaultdict[int, _Members] = defaultdict(_Members)
    for desk in desks.values():
        for queue_id in desk.agent.queue_ids:
            members[queue_id].desks.append(desk)
    present = frozenset(desks) if present_ids is None else present_ids
    items = sorted((item for lane in lanes.values() for item in lane), key=lambda item: (item.rank_at, item.id))

    pools: dict[tuple[int, str, int, tuple[tuple[int, int], ...]], _Pool] = {}
    pairs: list[Pair] = []
    decisions: list[Decision] = []
    waits: Counter[tuple[str | int, str]] = Counter()
    first_wait: dict[tuple[str | int, str], dict[str, int]] = {}
    for item in items:
        if limit is not None and len(pairs) >= limit:
            break
        kind = (item.queue_id, item.channel, item.weight, effective_demands(item, now))
        pool = pools.get(kind)
        if pool is None:
            strategy = strategies.get(item.queue_id, Strategy.LONGEST_IDLE)
            pool = _Pool(members[item.queue_id], item.channel, item.weight, kind[3], strategy)
            pools[kind] = pool
        cooling = sum(1 for agent_id in item.excluded if agent_id in pool.live)
        held = _window_holds(item, pool, desks, present, now)
        if held:
            preferred = pool.live.get(item.preferred_agent_id or 0)
            best = [] if preferred is None else [(pool.key(preferred), preferred)]
        else:
            best = pool.best(item.excluded) if pool.live else []
        kept_out = len(pool.live) - cooling - len(best) if held else 0
        if best:
            desk = best[0][1]
            reason = PREFERRED_AGENT if held else pool.strategy.value
            candidates = tuple([Candidate(d.agent.id, pool.score(key, now_ts)) for key, d in best])
            exclusions = _exclusions(len(desks), pool, cooling, kept_out)
            pairs.append(Pair(item.id, desk.agent.id, reason))
            decisions.append(Decision(item.id, desk.agent.id, reason, candidates, exclusions))
            _take(desk, item, blocks, now_ts)
        else:
            why = Exclusion.PREFERRED_WINDOW.value if held else _nearest_miss(len(desks), pool, cooling)
            waits[item.lane_id, why] += 1
            if (item.lane_id, why) not in first_wait:
                first_wait[item.lane_id, why] = _exclusions(len(desks), pool, cooling, kept_out)
    waiting = tuple(LaneWait(lane, why, n, first_wait[lane, why]) for (lane, why), n in waits.items())
    return MatchResult(tuple(pairs), Trace(tuple(decisions), waiting))


def _exclusions(total: int, pool: _Pool, cooling: int, kept_out: int) -> dict[str, int]:
    """How many of the agents fell out at each question; zeros are left out."""
    counts = (
        (Exclusion.NOT_MEMBER.value, total - pool.members),
        (Exclusion.SKILL.value, pool.no_skill),
        (Exclusion.CAPACITY.value, pool.no_capacity),
        (Exclusion.COOLDOWN.value, cooling),
        (Exclusion.PREFERRED_WINDOW.value, kept_out),
    )
    return {code: count for code, count in counts if count}


def _nearest_miss(total: int, pool: _Pool, cooling: int) -> str:
    """The question at which the last possible agent fell out: what would have to change for the item to move."""
    if cooling:
        return Exclusion.COOLDOWN.value
    if pool.no_capacity:
        return Exclusion.CAPACITY.value
    if pool.no_skill:
        return Exclusion.SKILL.value
    return Exclusion.NOT_MEMBER.value if total else NOBODY_FREE
