"""The agents of one router pass, in heaps: one pool per kind of demand, and what an assignment changes.

Keys only ever grow during a pass (an agent who was given work is less idle than before), so an outdated entry
is simply put back with its present key when it comes to the top: no search, and no scan of agents per item.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappop, heappush, heapreplace
from typing import TypeAlias

from app.domain.matching_shapes import FreeAgent, Strategy, WaitingItem

CANDIDATES_SHOWN = 5

# The strategy's measure, idle since (POSIX seconds), how many given in this pass, agent id.
Key: TypeAlias = tuple[float, float, int, int]
Levels: TypeAlias = tuple[tuple[int, int], ...]  # (skill id, least level)


class Desk:
    """An agent during one pass: what is left of the capacity, and when they are due (``idle_key``)."""

    __slots__ = ("agent", "capacity", "idle_key")

    def __init__(self, agent: FreeAgent, now_ts: float) -> None:
        self.agent = agent
        self.capacity = agent.capacity  # copied at the first change: most agents get nothing in a pass
        # A clock a little ahead must not make keys shrink later: idle time is never negative.
        self.idle_key: Key = (0.0, min(agent.idle_since.timestamp(), now_ts), 0, agent.id)


class Members:
    """The agents of one queue, who among them has a skill (read once), and the pools drawn from them."""

    __slots__ = ("by_skill", "desks", "pools")

    def __init__(self) -> None:
        self.desks: list[Desk] = []
        self.by_skill: dict[int, list[Desk]] | None = None
        self.pools: list[Pool] = []

    def with_skills(self, demands: Levels) -> list[Desk]:
        """The agents who meet every demand, found among the holders of the rarest skill."""
        if not demands:
            return self.desks
        if self.by_skill is None:
            self.by_skill = {}
            for desk in self.desks:
                for skill in desk.agent.skills:
                    self.by_skill.setdefault(skill, []).append(desk)
        holders = min((self.by_skill.get(skill, []) for skill, _ in demands), key=len)
        return [desk for desk in holders if meets(desk.agent.skills, demands)]


class Pool:
    """All agents for one kind of demand: a heap of keys (some outdated), exact counts of who fell out."""

    __slots__ = ("channel", "demands", "desks", "free", "heap", "members", "no_skill", "strategy", "weight")

    def __init__(
        self,
        members: Members,
        desks: Mapping[int, Desk],
        channel: str,
        weight: int,
        demands: Levels,
        strategy: Strategy,
    ) -> None:
        self.channel, self.weight, self.demands, self.strategy = channel, weight, demands, strategy
        self.members, self.desks = members, desks
        skilled = members.with_skills(demands)
        self.no_skill = len(members.desks) - len(skilled)
        roomy = [desk for desk in skilled if desk.capacity.get(channel, 0) >= weight]
        if strategy is Strategy.LONGEST_IDLE:
            self.heap: list[Key] = [desk.idle_key for desk in roomy]
        else:
            self.heap = [self.key(desk) for desk in roomy]
        heapify(self.heap)
        self.free = len(roomy)
        members.pools.append(self)

    @property
    def no_capacity(self) -> int:
        return len(self.members.desks) - self.no_skill - self.free

    def key(self, desk: Desk) -> Key:
        """Order of the agents; ends in the id, so that equal agents always come in the same order."""
        if self.strategy is Strategy.LONGEST_IDLE:
            return desk.idle_key
        _, idle_at, given, agent_id = desk.idle_key
        if self.strategy is Strategy.FEWEST_CONTACTS_TODAY:
            return (desk.agent.contacts_today + given, idle_at, given, agent_id)
        skills = desk.agent.skills
        return (-sum(skills[skill] - level for skill, level in self.demands), idle_at, given, agent_id)

    def score(self, key: Key, now_ts: float) -> float:
        if self.strategy is Strategy.LONGEST_IDLE:
            return round(now_ts - key[1], 3)
        return abs(key[0])

    def qualifies(self, agent: FreeAgent, queue_id: int) -> bool:
        """True when the agent may do such work at all, with or without room for it now."""
        return queue_id in agent.queue_ids and meets(agent.skills, self.demands)

    def takes(self, agent_id: int, queue_id: int) -> bool:
        """True when the agent may do such work and has room for it now."""
        desk = self.desks.get(agent_id)
        if desk is None or desk.capacity.get(self.channel, 0) < self.weight:
            return False
        return self.qualifies(desk.agent, queue_id)

    def best(self, excluded: frozenset[int]) -> list[Key]:
        """Keys of the best CANDIDATES_SHOWN agents or fewer, best first; they stay in the heap."""
        heap, desks, channel, weight = self.heap, self.desks, self.channel, self.weight
        seen: list[Key] = []
        found: list[Key] = []
        while heap and len(found) < CANDIDATES_SHOWN:
            key = heap[0]
            desk = desks[key[3]]
            if desk.capacity.get(channel, 0) < weight:
                heappop(heap)
            elif key[2] != desk.idle_key[2]:
                heapreplace(heap, self.key(desk))
            else:
                seen.append(heappop(heap))
                if key[3] not in excluded:
                    found.append(key)
        for key in seen:
            heappush(heap, key)
        return found


def meets(skills: Mapping[int, int], demands: Levels) -> bool:
    for skill, level in demands:  # noqa: SIM110 - asked some 10,000 times a pass; a generator costs twice as much
        if skills.get(skill, 0) < level:
            return False
    return True


def take(
    desk: Desk,
    item: WaitingItem,
    blocks: Mapping[str, frozenset[str]],
    now_ts: float,
    members: Mapping[int, Members],
) -> None:
    """Charge the item to the agent; other channels that it blocks are closed for the rest of the pass."""
    before = desk.capacity
    after = dict(before)
    after[item.channel] = before.get(item.channel, 0) - item.weight
    for channel in blocks.get(item.channel, ()):
        if channel != item.channel:
            after[channel] = 0
    desk.capacity = after
    desk.idle_key = (0.0, now_ts, desk.idle_key[2] + 1, desk.agent.id)
    for queue_id in desk.agent.queue_ids:
        for pool in members[queue_id].pools:
            had_room = before.get(pool.channel, 0) >= pool.weight > after.get(pool.channel, 0)
            if had_room and meets(desk.agent.skills, pool.demands):
                pool.free -= 1
