"""One change to all wallboards of one web process: the product beside a bare Node server and stock Flask-SocketIO.

All three run at once, each connected to as many clients, and take turns in each round; whoever does not have the turn
only answers pings. See README.md.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from app import clock
from app.db import transaction
from app.security.models import User
from app.security.sessions import open_session
from benchmarks import organisation
from benchmarks.changes import AT_ONCE, EVENT, FIRST
from benchmarks.cluster import Server
from benchmarks.crowd import Client, Crowd, frame
from benchmarks.figures import Figure, demand, free_port, percentile, ratio_figure

ROOT = Path(__file__).resolve().parent.parent
NODE = Path(__file__).resolve().parent / "fanout_node"
WEB = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"
RATE = 20
START_S = 60.0
#: Bytes the kernel keeps for the client that stops reading: few, so that the server soon notices.
SLOW_KERNEL_BYTES = 4096
#: Changes as fast as they go, after which a client that does not read lags further than any kernel would keep for it.
FLOOD = 800


@dataclass(slots=True)
class Turn:
    """What one window of one server came to."""

    cpu_us: float
    p50_ms: float
    p99_ms: float
    delivered: float
    per_s: float


class Contestant:
    """One server with its crowd of clients."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes], cookie: str = "") -> None:
        self.name, self.port, self.cookie = name, port, cookie
        self._process = process
        self.crowd = Crowd(EVENT)

    def grow(self, clients: int, tend: Callable[[], None]) -> None:
        """As many clients as that; `tend` is called between them, for those that are there already."""
        while len(self.crowd.clients) < clients:
            client = Client(self.port, self.cookie)
            client.ask("board.sync")
            self.crowd.add(client)
            if len(self.crowd.clients) % 50 == 0:
                tend()

    def cpu_s(self) -> float:
        """Seconds of CPU the server's processes have used."""
        return cpu_of(self._process.pid)

    def paced(self, seconds: float) -> Turn:
        """RATE changes a second."""
        count = int(RATE * seconds)
        return self._turn("paced", count, {"rate": RATE, "count": count}, seconds + 5)

    def flat_out(self, count: int) -> Turn:
        """Changes as fast as they arrive, a few in flight."""
        crowd = self.crowd
        got = frame('42["bench.got"]')
        came = itertools.count(1)
        crowd.on_last = lambda _body: crowd.clients[-1].socket.sendall(got) if next(came) % AT_ONCE == 0 else None
        crowd.counting = True
        try:
            return self._turn("loop", count, {"count": count}, 60)
        finally:
            crowd.on_last, crowd.counting = (lambda _body: None), False

    def _turn(self, order: str, count: int, details: dict[str, int], patience_s: float) -> Turn:
        crowd = self.crowd
        heard = crowd.begin()
        expected = count * len(crowd.clients)
        before, began = self.cpu_s(), time.monotonic()
        crowd.clients[0].say(_event(f"bench.{order}", details))
        crowd.run(patience_s, until=lambda: heard.delivered >= expected)
        took, cpu = time.monotonic() - began, self.cpu_s() - before
        demand(heard.delivered > 0, f"{self.name}: nothing arrived")
        return Turn(
            cpu / heard.delivered * 1e6,
            percentile(heard.latencies, 0.5) * 1000,
            percentile(heard.latencies, 0.99) * 1000,
            heard.delivered / expected,
            heard.delivered / took,
        )


def cpu_of(pid: int, *, alone: bool = False) -> float:
    """Seconds of CPU that a process and, unless `alone`, its children have used: to the nanosecond, all threads."""
    root = psutil.Process(pid)
    total = 0.0
    for process in [root, *([] if alone else root.children(recursive=True))]:
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0]) / 1e9
    return total


