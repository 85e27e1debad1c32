"""Replaying a draw from its published files, by anybody: identical, or what differs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from app.domain.sampling import Draw, draw


def result_parts(drawn: Draw) -> Iterator[str]:
    """The result as it is published, agent by agent: lines "period|agent|place|customer", P1.. before R1.. ."""
    for agent, found in drawn.agents.items():
        yield "".join(
            f"{drawn.period}|{agent}|{letter}{place}|{name}\n"
            for letter, names in (("P", found.primaries), ("R", found.reserves))
            for place, name in enumerate(names, 1)
        )


def result_text(drawn: Draw) -> str:
    """The result as it is published: agents in order of their names."""
    return "".join(result_parts(drawn))


def chosen_contact(seed: str, period: str, agent: str, customer: str, interaction_ids: Sequence[int]) -> int:
    """Of several contacts of the month the one to be asked about: the smallest keyed hash."""
    if len(interaction_ids) == 1:
        return interaction_ids[0]
    key = bytes.fromhex(seed)

    def place(interaction_id: int) -> bytes:
        return hmac.digest(key, f"{period}|{agent}|{customer}|{interaction_id}".encode(), hashlib.sha256)

    return min(interaction_ids, key=place)


def differences(frame: str, beacon: str, *, frame_sha256: str, seed: str, result: str) -> list[str]:
    """What a replay of the files finds different, in plain English lines; empty when everything is identical."""
    try:
        drawn = draw(frame, beacon)
    except ValueError as error:
        return [f"the frame can't be drawn from: {error}"]
    return differences_to(drawn, frame_sha256=frame_sha256, seed=seed, result=result)


def differences_to(drawn: Draw, *, frame_sha256: str, seed: str, result: str) -> list[str]:
    """What is published otherwise than in the replay `drawn`; for who does not hold the frame any more by then."""
    found = []
    if drawn.frame_sha256 != frame_sha256:
        found.append(f"the frame's SHA-256 is {drawn.frame_sha256}, published is {frame_sha256}")
    if drawn.seed != seed:
        found.append(f"the seed is {drawn.seed}, published is {seed}")
    if _is_result(drawn, result):
        return found
    ours, theirs = result_text(drawn).splitlines(), result.splitlines()
    known, published = set(ours), set(theirs)
    found += [f"only in the replay: {line}" for line in ours if line not in published]
    found += [f"only in the published result: {line}" for line in theirs if line not in known]
    if not found and ours != theirs:
        found.append("the lines of the result stand in another order")
    return found or ["the ends of the result's lines are other ones"]


def _is_result(drawn: Draw, result: str) -> bool:
    """Whether `result` is that of the draw, byte by byte; held beside it is one agent's part at a time."""
    at = 0
    for part in result_parts(drawn):
        if not result.startswith(part, at):
            return False
        at += len(part)
    return at == len(result)
