"""What the matcher is given and what it answers: waiting items, free agents, pairs and the trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    BARRED = "barred"
    PREFERRED_WINDOW = "preferred_window"


NOBODY_FREE = "nobody_free"  # an item waits because no agent at all was given


@dataclass(frozen=True, slots=True)
class Demand:
    """A skill asked for; after ``relax_after_s`` seconds only ``relaxed_level`` (None: dropped)."""

    skill_id: int
    min_level: int
    relax_after_s: int | None = None
    relaxed_level: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One piece of queued work. Times are aware UTC; ``rank_at``, see ``matching.rank_at``."""

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
    #: Never, however long it waits: the contact is about their own work.
    barred: frozenset[int] = frozenset()
    demands: tuple[Demand, ...] = ()


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """An agent who may be offered work now.

    ``queue_ids`` holds only queues where the agent is a member AND holds a valid certificate. ``capacity`` is
    the remaining weight per channel with cross-channel blocking applied
    (:func:`agent_state.remaining_capacity`).
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
    """Somebody who could have had the item; ``score`` is idle seconds, contacts or levels by strategy."""

    agent_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a pair was made: the best candidates, the chosen one first, and how many others fell out where."""

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
