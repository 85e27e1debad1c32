"""Time of the emulator: virtual (tests jump) or real (demo, scaled). What happens later goes through `after`."""

from __future__ import annotations

import heapq
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

#: Where virtual time begins unless a test says otherwise: a Tuesday noon, far from PostgreSQL's clock.
BEGINNING = datetime(2031, 3, 4, 12, 0, tzinfo=UTC)


@dataclass(order=True)
class Timer:
    """Something that is going to happen; `cancel()` makes it not happen."""

    at: datetime
    number: int
    fn: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class Clock(Protocol):
    """What engine, messages and hooks know of time. `lock` guards all state of one emulator."""

    lock: threading.RLock

    def now(self) -> datetime:
        """The current moment: aware, UTC, to the microsecond."""
        ...

    def after(self, seconds: float, fn: Callable[[], None]) -> Timer:
        """The timer that runs `fn` once, in `seconds` (never at once, even for 0); by time, then by asking."""
        ...


class Virtual:
    """Time stands still until a test moves it: who calls `advance` runs all that falls due, on their own thread."""

    def __init__(self, at: datetime = BEGINNING) -> None:
        self.lock = threading.RLock()
        self._now = at
        self._numbers = count()
        self._timers: list[Timer] = []

    def now(self) -> datetime:
        return self._now

    def after(self, seconds: float, fn: Callable[[], None]) -> Timer:
        with self.lock:
            timer = Timer(self._now + timedelta(seconds=max(0.0, seconds)), next(self._numbers), fn)
            heapq.heappush(self._timers, timer)
            return timer

    def advance(self, seconds: float = 0) -> None:
        """Move on by `seconds` and run what falls due on the way, with the clock at its moment. 0 runs what is due now.

        The lock is not held while something runs: it may ask the product, and the product may ask the emulator's front.
        """
        until = self._now + timedelta(seconds=seconds)
        while (timer := self._take(until)) is not None:
            self._now = max(self._now, timer.at)
            timer.fn()
        self._now = max(self._now, until)

    def next_at(self) -> datetime | None:
        """When something falls due next; None when nothing is planned."""
        with self.lock:
            while self._timers and self._timers[0].cancelled:
                heapq.heappop(self._timers)
            return self._timers[0].at if self._timers else None

    def _take(self, until: datetime) -> Timer | None:
        with self.lock:
            at = self.next_at()
            return heapq.heappop(self._timers) if at is not None and at <= until else None


class Real:
    """The machine's time, `speed` times as fast; a thread of its own runs what falls due, holding `lock`."""

    def __init__(self, speed: float = 1.0) -> None:
        self.lock = threading.RLock()
        self._speed = speed
        self._began = (datetime.now(UTC), time.monotonic())
        self._numbers = count()
        self._timers: list[Timer] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="emulator-clock", daemon=True)
        self._thread.start()

    def now(self) -> datetime:
        began, ticks = self._began
        return began + timedelta(seconds=(time.monotonic() - ticks) * self._speed)

    def after(self, seconds: float, fn: Callable[[], None]) -> Timer:
        with self._changed:
            timer = Timer(self.now() + timedelta(seconds=max(0.0, seconds)), next(self._numbers), fn)
            heapq.heappush(self._timers, timer)
            self._changed.notify()
            return timer

    def stop(self) -> None:
        """Nothing planned happens any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while (timer := self._wait()) is not None:
            with self.lock:
                if timer.cancelled:
                    continue
                try:
                    timer.fn()
                except Exception:  # one leg's breakage must not stop the time of all others
                    traceback.print_exc()

    def _wait(self) -> Timer | None:
        with self._changed:
            while not self._stopped:
                if not self._timers:
                    self._changed.wait()
                    continue
                left = (self._timers[0].at - self.now()).total_seconds() / self._speed
                if left <= 0:
                    return heapq.heappop(self._timers)
                self._changed.wait(left)
            return None
