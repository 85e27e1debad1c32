"""Rounds, medians and the printed table."""

from __future__ import annotations

import socket
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


class Broken(RuntimeError):
    """What was measured did not do its work, so its figure would mean nothing."""


def demand(holds: bool, otherwise: str) -> None:
    """Go on only when the work measured was really done.

    Raises:
        Broken: it was not; `otherwise` says what is wrong.
    """
    if not holds:
        raise Broken(otherwise)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, its ratio or count, and what is asked for."""

    name: str
    value: str
    goal: str = ""
    note: str = ""


def ratio_figure(name: str, ratios: Sequence[float], goal: str, note: str = "") -> Figure:
    """The median of the ratios taken inside each round, with their range."""
    middle = statistics.median(ratios)
    return Figure(name, f"{middle:.2f}x ({min(ratios):.2f}..{max(ratios):.2f})", goal, note)


def free_port() -> int:
    """A TCP port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all (0..1) do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns."""
    rows = [("measure", "result", "goal", "note"), *((f.name, f.value, f.goal, f.note) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    padded = ([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]] for row in rows)
    lines = ["  ".join(cells).rstrip() for cells in padded]
    lines.insert(1, "  ".join("-" * width for width in [*widths, 4]))
    return "\n".join(lines)
