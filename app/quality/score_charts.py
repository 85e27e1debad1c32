"""Where things stand in the charts of the scores: plain coordinates for the SVG of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.scoring.intervals import HIGHEST, LOWEST, Interval
from app.domain.scoring.watch import Watch
from app.quality.months import ShareMonths
from app.quality.scores import TARGET, AgentScore, Scores, funnel_lines

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 240, 40, 12, 10, 28


@dataclass(frozen=True, slots=True)
class Plane:
    """A drawing area with values up and something counted along."""

    low: float
    high: float
    first: float
    last: float

    def x(self, value: float) -> float:
        span = self.last - self.first or 1
        return round(LEFT + (value - self.first) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return round(TOP + (self.high - inside) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM), 1)

    def line(self, points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)

    def grid(self) -> list[tuple[float, int]]:
        return [(self.y(value), value) for value in range(int(self.low), int(self.high) + 1)]


def funnel_chart(found: Scores) -> dict[str, Any] | None:
    """Every agent as a dot without a name: who lies outside is looked at more closely, nobody is ranked."""
    if found.between is None or not found.dots:
        return None
    most = max(max(dot.n for dot in found.dots) + 1, 6)
    plane = Plane(LOWEST, HIGHEST, 0, most)
    lines = funnel_lines(found, most=most)
    outside = sum(not _limits(lines, dot.n)[1] <= dot.mean <= _limits(lines, dot.n)[2] for dot in found.dots)
    return {
        "grid": plane.grid(),
        "target": plane.y(TARGET),
        "inner": plane.line([(n, low) for n, _a, low, _b, _c in lines])
        + " "
        + plane.line([(n, high) for n, _a, _b, high, _c in reversed(lines)]),
        "outer": plane.line([(n, low) for n, low, _a, _b, _c in lines])
        + " "
        + plane.line([(n, high) for n, _a, _b, _c, high in reversed(lines)]),
        "dots": [(plane.x(dot.n), plane.y(dot.mean)) for dot in found.dots],
        "ticks": [(plane.x(n), n) for n in range(0, most + 1, max(1, most // 8))],
        "outside": outside,
    }


def _limits(lines: list[tuple[int, float, float, float, float]], n: int) -> tuple[float, float, float, float]:
    _n, outer_low, inner_low, inner_high, outer_high = lines[n - 1]
    return outer_low, inner_low, inner_high, outer_high


def forest_chart(agents: Sequence[AgentScore]) -> dict[str, Any] | None:
    """Pooled estimates with two standard deviations, by name."""
    if not agents:
        return None
    plane = Plane(0, 1, LOWEST, HIGHEST)
    rows = []
    for place, each in enumerate(agents):
        low, high = (max(LOWEST, min(HIGHEST, each.pooled.estimate + sign * 1.96 * each.pooled.sd)) for sign in (-1, 1))
        rows.append(
            {
                "name": each.name,
                "y": 24 + place * 28,
                "low": plane.x(low),
                "high": plane.x(high),
                "at": plane.x(each.pooled.estimate),
                "raw": plane.x(each.pooled.mean),
                "score": each,
            }
        )
    return {
        "rows": rows,
        "height": 40 + 28 * len(rows),
        "target": plane.x(TARGET),
        "ticks": [(plane.x(v), v) for v in range(LOWEST, HIGHEST + 1)],
    }


def trend_chart(found: Scores, bands: Mapping[str, Interval]) -> dict[str, Any] | None:
    """Means by month, in the band of their intervals."""
    if len(found.by_month) < 2:
        return None
    plane = Plane(LOWEST, HIGHEST, 0, len(found.by_month) - 1)
    points = [(place, mean) for place, (_month, mean, _n) in enumerate(found.by_month)]
    sure = [(place, bands[month]) for place, (month, _mean, _n) in enumerate(found.by_month) if month in bands]
    around = [(x, each.low) for x, each in sure] + [(x, each.high) for x, each in reversed(sure)]
    return {
        "grid": plane.grid(),
        "target": plane.y(TARGET),
        "line": plane.line(points),
        "band": plane.line(around),
        "dots": [(plane.x(x), plane.y(y), *found.by_month[x]) for x, y in points],
    }


def share_chart(found: ShareMonths) -> dict[str, Any]:
    """A share by month, each in the band of its own interval, from 0 to 100 %."""
    plane = Plane(0, 1, 0, len(found.months) - 1)
    shares = [each.share for each in found.months]
    around = [(x, each.low) for x, each in enumerate(shares)]
    around += [(x, each.high) for x, each in reversed(list(enumerate(shares)))]
    return {
        "grid": [(plane.y(value / 4), 25 * value) for value in range(5)],
        "line": plane.line([(x, each.value) for x, each in enumerate(shares)]),
        "band": plane.line(around),
        "dots": [(plane.x(x), plane.y(each.share.value), each) for x, each in enumerate(found.months)],
    }


#: Beyond twice the limit a point is drawn at the edge: what it says is the same.
_EDGE = 2.0


def watch_chart(found: Watch, *, most: int) -> dict[str, Any]:
    """The newest `most` months of a watch between its limits."""
    points = found.points[-most:]
    plane = Plane(-_EDGE, _EDGE, 0, max(1, len(points) - 1))
    return {
        "top": plane.y(1),
        "tall": round(plane.y(-1) - plane.y(1), 1),
        "middle": plane.y(0),
        "line": plane.line([(x, each.at) for x, each in enumerate(points)]),
        "dots": [(plane.x(x), plane.y(each.at), each) for x, each in enumerate(points)],
    }