Trio = tuple[Contestant, Contestant, Contestant]


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """CPU per delivered message, latency and saturation as ratios, and what one slow reader does to the others."""
    sizes, rounds, window_s, flat = ((40,), 1, 0.5, 200) if quick else ((500, 1000), 3, 3.0, 200)
    _allow_many_files()
    url = server.migrated("fanout")
    organisation.fill_organisation(url, 10)
    figures: list[Figure] = []
    with _contestants(url, server) as trio:

        def tend() -> None:
            for contestant in trio:
                contestant.crowd.read_once()

        for size in sizes:
            for contestant in trio:
                contestant.grow(size, tend)
            figures += _compare(size, rounds, window_s, flat, trio, tend)
        figures += _slow_reader(trio[0], rounds, window_s, FLOOD)
    return figures


def _compare(size: int, rounds: int, window_s: float, flat: int, trio: Trio, tend: Callable[[], None]) -> list[Figure]:
    ours, node, stock = trio
    turns: dict[str, list[Turn]] = {c.name: [] for c in (ours, node, stock)}
    flood: dict[str, list[Turn]] = {c.name: [] for c in (ours, node, stock)}
    for _ in range(rounds):
        for contestant in (ours, node, stock):
            tend()
            turns[contestant.name].append(contestant.paced(window_s))
        for contestant in (ours, node, stock):
            tend()
            flood[contestant.name].append(contestant.flat_out(flat if contestant is not stock else max(40, flat // 4)))
    a, b, c = (turns[contestant.name] for contestant in (ours, node, stock))
    fa, fb, fc = (flood[contestant.name] for contestant in (ours, node, stock))
    least = min(turn.delivered for turn in a)
    told = f"{_of('cpu_us', a, b, c)} us; delivered {least:.4f}"
    pair = list(zip(a, b, strict=True))
    return [
        ratio_figure(
            f"{size} boards, CPU per message / Node", [x.cpu_us / y.cpu_us for x, y in pair], "<= 1.0, aim 0.6", told
        ),
        ratio_figure(
            f"{size} boards, p50 / Node",
            [x.p50_ms / y.p50_ms for x, y in pair],
            "<= 1.0",
            _of("p50_ms", a, b, c) + " ms",
        ),
        ratio_figure(
            f"{size} boards, p99 / Node",
            [x.p99_ms / y.p99_ms for x, y in pair],
            "<= 1.0",
            _of("p99_ms", a, b, c) + " ms",
        ),
        ratio_figure(
            f"{size} boards, saturation / stock",
            [x.per_s / y.per_s for x, y in zip(fa, fc, strict=True)],
            ">= 4",
            f"{_of('per_s', fa, fb, fc)} messages/s; CPU {_of('cpu_us', fa, fb, fc)} us",
        ),
    ]


def _of(which: str, *all_turns: list[Turn]) -> str:
    """The medians of one figure."""
    ours, node, stock = (statistics.median(getattr(turn, which) for turn in turns) for turns in all_turns)
    return f"{ours:,.1f} / Node {node:,.1f} / stock {stock:,.1f}"


def _slow_reader(ours: Contestant, rounds: int, window_s: float, flood: int) -> list[Figure]:
    """The others' p99 with one client that stops reading, against without; and where that client ends."""
    size = len(ours.crowd.clients)
    ratios = []
    slow = Client(ours.port, ours.cookie, kernel_bytes=SLOW_KERNEL_BYTES)
    for _ in range(rounds):
        without = ours.paced(window_s)
        slow.ask("board.sync")
        with_it = ours.paced(window_s)
        slow.socket.close()
        ratios.append(with_it.p99_ms / without.p99_ms)
        slow = Client(ours.port, ours.cookie, kernel_bytes=SLOW_KERNEL_BYTES)
    slow.ask("board.sync")
    ours.flat_out(flood)
    seen, end = read_to_the_end(slow, FIRST + flood - 1)
    slow.socket.close()
    demand(end in ("latest", "dropped"), f"the slow client ended {end}: silently behind")
    return [
        ratio_figure(f"{size} boards, one does not read: p99 of the others", ratios, "<= 1.5"),
        Figure("that client, after all", end, "latest or dropped", f"{flood:,} changes sent, {seen:,} came to it"),
    ]


def read_to_the_end(client: Client, latest: int, patience_s: float = 5.0) -> tuple[int, str]:
    """How many changes a client finds when it reads again, and whether it ends on the latest, dropped, or behind."""
    client.socket.settimeout(patience_s)
    seen, newest = 0, 0
    try:
        while newest < latest:
            body = client.expect(f'42["{EVENT}",{{"v":1')
            if '"t":' in body:
                seen, newest = seen + 1, int(body.split('"v":')[1].split(",")[0])
    except TimeoutError:
        return seen, f"behind by {latest - newest}"
    except ConnectionError:
        return seen, "dropped"
    return seen, "latest"


def _event(name: str, details: dict[str, int]) -> str:
    inside = ",".join(f'"{key}":{value}' for key, value in details.items())
    return f'42["{name}",{{{inside}}}]'


def _allow_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536) if hard > 0 else 65_536, hard))


