"""`python -m benchmarks [--quick] [name ...]`: run all measurements or those named, print one table."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable

from benchmarks import board_cost, draw, exactness, fanout, offer_latency, pick_cost, routing, tickets, twilio_hooks
from benchmarks.cluster import Server, private_server
from benchmarks.figures import Figure, table

MEASURES: dict[str, Callable[..., list[Figure]]] = {
    "routing": routing.measure,
    "pick_cost": pick_cost.measure,
    "exactness": exactness.measure,
    "offer_latency": offer_latency.measure,
    "tickets": tickets.measure,
    "fanout": fanout.measure,
    "board_cost": board_cost.measure,
    "draw": draw.measure,
    "twilio_hooks": twilio_hooks.measure,
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*MEASURES, []], help="what to measure (default: all)")
    parser.add_argument("--quick", action="store_true", help="a few seconds: shows that it runs, not how fast")
    chosen = parser.parse_args()
    names = chosen.name or list(MEASURES)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and folders go, whoever ends us
    figures: list[Figure] = []
    with private_server() as server:
        for name in names:
            started = time.perf_counter()
            figures += run(server, name, quick=chosen.quick)
            print(f"{name}: done in {time.perf_counter() - started:.0f} s", flush=True)
    load = os.getloadavg()[1]
    print(f"\nMedians over rounds (least..most); {os.cpu_count()} CPUs, load average {load:.1f} over five minutes")
    print(table(figures))


def run(server: Server, name: str, *, quick: bool) -> list[Figure]:
    """The figures of one measurement."""
    return MEASURES[name](server, quick=quick)


if __name__ == "__main__":
    main()
