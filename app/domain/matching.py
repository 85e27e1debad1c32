"""Who gets what next, and why: waiting work matched with free agents, strictly in order.

Items are served by ``(rank_at, id)``; each takes the best agent by the strategy of its queue. Items that
nobody free may take are left waiting and hold up only those who need the same people. Agents are kept in one
heap per kind of demand (queue, channel, weight, skills), made at the first item that needs it: see
:mod:`app.domain.matching_pool`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from app.domain.agent_state import DEFAULT_BLOCKS
from app.domain.matching_pool import Desk, Levels, Members, Pool, take
from app.domain.matching_shapes import (
    NOBODY_FREE,
    PREFERRED_AGENT,
    Candidate,
    Decision,
    Demand,
    Exclusion,
    FreeAgent,
    LaneWait,
    MatchResult,
    Pair,
    Strategy,
    Trace,
    WaitingItem,
)

__all__ = [
    "NOBODY_FREE",
    "PREFERRED_AGENT",
    "Candidate",
    "Decision",
    "Demand",
    "Exclusion",
    "FreeAgent",
    "LaneWait",
    "MatchResult",
    "Pair",
    "Strategy",
    "Trace",
    "WaitingItem",
    "effective_demands",
    "match",
    "rank_at",
]


def rank_at(enqueued_at: datetime, priority: int, step_s: int, tier_bonus: int = 0) -> datetime:
    """Virtual enqueue time: the real one less a head start of ``step_s`` seconds per priority point.

    A head start ages linearly by itself: everybody waits at the same speed, so an urgent item goes ahead of
    those who came up to that many seconds earlier, and nobody can be overtaken for ever. ``tier_bonus`` is in
    seconds (``timers.KEY_ACCOUNT_BONUS_S``; a recovered call gets ``timers.RECOVERED_BONUS_S``).
    """
    return enqueued_at - timedelta(seconds=priority * step_s + tier_bonus)


def effective_demands(item: WaitingItem, now: datetime) -> Levels:
    """Pairs (skill id, least level) in force now, by skill id; of two levels the higher counts."""
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


def _window_holds(
    item: WaitingItem, pool: Pool, desks: Mapping[int, Desk], present: frozenset[int], now: datetime
) -> bool:
    """True while the item is kept for its preferred agent.

    Waiting makes sense only for somebody who is here and could take it: an agent who is away, in cool-down
    for this item, no longer certified or without the skill ends the window at once. One who is merely busy
    keeps it.
    """
    agent_id = item.preferred_agent_id
    if agent_id is None or item.preferred_until is None or now >= item.preferred_until:
        return False
    if agent_id not in present or agent_id in item.excluded or agent_id in item.barred:
        return False
    desk = desks.get(agent_id)
    return desk is None or pool.qualifies(desk.agent, item.queue_id)


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

    ``lanes`` maps a lane id to its waiting items in any order; ``strategies`` maps a queue id to its strategy
    (longest idle if absent). ``present_ids`` are the agents who are routable at all, free or busy: only for
    them a preferred window is kept (absent: the agents given). ``blocks`` is the cross-channel matrix for
    work given in this pass, and ``limit`` ends the pass after so many pairs. The result does not depend on
    the order of the input.
    """
    now_ts = now.timestamp()
    desks = {agent.id: Desk(agent, now_ts) for agent in agents}
    members: defaultdict[int, Members] = defaultdict(Members)
    for desk in desks.values():
        for queue_id in desk.agent.queue_ids:
            members[queue_id].desks.append(desk)
    present = frozenset(desks) if present_ids is None else present_ids
    items = sorted((item for lane in lanes.values() for item in lane), key=lambda item: (item.rank_at, item.id))

    pools: dict[tuple[int, str, int, Levels], Pool] = {}
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
            pool = Pool(members[item.queue_id], desks, item.channel, item.weight, kind[3], strategy)
            pools[kind] = pool
        never, not_now = item.barred, item.excluded
        if never:  # seldom: the sets of all others stay as they are
            not_now -= never
        barred = sum(1 for agent_id in never if pool.takes(agent_id, item.queue_id))
        cooling = sum(1 for agent_id in not_now if pool.takes(agent_id, item.queue_id))
        held = _window_holds(item, pool, desks, present, now)
        if held:
            wanted = item.preferred_agent_id or 0
            best = [pool.key(desks[wanted])] if pool.takes(wanted, item.queue_id) else []
        else:
            best = pool.best(not_now | never if never else not_now) if pool.free else []
        kept_out = pool.free - cooling - barred - len(best) if held else 0
        if best:
            desk = desks[best[0][3]]
            reason = PREFERRED_AGENT if held else pool.strategy.value
            candidates = tuple([Candidate(key[3], pool.score(key, now_ts)) for key in best])
            exclusions = _exclusions(len(desks), pool, cooling, barred, kept_out)
            pairs.append(Pair(item.id, desk.agent.id, reason))
            decisions.append(Decision(item.id, desk.agent.id, reason, candidates, exclusions))
            take(desk, item, blocks, now_ts, members)
        else:
            why = Exclusion.PREFERRED_WINDOW.value if held else _nearest_miss(len(desks), pool, cooling, barred)
            waits[item.lane_id, why] += 1
            if (item.lane_id, why) not in first_wait:
                first_wait[item.lane_id, why] = _exclusions(len(desks), pool, cooling, barred, kept_out)
    waiting = tuple(LaneWait(lane, why, n, first_wait[lane, why]) for (lane, why), n in waits.items())
    return MatchResult(tuple(pairs), Trace(tuple(decisions), waiting))


def _exclusions(total: int, pool: Pool, cooling: int, barred: int, kept_out: int) -> dict[str, int]:
    """How many of the agents fell out at each question; zeros are left out."""
    counts = (
        (Exclusion.NOT_MEMBER.value, total - len(pool.members.desks)),
        (Exclusion.SKILL.value, pool.no_skill),
        (Exclusion.CAPACITY.value, pool.no_capacity),
        (Exclusion.COOLDOWN.value, cooling),
        (Exclusion.BARRED.value, barred),
        (Exclusion.PREFERRED_WINDOW.value, kept_out),
    )
    return {code: count for code, count in counts if count}


def _nearest_miss(total: int, pool: Pool, cooling: int, barred: int) -> str:
    """The question at which the last possible agent fell out: what must change for the item to move."""
    if cooling:
        return Exclusion.COOLDOWN.value
    if barred:
        return Exclusion.BARRED.value
    if pool.no_capacity:
        return Exclusion.CAPACITY.value
    if pool.no_skill:
        return Exclusion.SKILL.value
    return Exclusion.NOT_MEMBER.value if total else NOBODY_FREE