@contextlib.contextmanager
def _contestants(url: str, server: Server) -> Iterator[Trio]:
    """The three servers up, on one core where there are two, this process on the other; ended afterwards."""
    _demand_node_packages()
    cookie = _signed_in()
    ports = [free_port() for _ in range(3)]
    gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class", WEB, "--workers", "1", "--log-level", "error"]
    commands = [
        [*gunicorn, "--bind", f"127.0.0.1:{ports[0]}", "benchmarks.fanout_ours:app"],
        ["node", str(NODE / "server.mjs"), str(ports[1])],
        [*gunicorn, "--bind", f"127.0.0.1:{ports[2]}", "benchmarks.fanout_stock:app"],
    ]
    environment = {**os.environ, "DATABASE_URL": url, "DEMO": "0", "LIVE": "0", "NODE_ENV": "production"}
    environment["PATH"] += f":{Path(sys.executable).parent}"  # where the wheel's Node is, on a machine without its own
    cores = sorted(os.sched_getaffinity(0))
    log = server.var / "fanout.log"
    with contextlib.ExitStack() as stack:
        stack.callback(os.sched_setaffinity, 0, cores)
        running = []
        for command, port in zip(commands, ports, strict=True):
            process = stack.enter_context(process_on(port, command, environment, log))
            for each in [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]:
                os.sched_setaffinity(each, cores[:1])
            running.append(process)
        os.sched_setaffinity(0, cores[-1:])
        ours, node, stock = (
            Contestant(name, port, process, cookie if name == "ours" else "")
            for name, port, process in zip(("ours", "Node", "stock"), ports, running, strict=True)
        )
        for contestant in (ours, node, stock):
            stack.callback(contestant.crowd.close)
        yield ours, node, stock


@contextlib.contextmanager
def process_on(
    port: int, command: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers on the port, ended afterwards."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_up(port, process, log)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def _demand_node_packages() -> None:
    """`npm ci` for the Node server, once."""
    if not (NODE / "node_modules" / "socket.io").exists():
        subprocess.run(
            ["npm", "ci", "--no-progress", "--loglevel=error"], cwd=NODE, check=True, stdout=subprocess.DEVNULL
        )


def _wait_until_up(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        address = f"http://127.0.0.1:{port}/healthz"
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=2):
            return
        time.sleep(0.1)
    demand(False, f"the server on port {port} did not come up:\n{log.read_text(errors='replace')}")


def _signed_in() -> str:
    """The session cookie of a supervisor."""
    with transaction() as session:
        lead = User(login="wall@bench", display_name="Wall", password_hash="!", role="supervisor")  # noqa: S106
        session.add(lead)
        session.flush()
        return open_session(session, lead.id, address="127.0.0.1", browser="bench", at=clock.now())
