"""The monthly draw: which customers of each agent are asked. Pure: the same frame and beacon give the same draw.

Nobody can steer it: the frame is frozen and hashed before the beacon is known, every pair gets its place from a keyed
hash of both, and whoever has the two files replays it in any language (the idea of RFC 3797). Equal-probability
sampling without replacement: the k smallest of independent uniform numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

#: Completed interviews wanted per agent and month.
WANTED: Final = 5

#: Names in a frame carry no personal data and no separator.
_OPAQUE = re.compile(r"[A-Za-z0-9_.-]+")
_HASH_BYTES: Final = hashlib.sha256().digest_size
_LINE = re.compile(r"[A-Za-z0-9_.-]+\|[A-Za-z0-9_.-]+\|[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """One agent really served one customer in the period. Both are opaque names."""

    agent: str
    customer: str


@dataclass(frozen=True, slots=True)
class AgentDraw:
    """Who is asked about one agent, in the order of calling."""

    primaries: tuple[str, ...]
    #: Stand in for a primary who could not be interviewed, strictly in this order.
    reserves: tuple[str, ...]
    #: N: customers of this agent in the frame.
    frame_size: int
    #: True where others served some of these customers too: n/N is then approximate.
    shared: bool

    @property
    def inclusion(self) -> float:
        """Probability (0..1) of each customer of the frame to be a primary: n/N."""
        return len(self.primaries) / self.frame_size if self.frame_size else 0.0


@dataclass(frozen=True, slots=True)
class Draw:
    """The whole draw of a period with the three values that prove it. Hashes are lower-case hex."""

    period: str
    frame_sha256: str
    beacon: str
    seed: str
    agents: Mapping[str, AgentDraw]


def frame_text(period: str, pairs: Iterable[Pair]) -> str:
    """The frame as it is published: one line "period|agent|customer" per pair, sorted by bytes, no line twice.

    Raises:
        ValueError: a name is empty or holds anything but letters, digits, "-", "_" and ".".
    """
    lines = set()
    for pair in pairs:
        for name in (period, pair.agent, pair.customer):
            if not _OPAQUE.fullmatch(name):
                raise ValueError(f"not an opaque name: {name!r}")
        lines.add(f"{period}|{pair.agent}|{pair.customer}\n")
    return "".join(sorted(lines))


def join_frames(parts: Iterable[str]) -> str:
    """One frame of the frames of single agents of a period, each agent in one part.

    Lines of an agent begin alike, up to a separator that no name holds: they stand together in the whole as well.
    """
    return "".join(sorted(parts))


def period_of(text: str) -> str:
    """The period of a published frame, as its first line says."""
    return text.partition("|")[0] if text else ""


def frame_lines(text: str) -> Iterator[str]:
    """The lines of a published frame, without their ends, one at a time: half a million would take much memory.

    Raises:
        ValueError: not a frame in its canonical form: other order, a line twice, several periods. It may be the last
            line that shows it.
    """
    before, begin, start = "", f"{period_of(text)}|", 0
    while start < len(text):
        end = text.find("\n", start)
        if end < 0:
            raise ValueError("the last line of a frame ends as all do")
        line = text[start:end]
        if not _LINE.fullmatch(line) or not line.startswith(begin):
            raise ValueError("each line of a frame is period|agent|customer, of one period, in opaque names")
        if line <= before:
            raise ValueError("the lines of a frame are sorted by bytes, each there once")
        yield line
        before, start = line, end + 1


def read_frame(text: str) -> tuple[str, list[Pair]]:
    """Period and pairs of a published frame.

    Raises:
        ValueError: not a frame in its canonical form: other order, a line twice, several periods.
    """
    return period_of(text), [Pair(*line.split("|")[1:]) for line in frame_lines(text)]


def sha256(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(frame_sha256: str, beacon: str, period: str) -> str:
    """The seed of a draw: SHA-256 of "frame hash|beacon|period", lower-case hex."""
    return sha256(f"{frame_sha256}|{beacon}|{period}")


def priority(seed: str, line: str) -> bytes:
    """The place of a pair: HMAC-SHA-256 of "period|agent|customer" under the seed's bytes; the smallest come first."""
    return hmac.digest(bytes.fromhex(seed), line.encode(), "sha256")


def draw(frame: str, beacon: str, wanted: int = WANTED) -> Draw:
    """The draw of a frozen frame.

    Pairs are walked in ascending order of their hashes. A customer is asked about one agent only: whoever served them
    too takes the next one of their own. Whom nobody drew is a reserve of each agent who served them, and stands in
    for whoever needs them first.

    Raises:
        ValueError: the frame is not in its canonical form, or there is no beacon.
    """
    if not beacon.strip():
        raise ValueError("a draw needs a beacon")
    period = period_of(frame)
    frame_sha256 = sha256(frame)
    seed = seed_of(frame_sha256, beacon, period)
    served_by: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    # Names of half a million pairs are kept once each, and pairs as two lists in step
    names: dict[str, str] = {}
    agent_of, customer_of = [], []
    for line in _in_order(frame_lines(frame), seed):
        _period, agent, customer = line.split("|")
        agent, customer = names.setdefault(agent, agent), names.setdefault(customer, customer)
        agent_of.append(agent)
        customer_of.append(customer)
        sizes[agent] += 1
        served_by[customer] += 1
    primaries: dict[str, list[str]] = defaultdict(list)
    reserves: dict[str, list[str]] = defaultdict(list)
    sharing = set()
    taken: set[str] = set()
    for agent, customer in zip(agent_of, customer_of, strict=True):
        if customer not in taken and len(primaries[agent]) < wanted:
            primaries[agent].append(customer)
            taken.add(customer)
    for agent, customer in zip(agent_of, customer_of, strict=True):
        if customer not in taken:
            reserves[agent].append(customer)
        if served_by[customer] > 1:
            sharing.add(agent)
    agents = {
        agent: AgentDraw(tuple(primaries[agent]), tuple(reserves[agent]), size, agent in sharing)
        for agent, size in sorted(sizes.items())
    }
    return Draw(period, frame_sha256, beacon, seed, agents)


def _in_order(lines: Iterable[str], seed: str) -> Iterator[str]:
    """The lines in ascending order of `priority`.

    They are sorted in 256 heaps, by the first byte of their hash: to sort them all at once would take most of a second
    in which no other thread of this process runs.
    """
    key = bytes.fromhex(seed)
    heaps: list[list[bytes]] = [[] for _ in range(256)]
    for line in lines:
        raw = line.encode()
        place = hmac.digest(key, raw, "sha256")
        heaps[place[0]].append(place + raw)
    for heap in heaps:
        heap.sort()
        for each in heap:
            yield each[_HASH_BYTES:].decode()
        heap.clear()


def commitment(secret: str, salt: str) -> str:
    """What a role publishes before the freeze to be bound to its secret: SHA-256 of "salt|secret", lower-case hex."""
    return sha256(f"{salt}|{secret}")


def joint_beacon(secrets: Mapping[str, str]) -> str:
    """The beacon of revealed secrets (role -> secret), hex: no role alone knows it before all have revealed."""
    return sha256("|".join(f"{role}={secrets[role]}" for role in sorted(secrets)))
