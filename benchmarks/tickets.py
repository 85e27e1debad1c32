"""Tickets over HTTP: opening one by hand, and listing an open queue of 50 out of thousands, signed in, two processes.

The peers' figures are those of other programs on such a machine, one client at a time, with 10,000 open tickets
(README): they are a measure, not a run; nothing of them is started here.
"""

from __future__ import annotations

import functools
import re
import statistics
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlalchemy import select

from app.clock import now
from app.db import transaction
from app.security import sessions
from app.security.models import User
from benchmarks import organisation
from benchmarks.cluster import Server, execute
from benchmarks.figures import Figure, demand, percentile, ratio_figure
from benchmarks.web import Client, WebProcess, at_once, web_processes

#: Medians of the peers, milliseconds: name -> (opening a ticket, listing 50 of 10,000).
PEERS = {"django-helpdesk": (30.0, 295.0), "Roundup": (32.0, 163.0), "Request Tracker": (276.0, 56.0)}
PROCESSES = 2
#: For requests a second; the medians are those of one client at a time.
CLIENTS = 4
LIST = "/tickets?queue=1"
#: Fits no password.
NO_PASSWORD = "!"  # noqa: S105 - on purpose


@dataclass(slots=True)
class House:
    """A desk with so many open tickets in its first queue, its processes, and somebody signed in."""

    size: int
    url: str
    cookie: str
    processes: list[WebProcess] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    def open_up(self, processes: list[WebProcess]) -> None:
        """Its web processes run: a client for each."""
        self.processes = processes
        self.clients = [Client(process.port, self.cookie) for process in processes]

    def cpu_ms(self) -> float:
        return sum(process.cpu_ms() for process in self.processes)


@dataclass(slots=True)
class Measured:
    """What the requests of one kind took."""

    rounds: list[float] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)
    cpu_ms: float = 0.0
    per_second: float = 0.0

    @property
    def p50(self) -> float:
        return statistics.median(self.times_ms)


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Opening a ticket, and one page of a queue's open tickets out of 1,000, 10,000 and 100,000."""
    sizes = (200, 1_000, 2_000) if quick else (1_000, 10_000, 100_000)
    rounds, requests = (2, 10) if quick else (5, 60)
    houses = [_house(server, size) for size in sizes]
    lists, creates = {house.size: Measured() for house in houses}, Measured()
    middle = houses[1]
    with web_processes([house.url for house in houses for _ in range(PROCESSES)]) as running:
        for n, house in enumerate(houses):
            house.open_up(running[n * PROCESSES : (n + 1) * PROCESSES])
            _list(house, 20 * PROCESSES, Measured())  # until the driver has prepared its statements
        _create(middle, 20 * PROCESSES, Measured())
        for _ in range(rounds):
            for house in houses:
                _list(house, requests, lists[house.size])
            _create(middle, requests, creates)
        for house in houses:
            lists[house.size].per_second = _rate(house, requests, _one_list)
        creates.per_second = _rate(middle, requests, _one_create)
    smallest, largest = lists[sizes[0]], lists[sizes[2]]
    growth = [large / small for large, small in zip(largest.rounds, smallest.rounds, strict=True)]
    return [
        *_against("open a ticket", creates, 0, 0.5),
        *_against(f"list 50 of {sizes[1]:,}", lists[sizes[1]], 1, 0.25),
        *_against(f"list 50 of {sizes[2]:,}", largest, 1, 0.25),
        ratio_figure(f"list at {sizes[2]:,} / at {sizes[0]:,}", growth, "<= 1.3", _told(smallest)),
    ]


def _against(name: str, measured: Measured, which: int, goal: float) -> list[Figure]:
    """The median beside each peer's, the best peer first: only against that one there is a goal."""
    peers = sorted((figures[which], peer) for peer, figures in PEERS.items())
    return [
        Figure(
            f"{name} / {peer}",
            f"{measured.p50 / p50:.2f}x",
            f"<= {goal}" if n == 0 else "",
            f"{_told(measured)}; peer p50 {p50:.0f} ms" if n == 0 else f"peer p50 {p50:.0f} ms",
        )
        for n, (p50, peer) in enumerate(peers)
    ]


def _told(measured: Measured) -> str:
    return (
        f"p50 {measured.p50:.1f} ms, p99 {percentile(measured.times_ms, 0.99):.1f} ms, "
        f"CPU of the web process {measured.cpu_ms / len(measured.times_ms):.1f} ms a request; "
        f"{measured.per_second:.0f}/s with {CLIENTS} clients"
    )


def _house(server: Server, size: int) -> House:
    """A desk of its own with `size` open tickets in queue 1 and half as many in others."""
    url = server.migrated(f"tickets_{size}")
    organisation.fill_organisation(url, 50)
    with transaction() as session:
        session.add(User(login="lead@bench", display_name="Lead", password_hash=NO_PASSWORD, role="supervisor"))
        session.flush()
        lead = session.scalars(select(User.id).where(User.login == "lead@bench")).one()
        cookie = sessions.open_session(session, lead, address="127.0.0.1", browser="bench", at=now())
    _fill(url, size)
    return House(size, url, cookie)


def _fill(url: str, size: int) -> None:
    """`size` open tickets in queue 1 and half as many elsewhere, an entry each, by one statement."""
    execute(
        url,
        f"""WITH made AS (
            INSERT INTO work_items (kind, channel, contact_id, queue_id, lane, state, language, enqueued_at, rank_at)
            SELECT 'ticket', 'ticket', gen_random_uuid()::text, q, q || ':en:ticket', 'queued', 'en', at, at
            FROM (SELECT CASE WHEN n % 3 < 2 THEN 1 ELSE 2 + n % 19 END AS q,
                    now() - interval '30 days' + n * interval '15 seconds' AS at
                FROM generate_series(1, {size + size // 2}) n) s
            RETURNING id, contact_id, queue_id, enqueued_at),
        opened AS (
            INSERT INTO tickets (contact_id, queue_id, work_item_id, channel, subject, claimed_name, number, language,
                created_at, touched_at, search)
            SELECT contact_id, queue_id, id, 'web', 'Where is parcel ' || id || '?', 'Customer ' || id,
                '+4477009' || lpad(CAST(id AS text), 6, '0'), 'en', enqueued_at, enqueued_at,
                to_tsvector('simple', 'where is parcel ' || id) FROM made RETURNING id, subject, created_at)
        INSERT INTO ticket_entries (ticket_id, kind, channel, body, at)
        SELECT id, 'message_in', 'web', subject, created_at FROM opened""",
        "VACUUM ANALYZE",
        "CHECKPOINT",
    )


def _list(house: House, requests: int, into: Measured) -> None:
    _one_after_the_other(house, requests, into, _one_list)


def _create(house: House, requests: int, into: Measured) -> None:
    _one_after_the_other(house, requests, into, _one_create)


def _one_after_the_other(house: House, requests: int, into: Measured, one: Callable[[Client], float]) -> None:
    """One client at a time, each process in turn."""
    before = house.cpu_ms()
    times = [one(house.clients[n % PROCESSES]) for n in range(requests)]
    into.cpu_ms += house.cpu_ms() - before
    into.times_ms += times
    into.rounds.append(statistics.median(times))


def _rate(house: House, requests: int, one: Callable[[Client], float]) -> float:
    """Requests a second of CLIENTS clients at once, shared out among the processes."""

    def run(client: Client) -> None:
        for _ in range(requests):
            one(client)

    clients = [Client(house.processes[n % PROCESSES].port, house.cookie) for n in range(CLIENTS)]
    took = at_once([functools.partial(run, client) for client in clients])
    return CLIENTS * requests / took


def _one_list(client: Client) -> float:
    status, text, took = client.ask("GET", LIST)
    demand(status == 200 and text.count('class="ticket-cell"') == 50, f"{LIST}: {status}, not 50 tickets")
    return took


def _one_create(client: Client) -> float:
    form = {
        "csrf_token": _form_token(client),
        "key": uuid.uuid4().hex,
        "queue": "1",
        "channel": "phone",
        "body": "The parcel was wet and the box torn open. Please find out what became of the lamp.",
        "name": "Amelia Hart",
        "number": f"+4477009{uuid.uuid4().int % 100_000:05d}",
    }
    status, text, took = client.ask("POST", "/tickets/new", urlencode(form))
    demand(status == 303, f"not opened: {status} {text[:200]}")
    return took


def _form_token(client: Client) -> str:
    """The token of the form, which an open page keeps for all that is sent from it."""
    if not client.form_token:
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.ask("GET", "/tickets/new")[1])
        demand(found is not None, "the form has no token")
        client.form_token = found[1] if found else ""
    return client.form_token
